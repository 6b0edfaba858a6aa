"""The measures of Haralick, from co-occurrence counts."""

from math import expm1, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.cooccurrence import N_ANGLES, cooccurrence, level_map

__all__ = ["HARALICK_MEASURES", "haralick_measures", "haralick_rows", "mean_and_range"]

HARALICK_MEASURES = (
    "asm",
    "contrast",
    "correlation",
    "variance",
    "idm",
    "sum_average",
    "sum_variance",
    "sum_entropy",
    "entropy",
    "difference_variance",
    "difference_entropy",
    "imc1",
    "imc2",
    "dissimilarity",
    "cluster_shade",
    "cluster_prominence",
    "max_probability",
)
# Most counts are small.
_COUNT_LOG_COUNTS = np.array([0.0, *(count * log(count) for count in range(1, 1024))])


@kernel
def haralick_rows(
    grey: NDArray[np.uint8], objects: CellObjects, distances: NDArray[np.int64], n_levels: int
) -> NDArray[np.float64]:
    """Compute mean and range over the angles of the measures of the nuclei of several images.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        Grey, C-contiguous.
    objects : CellObjects
        The cells.
    distances : numpy.ndarray of int64, shape (n_distances,)
        Of the pairs of pixels, each at least 1.
    n_levels : int
        Grey levels in equal steps, in [2, 256].

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, n_distances * 34)
        See `mean_and_range`.
    """
    rows = np.empty((grey.shape[0], 2 * len(HARALICK_MEASURES) * distances.size))
    room = level_map(grey.shape[1], grey.shape[2], distances)
    for i in range(grey.shape[0]):
        counts, lowest = cooccurrence(grey[i], objects, i, distances, n_levels, room)
        rows[i] = mean_and_range(haralick_measures(counts, lowest), N_ANGLES)
    return rows


@kernel
def haralick_measures(counts: NDArray[np.int64], lowest: int) -> NDArray[np.float64]:
    """Compute the measures of symmetric co-occurrence matrices.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_matrices, n, n)
        Symmetric; see `leukfeat.kernels.cooccurrence.cooccurrence`.
    lowest : int
        The level of the first row and column.

    Returns
    -------
    numpy.ndarray of float64, shape (n_matrices, 17)
        In the order of `HARALICK_MEASURES`; NaN for a matrix without pairs.
    """
    measures = np.empty((counts.shape[0], 17))
    for m in range(counts.shape[0]):
        _measure(counts[m], lowest, measures[m])
    return measures


@kernel
def _measure(counts: NDArray[np.int64], lowest: int, out: NDArray[np.float64]) -> None:
    total = counts.sum()
    if total == 0:
        out[:] = nan
        return
    sums, differences = _diagonal_counts(counts)
    squares, peak, entropy = _joint_measures(counts, total)
    marginal = _entropy(counts.sum(axis=1), total)
    average, sum_variance, shade, prominence = _sum_measures(sums, total)
    dissimilarity, contrast, idm, difference_variance = _difference_measures(differences, total)
    spread = sum_variance + contrast
    out[0] = squares / float(total) ** 2
    out[1] = contrast
    out[2] = (sum_variance - contrast) / spread if spread > 0.0 else 1.0
    out[3] = spread / 4.0
    out[4] = idm
    out[5] = average + 2 * lowest
    out[6] = sum_variance
    out[7] = _entropy(sums, total)
    out[8] = entropy
    out[9] = difference_variance
    out[10] = _entropy(differences, total)
    out[11] = (entropy - 2.0 * marginal) / marginal if marginal > 0.0 else 0.0
    out[12] = sqrt(-expm1(-2.0 * max(2.0 * marginal - entropy, 0.0)))
    out[13] = dissimilarity
    out[14] = shade
    out[15] = prominence
    out[16] = peak / total


