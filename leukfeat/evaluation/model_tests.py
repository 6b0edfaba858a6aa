"""Tests between models on the same folds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from leukfeat.evaluation.intervals import Estimate, percentile_interval
from leukfeat.evaluation.widening import widen

__all__ = ["Difference", "adjust_holm", "compare_estimates", "corrected_t"]


@dataclass(frozen=True)
class Difference:
    """How far one model is ahead of another.

    Parameters
    ----------
    value : float
        First minus second; NaN where either has no value.
    low, high : float
        Percentile interval of the paired draws at 95 %.
    p : float
        Two-sided p-value of no difference.
    """

    value: float
    low: float
    high: float
    p: float


def compare_estimates(first: Estimate, second: Estimate, widening: float = 1.0) -> Difference:
    """Compare a metric of two models draw by draw.

    Parameters
    ----------
    first, second : Estimate
        From the same folds and the same multiplicities, so that draw i has the same subjects in both.
    widening : float, default=1.0
        By what to multiply the distance of draws from the difference; see
        `leukfeat.evaluation.measure_widening`.

    Returns
    -------
    Difference
        First minus second. Draws that either does not define are left out.

    Raises
    ------
    ValueError
        If the numbers of draws differ.

    Notes
    -----
    With B draws d, p = min(1, 2 min((1 + #(d <= 0)) / (B + 1), (1 + #(d >= 0)) / (B + 1))): what belongs to
    the interval, and never 0 [1]_.

    References
    ----------
    .. [1] Davison and Hinkley, 1997, :doi:`10.1017/CBO9780511802843` (chapter 4)
    """
    if len(first.draws) != len(second.draws):
        raise ValueError(
            "compare_estimates expects estimates from the same draws. "
            f"Got {len(first.draws)} and {len(second.draws)} draws."
        )
    value = first.value - second.value
    draws = widen(first.draws - second.draws, value, value, widening)
    return Difference(value, *percentile_interval(draws), _two_sided(draws[~np.isnan(draws)]))


def adjust_holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for their number, so that the chance of any false claim stays below the level.

    Parameters
    ----------
    p_values : array-like of float, shape (n,)
        In any order; NaN is none and stays NaN.

    Returns
    -------
    array of float64, shape (n,)
        Adjusted by Holm's step-down method [1]_, at most 1.

    References
    ----------
    .. [1] Holm, 1979, Scandinavian Journal of Statistics 6, 65-70, https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> from leukfeat.evaluation import adjust_holm
    >>> adjust_holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(len(values), np.nan)
    order = np.argsort(values)[: int((~np.isnan(values)).sum())]
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def corrected_t(differences: ArrayLike, test_to_train: float) -> tuple[float, float]:
    """Test the differences of two models over the folds of a repeated cross-validation.

    Parameters
    ----------
    differences : array-like of float, shape (n,)
        Of each fold and repeat; NaN where one of the models has no value, left out.
    test_to_train : float
        Number of test images over number of training images, the mean over the folds.

    Returns
    -------
    tuple of float
        t, and the two-sided p-value on n - 1 degrees of freedom; 0 and 1 where all differences are 0; NaN for
        fewer than two differences.

    Notes
    -----
    Training sides of different folds share most of their images, and the plain t-test takes their scores for
    independent. The corrected resampled t [1]_ divides by (1/n + n_test/n_train) times the variance.

    References
    ----------
    .. [1] Nadeau and Bengio, 2003, :doi:`10.1023/A:1024068626366`
    """
    values = np.asarray(differences, dtype=np.float64)
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return float("nan"), float("nan")
    if not values.any():
        return 0.0, 1.0
    with np.errstate(divide="ignore"):  # equal differences: infinite t, p of 0
        t = values.mean() / np.sqrt((1 / len(values) + test_to_train) * values.var(ddof=1))
    return float(t), float(2 * student.sf(abs(t), len(values) - 1))


def _two_sided(draws: NDArray[np.float64]) -> float:
    if not len(draws):
        return float("nan")
    tails = np.array([(draws <= 0).sum(), (draws >= 0).sum()])
    return float(min(1.0, 2 * (1 + tails.min()) / (len(draws) + 1)))
