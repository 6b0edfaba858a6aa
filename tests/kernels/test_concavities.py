from math import sqrt

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import ConvexHull

from leukfeat.kernels.boundary import largest_lobe, trace_boundary
from leukfeat.kernels.concavities import concavity_depths
from leukfeat.kernels.runs import draw_runs
from tests.masks import blobs, disc, from_drawing, runs_of

small_masks = arrays(np.uint8, (7, 8), elements=st.sampled_from([0, 0, 1])).filter(np.any)


def depths_of(mask: np.ndarray) -> np.ndarray:
    lobe = largest_lobe(runs_of(np.ascontiguousarray(mask)))
    return concavity_depths(lobe, trace_boundary(lobe))


def has_length(mask: np.ndarray) -> bool:
    return len(trace_boundary(largest_lobe(runs_of(mask)))) > 1


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (("##", "##"), [0, 0, 0, 0]),
        (("####",), [0, 0]),
        (("#...#", "##.##", "#####"), [2, 0, 0, 0]),
        # Deepest at column 2, row 2.
        (("#...", "##..", "####"), [2 / sqrt(13), 0, 0]),
        (("#..#", "####", "#..#"), [1, 0, 1, 0]),
        # The corner of the hull is passed within, too, before the other arm.
        (("#...#", ".#.#.", "..#.."), [2, 0, 0]),
        (("..#..", ".#.#.", "#...#"), [0, 2, 0]),
        # Four corners of the hull are passed from within before the deep arc ends.
        (("...#.", "..#.#", "#...#", ".###."), [0, 0, 0, 0, 0, 9 / sqrt(13)]),
    ],
)
def test_depths_by_hand(drawing: tuple[str, ...], expected: list[float]) -> None:
    assert depths_of(from_drawing(*drawing)).tolist() == pytest.approx(expected, abs=1e-12)


@given(blobs())
@settings(max_examples=60, deadline=None)
def test_depths_are_the_convexity_defects_of_opencv(mask) -> None:
    assume(has_length(mask))
    lobe = draw_runs(largest_lobe(runs_of(mask)), *mask.shape)
    contours, _ = cv2.findContours(lobe, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    try:
        defects = cv2.convexityDefects(contours[0], cv2.convexHull(contours[0], returnPoints=False))
    except cv2.error:  # it refuses outlines that touch themselves
        assume(False)
    theirs = [] if defects is None else defects.reshape(-1, 4)[:, 3] / 256
    ours = depths_of(mask)
    np.testing.assert_allclose(np.sort(ours[ours > 0]), np.sort(theirs), rtol=0, atol=1 / 256)


@given(small_masks)
@settings(max_examples=200, deadline=None)
def test_depths_are_the_same_in_every_position(mask) -> None:
    assume(has_length(mask))
    lobe = draw_runs(largest_lobe(runs_of(mask)), *mask.shape)
    expected = np.sort(depths_of(lobe))
    for turns in range(4):
        turned = np.rot90(lobe, turns)
        for view in (turned, turned[:, ::-1]):
            np.testing.assert_allclose(np.sort(depths_of(view)), expected, rtol=0, atol=1e-12)


@given(small_masks | blobs())
@settings(max_examples=60, deadline=None)
def test_sides_are_those_of_the_hull_of_scipy(mask) -> None:
    assume(has_length(mask))
    points = np.unique(trace_boundary(largest_lobe(runs_of(mask))), axis=0)
    assume(np.linalg.matrix_rank(points - points[0]) == 2)
    assert len(depths_of(mask)) == len(ConvexHull(points).vertices)


@pytest.mark.parametrize("n_leaves", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("turn", [0.0, 0.3])
def test_a_flower_has_as_many_concavities_as_leaves(n_leaves: int, turn: float) -> None:
    rows, columns = np.mgrid[:160, :160] - 79.5
    angles = np.arctan2(rows, columns)
    flower = np.hypot(rows, columns) <= 50 * (1 + 0.4 * np.cos(n_leaves * angles + turn))
    depths = depths_of(flower.astype(np.uint8))
    assert np.count_nonzero(depths > 5) == n_leaves


def test_a_cleft_is_as_deep_as_it_is_drawn() -> None:
    mask = np.ones((30, 30), np.uint8)
    mask[:12, 10:14] = 0
    assert depths_of(mask).tolist() == [12, 0, 0, 0]


@pytest.mark.parametrize("radius", [10, 35.5, 70])
def test_a_disc_has_none_deeper_than_a_pixel(radius: float) -> None:
    assert depths_of(disc(radius, 160)).max() < 1
