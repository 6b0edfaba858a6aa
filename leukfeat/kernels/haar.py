"""Haar wavelet transform in exact integers."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["detail_energies", "fill_with_mean"]


@kernel
def fill_with_mean(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Give the pixels outside a mask the mean level inside.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous.
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; at least one pixel is inside.

    Returns
    -------
    numpy.ndarray of int32, shape (height, width)
        The levels inside, and their mean outside, rounded to the nearest integer, halves up.
    """
    height, width = levels.shape
    mean = _mean_inside(levels, mask)
    filled = np.empty((height, width), dtype=np.int32)
    for y in range(height):
        here, inside, row = levels[y], mask[y], filled[y]
        for x in range(width):
            row[x] = here[x] if inside[x] else mean
    return filled


@kernel
def _mean_inside(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> int:
    total = n_inside = 0
    for y in range(levels.shape[0]):
        here, inside = levels[y], mask[y]
        # Sums of one row in 32 bits: twice as many at a time, and far from overflow.
        row_total = row_inside = np.int32(0)
        for x in range(here.shape[0]):
            row_total += np.int32(here[x]) * np.int32(inside[x])
            row_inside += np.int32(inside[x])
        total += int(row_total)
        n_inside += int(row_inside)
    return (2 * total + n_inside) // (2 * n_inside)


@kernel
def detail_energies(values: NDArray[np.int32], n_levels: int) -> NDArray[np.int64]:
    """Sum the squares of the detail coefficients at each level of a Haar transform.

    A block of 2 x 2 values gives four coefficients: their sum, which the next level starts from, and the
    difference of its rows, of its columns and of its diagonals. They are not normalised, and so integers:
    those of level k are 2**k times the coefficients of the orthonormal transform. A last row or column
    without a partner is paired with itself, as symmetric extension has it; any size from 1 x 1 will do.

    Parameters
    ----------
    values : numpy.ndarray of int32, shape (height, width)
        C-contiguous, below 2**31 / 4**n_levels in size.
    n_levels : int
        At least 1.

    Returns
    -------
    numpy.ndarray of int64, shape (n_levels, 3)
        Sums of squares of the horizontal, vertical and diagonal details (differences of rows, of columns, of
        diagonals), the finest level first.

    References
    ----------
    .. [1] Mallat, 1989, "A theory for multiresolution signal decomposition: the wavelet representation",
       :doi:`10.1109/34.192463`
    """
    energies = np.zeros((n_levels, 3), dtype=np.int64)
    for level in range(n_levels):
        values = _analyse(values, energies[level])
    return energies


@kernel
def _analyse(values: NDArray[np.int32], energies: NDArray[np.int64]) -> NDArray[np.int32]:
    """Add the energies of one level, and return the sums of its blocks."""
    height, width = values.shape
    sums = np.empty(((height + 1) // 2, (width + 1) // 2), dtype=np.int32)
    total, difference = np.empty(width + 1, dtype=np.int32), np.empty(width + 1, dtype=np.int32)
    for y in range(sums.shape[0]):
        upper, lower = values[2 * y], values[min(2 * y + 1, height - 1)]
        for x in range(width):
            total[x] = upper[x] + lower[x]
            difference[x] = upper[x] - lower[x]
        total[width], difference[width] = total[width - 1], difference[width - 1]
        _pair_columns(total, difference, sums[y], energies)
    return sums


@kernel
def _pair_columns(
    total: NDArray[np.int32],
    difference: NDArray[np.int32],
    sums: NDArray[np.int32],
    energies: NDArray[np.int64],
) -> None:
    horizontal = vertical = diagonal = np.int64(0)
    for x in range(sums.shape[0]):
        sums[x] = total[2 * x] + total[2 * x + 1]
        of_rows = np.int64(difference[2 * x] + difference[2 * x + 1])
        of_columns = np.int64(total[2 * x] - total[2 * x + 1])
        of_diagonals = np.int64(difference[2 * x] - difference[2 * x + 1])
        horizontal += of_rows * of_rows
        vertical += of_columns * of_columns
        diagonal += of_diagonals * of_diagonals
    energies[0] += horizontal
    energies[1] += vertical
    energies[2] += diagonal
