"""The correction for few units: exact for means, none for many."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from leukfeat.evaluation import draw_multiplicities, measure_widening
from leukfeat.evaluation.widening import widen


@pytest.mark.parametrize("sizes", [[5], [3] * 10, [2, 7], [4, 1, 6]])
def test_draws_get_the_variance_of_a_mean_over_strata(sizes: list[int]) -> None:
    """Units of variance 1: the variance of their mean over what draws show on average, and Student's t."""
    rng = np.random.default_rng(0)
    strata = np.repeat(np.arange(len(sizes)), sizes)
    weights = 1 / np.repeat(sizes, sizes) / len(sizes)
    draws = draw_multiplicities(strata, n_draws=400, seed=1) * weights
    shown = (draws @ rng.normal(size=(len(strata), 2000))).var(axis=0).mean()
    quantiles = student.isf(0.025, sum(sizes) - len(sizes)) / norm.isf(0.025)
    expected = np.sqrt((weights**2).sum() / shown) * quantiles
    assert measure_widening(strata) == pytest.approx(expected, rel=0.05)


def test_with_many_units_there_is_nothing_to_correct() -> None:
    assert measure_widening(np.zeros(100_000, dtype=int)) == pytest.approx(1, abs=1e-4)
    assert measure_widening(np.zeros(100, dtype=int)) == pytest.approx(1.017, abs=1e-3)


def test_widening_multiplies_distances() -> None:
    draws = np.array([0.4, 0.5, 0.9, np.nan])
    np.testing.assert_allclose(widen(draws, 0.5, 0.5, 2.0), [0.3, 0.5, 1.3, np.nan])
    np.testing.assert_allclose(widen(draws, 0.6, 0.5, 1.0), [0.3, 0.4, 0.8, np.nan])


def test_strata_of_one_unit_can_tell_nothing() -> None:
    assert measure_widening([0, 1, 2]) == np.inf
    assert measure_widening([0, 0, 1, 2, 3, 4]) == np.inf
    assert measure_widening([0, 0, 1, 1, 2, 3]) < np.inf
    assert np.isnan(widen(np.array([0.5]), 0.5, 0.5, np.inf)).all()
