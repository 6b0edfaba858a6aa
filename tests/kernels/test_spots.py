from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from leukfeat.kernels.spots import rounded_up_deviation, spot_statistics
from tests.masks import blob, from_drawing

EIGHT_NEIGHBOURS = np.ones((3, 3))


def noise(seed: int, height: int, width: int, share: float) -> np.ndarray:
    """Levels of which about this share reaches 128, with a border of 0."""
    generator = np.random.default_rng(seed)
    levels = generator.integers(128, 256, (height, width)) * (generator.random((height, width)) < share)
    return np.pad(levels.astype(np.uint8), 1)


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 30), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_components_are_those_of_scipy(seed, height, width, share) -> None:
    levels = noise(seed, height, width, share)
    statistics = spot_statistics(levels[np.newaxis], 150)
    n_components = ndimage.label(levels >= 150, EIGHT_NEIGHBOURS)[1]
    assert statistics.tolist() == [[n_components, np.count_nonzero(levels >= 150), levels.sum()]]


@pytest.mark.parametrize("seed", range(8))
def test_large_components_with_holes_are_those_of_scipy(seed) -> None:
    maps = np.stack([np.pad(blob(100 * seed + k, 60, 0.2 * k), 1) for k in range(1, 5)])
    expected = [ndimage.label(mask, EIGHT_NEIGHBOURS)[1] for mask in maps]
    np.testing.assert_array_equal(spot_statistics(maps, 1)[:, 0], expected)


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (("...", "...", "..."), 0),
        (("#.#", "...", "#.#"), 4),
        (("#.#", ".#.", "#.#"), 1),
        (("#####", "#...#", "#.#.#", "#...#", "#####"), 2),
        (("#.#.#", "#.#.#", "#####"), 1),
        (("#####", "....#", "###.#", "#...#", "#####"), 1),
        (("#...#", "....."), 2),
        (("....#", "#...."), 2),
        (("#.#", ".#."), 1),
        ((".#.", "#.#"), 1),
    ],
)
def test_components_by_hand(drawing, expected) -> None:
    assert spot_statistics(np.pad(from_drawing(*drawing), 1)[np.newaxis], 1)[0, 0] == expected


def test_a_spot_reaches_the_threshold_or_exceeds_it() -> None:
    levels = np.pad(np.array([[9, 0, 10, 0, 11, 9, 12]], np.uint8), 1)
    assert spot_statistics(levels[np.newaxis], 10).tolist() == [[3, 3, 51]]


def test_sums_do_not_overflow() -> None:
    levels = np.pad(np.full((3000, 3000), 255, np.uint8), 1)
    assert spot_statistics(levels[np.newaxis], 255).tolist() == [[1, 3000**2, 3000**2 * 255]]


@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.3, 0.9]))
@settings(max_examples=50, deadline=None)
def test_deviation_is_that_of_numpy_rounded_up(seed, share) -> None:
    mask = blob(seed, 24, share)
    levels = np.random.default_rng(seed).integers(0, 256, mask.shape).astype(np.uint8)
    assert rounded_up_deviation(levels, mask) == ceil(levels[mask == 1].std())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], 0),
        ([3, 3, 3], 0),
        ([0, 2], 1),
        ([0, 6, 0, 6], 3),
        ([0, 7], 4),
        ([0, 255], 128),
        ([5, 5, 5, 6], 1),
    ],
)
def test_deviation_is_exact(values, expected) -> None:
    levels = np.array([[*values, 99]], np.uint8)
    mask = np.ones_like(levels)
    mask[0, -1] = 0
    assert rounded_up_deviation(levels, mask) == expected
