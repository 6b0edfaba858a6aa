"""First-order statistics of grey levels, from their histogram."""

from math import ceil, floor, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import RegionPixels, pixels_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import count_levels

__all__ = [
    "FIRST_ORDER_MEASURES",
    "first_order_rows",
    "first_order_statistics",
    "histogram_moments",
    "histogram_quantile",
]

FIRST_ORDER_MEASURES = (
    "mean",
    "variance",
    "skewness",
    "kurtosis",
    "median",
    "min",
    "p10",
    "p90",
    "max",
    "iqr",
    "range",
    "mean_absolute_deviation",
    "robust_mean_absolute_deviation",
    "median_absolute_deviation",
    "coefficient_of_variation",
    "quartile_coefficient_of_dispersion",
    "energy",
    "rms",
)
_GREY = 3


@kernel
def first_order_rows(nucleus: RegionPixels, cytoplasm: RegionPixels) -> NDArray[np.float64]:
    """Compute the intensity statistics of grey of several images.

    Parameters
    ----------
    nucleus, cytoplasm : RegionPixels
        The pixels of both regions.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 36)
        Those of the nucleus, then those of the cytoplasm, see `first_order_statistics`.
    """
    k = len(FIRST_ORDER_MEASURES)
    rows = np.empty((nucleus.bounds.size - 1, 2 * k))
    for i in range(rows.shape[0]):
        rows[i, :k] = first_order_statistics(pixels_of(nucleus, i)[_GREY])
        rows[i, k:] = first_order_statistics(pixels_of(cytoplasm, i)[_GREY])
    return rows


@kernel
def first_order_statistics(levels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Compute the intensity statistics of the Image Biomarker Standardisation Initiative.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (n,)
        C-contiguous.

    Returns
    -------
    numpy.ndarray of float64, shape (18,)
        In the order of `FIRST_ORDER_MEASURES`, as `leukfeat.features.firstorder.FirstOrderFeatures` defines
        them; NaN without levels.

    References
    ----------
    .. [1] Zwanenburg et al., 2020, "The Image Biomarker Standardization Initiative",
       :doi:`10.1148/radiol.2020191145`
    """
    statistics = np.full(len(FIRST_ORDER_MEASURES), nan)
    if levels.size > 0:
        measured = _measure(count_levels(levels), levels.size)
        for i in range(len(measured)):
            statistics[i] = measured[i]
    return statistics


@kernel
def _measure(counts: NDArray[np.int64], n: int) -> tuple[float, ...]:
    """All measures, in order."""
    numbers, sums = _cumulated(counts)
    mean, variance, skewness, kurtosis = histogram_moments(counts)
    low, p10, p25, p50, p75, p90, high = _quantiles(numbers)
    energy = _energy(counts)
    return (
        mean,
        variance,
        skewness,
        kurtosis,
        p50,
        low,
        p10,
        p90,
        high,
        p75 - p25,
        high - low,
        _mean_deviation(numbers, sums, 0, counts.size, mean),
        _robust_deviation(numbers, sums, p10, p90),
        _mean_deviation(numbers, sums, 0, counts.size, p50),
        sqrt(variance) / mean if mean > 0.0 else nan,
        (p75 - p25) / (p75 + p25) if p75 + p25 > 0.0 else nan,
        energy,
        sqrt(energy / n),
    )


@kernel
def histogram_moments(counts: NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Compute the first four moments of the levels 0, 1, ….

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        How often each level occurs; at least one does.

    Returns
    -------
    tuple of float
        Mean, variance (divided by n), skewness and excess kurtosis; the last two are 0 where the variance is.
    """
    n = total = np.int64(0)
    for v in range(counts.size):
        n += counts[v]
        total += counts[v] * v
    # Deviations from the level next to the mean are integers, and so are the sums of their powers.
    centre = (2 * total + n) // (2 * n)
    first = second = third = fourth = np.int64(0)
    for v in range(counts.size):
        d = v - centre
        first += counts[v] * d
        second += counts[v] * d * d
        third += counts[v] * d * d * d
        fourth += counts[v] * d * d * d * d
    return _central_moments(float(centre), first / n, second / n, third / n, fourth / n)


@kernel
def _central_moments(
    centre: float, first: float, second: float, third: float, fourth: float
) -> tuple[float, float, float, float]:
    """From the moments about a level at most half a level from the mean."""
    variance = second - first * first
    if variance == 0.0:
        return centre + first, 0.0, 0.0, 0.0
    third_central = third - first * (3.0 * second - 2.0 * first * first)
    fourth_central = fourth - first * (4.0 * third - first * (6.0 * second - 3.0 * first * first))
    return (
        centre + first,
        variance,
        third_central / (variance * sqrt(variance)),
        fourth_central / (variance * variance) - 3.0,
    )


@kernel
def histogram_quantile(numbers: NDArray[np.int64], fraction: float) -> float:
    """Compute a quantile of the levels 0, 1, … by linear interpolation between order statistics.

    Parameters
    ----------
    numbers : numpy.ndarray of int64, shape (n_levels + 1,)
        How many values lie below each level; the last is their number, at least 1.
    fraction : float
        In [0, 1].

    Returns
    -------
    float
        As `numpy.quantile` of the values.
    """
    position = fraction * (numbers[-1] - 1)
    rank = floor(position)
    level = 0
    while numbers[level + 1] <= rank:
        level += 1
    above = level
    while numbers[above + 1] <= min(rank + 1, numbers[-1] - 1):
        above += 1
    return level + (position - rank) * (above - level)


@kernel
def _quantiles(numbers: NDArray[np.int64]) -> tuple[float, float, float, float, float, float, float]:
    return (
        histogram_quantile(numbers, 0.0),
        histogram_quantile(numbers, 0.1),
        histogram_quantile(numbers, 0.25),
        histogram_quantile(numbers, 0.5),
        histogram_quantile(numbers, 0.75),
        histogram_quantile(numbers, 0.9),
        histogram_quantile(numbers, 1.0),
    )


@kernel
def _cumulated(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count and add up the values below each level, and all."""
    numbers, sums = np.zeros(counts.size + 1, dtype=np.int64), np.zeros(counts.size + 1, dtype=np.int64)
    for v in range(counts.size):
        numbers[v + 1] = numbers[v] + counts[v]
        sums[v + 1] = sums[v] + counts[v] * v
    return numbers, sums


@kernel
def _energy(counts: NDArray[np.int64]) -> float:
    energy = np.int64(0)
    for v in range(counts.size):
        energy += counts[v] * v * v
    return float(energy)


@kernel
def _mean_deviation(
    numbers: NDArray[np.int64], sums: NDArray[np.int64], start: int, stop: int, centre: float
) -> float:
    """Mean distance of the levels from start to stop - 1 to a centre among them; NaN without values."""
    n = numbers[stop] - numbers[start]
    if n == 0:
        return nan
    middle = floor(centre) + 1
    more = (numbers[stop] - numbers[middle]) - (numbers[middle] - numbers[start])
    return ((sums[stop] - sums[middle]) - (sums[middle] - sums[start]) - more * centre) / n


@kernel
def _robust_deviation(numbers: NDArray[np.int64], sums: NDArray[np.int64], low: float, high: float) -> float:
    """Mean deviation of the levels within [low, high] from their mean."""
    start, stop = ceil(low), floor(high) + 1
    n = numbers[stop] - numbers[start]
    return _mean_deviation(numbers, sums, start, stop, (sums[stop] - sums[start]) / n) if n > 0 else nan
