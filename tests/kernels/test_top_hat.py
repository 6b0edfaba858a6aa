import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import black_tophat, white_tophat

from leukfeat.kernels.top_hat import DIAMETERS, GAP, interior, top_hats
from tests.masks import blob, blobs, disc
from tests.oracles.chromatin import octagon, opening


def hats_of(levels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Without the row and the columns that are always 0."""
    hats = top_hats(levels, mask)
    assert not hats[:, 0].any()
    assert not hats[..., -GAP:].any()
    return hats[:, 1:, :-GAP]


def noise(seed: int, shape: tuple[int, int]) -> np.ndarray:
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.0)
    return np.clip(128 + 200 * smooth, 0, 255).astype(np.uint8)


def test_small_octagons_are_discs() -> None:
    np.testing.assert_array_equal(octagon(5), disc(2.5, 5))
    np.testing.assert_array_equal(octagon(9), disc(4.5, 9))
    assert octagon(15).sum() - disc(7.5, 15).sum() == 8


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_top_hats_are_those_of_scipy_on_the_mask(mask) -> None:
    levels = noise(int(mask.sum()), mask.shape)
    hats = hats_of(levels, mask)
    for k, diameter in enumerate(DIAMETERS):
        white = np.where(mask, levels - opening(levels, mask, octagon(diameter)), 0)
        black = np.where(mask, 255 - levels - opening(255 - levels, mask, octagon(diameter)), 0)
        np.testing.assert_array_equal(hats[k], white)
        np.testing.assert_array_equal(hats[3 + k], black)


@pytest.mark.parametrize("shape", [(40, 30), (7, 23), (1, 9), (1, 1)])
def test_top_hats_of_a_rectangle_are_those_of_scikit_image(shape) -> None:
    image = noise(3, shape)
    hats = hats_of(image, np.ones(shape, np.uint8))
    for k, diameter in enumerate(DIAMETERS):
        expected = [hat(image, octagon(diameter), mode="ignore") for hat in (white_tophat, black_tophat)]
        np.testing.assert_array_equal(hats[k], expected[0])
        np.testing.assert_array_equal(hats[3 + k], expected[1])


@pytest.mark.parametrize("seed", range(5))
def test_an_opening_is_its_own_opening(seed) -> None:
    mask = blob(seed)
    levels = noise(seed, mask.shape)
    for k, hat in enumerate(hats_of(levels, mask)[:3]):
        assert (hat <= levels).all()
        assert not hats_of(levels - hat, mask)[k].any()


def test_what_lies_outside_changes_nothing() -> None:
    mask = blob(7)
    levels = noise(7, mask.shape)
    for outside in (0, 255):
        other = np.where(mask, levels, outside).astype(np.uint8)
        np.testing.assert_array_equal(top_hats(other, mask), top_hats(levels, mask))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_rotations_and_reflections_move_the_top_hats(seed) -> None:
    mask = blob(seed, 25)
    levels = noise(seed, mask.shape)
    hats = hats_of(levels, mask)
    for move in (np.rot90, np.fliplr, np.transpose):
        moved = hats_of(np.ascontiguousarray(move(levels)), np.ascontiguousarray(move(mask)))
        np.testing.assert_array_equal(moved, np.stack([move(hat) for hat in hats]))


@given(blobs())
@settings(max_examples=30, deadline=None)
def test_interior_is_the_erosion_by_the_smallest_octagon(mask) -> None:
    expected = ndimage.binary_erosion(mask, octagon(5))
    np.testing.assert_array_equal(np.pad(interior(mask), 2), expected)


@pytest.mark.parametrize(
    ("shape", "inner"), [((1, 1), (0, 0)), ((4, 9), (0, 5)), ((5, 5), (1, 1)), ((5, 3), (1, 0))]
)
def test_interior_of_small_masks(shape, inner) -> None:
    found = interior(np.ones(shape, np.uint8))
    assert found.shape == inner
    assert found.all()
