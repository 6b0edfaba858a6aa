import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from leukfeat.kernels.first_order import (
    FIRST_ORDER_MEASURES,
    first_order_rows,
    first_order_statistics,
    histogram_moments,
    histogram_quantile,
)
from tests.oracles.firstorder import statistics
from tests.regions import pixels_in

levels_of_a_region = arrays(np.uint8, st.integers(1, 200))
few_levels = arrays(np.uint8, st.integers(1, 30), elements=st.sampled_from([0, 1, 254, 255]))


def histogram(levels: np.ndarray) -> np.ndarray:
    return np.bincount(levels, minlength=256)


def below(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], counts.cumsum()])


@given(levels_of_a_region)
@settings(max_examples=60, deadline=None)
def test_moments_agree_with_numpy_and_scipy(levels) -> None:
    mean, variance, skewness, kurtosis = histogram_moments(histogram(levels))
    assert mean == pytest.approx(levels.mean(), rel=1e-14)
    assert variance == pytest.approx(levels.var(), rel=1e-12)
    if np.ptp(levels):
        assert skewness == pytest.approx(stats.skew(levels.astype(float)), rel=1e-10, abs=1e-10)
        assert kurtosis == pytest.approx(stats.kurtosis(levels.astype(float)), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_moments_of_equal_levels_are_exactly_zero(level: int) -> None:
    assert histogram_moments(histogram(np.full(1000, level))) == (level, 0.0, 0.0, 0.0)


def test_moments_of_a_billion_pixels_do_not_overflow() -> None:
    counts = np.zeros(256, np.int64)
    counts[[0, 255]] = 10**9
    assert histogram_moments(counts) == pytest.approx((127.5, 127.5**2, 0.0, -2.0))


@given(levels_of_a_region, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.77, 0.9, 1.0]))
@settings(max_examples=100, deadline=None)
def test_quantiles_are_those_of_numpy(levels, fraction) -> None:
    ours = histogram_quantile(below(histogram(levels)), fraction)
    assert ours == pytest.approx(np.quantile(levels, fraction), rel=1e-12)


@given(st.one_of(levels_of_a_region, few_levels))
@settings(max_examples=150, deadline=None)
def test_all_measures_agree_with_numpy_and_scipy(levels) -> None:
    ours = dict(zip(FIRST_ORDER_MEASURES, first_order_statistics(levels).tolist(), strict=True))
    assert ours == pytest.approx(statistics(levels.astype(float)), rel=1e-9, abs=1e-9, nan_ok=True)


def test_no_levels_have_no_statistics() -> None:
    assert np.isnan(first_order_statistics(np.empty(0, np.uint8))).all()


@given(levels_of_a_region)
@settings(max_examples=30, deadline=None)
def test_the_order_of_pixels_does_not_matter(levels) -> None:
    np.testing.assert_array_equal(
        first_order_statistics(levels), first_order_statistics(np.ascontiguousarray(levels[::-1]))
    )


def test_rows_hold_the_grey_of_both_regions() -> None:
    generator = np.random.default_rng(0)
    nuclei = [generator.integers(0, 256, (4, n), dtype=np.uint8) for n in (50, 0, 7)]
    cytoplasm = [generator.integers(0, 256, (4, n), dtype=np.uint8) for n in (0, 90, 1)]
    rows = first_order_rows(pixels_in(*nuclei), pixels_in(*cytoplasm))
    expected = [
        np.concatenate([first_order_statistics(n[3]), first_order_statistics(c[3])])
        for n, c in zip(nuclei, cytoplasm, strict=True)
    ]
    np.testing.assert_array_equal(rows, expected)
