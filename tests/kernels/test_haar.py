import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from leukfeat.kernels.haar import detail_energies, filled_with_mean
from tests.masks import blob, runs_of
from tests.oracles import wavelet


def images(max_side: int = 21) -> st.SearchStrategy[np.ndarray]:
    return arrays(
        np.int16, array_shapes(min_dims=2, max_dims=2, max_side=max_side), elements=st.integers(0, 255)
    )


def orthonormal(sums: np.ndarray) -> np.ndarray:
    """Level k of the integer transform is 2**k times the orthonormal one."""
    return sums / 4.0 ** np.arange(1, len(sums) + 1)[:, np.newaxis]


@given(images(), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_energies_are_those_of_pywavelets(image, n_levels) -> None:
    expected = wavelet.detail_energies(image.astype(np.float64), n_levels)
    np.testing.assert_allclose(orthonormal(detail_energies(image, n_levels)), expected, rtol=1e-9, atol=1e-6)


def test_one_block_by_hand() -> None:
    sums = detail_energies(np.array([[9, 5], [2, 1]], np.int16), 1)
    assert sums.tolist() == [[(9 + 5 - 2 - 1) ** 2, (9 - 5 + 2 - 1) ** 2, (9 - 5 - 2 + 1) ** 2]]


def test_the_next_level_starts_from_the_sums_of_blocks() -> None:
    coarse = np.array([[7, 3], [4, 250]], np.int16)
    energies = detail_energies(np.kron(coarse, np.ones((2, 2), np.int16)), 2)
    np.testing.assert_array_equal(energies, [[0, 0, 0], *(16 * detail_energies(coarse, 1)).tolist()])


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_the_greatest_details_do_not_overflow(level) -> None:
    side = 2 ** (level - 1)
    stripes = np.zeros((64, 1024), np.int16)
    stripes[:, np.arange(1024) // side % 2 == 1] = 255
    energies = detail_energies(stripes, 4)
    n_blocks = stripes.size // 4**level
    assert energies[level - 1].tolist() == [0, n_blocks * (2 * side**2 * 255) ** 2, 0]
    np.testing.assert_array_equal(detail_energies(stripes.T.copy(), 4), energies[:, [1, 0, 2]])


@given(images(max_side=3))
@settings(max_examples=50, deadline=None)
def test_energy_is_kept(image) -> None:
    pattern = np.arange(64, dtype=np.int16).reshape(8, 8)
    blocks = np.kron(image, np.ones((8, 8), np.int16)) + np.tile(pattern, image.shape)
    mean = blocks.reshape(image.shape[0], 8, image.shape[1], 8).mean(axis=(1, 3))
    total = orthonormal(detail_energies(blocks, 3)).sum() + 64 * np.sum(mean**2)
    assert total == pytest.approx(np.sum(np.square(blocks, dtype=np.float64)), rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (8, 8), (13, 3)])
def test_a_constant_image_has_no_details(shape) -> None:
    assert not detail_energies(np.full(shape, 255, np.int16), 3).any()


def test_large_images_do_not_overflow() -> None:
    stripes = np.zeros((2048, 2048), np.int16)
    stripes[:, 1::2] = 255
    assert detail_energies(stripes, 3)[0].tolist() == [0, 1024**2 * 510**2, 0]


@pytest.mark.parametrize(
    ("inside", "mean"), [([4], 4), ([4, 5], 5), ([4, 4, 5], 4), ([4, 5, 5], 5), ([0, 255], 128), ([255], 255)]
)
def test_outside_takes_the_mean_rounded_halves_up(inside, mean) -> None:
    levels = np.array([[*inside, 77, 99]], np.uint8)
    mask = np.array([[1] * len(inside) + [0, 0]], np.uint8)
    assert filled_with_mean(levels, runs_of(mask)).tolist() == [[*inside, mean, mean]]


def test_the_mean_is_that_of_numpy() -> None:
    mask = blob(4)
    levels = np.random.default_rng(0).integers(0, 256, mask.shape).astype(np.uint8)
    filled = filled_with_mean(levels, runs_of(mask))
    assert set(filled[mask == 0].tolist()) == {int(np.floor(levels[mask == 1].mean() + 0.5))}
