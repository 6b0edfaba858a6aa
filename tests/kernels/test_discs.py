import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.discs import disc_centres, inscribed_discs, join_discs, largest_first
from tests.bits import masks
from tests.masks import disc, runs_of


def distances(mask: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform(mask, cv2.DIST_L2, 5)


@given(masks(), st.sampled_from([0.5, 1.0, 2.5]), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_centres_are_the_peaks_of_a_dilation(mask, radius, reach, last_row) -> None:
    for distance in (distances(mask), distances(np.ascontiguousarray(mask[:last_row, :13]))):
        highest = cv2.dilate(distance, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        expected = np.argwhere((distance >= highest) & (distance >= radius))
        np.testing.assert_array_equal(disc_centres(distance, np.float32(radius), reach), expected)


def joined(*parts: np.ndarray, neck: float = 0.8) -> tuple[list[int], list[int]]:
    """Return row and cell of every disc kept, largest first."""
    distance = distances(np.bitwise_or.reduce(parts))
    centres = disc_centres(distance, np.float32(3), 2)
    centres = centres[np.argsort(-distance[centres[:, 0], centres[:, 1]], kind="stable")]
    kept, cells = join_discs(distance, centres, neck)
    return centres[kept, 0].tolist(), cells.tolist()


def test_discs_with_a_neck_between_them_are_two_cells() -> None:
    upper, lower = disc(12, 80, (20, 40)), disc(10, 80, (40, 40))
    assert joined(upper, lower) == ([20, 40], [1, 2])
    assert joined(upper, lower, neck=0.1) == ([20, 40], [1, 1])


def test_discs_that_do_not_touch_are_two_cells() -> None:
    upper, lower = disc(12, 80, (20, 40)), disc(10, 80, (60, 40))
    assert joined(upper, lower, neck=0.1) == ([20, 60], [1, 2])


def test_a_disc_whose_centre_a_larger_one_holds_is_of_its_cell() -> None:
    upper, lower = disc(16, 80, (30, 40)), disc(9, 80, (43, 40))
    rows, cells = joined(upper, lower)
    assert cells == [1] * len(rows)


def merge(distance, centres, neck):
    """Return what `join_discs` does, in plain Python."""
    radii = [float(distance[row, column]) for row, column in centres]
    kept, cells = [], []
    for i, (row, column) in enumerate(centres):
        gaps = [math.dist((row, column), centres[k]) for k in kept]
        if any(gap < 0.5 * radii[k] for k, gap in zip(kept, gaps, strict=True)):
            continue
        joins = [
            cell
            for k, cell, gap in zip(kept, cells, gaps, strict=True)
            if gap < radii[k]
            or (
                gap < 1.5 * (radii[k] + radii[i])
                and width(distance, centres[k], (row, column)) > neck * radii[i]
            )
        ]
        cells.append(joins[0] if joins else max(cells, default=0) + 1)
        kept.append(i)
    return kept, cells


def width(distance, start, end):
    steps = [[a + (b - a) * i // 12 for a, b in zip(start, end, strict=True)] for i in range(12)]
    return min(float(distance[row, column]) for row, column in steps)


@given(masks(), st.floats(0.1, 1.0))
@settings(max_examples=30, deadline=None)
def test_joining_follows_the_rule(mask, neck) -> None:
    distance = distances(mask)
    centres = disc_centres(distance, np.float32(1.5), 1)[:60]
    centres = centres[np.argsort(-distance[centres[:, 0], centres[:, 1]], kind="stable")]
    kept, cells = join_discs(distance, centres, neck)
    assert (kept.tolist(), cells.tolist()) == merge(distance, centres.tolist(), neck)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 5)])
def test_a_window_without_background_has_one_disc(shape: tuple[int, int]) -> None:
    distance = np.full(shape, np.finfo(np.float32).max)
    centres = disc_centres(distance, np.float32(2), 2)
    assert len(centres) == distance.size
    kept, cells = join_discs(distance, centres, 0.8)
    assert (kept.tolist(), cells.tolist()) == ([0], [1])


def discs_of(mask: np.ndarray, radius: float, neck: float, top: int = 0, left: int = 0):
    """Return the discs in a window of a mask."""
    runs = runs_of(mask) + np.array([top, left, left])
    return inscribed_discs(runs, (top, left, *mask.shape), radius, neck)


def test_largest_disc_of_a_disc_is_itself() -> None:
    discs = discs_of(disc(20, 100, (50, 40)), 5.0, 0.8)
    assert discs.n_cells == 1
    np.testing.assert_allclose(discs.centres[0], (50, 40), atol=1)
    assert discs.radii[0] == pytest.approx(20, abs=1)


def test_two_discs_are_two_cells_and_nothing_has_none() -> None:
    mask = disc(20, 100, (50, 35)) | disc(14, 100, (50, 65))
    discs = discs_of(mask, 5.0, 0.8)
    assert discs.n_cells == 2
    assert (np.diff(discs.radii) <= 0).all()
    assert discs_of(np.zeros_like(mask), 5.0, 0.8).n_cells == 0


def test_discs_of_a_window_stand_in_the_frame() -> None:
    mask = disc(20, 100, (50, 35)) | disc(14, 100, (50, 65))
    here, there = discs_of(mask, 5.0, 0.8), discs_of(mask, 5.0, 0.8, top=7, left=30)
    np.testing.assert_array_equal(there.centres, here.centres + np.array([7, 30]))
    np.testing.assert_array_equal(there.radii, here.radii)
    np.testing.assert_array_equal(there.cells, here.cells)


@given(masks())
@settings(max_examples=20, deadline=None)
def test_discs_are_sorted_as_numpy_sorts_them(mask) -> None:
    distance = distances(mask)
    centres = disc_centres(distance, np.float32(1), 1)
    order = np.argsort(-distance[centres[:, 0], centres[:, 1]], kind="stable")
    np.testing.assert_array_equal(largest_first(distance, centres), centres[order])
