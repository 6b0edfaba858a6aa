import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.chamfer import chamfer_distances
from tests.bits import masks
from tests.masks import disc, runs_of

FAR = np.finfo(np.float32).max
ABOVE = [
    (1, 0, 1.0),
    (1, 1, 1.4),
    (1, -1, 1.4),
    (1, 2, 2.1969),
    (1, -2, 2.1969),
    (2, 1, 2.1969),
    (2, -1, 2.1969),
]


def distances(mask: np.ndarray) -> np.ndarray:
    return chamfer_distances(runs_of(mask), 0, 0, *mask.shape)


def before(mask: np.ndarray, y: int, x: int) -> int:
    """Return where the way along the row comes from: a pixel outside, or the last of a block of four."""
    last_blocks = (mask.shape[1] - 2) // 4 * 4
    pixel = x - 1
    while x < last_blocks and pixel >= 0 and mask[y, pixel] and pixel % 4 != 3:
        pixel -= 1
    return pixel


def sweep(known: np.ndarray, mask: np.ndarray, blocks: bool) -> np.ndarray:
    """Take every step from above and along the row, pixel by pixel."""
    width = known.shape[1]
    for y, x in np.argwhere(mask):
        for down, right, cost in ABOVE:
            if y >= down and 0 <= x - right < width:
                known[y, x] = min(known[y, x], known[y - down, x - right] + np.float32(cost))
        pixel = before(mask, y, x) if blocks else x - 1
        if pixel >= 0:
            known[y, x] = min(known[y, x], known[y, pixel] + np.float32(x - pixel))
    return known


@given(masks(), st.integers(1, 40), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_distances_are_those_of_two_sweeps_and_opencvs(mask, height, width) -> None:
    window = np.ascontiguousarray(mask[:height, :width])
    window[0, 0] = 0
    down = sweep(np.where(window, FAR, np.float32(0)), window, True)
    up = sweep(down[::-1, ::-1], window[::-1, ::-1], False)[::-1, ::-1]
    found = distances(window)
    np.testing.assert_array_equal(found, up)
    # Where OpenCV has no library of Intel's it counts in steps of 2⁻¹⁶.
    np.testing.assert_allclose(found, cv2.distanceTransform(window, cv2.DIST_L2, 5), rtol=1e-5, atol=1e-4)


def test_the_last_bit_follows_the_blocks_far_from_the_background() -> None:
    window = np.ones((60, 130), np.uint8)
    window[2, 60] = 0
    down = sweep(np.where(window, FAR, np.float32(0)), window, True)
    up = sweep(down[::-1, ::-1], window[::-1, ::-1], False)[::-1, ::-1]
    np.testing.assert_array_equal(distances(window), up)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 40)])
def test_a_window_without_background_is_far_from_it(shape: tuple[int, int]) -> None:
    assert (distances(np.ones(shape, np.uint8)) == FAR).all()
    assert not distances(np.zeros(shape, np.uint8)).any()


def test_a_window_takes_its_place_from_the_mask() -> None:
    mask = disc(9, 30)
    moved = runs_of(mask) + np.array([5, 70, 70])
    np.testing.assert_array_equal(chamfer_distances(moved, 5, 70, 30, 30), distances(mask))


def test_the_centre_of_a_disc_is_its_radius_away() -> None:
    assert distances(disc(12, 41))[20, 20] == pytest.approx(12.5, rel=0.05)
