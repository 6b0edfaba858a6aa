"""Smoothing of images by binomial weights.

Beyond the border an image is mirrored, its last pixel not repeated. Sums are exact and rounded once, halves
upwards, so that the results are those of OpenCV's Gaussian blur.
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["smooth_by_five"]

_MARGIN = 2

# Unsigned: an index that cannot be negative lets the compiler take many pixels at once.
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@kernel
def smooth_by_five(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Smooth an image by the weights 1, 4, 6, 4, 1 in both directions.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous; at least three rows and columns.

    Returns
    -------
    numpy.ndarray of uint8, same shape
        To the nearest integer, halves upwards.
    """
    height, n = image.shape
    levels, smooth = image.ravel(), np.empty(height * n, dtype=np.uint8)
    columns = np.empty(n + 2 * _MARGIN, dtype=np.uint16)
    for y in range(height):
        _weigh_rows(levels, y, height, columns)
        columns[0], columns[1], columns[n + 2], columns[n + 3] = (
            columns[4],
            columns[3],
            columns[n],
            columns[n - 1],
        )
        _weigh_columns(columns, smooth, y * n)
    return smooth.reshape(height, n)


@kernel
def _weigh_rows(levels: NDArray[np.uint8], y: int, height: int, columns: NDArray[np.uint16]) -> None:
    n, last = columns.shape[0] - 2 * _MARGIN, 2 * height - 2
    first, above, here = np.uint64(abs(y - 2) * n), np.uint64(abs(y - 1) * n), np.uint64(y * n)
    below, lowest = np.uint64(min(y + 1, last - y - 1) * n), np.uint64(min(y + 2, last - y - 2) * n)
    four, six = np.uint16(4), np.uint16(6)
    for x in range(np.uint64(n)):
        sides = np.uint16(levels[above + x]) + np.uint16(levels[below + x])
        ends = np.uint16(levels[first + x]) + np.uint16(levels[lowest + x])
        columns[_TWO + x] = ends + sides * four + np.uint16(levels[here + x]) * six


@kernel
def _weigh_columns(columns: NDArray[np.uint16], smooth: NDArray[np.uint8], start: int) -> None:
    at, four, six, half, bits = np.uint64(start), np.uint16(4), np.uint16(6), np.uint16(128), np.uint16(8)
    for x in range(np.uint64(columns.shape[0]) - _FOUR):
        sides = columns[_ONE + x] + columns[_THREE + x]
        total = columns[x] + columns[_FOUR + x] + sides * four + columns[_TWO + x] * six
        smooth[at + x] = np.uint16(total + half) >> bits