@kernel
def _joint_measures(counts: NDArray[np.int64], total: int) -> tuple[int, int, float]:
    """Sum of squares, greatest count and entropy; each pair of levels is looked at once."""
    squares = peak = 0
    weighted = 0.0
    for i in range(counts.shape[0]):
        squares += counts[i, i] ** 2
        peak = max(peak, counts[i, i])
        weighted += _count_log_count(counts[i, i])
        for j in range(i):
            squares += 2 * counts[i, j] ** 2
            peak = max(peak, counts[i, j])
            weighted += 2.0 * _count_log_count(counts[i, j])
    return squares, peak, 0.0 if peak == total else log(total) - weighted / total


@kernel
def _diagonal_counts(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Histograms of the sum and of the absolute difference of the two levels."""
    n = counts.shape[0]
    sums, differences = np.zeros(2 * n - 1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for i in range(n):
        sums[2 * i] += counts[i, i]
        differences[0] += counts[i, i]
        for j in range(i):
            sums[i + j] += 2 * counts[i, j]
            differences[i - j] += 2 * counts[i, j]
    return sums, differences


@kernel
def _sum_measures(counts: NDArray[np.int64], total: int) -> tuple[float, float, float, float]:
    """Mean and central moments two to four of the sum i + j, from its histogram."""
    first = 0
    for level in range(counts.shape[0]):
        first += level * counts[level]
    average = first / total
    second = third = fourth = 0.0
    for level in range(counts.shape[0]):
        deviation = level - average
        weighted = counts[level] * deviation * deviation
        second += weighted
        third += weighted * deviation
        fourth += weighted * deviation * deviation
    return average, second / total, third / total, fourth / total


@kernel
def _difference_measures(counts: NDArray[np.int64], total: int) -> tuple[float, float, float, float]:
    """Mean, mean square, inverse moment and variance of the difference abs(i - j), from its histogram."""
    first = second = 0
    inverse = spread = 0.0
    for level in range(counts.shape[0]):
        first += level * counts[level]
        second += level * level * counts[level]
        inverse += counts[level] / (1.0 + level * level)
    mean = first / total
    for level in range(counts.shape[0]):
        spread += counts[level] * (level - mean) ** 2
    return mean, second / total, inverse / total, spread / total


@kernel
def _entropy(counts: NDArray[np.int64], total: int) -> float:
    """Entropy in nats: ln N - sum(c ln c) / N, exactly 0 for a single filled bin."""
    weighted = 0.0
    for i in range(counts.shape[0]):
        if counts[i] == total:
            return 0.0
        weighted += _count_log_count(counts[i])
    return log(total) - weighted / total


@kernel
def _count_log_count(count: int) -> float:
    if count < _COUNT_LOG_COUNTS.size:
        return _COUNT_LOG_COUNTS[np.uint64(count)]
    return count * log(count)


@kernel
def mean_and_range(measures: NDArray[np.float64], n_angles: int) -> NDArray[np.float64]:
    """Take mean and range over the angles that hold pairs.

    Parameters
    ----------
    measures : numpy.ndarray of float64, shape (n_distances * n_angles, k)
        The angles of a distance follow each other; NaN for a matrix without pairs.
    n_angles : int
        Number of angles.

    Returns
    -------
    numpy.ndarray of float64, shape (n_distances * k * 2,)
        For each distance and measure the mean, then maximum less minimum; NaN where no angle holds a pair.
    """
    n_distances, k = measures.shape[0] // n_angles, measures.shape[1]
    out = np.empty((n_distances, k, 2))
    for d in range(n_distances):
        for m in range(k):
            total, low, high, n = 0.0, np.inf, -np.inf, 0
            for a in range(d * n_angles, (d + 1) * n_angles):
                value = measures[a, m]
                if not np.isnan(value):
                    total, low, high, n = total + value, min(low, value), max(high, value), n + 1
            out[d, m, 0] = total / n if n else nan
            out[d, m, 1] = high - low if n else nan
    return out.ravel()
