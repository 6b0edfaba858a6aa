from math import log, sqrt

import mahotas
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.cooccurrence import N_ANGLES, cooccurrence, level_map
from leukfeat.kernels.haralick import (
    HARALICK_MEASURES,
    haralick_measures,
    haralick_rows,
    mean_and_range,
)
from tests.masks import blob, runs_of
from tests.oracles.glcm import cluster_measures, in_nats, matrices, skimage_measures
from tests.regions import one_nucleus


def example(seed: int, n_levels: int = 32) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    mask = blob(seed, size=30, share=0.6).astype(bool)
    return generator.integers(0, n_levels, mask.shape).astype(np.uint8), mask


def pairs(
    grey: np.ndarray, mask: np.ndarray, distances: tuple[int, ...], n_levels: int
) -> tuple[np.ndarray, int]:
    """Counts by distance and angle of the levels that the region reaches, and the lowest of them."""
    steps = np.array(distances)
    room = level_map(*grey.shape, steps)
    counts, lowest = cooccurrence(grey, one_nucleus(runs_of(mask)), 0, steps, n_levels, room)
    assert not room.levels.any()
    return counts.reshape(len(distances), N_ANGLES, *counts.shape[1:]), lowest


def counts_of(levels: np.ndarray, mask: np.ndarray, distances: tuple[int, ...], n_levels: int) -> np.ndarray:
    """Counts of all levels, also of those that the region does not reach."""
    darkest_of_level = -(-np.arange(n_levels) * 256 // n_levels)
    grey = darkest_of_level[levels].astype(np.uint8)
    counts, lowest = pairs(grey, mask, distances, n_levels)
    n = counts.shape[-1]
    full = np.zeros((len(distances), 4, n_levels, n_levels), dtype=np.int64)
    full[..., lowest : lowest + n, lowest : lowest + n] = counts
    return full


def measures(counts: np.ndarray) -> dict[str, float]:
    return dict(zip(HARALICK_MEASURES, haralick_measures(counts[np.newaxis], 0)[0].tolist(), strict=True))


def test_counts_of_haralicks_own_example() -> None:
    # Haralick, Shanmugam, Dinstein 1973, figure 3.
    image = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 2], [2, 2, 3, 3]], dtype=np.uint8)
    counts = counts_of(image, np.ones((4, 4), bool), (1,), 4)[0]
    np.testing.assert_array_equal(counts[0], [[4, 2, 1, 0], [2, 4, 0, 0], [1, 0, 6, 1], [0, 0, 1, 2]])
    np.testing.assert_array_equal(counts[2], [[6, 0, 2, 0], [0, 4, 2, 0], [2, 2, 2, 2], [0, 0, 2, 0]])
    # The figure's 45 and 135 degrees; matrices are symmetric, so that the sense does not matter.
    np.testing.assert_array_equal(counts[1], [[4, 1, 0, 0], [1, 2, 2, 0], [0, 2, 4, 1], [0, 0, 1, 0]])
    np.testing.assert_array_equal(counts[3], [[2, 1, 3, 0], [1, 2, 1, 0], [3, 1, 0, 2], [0, 0, 2, 0]])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_levels", [2, 32, 200])
def test_counts_are_those_of_scikit_image(seed: int, n_levels: int) -> None:
    levels, mask = example(seed, n_levels)
    ours = counts_of(levels, mask, (1, 2, 3), n_levels)
    for distance, by_angle in zip((1, 2, 3), ours, strict=True):
        np.testing.assert_array_equal(by_angle, matrices(levels, mask, distance, n_levels))


@pytest.mark.parametrize("seed", range(5))
def test_properties_are_those_of_scikit_image(seed: int) -> None:
    levels, mask = example(seed)
    counts = counts_of(levels, mask, (1,), 32)[0, 1]
    ours, theirs = measures(counts), skimage_measures(counts)
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_haralick_measures_are_those_of_mahotas(seed: int) -> None:
    levels, mask = example(seed)
    marked = np.where(mask, levels + 1, 0).astype(np.uint8)
    reference = mahotas.features.haralick(marked, ignore_zeros=True, use_x_minus_y_variance=True)
    # mahotas goes 0, 45, 90, 135 degrees the other way round, and here its levels start at 1.
    for row, mirrored in zip(reference, (0, 3, 2, 1), strict=True):
        ours, theirs = measures(counts_of(levels, mask, (1,), 32)[0, mirrored]), in_nats(row)
        theirs["sum_average"] -= 2
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_measures_by_their_definitions(seed: int) -> None:
    levels, mask = example(seed, 8)
    counts = counts_of(levels, mask, (2,), 8)[0, 3]
    p = counts / counts.sum()
    i, _ = np.indices(p.shape)
    mean = (i * p).sum()
    marginal = p.sum(axis=1)
    product = np.outer(marginal, marginal)
    entropy = -(p[p > 0] * np.log(p[p > 0])).sum()
    hxy1 = -(p[p > 0] * np.log(product[p > 0])).sum()
    hxy2 = -(product[product > 0] * np.log(product[product > 0])).sum()
    hx = -(marginal[marginal > 0] * np.log(marginal[marginal > 0])).sum()
    ours = measures(counts)
    assert ours["imc1"] == pytest.approx((entropy - hxy1) / hx, rel=1e-9)
    assert ours["imc2"] == pytest.approx(sqrt(1 - np.exp(-2 * (hxy2 - entropy))), rel=1e-9)
    clusters = cluster_measures(counts)
    assert {name: ours[name] for name in clusters} == pytest.approx(clusters, rel=1e-9)
    assert ours["variance"] == pytest.approx(((i - mean) ** 2 * p).sum(), rel=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 40))
