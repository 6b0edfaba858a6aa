"""Grey-level co-occurrence: counting pairs, and the measures of Haralick."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["ANGLES", "HARALICK_MEASURES", "cooccurrence", "haralick_measures", "quantize"]

# Row and column step of 0, 45, 90 and 135 degrees; rows count downwards.
ANGLES = ((0, 1), (-1, 1), (-1, 0), (-1, -1))

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


def quantize(grey: NDArray[np.uint8], n_levels: int) -> NDArray[np.uint8]:
    """Bring [0, 255] to equal steps.

    Parameters
    ----------
    grey : numpy.ndarray of uint8
        Any shape.
    n_levels : int
        In [2, 256].

    Returns
    -------
    numpy.ndarray of uint8
        grey * n_levels // 256.
    """
    table = (np.arange(256) * n_levels // 256).astype(np.uint8)
    return np.asarray(table[grey], dtype=np.uint8)


def cooccurrence(
    levels: NDArray[np.uint8], mask: NDArray[np.bool_], distances: tuple[int, ...], n_levels: int
) -> NDArray[np.int64]:
    """Count the pairs of levels at each distance and angle, both pixels inside the mask.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Below `n_levels`.
    mask : numpy.ndarray of bool, shape (height, width)
        Inside.
    distances : tuple of int
        Each at least 1; along diagonals this many rows and as many columns.
    n_levels : int
        In [1, 256].

    Returns
    -------
    numpy.ndarray of int64, shape (len(distances), 4, n_levels, n_levels)
        Symmetric counts, each pair in both orders; 0, 45, 90 and 135 degrees.

    References
    ----------
    .. [1] Haralick, Shanmugam, Dinstein, 1973, :doi:`10.1109/TSMC.1973.4309314`
    """
    # Pixels outside take a level of their own, which is dropped: no branch in the inner loop.
    marked = np.where(mask, levels, n_levels).astype(np.int64)
    steps = np.array([(d * row, d * column) for d in distances for row, column in ANGLES], dtype=np.int64)
    counts = _directed_counts(marked, steps, n_levels + 1)[:, :n_levels, :n_levels]
    symmetric = counts + counts.transpose(0, 2, 1)
    return np.asarray(symmetric.reshape(len(distances), len(ANGLES), n_levels, n_levels))


@njit(cache=True, nogil=True)
def _directed_counts(levels: NDArray[np.int64], steps: NDArray[np.int64], n_levels: int) -> NDArray[np.int64]:
    height, width = levels.shape
    counts = np.zeros((steps.shape[0], n_levels, n_levels), dtype=np.int64)
    for s in range(steps.shape[0]):
        dy, dx = steps[s, 0], steps[s, 1]
        table = counts[s]
        start, n = max(0, -dx), width - abs(dx)
        for y in range(max(0, -dy), min(height, height - dy)):
            if n <= 0:
                break
            here = levels[y, start : start + n]
            there = levels[y + dy, start + dx : start + dx + n]
            for x in range(n):
                table[here[x], there[x]] += 1
    return counts


def haralick_measures(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the measures of symmetric co-occurrence matrices.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_matrices, n_levels, n_levels)
        Symmetric; see `cooccurrence`.

    Returns
    -------
    numpy.ndarray of float64, shape (n_matrices, 17)
        In the order of `HARALICK_MEASURES`; NaN for a matrix without pairs.
    """
    measures = np.full((len(counts), len(HARALICK_MEASURES)), np.nan)
    filled = np.flatnonzero(counts.any(axis=(1, 2)))
    if len(filled):
        table = _measures_by_name(counts[filled])
        measures[filled] = np.stack([table[name] for name in HARALICK_MEASURES], axis=1)
    return measures


def _measures_by_name(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    total = counts.sum(axis=(1, 2))
    peak = counts.reshape(len(counts), -1).max(axis=1)
    entropy = _entropy(counts.reshape(len(counts), -1))
    marginal_entropy = _entropy(counts.sum(axis=2))
    sums, differences = _diagonal_counts(counts)
    by_sum, by_difference = _sum_measures(sums), _difference_measures(differences)
    variance = (by_sum["sum_variance"] + by_difference["contrast"]) / 4.0
    return {
        "asm": (counts * counts).sum(axis=(1, 2)) / total.astype(np.float64) ** 2,
        "variance": variance,
        "correlation": _correlation(by_sum["sum_variance"], by_difference["contrast"]),
        "entropy": entropy,
        "imc1": _first_information_measure(entropy, marginal_entropy),
        "imc2": np.sqrt(-np.expm1(-2.0 * np.maximum(2.0 * marginal_entropy - entropy, 0.0))),
        "max_probability": peak / total,
        **by_sum,
        **by_difference,
    }


@njit(cache=True, nogil=True)
def _diagonal_counts(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Histograms of the sum and of the absolute difference of the two levels."""
    n_matrices, n_levels = counts.shape[:2]
    sums = np.zeros((n_matrices, 2 * n_levels - 1), dtype=np.int64)
    differences = np.zeros((n_matrices, n_levels), dtype=np.int64)
    for m in range(n_matrices):
        for i in range(n_levels):
            for j in range(n_levels):
                sums[m, i + j] += counts[m, i, j]
                differences[m, abs(i - j)] += counts[m, i, j]
    return sums, differences


def _sum_measures(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Measures of the sum i + j, from its histogram."""
    levels = np.arange(counts.shape[1])
    total = counts.sum(axis=1)
    average = (counts * levels).sum(axis=1) / total
    deviations = levels - average[:, np.newaxis]
    squares = deviations * deviations
    return {
        "sum_average": average,
        "sum_variance": (counts * squares).sum(axis=1) / total,
        "sum_entropy": _entropy(counts),
        "cluster_shade": (counts * squares * deviations).sum(axis=1) / total,
        "cluster_prominence": (counts * squares * squares).sum(axis=1) / total,
    }


def _difference_measures(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Measures of the difference abs(i - j), from its histogram."""
    levels = np.arange(counts.shape[1])
    total = counts.sum(axis=1)
    mean = (counts * levels).sum(axis=1) / total
    contrast = (counts * levels * levels).sum(axis=1) / total
    deviations = levels - mean[:, np.newaxis]
    return {
        "contrast": contrast,
        "dissimilarity": mean,
        "idm": (counts / (1.0 + levels * levels)).sum(axis=1) / total,
        "difference_variance": (counts * deviations * deviations).sum(axis=1) / total,
        "difference_entropy": _entropy(counts),
    }


def _entropy(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Entropy of each row in nats; ln N - sum(c ln c) / N, exactly 0 for a single filled bin."""
    total = counts.sum(axis=1)
    logs = np.log(np.maximum(counts, 1))
    entropy = np.log(total) - (counts * logs).sum(axis=1) / total
    return np.asarray(np.where(counts.max(axis=1) == total, 0.0, entropy))


def _correlation(sum_variance: NDArray[np.float64], contrast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance over variance, from i + j and i - j of a symmetric matrix; 1 for a constant region."""
    denominator = sum_variance + contrast
    correlation = np.ones_like(denominator)
    np.divide(sum_variance - contrast, denominator, out=correlation, where=denominator > 0.0)
    return correlation


def _first_information_measure(
    entropy: NDArray[np.float64], marginal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(HXY - HXY1) / HX, with HXY1 = 2 HX for a symmetric matrix; 0 for a constant region."""
    measure = np.zeros_like(entropy)
    np.divide(entropy - 2.0 * marginal, marginal, out=measure, where=marginal > 0.0)
    return measure
