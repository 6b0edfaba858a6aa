import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from leukfeat.kernels.circular import circular_statistics
from leukfeat.kernels.median import measured_median
from leukfeat.kernels.statistics import (
    histogram_moments,
    histogram_quantiles,
    level_histogram,
    sample_moments,
)

LEVELS = np.arange(256.0)
values_of_a_region = arrays(np.uint8, st.integers(1, 200))
hues = arrays(np.float64, st.integers(2, 60), elements=st.floats(0, 359.9, allow_subnormal=False))


def test_histogram_by_hand() -> None:
    counts = level_histogram(np.array([[3, 3], [0, 255]], dtype=np.uint8))
    assert counts.sum() == 4
    assert (counts[0], counts[3], counts[255]) == (1, 2, 1)


@given(values_of_a_region)
@settings(max_examples=60, deadline=None)
def test_moments_of_histogram_and_sample_agree_with_scipy(values) -> None:
    by_histogram = histogram_moments(level_histogram(values), LEVELS)
    by_sample = sample_moments(values.astype(float))
    np.testing.assert_allclose(by_histogram, by_sample, rtol=1e-9, atol=1e-9)
    assert by_histogram.mean == pytest.approx(values.mean())
    assert by_histogram.variance == pytest.approx(values.var(), abs=1e-9)
    if np.ptp(values):
        assert by_histogram.skewness == pytest.approx(stats.skew(values.astype(float)), abs=1e-8)
        assert by_histogram.kurtosis == pytest.approx(stats.kurtosis(values.astype(float)), abs=1e-8)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_moments_of_equal_values_are_exactly_zero(level: int) -> None:
    values = np.full(1000, level, dtype=np.uint8)
    expected = (level / 3.0, 0.0, 0.0, 0.0)
    assert histogram_moments(level_histogram(values), LEVELS / 3.0) == expected
    assert sample_moments(values / 3.0) == expected


@given(values_of_a_region)
@settings(max_examples=60, deadline=None)
def test_quantiles_are_those_of_numpy(values) -> None:
    fractions = np.array([0.0, 0.1, 0.25, 0.5, 0.77, 1.0])
    ours = histogram_quantiles(level_histogram(values), fractions)
    np.testing.assert_allclose(ours, np.quantile(values, fractions), rtol=1e-12)


@given(hues)
@settings(max_examples=60, deadline=None)
def test_circular_mean_and_deviation_agree_with_scipy(angles) -> None:
    vectors = np.exp(1j * np.deg2rad(angles)).mean()
    if 1e-3 < abs(vectors) < 1 - 1e-6:
        mean, deviation, skewness = circular_statistics(angles)
        assert np.exp(1j * np.deg2rad(mean)) == pytest.approx(vectors / abs(vectors), abs=1e-9)
        assert deviation == pytest.approx(np.rad2deg(stats.circstd(np.deg2rad(angles))), rel=1e-6)
        second = np.exp(2j * np.deg2rad(angles)).mean()
        turned = (second * (np.conj(vectors) / abs(vectors)) ** 2).imag
        assert skewness == pytest.approx(turned / (1 - abs(vectors)) ** 1.5, rel=1e-5, abs=1e-6)


def test_circular_mean_passes_zero() -> None:
    mean, deviation, skewness = circular_statistics(np.array([350.0, 10.0]))
    assert min(mean, 360 - mean) == pytest.approx(0, abs=1e-9)
    assert deviation == pytest.approx(np.rad2deg(np.sqrt(-2 * np.log(np.cos(np.deg2rad(10))))))
    assert skewness == pytest.approx(0, abs=1e-9)


@given(hues, st.floats(0, 360))
@settings(max_examples=30, deadline=None)
def test_turning_all_directions_turns_the_mean_alone(angles, turn) -> None:
    if 1e-3 < abs(np.exp(1j * np.deg2rad(angles)).mean()) < 1 - 1e-6:
        before, after = circular_statistics(angles), circular_statistics((angles + turn) % 360)
        assert np.cos(np.deg2rad(after[0] - before[0] - turn)) == pytest.approx(1)
        np.testing.assert_allclose(after[1:], before[1:], rtol=1e-5, atol=1e-6)


def test_equal_directions_have_no_spread() -> None:
    mean, deviation, skewness = circular_statistics(np.full(1001, 277.3))
    assert (mean, deviation, skewness) == (pytest.approx(277.3), 0.0, 0.0)


@pytest.mark.parametrize("angles", [[], [0.0, 180.0], [10.0, 130.0, 250.0]])
def test_directions_without_a_mean_are_nan(angles: list[float]) -> None:
    assert np.isnan(circular_statistics(np.array(angles))).all()


def test_median_skips_what_was_not_measured() -> None:
    nan = np.nan
    rows = np.array([[1.0, nan, nan], [3.0, 5.0, nan], [8.0, 7.0, nan], [4.0, nan, nan]])
    np.testing.assert_array_equal(measured_median(rows), [3.5, 6.0, nan])
    np.testing.assert_array_equal(measured_median(rows[:1]), rows[0])
    np.testing.assert_array_equal(measured_median(rows[:0]), [nan] * 3)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 7), st.integers(1, 4)),
        elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)),
    )
)
@settings(max_examples=60, deadline=None)
def test_median_is_that_of_numpy_where_something_was_measured(rows) -> None:
    medians = measured_median(rows)
    for column, median in zip(rows.T, medians, strict=True):
        values = column[~np.isnan(column)]
        assert np.isnan(median) if not len(values) else median == pytest.approx(np.median(values))
