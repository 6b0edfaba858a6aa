import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.discs import disc_centres, join_discs
from tests.bits import masks
from tests.masks import disc


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
