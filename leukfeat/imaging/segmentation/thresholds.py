"""Thresholds of grey-level histograms.

Otsu's method [1]_ chooses the thresholds that maximise the variance between the classes. Pairs
of thresholds are tried at once on cumulative sums, first every fourth level, then the levels around the best
pair.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["class_contrast", "histogram", "histogram_quantile", "otsu_three", "otsu_two"]

_STEP = 4


def histogram(image: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None) -> NDArray[np.float64]:
    """Count the grey levels of an image, within a mask where one is given.

    Parameters
    ----------
    image : array of uint8, shape (height, width)
        The image.
    mask : array of uint8, shape (height, width), optional
        Pixels above 0 are counted.

    Returns
    -------
    array of float64, shape (256,)
        Number of pixels of each level.
    """
    return cv2.calcHist([image], [0], mask, [256], [0, 256]).ravel().astype(np.float64)


def histogram_quantile(counts: NDArray[np.float64], q: float) -> int:
    """Return the smallest level at which the cumulated counts reach the share `q`.

    Parameters
    ----------
    counts : array of float64, shape (n_levels,)
        Number of pixels of each level, not all 0.
    q : float
        Share in [0, 1]; 0.5 gives the median.

    Returns
    -------
    int
        The level.
    """
    cumulated = np.cumsum(counts)
    return int(np.searchsorted(cumulated, q * cumulated[-1]))


def class_contrast(counts: NDArray[np.float64], threshold: int) -> tuple[float, float]:
    """Return how far two classes lie apart, and how well a threshold separates them.

    Parameters
    ----------
    counts : array of float64, shape (n_levels,)
        Number of pixels of each level.
    threshold : int
        Last level of the darker class.

    Returns
    -------
    difference : float
        Mean of the lighter class minus mean of the darker class, in levels; 0 if a class is empty.
    separability : float
        Otsu's eta: variance between the classes over the whole variance, in [0, 1]. One normal distribution
        cut in half has 2 / pi = 0.64, a uniform one 0.75, two distinct classes more.
    """
    weight, moment = _cumulate(counts, np.arange(len(counts)))
    n, n_dark = weight[-1], weight[threshold]
    if n_dark == 0 or n_dark == n:
        return 0.0, 0.0
    difference = (moment[-1] - moment[threshold]) / (n - n_dark) - moment[threshold] / n_dark
    variance = counts @ (np.arange(len(counts)) - moment[-1] / n) ** 2 / n
    return float(difference), float(n_dark * (n - n_dark) / n**2 * difference**2 / variance)


def otsu_two(counts: NDArray[np.float64]) -> int:
    """Return the threshold that parts a histogram into two classes.

    Parameters
    ----------
    counts : array of float64, shape (256,)
        Number of pixels of each level.

    Returns
    -------
    int
        Last level of the darker class.
    """
    weight, moment = _cumulate(counts, np.arange(len(counts)))
    return int(np.argmax(_below(weight, moment) + _above(weight, moment)))


def otsu_three(counts: NDArray[np.float64]) -> tuple[int, int]:
    """Return the two thresholds that part a histogram into three classes.

    Parameters
    ----------
    counts : array of float64, shape (256,)
        Number of pixels of each level.

    Returns
    -------
    tuple of int
        Last level of the darkest class and last level of the middle class.
    """
    levels = np.arange(len(counts))
    weight, moment = _cumulate(counts, levels)
    coarse = levels[_STEP - 1 :: _STEP]
    low, high = _best_pair(weight, moment, coarse, coarse)
    return _best_pair(weight, moment, _around(levels, low), _around(levels, high))


def _best_pair(
    weight: NDArray[np.float64], moment: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[int, int]:
    middle_weight = weight[high] - weight[low, None]
    middle_moment = moment[high] - moment[low, None]
    spread = middle_moment**2 / np.maximum(middle_weight, 1)
    spread += _below(weight, moment)[low, None] + _above(weight, moment)[high]
    spread[low[:, None] > high] = -1
    best = int(np.argmax(spread))
    return int(low[best // len(high)]), int(high[best % len(high)])


def _cumulate(
    counts: NDArray[np.float64], levels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.cumsum(counts), np.cumsum(counts * levels)


def _below(weight: NDArray[np.float64], moment: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(moment**2 / np.maximum(weight, 1))


def _above(weight: NDArray[np.float64], moment: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((moment[-1] - moment) ** 2 / np.maximum(weight[-1] - weight, 1))


def _around(levels: NDArray[np.int64], level: int) -> NDArray[np.int64]:
    return levels[max(level - _STEP, 0) : level + _STEP + 1]
