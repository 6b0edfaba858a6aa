import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from leukfeat.kernels.statistics import (
    LANES,
    add_deviations,
    add_repeated_deviations,
    mean_deviation_skewness,
    total,
)

levels = arrays(np.uint8, st.integers(0, 300))


def sample(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(2.0, 3.0, n) - 40.0


def moments(values: np.ndarray, *, parts: int = 1) -> tuple[float, float, float]:
    sums = np.zeros((3, LANES))
    for part in np.array_split(values, parts):
        add_deviations(part, values[0], sums)
    return mean_deviation_skewness(sums, len(values), values[0])


@given(st.integers(0, 1000), st.integers(2, 5 * LANES), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_moments_agree_with_numpy_and_scipy(seed, n, parts) -> None:
    values = sample(seed, n)
    mean, deviation, skewness = moments(values, parts=parts)
    assert mean == pytest.approx(values.mean(), rel=1e-13)
    assert deviation == pytest.approx(values.std(), rel=1e-12)
    assert skewness == pytest.approx(stats.skew(values), rel=1e-9, abs=1e-9)


@given(levels.filter(len))
@settings(max_examples=60, deadline=None)
def test_moments_of_repeated_values_are_those_of_the_sample(levels) -> None:
    sums, of_levels = np.zeros((3, LANES)), np.sqrt(np.arange(256.0))
    first = of_levels[levels[0]]
    add_repeated_deviations(of_levels, np.bincount(levels, minlength=256), first, sums)
    ours = mean_deviation_skewness(sums, len(levels), first)
    assert ours == pytest.approx(moments(of_levels[levels]), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 1 / 3, -1e9])
def test_equal_values_have_exactly_no_spread(value: float) -> None:
    assert moments(np.full(1000, value)) == (value, 0.0, 0.0)


@pytest.mark.parametrize("place", [0, 500_000])
def test_one_of_a_million_values_that_differs_is_seen(place: int) -> None:
    n = 1_000_000
    values = np.full(n, 0.7)
    values[place] += 1e-3
    mean, deviation, skewness = moments(values)
    assert mean == pytest.approx(0.7 + 1e-9, rel=1e-15)
    assert deviation == pytest.approx(1e-3 * np.sqrt(n - 1) / n, rel=1e-9)
    assert skewness == pytest.approx((n - 2) / np.sqrt(n - 1), rel=1e-6)


@pytest.mark.parametrize("n", [1, LANES - 1, LANES, 4 * LANES, 9 * LANES + 5])
def test_sums_are_those_of_plain_arithmetic_bit_for_bit(n: int) -> None:
    """No fused or reordered operation: every processor gives the same digits."""
    values, sums = sample(1, n), np.zeros((3, LANES))
    add_deviations(values, values[0], sums)
    deviations = values - values[0]
    powers = np.stack([deviations, deviations * deviations, deviations * deviations * deviations])
    expected = np.zeros((3, LANES))
    whole = n - n % (4 * LANES)
    for a, b, c, d in powers[:, :whole].reshape(3, -1, 4, LANES).transpose(1, 2, 0, 3):
        expected += (a + b) + (c + d)
    for start in range(whole, n, LANES):
        rest = powers[:, start : start + LANES]
        expected[:, : rest.shape[1]] += rest
    np.testing.assert_array_equal(sums, expected)


def test_total_adds_up_halves() -> None:
    lanes = np.arange(LANES, dtype=np.float64)
    assert total(lanes) == LANES * (LANES - 1) / 2
