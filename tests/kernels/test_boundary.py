from math import sqrt

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.measure import label

from leukfeat.kernels.boundary import chain_length, largest_lobe, trace_boundary
from leukfeat.kernels.runs import draw_runs
from tests.masks import blobs, disc, from_drawing, runs_of

small_masks = arrays(np.uint8, (7, 8), elements=st.integers(0, 1)).filter(np.any)


def lobe_of(mask: np.ndarray) -> np.ndarray:
    return draw_runs(largest_lobe(runs_of(mask)), *mask.shape)


def chain_of(mask: np.ndarray) -> np.ndarray:
    return trace_boundary(largest_lobe(runs_of(mask)))


@given(blobs() | small_masks)
@settings(max_examples=60, deadline=None)
def test_largest_lobe_is_that_of_scikit_image(mask) -> None:
    labels = label(mask, connectivity=2)
    largest = np.bincount(labels[labels > 0]).argmax()
    np.testing.assert_array_equal(lobe_of(mask), labels == largest)


def test_pixels_that_touch_at_a_corner_are_one_lobe_and_the_first_of_equals_is_taken() -> None:
    mask = from_drawing("#...#", ".#.#.", "....#")
    np.testing.assert_array_equal(lobe_of(mask), from_drawing("....#", "...#.", "....#"))
    equals = from_drawing("..##", "....", "##..")
    np.testing.assert_array_equal(lobe_of(equals), from_drawing("..##", "....", "...."))


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (("#",), [(0, 0)]),
        (("###",), [(0, 0), (1, 0), (2, 0), (1, 0)]),
        ((".#", "#."), [(1, 0), (0, 1)]),
        (("##", "##"), [(0, 0), (1, 0), (1, 1), (0, 1)]),
        # The corner pixel of an inner corner is cut by a diagonal step.
        (("##.", "###", "###"), [(0, 0), (1, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]),
        # A hole has no part in it.
        (("###", "#.#", "###"), [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]),
        # The first pixel is passed a second time on the way.
        ((".#.", "#.#"), [(1, 0), (2, 1), (1, 0), (0, 1)]),
    ],
)
def test_chains_by_hand(drawing: tuple[str, ...], expected: list[tuple[int, int]]) -> None:
    assert [tuple(point) for point in trace_boundary(runs_of(from_drawing(*drawing)))] == expected


@given(blobs() | small_masks)
@settings(max_examples=200, deadline=None)
def test_chain_is_that_of_opencv_the_other_way_round(mask) -> None:
    contours, _ = cv2.findContours(lobe_of(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    ours, theirs = chain_of(mask), contours[0][:, 0]
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1:], theirs[:0:-1])


@given(blobs() | small_masks)
@settings(max_examples=60, deadline=None)
def test_chain_holds_the_pixels_that_have_the_surroundings_at_one_of_their_sides(mask) -> None:
    lobe = np.pad(lobe_of(mask), 1)
    outside, _ = ndimage.label(lobe == 0)
    surroundings = outside == outside[0, 0]
    cross = ndimage.generate_binary_structure(2, 1)
    expected = lobe & ndimage.binary_dilation(surroundings, cross)
    chain = chain_of(mask)
    assert {(y - 1, x - 1) for y, x in np.argwhere(expected)} == {(y, x) for x, y in chain.tolist()}


@given(blobs() | small_masks)
@settings(max_examples=60, deadline=None)
def test_steps_are_of_one_pixel_and_add_up_to_the_length(mask) -> None:
    chain = chain_of(mask)
    steps = chain - np.roll(chain, 1, axis=0)
    assert np.abs(steps).max(axis=1).tolist() == [1] * len(chain) or len(chain) == 1
    assert chain_length(chain) == pytest.approx(np.hypot(*steps.T).sum(), rel=1e-12)


@given(blobs() | small_masks)
@settings(max_examples=60, deadline=None)
def test_the_chain_of_a_mirror_image_is_the_mirrored_chain_backwards(mask) -> None:
    lobe = lobe_of(mask)
    chain, mirrored = chain_of(lobe), chain_of(np.ascontiguousarray(lobe[:, ::-1]))
    expected = np.stack([lobe.shape[1] - 1 - chain[::-1, 0], chain[::-1, 1]], axis=1)
    assert any(np.array_equal(np.roll(expected, k, axis=0), mirrored) for k in range(len(chain)))


def test_runs_may_lie_anywhere() -> None:
    runs = runs_of(disc(6, 20))
    moved = runs + np.array([-40, 17, 17])
    np.testing.assert_array_equal(trace_boundary(moved), trace_boundary(runs) + np.array([17, -40]))


def test_length_of_a_rhombus() -> None:
    assert chain_length(trace_boundary(runs_of(from_drawing(".#.", "###", ".#.")))) == 4 * sqrt(2)
    assert chain_length(np.zeros((1, 2), np.int64)) == 0
