"""Tests between models: worked out by hand, and of the right size."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from leukfeat.evaluation import Estimate, adjust_holm, compare_estimates, corrected_t

NAN = float("nan")


def estimate_of(value: float, draws: list[float]) -> Estimate:
    return Estimate(value, NAN, NAN, NAN, 5, 0, np.full(5, value), np.array(draws))


def test_the_difference_is_taken_draw_by_draw() -> None:
    """Nine draws: one at most 0, so p = 2 (1 + 1) / (9 + 1)."""
    first = estimate_of(0.9, [0.95, 0.9, 0.85, 0.9, 0.92, 0.91, 0.9, 0.88, 0.9])
    second = estimate_of(0.8, [0.85, 0.8, 0.85, 0.7, 0.82, 0.81, 0.8, 0.78, 0.8])
    found = compare_estimates(first, second)
    assert found.value == pytest.approx(0.1)
    assert found.p == pytest.approx(0.4)
    differences = first.draws - second.draws
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(differences, [0.025, 0.975])))


def test_equal_models_do_not_differ() -> None:
    same = estimate_of(0.9, [0.8, 0.9, 1.0])
    found = compare_estimates(same, same)
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_p_is_never_zero() -> None:
    found = compare_estimates(estimate_of(0.9, [0.9] * 999), estimate_of(0.5, [0.5] * 999))
    assert found.p == pytest.approx(2 / 1000)


def test_undefined_draws_are_left_out() -> None:
    found = compare_estimates(estimate_of(0.9, [0.9, NAN, 0.8]), estimate_of(0.5, [0.5, 0.4, NAN]))
    assert (found.low, found.high) == (pytest.approx(0.4), pytest.approx(0.4))
    nothing = compare_estimates(estimate_of(NAN, [NAN]), estimate_of(0.5, [0.5]))
    assert np.isnan([nothing.value, nothing.low, nothing.high, nothing.p]).all()


def test_draws_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="Got 2 and 3 draws"):
        compare_estimates(estimate_of(0, [0, 0]), estimate_of(0, [0, 0, 0]))


def test_few_units_widen_the_interval_and_raise_p() -> None:
    rng = np.random.default_rng(0)
    first, second = estimate_of(0.5, rng.normal(0.5, 0.1, 999)), estimate_of(0.3, np.full(999, 0.3))
    plain, few = (compare_estimates(first, second, widening) for widening in (1.0, 1.2))
    assert (few.value - few.low) == pytest.approx(1.2 * (plain.value - plain.low))
    assert (few.high - few.value) == pytest.approx(1.2 * (plain.high - plain.value))
    assert few.p > plain.p
    assert np.isnan(compare_estimates(first, second, np.inf).p)


def test_holm_by_hand() -> None:
    """Smallest times 4, next times 3, and so on; never below one before."""
    adjusted = adjust_holm([0.03, 0.005, 0.04, 0.01])
    assert adjusted == pytest.approx([0.06, 0.02, 0.06, 0.03])
    assert adjust_holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert adjust_holm([]).size == 0


def test_holm_leaves_out_what_is_no_p_value() -> None:
    assert adjust_holm([0.02, NAN, 0.01]) == pytest.approx([0.02, NAN, 0.02], nan_ok=True)


def test_corrected_t_by_hand() -> None:
    """Mean 0.02, variance 0.0001, n = 5, test to train 1/4: t = 0.02 / sqrt((1/5 + 1/4) 0.0001)."""
    differences = np.array([0.01, 0.02, 0.03]).repeat([1, 3, 1])
    differences = 0.02 + (differences - 0.02) * np.sqrt(2)
    t, p = corrected_t(differences, 0.25)
    assert t == pytest.approx(0.02 / np.sqrt(0.45 * 0.0001))
    s = t**2 / (1 + t**2 / 4)  # the distribution of t on four degrees of freedom, in closed form
    assert p == pytest.approx(1 - 0.75 * np.sqrt(s) * (1 - s / 12))


def test_corrected_t_without_the_correction_is_the_plain_one() -> None:
    differences = np.random.default_rng(0).normal(0.1, 0.2, 10)
    plain = ttest_1samp(differences, 0)
    assert corrected_t(differences, 0.0) == pytest.approx((plain.statistic, plain.pvalue))
    assert corrected_t([*differences, NAN], 0.0) == pytest.approx((plain.statistic, plain.pvalue))


def test_corrected_t_of_differences_that_do_not_vary() -> None:
    assert corrected_t([0.0, 0.0], 0.25) == (0, 1)
    assert corrected_t([0.25, 0.25], 0.25) == (np.inf, 0)
    assert np.isnan(corrected_t([0.1], 0.25)).all()
