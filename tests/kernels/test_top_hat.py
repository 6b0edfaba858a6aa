import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import black_tophat, white_tophat

from leukfeat.kernels.top_hat import DIAMETERS, MARGIN, interior, top_hats
from tests.masks import blob, blobs, disc
from tests.oracles.chromatin import octagon, opening


def framed(hats: np.ndarray) -> np.ndarray:
    """With the margin that the kernel leaves out."""
    return np.pad(hats, ((0, 0), (MARGIN - 1, MARGIN - 1), (MARGIN - 1, MARGIN - 1)))


def noise(seed: int, shape: tuple[int, int]) -> np.ndarray:
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.0)
    return np.clip(128 + 200 * smooth, 0, 255).astype(np.uint8)


def test_small_octagons_are_discs() -> None:
    np.testing.assert_array_equal(octagon(5), disc(2.5, 5))
    np.testing.assert_array_equal(octagon(9), disc(4.5, 9))
    assert octagon(15).sum() - disc(7.5, 15).sum() == 8


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_top_hats_are_those_of_scipy_on_the_mask(part) -> None:
    mask = np.pad(part, MARGIN)
    levels = noise(int(part.sum()), mask.shape)
    hats = framed(top_hats(levels, mask))
    for k, diameter in enumerate(DIAMETERS):
        white = np.where(mask, levels - opening(levels, mask, octagon(diameter)), 0)
        black = np.where(mask, 255 - levels - opening(255 - levels, mask, octagon(diameter)), 0)
        np.testing.assert_array_equal(hats[k], white)
        np.testing.assert_array_equal(hats[3 + k], black)


@pytest.mark.parametrize("shape", [(40, 30), (7, 23), (1, 9), (1, 1)])
def test_top_hats_of_a_rectangle_are_those_of_scikit_image(shape) -> None:
    image = noise(3, shape)
    hats = top_hats(np.pad(image, MARGIN), np.pad(np.ones(shape, np.uint8), MARGIN))
    for k, diameter in enumerate(DIAMETERS):
        expected = [hat(image, octagon(diameter), mode="ignore") for hat in (white_tophat, black_tophat)]
        inner = hats[:, 1:-1, 1:-1]
        np.testing.assert_array_equal(inner[k], expected[0])
        np.testing.assert_array_equal(inner[3 + k], expected[1])


@pytest.mark.parametrize("seed", range(5))
def test_an_opening_is_its_own_opening(seed) -> None:
    mask = np.pad(blob(seed), MARGIN)
    levels = noise(seed, mask.shape)
    for k, hat in enumerate(framed(top_hats(levels, mask))[:3]):
        assert (hat <= levels).all()
        assert not top_hats(levels - hat, mask)[k].any()


def test_what_lies_outside_changes_nothing() -> None:
    mask = np.pad(blob(7), MARGIN)
    levels = noise(7, mask.shape)
    for outside in (0, 255):
        other = np.where(mask, levels, outside).astype(np.uint8)
        np.testing.assert_array_equal(top_hats(other, mask), top_hats(levels, mask))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_rotations_and_reflections_move_the_top_hats(seed) -> None:
    mask = np.pad(blob(seed, 25), MARGIN)
    levels = noise(seed, mask.shape)
    hats = framed(top_hats(levels, mask))
    for move in (np.rot90, np.fliplr, np.transpose):
        moved = framed(top_hats(np.ascontiguousarray(move(levels)), np.ascontiguousarray(move(mask))))
        np.testing.assert_array_equal(moved, np.stack([move(hat) for hat in hats]))


@given(blobs())
@settings(max_examples=30, deadline=None)
def test_interior_is_the_erosion_by_the_smallest_octagon(part) -> None:
    mask = np.pad(part, 2)
    np.testing.assert_array_equal(interior(mask), ndimage.binary_erosion(mask, octagon(5)))
