"""By how much draws of few units have to be spread to say what is not known."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from scipy.stats import t as student

__all__ = ["CONFIDENCE", "measure_widening", "widen"]

CONFIDENCE = 0.95
_LEAST_FREEDOM = 2  # a spread known from one pair of units is none


def measure_widening(strata: ArrayLike) -> float:
    """Return by what to multiply the distance of draws from the value.

    Parameters
    ----------
    strata : array-like of int, shape (n_units,)
        Number of each unit's stratum; see `leukfeat.evaluation.find_strata`.

    Returns
    -------
    float
        At least 1, and 1 for very many units; infinite where there is no more than one unit beyond one for
        each stratum, so that resampling tells nothing.

    Notes
    -----
    Draws from a stratum of n units have (n - 1)/n of the variance that there is [1]_, and normal quantiles
    are too small for a variance estimated from few units. With 30 subjects of two classes in five folds,
    three to a stratum, percentile intervals at 95 % cover 82 to 87 % where images of a subject are alike, and
    a paired test at 5 % rejects equal models in 13 % of the cases. The factor makes up for both: it is the
    root of the variance of a mean over the strata over what draws show of it, were all units alike, times the
    quantile of Student's t (units less strata degrees of freedom) over that of the normal distribution. A
    stratum of one unit, which no draw changes, counts as varying like the others.

    References
    ----------
    .. [1] Rao and Wu, 1988, :doi:`10.1080/01621459.1988.10478591` (rescaled bootstrap of stratified units)
    """
    sizes = np.unique(np.asarray(strata), return_counts=True)[1].astype(np.float64)
    shown = ((sizes - 1) / sizes**2).sum()
    tail, freedom = (1 - CONFIDENCE) / 2, sizes.sum() - len(sizes)
    if freedom < _LEAST_FREEDOM:
        return float("inf")
    quantiles = student.isf(tail, freedom) / norm.isf(tail)
    return float(np.sqrt((1 / sizes).sum() / shown) * quantiles)


def widen(draws: NDArray[np.float64], center: float, value: float, widening: float) -> NDArray[np.float64]:
    """Multiply the distance of draws from their center.

    Parameters
    ----------
    draws : array of float64, shape (n_draws,)
        NaN where undefined.
    center : float
        What they are drawn around: the value, or their mean.
    value : float
        What to put in its place.
    widening : float
        The factor; infinite where nothing can be resampled.

    Returns
    -------
    array of float64, shape (n_draws,)
        The same draws about `value`; all NaN for an infinite factor.
    """
    if np.isinf(widening):
        return np.full_like(draws, np.nan)
    return value + widening * (draws - center)