@settings(max_examples=30, deadline=None)
def test_measures_keep_their_bounds(seed, n_levels) -> None:
    levels, mask = example(seed, n_levels)
    values = measures(counts_of(levels, mask, (1,), n_levels)[0, 0])
    assert 0 < values["asm"] <= values["max_probability"] <= 1
    assert -1 - 1e-12 <= values["correlation"] <= 1 + 1e-12
    assert 0 < values["idm"] <= 1
    assert 0 <= values["entropy"] <= 2 * log(n_levels) + 1e-12
    assert -1 - 1e-12 <= values["imc1"] <= 1e-12
    assert 0 <= values["imc2"] < 1
    assert values["dissimilarity"] ** 2 <= values["contrast"] + 1e-12
    assert 0 <= values["difference_variance"] <= values["contrast"]


def test_measures_of_a_constant_region_are_stated() -> None:
    values = measures(counts_of(np.full((9, 9), 5, np.uint8), np.ones((9, 9), bool), (1,), 32)[0, 1])
    expected = dict.fromkeys(HARALICK_MEASURES, 0.0)
    expected |= {"asm": 1.0, "correlation": 1.0, "idm": 1.0, "max_probability": 1.0, "sum_average": 10.0}
    assert values == expected


def test_checkerboard_by_hand() -> None:
    board = (np.indices((8, 8)).sum(axis=0) % 2).astype(np.uint8)
    counts = counts_of(board, np.ones((8, 8), bool), (1,), 2)[0]
    across, diagonal = measures(counts[0]), measures(counts[1])
    assert (across["contrast"], across["correlation"], across["asm"]) == (1.0, -1.0, 0.5)
    assert across["entropy"] == pytest.approx(log(2))
    assert (diagonal["contrast"], diagonal["correlation"]) == (0.0, 1.0)


def test_no_pair_is_nan_and_the_image_may_be_smaller_than_the_distance() -> None:
    counts = counts_of(np.zeros((1, 2), np.uint8), np.ones((1, 2), bool), (1, 2, 3), 4)
    assert counts.sum(axis=(2, 3)).tolist() == [[2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    values = haralick_measures(counts.reshape(-1, 4, 4), 0)
    assert not np.isnan(values[0]).any()
    assert np.isnan(values[1:]).all()


def test_pairs_need_both_pixels_inside() -> None:
    levels = np.array([[1, 2, 3]], dtype=np.uint8)
    counts = counts_of(levels, np.array([[True, True, False]]), (1,), 4)[0, 0]
    assert counts.sum() == 2
    assert counts[1, 2] == counts[2, 1] == 1


@pytest.mark.parametrize("n_levels", [2, 8, 32, 33, 256])
def test_levels_are_equal_steps_from_the_lowest_to_the_highest(n_levels: int) -> None:
    grey = np.arange(60, 200, dtype=np.uint8)[np.newaxis]
    counts, lowest = pairs(grey, np.ones_like(grey), (1,), n_levels)
    levels = grey[0].astype(int) * n_levels // 256
    expected = np.zeros((levels[-1] - levels[0] + 1,) * 2, dtype=int)
    np.add.at(expected, (levels[:-1] - levels[0], levels[1:] - levels[0]), 1)
    assert lowest == levels[0]
    np.testing.assert_array_equal(counts[0, 0], expected + expected.T)


def test_an_empty_region_has_no_pairs() -> None:
    counts, lowest = pairs(np.zeros((5, 5), np.uint8), np.zeros((5, 5), np.uint8), (1, 2), 32)
    assert (counts.shape, counts.sum(), lowest) == ((2, 4, 1, 1), 0, 0)


def test_the_lowest_level_moves_the_sum_alone() -> None:
    counts = counts_of(*example(3, 9), (1,), 9)[0, :1]
    at_zero, at_five = haralick_measures(counts, 0)[0], haralick_measures(counts, 5)[0]
    moved = HARALICK_MEASURES.index("sum_average")
    assert at_five[moved] == at_zero[moved] + 10
    np.testing.assert_array_equal(np.delete(at_five, moved), np.delete(at_zero, moved))


def test_mean_and_range_leave_out_angles_without_pairs() -> None:
    nan = np.nan
    table = np.array([[1.0, 10.0], [3.0, 30.0], [nan, nan], [nan, nan]])
    assert mean_and_range(table, 2)[:4].tolist() == [2.0, 2.0, 20.0, 20.0]
    assert np.isnan(mean_and_range(table, 2)[4:]).all()
    assert mean_and_range(np.array([[nan], [5.0], [4.0]]), 3).tolist() == [4.5, 1.0]


@pytest.mark.parametrize("seed", range(3))
def test_rows_are_those_of_each_image_by_itself(seed: int) -> None:
    examples = [example(seed + k, 256) for k in range(3)]
    grey = np.stack([levels for levels, _ in examples])
    runs = [runs_of(mask) for _, mask in examples]
    distances = np.array([1, 3])
    rows = haralick_rows(grey, one_nucleus(*runs), distances, 16)
    for image, alone, row in zip(grey, runs, rows, strict=True):
        np.testing.assert_array_equal(
            haralick_rows(image[np.newaxis], one_nucleus(alone), distances, 16)[0], row
        )
    assert rows.shape == (3, 2 * 2 * len(HARALICK_MEASURES))
