"""Statistics of values and of their histograms."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments", "histogram_moments", "histogram_quantiles", "level_histogram", "sample_moments"]


class Moments(NamedTuple):
    """Mean, variance (divided by n), skewness and excess kurtosis.

    The last two are 0 where the variance is.
    """

    mean: float
    variance: float
    skewness: float
    kurtosis: float


def level_histogram(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the 256 levels.

    Parameters
    ----------
    values : numpy.ndarray of uint8
        Any shape.

    Returns
    -------
    numpy.ndarray of int64, shape (256,)
        Counts.
    """
    return np.bincount(values.ravel(), minlength=256).astype(np.int64)


def histogram_moments(counts: NDArray[np.int64], values: NDArray[np.float64]) -> Moments:
    """Compute the first four moments of a histogram.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        How often each level occurs; at least one does.
    values : numpy.ndarray of float64, shape (n_levels,)
        The value of each level.

    Returns
    -------
    Moments
        Of the values that the histogram counts.
    """
    occurring = np.flatnonzero(counts)
    if len(occurring) == 1:
        return Moments(float(values[occurring[0]]), 0.0, 0.0, 0.0)
    return _moments(values[occurring], counts[occurring] / counts.sum())


def sample_moments(values: NDArray[np.float64]) -> Moments:
    """Compute the first four moments of a sample.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n,)
        At least one.

    Returns
    -------
    Moments
        Of the values.
    """
    if values.min() == values.max():
        return Moments(float(values[0]), 0.0, 0.0, 0.0)
    return _moments(values, 1.0 / len(values))


def _moments(values: NDArray[np.float64], weights: NDArray[np.float64] | float) -> Moments:
    mean = float((values * weights).sum())
    deviations = values - mean
    squares = deviations * deviations
    weighted = squares * weights
    variance = float(weighted.sum())
    skewness = float((weighted * deviations).sum()) / variance**1.5
    kurtosis = float((weighted * squares).sum()) / variance**2 - 3.0
    return Moments(mean, variance, skewness, kurtosis)


def histogram_quantiles(counts: NDArray[np.int64], fractions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute quantiles of the levels 0, 1, … by linear interpolation between order statistics.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        How often each level occurs; at least one does.
    fractions : numpy.ndarray of float64, shape (k,)
        In [0, 1].

    Returns
    -------
    numpy.ndarray of float64, shape (k,)
        As `numpy.quantile` of the values.
    """
    cumulated = counts.cumsum()
    positions = fractions * (cumulated[-1] - 1)
    lower = np.floor(positions).astype(np.int64)
    upper = np.minimum(lower + 1, cumulated[-1] - 1)
    low, high = cumulated.searchsorted(lower, side="right"), cumulated.searchsorted(upper, side="right")
    return np.asarray(low + (positions - lower) * (high - low), dtype=np.float64)
