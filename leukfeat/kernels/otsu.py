"""Thresholds that part histograms of grey levels into classes.

Otsu's method [1]_ chooses the thresholds that maximise the variance between the classes: with n_i pixels and
the sum s_i of their levels in class i, the largest sum of s_i² / n_i. Of equally good ones the lowest counts.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["class_contrast", "otsu_by_row", "otsu_three", "otsu_two"]

_STEP = 4


@kernel
def class_contrast(counts: NDArray[np.int64], threshold: int) -> tuple[float, float]:
    """Measure how far two classes lie apart, and how well a threshold separates them.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level.
    threshold : int
        Last level of the darker class.

    Returns
    -------
    difference : float
        Mean of the lighter class minus mean of the darker class, in levels; 0 if a class is empty.
    separability : float
        Otsu's eta: variance between the classes over the whole variance, in [0, 1]; 0 if a class is empty.
        One normal distribution cut in half has 2 / pi = 0.64, a uniform one 0.75, two distinct classes more.
    """
    weight, moment = _cumulate(counts)
    n, n_dark = weight[-1], weight[threshold]
    if n_dark == 0 or n_dark == n:
        return 0.0, 0.0
    difference = (moment[-1] - moment[threshold]) / (n - n_dark) - moment[threshold] / n_dark
    squares, mean = 0.0, moment[-1] / n
    for level in range(counts.shape[0]):
        squares += counts[level] * (level - mean) ** 2
    return difference, n_dark * (n - n_dark) / n**2 * difference**2 / (squares / n)


@kernel
def otsu_two(counts: NDArray[np.int64]) -> int:
    """Find the threshold that parts a histogram into two classes.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level.

    Returns
    -------
    int
        Last level of the darker class.
    """
    weight, moment = _cumulate(counts)
    below, above = _squares_over(weight, moment)
    best, threshold = -1.0, 0
    for level in range(counts.shape[0]):
        spread = below[level] + above[level]
        if spread > best:
            best, threshold = spread, level
    return threshold


@kernel
def otsu_three(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Find the two thresholds that part a histogram into three classes.

    Pairs of every fourth level are tried, then the levels around the best pair.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level.

    Returns
    -------
    low, high : int
        Last level of the darkest class and last level of the middle class.
    """
    weight, moment = _cumulate(counts)
    last = counts.shape[0] - 1
    low, high = _best_pair(weight, moment, (_STEP - 1, last), (_STEP - 1, last), _STEP)
    around_low = max(low - _STEP, 0), min(low + _STEP, last)
    around_high = max(high - _STEP, 0), min(high + _STEP, last)
    return _best_pair(weight, moment, around_low, around_high, 1)


@kernel
def _best_pair(
    weight: NDArray[np.float64],
    moment: NDArray[np.float64],
    lows: tuple[int, int],
    highs: tuple[int, int],
    step: int,
) -> tuple[int, int]:
    """Try the pairs of every few levels from a first to a last one."""
    below, above = _squares_over(weight, moment)
    best, pair = -1.0, (lows[0], highs[0])
    for low in range(lows[0], lows[1] + 1, step):
        for high in range(max(highs[0], low), highs[1] + 1, step):
            middle = (moment[high] - moment[low]) ** 2 / max(weight[high] - weight[low], 1.0)
            spread = middle + (below[low] + above[high])
            if spread > best:
                best, pair = spread, (low, high)
    return pair


@kernel
def otsu_by_row(counts: NDArray[np.int64], separability: float, contrast: float) -> NDArray[np.int64]:
    """Find the threshold of each of several histograms, where it parts two distinct classes.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n, n_levels)
        Number of pixels of each level.
    separability : float
        Smallest share of the whole variance that lies between the classes.
    contrast : float
        Smallest difference of their means, in levels.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Last level of the darker class; the last level of all where the classes hardly differ.
    """
    thresholds = np.empty(counts.shape[0], dtype=np.int64)
    for row in range(counts.shape[0]):
        thresholds[row] = _distinct_threshold(counts[row], separability, contrast)
    return thresholds


@kernel
def _distinct_threshold(counts: NDArray[np.int64], separability: float, contrast: float) -> int:
    weight, moment = _cumulate(counts)
    n, total = max(weight[-1], 1.0), moment[-1]
    most, contrast_there, best, squares = -1.0, 0.0, 0, 0
    for level in range(counts.shape[0]):
        lighter, darker = n - weight[level], weight[level]
        difference = (total - moment[level]) / max(lighter, 1.0) - moment[level] / max(darker, 1.0)
        between = darker * lighter / n**2 * difference**2
        if between > most:
            most, contrast_there, best = between, difference, level
        squares += counts[level] * level**2
    variance = squares / n - (total / n) ** 2
    distinct = most >= separability * max(variance, 1e-9) and contrast_there >= contrast
    return best if distinct else counts.shape[0] - 1


@kernel
def _cumulate(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the pixels up to each level, and sum their levels."""
    weight, moment = np.empty(counts.shape[0]), np.empty(counts.shape[0])
    n = total = 0
    for level in range(counts.shape[0]):
        n += counts[level]
        total += counts[level] * level
        weight[level], moment[level] = n, total
    return weight, moment


@kernel
def _squares_over(
    weight: NDArray[np.float64], moment: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Divide the squared sum of levels by the number of pixels, up to each level and above it."""
    n, total = weight[-1], moment[-1]
    below, above = np.empty(weight.shape[0]), np.empty(weight.shape[0])
    for level in range(weight.shape[0]):
        below[level] = moment[level] ** 2 / max(weight[level], 1.0)
        above[level] = (total - moment[level]) ** 2 / max(n - weight[level], 1.0)
    return below, above
