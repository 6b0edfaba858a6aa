"""Histograms of grey levels."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD, lowest_bit
from leukfeat.kernels.compiled import kernel

__all__ = ["N_LEVELS", "count_all", "count_levels", "count_levels_within", "mean_level", "quantile_level"]

N_LEVELS = 256


@kernel
def count_levels(image: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the grey levels of an image, or of a list of pixels.

    Parameters
    ----------
    image : numpy.ndarray of uint8
        Any shape, C-contiguous.

    Returns
    -------
    numpy.ndarray of int64, shape (256,)
        Number of pixels of each level.
    """
    levels = image.ravel()
    # Neighbours are often of one level: four tables in turn spare an increment waiting for the one before.
    tables = np.zeros((4, 256), dtype=np.int32)
    first, second, third, fourth = tables[0], tables[1], tables[2], tables[3]
    whole = levels.size - levels.size % 4
    for i in range(0, whole, 4):
        first[levels[np.uint64(i)]] += 1
        second[levels[np.uint64(i + 1)]] += 1
        third[levels[np.uint64(i + 2)]] += 1
        fourth[levels[np.uint64(i + 3)]] += 1
    for i in range(whole, levels.size):
        first[levels[i]] += 1
    counts = np.empty(256, dtype=np.int64)
    for v in range(256):
        counts[v] = first[v] + second[v] + third[v] + fourth[v]
    return counts


@kernel
def count_levels_within(image: NDArray[np.uint8], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Count the grey levels within a mask.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (size, size)
        C-contiguous.
    bits : numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.

    Returns
    -------
    numpy.ndarray of int64, shape (256,)
        Number of pixels of each level.
    """
    counts = np.zeros(N_LEVELS, dtype=np.int64)
    n_words, size = bits.shape
    for y in range(size):
        line = image[y]
        for j in range(n_words):
            word, first = bits[j, y], np.uint64(WORD * j)
            while word:
                counts[line[first + np.uint64(lowest_bit(word))]] += 1
                word &= word - np.uint64(1)
    return counts


@kernel
def count_all(counts: NDArray[np.int64]) -> int:
    """Count the pixels of all levels.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level.

    Returns
    -------
    int
        Their number.
    """
    n = 0
    for level in range(counts.shape[0]):
        n += counts[level]
    return n


@kernel
def quantile_level(counts: NDArray[np.int64], q: float) -> int:
    """Find the smallest level at which the cumulated counts reach a share.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level, not all 0.
    q : float
        Share in [0, 1]; 0.5 gives the median.

    Returns
    -------
    int
        The level.
    """
    rest = q * count_all(counts)
    cumulated = 0
    for level in range(counts.shape[0]):
        cumulated += counts[level]
        if cumulated >= rest:
            return level
    return counts.shape[0] - 1


@kernel
def mean_level(counts: NDArray[np.int64], first: int) -> float:
    """Average the levels from one upwards.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n_levels,)
        Number of pixels of each level.
    first : int
        Lowest level that is averaged.

    Returns
    -------
    float
        The mean; 0 where there are no pixels.
    """
    n = total = 0
    for level in range(first, counts.shape[0]):
        n += counts[level]
        total += counts[level] * level
    return total / n if n > 0 else 0.0
