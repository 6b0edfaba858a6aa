"""Haar wavelet transform in exact integers."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bounding_box import crop
from leukfeat.kernels.cell_batch import CellObjects, cell_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import draw_runs

__all__ = ["detail_energies", "filled_with_mean", "wavelet_rows"]

# Squares of details that are added in 32 bits: so many at the first level, where details are at most 510, and
# as many times fewer at each next one as squares are greater there.
_FIRST_BLOCK, _BLOCK_SHIFT = 8192, 4
# Levels that are added in 32 bits.
_SUM_BLOCK = 1 << 16


@kernel
def wavelet_rows(grey: NDArray[np.uint8], objects: CellObjects, n_levels: int) -> NDArray[np.float64]:
    """Measure the details of the cells of several images.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        Grey levels, C-contiguous.
    objects : CellObjects
        The cells.
    n_levels : int
        In [1, 4].

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 4 * n_levels)
        For each level, the finest first, with the cells of an image pooled: energy along the axes and along
        diagonals, both per pixel of the cells, anisotropy and share; see
        `leukfeat.features.wavelet.WaveletFeatures`. NaN for an image without cells.
    """
    rows = np.empty((grey.shape[0], 4 * n_levels), dtype=np.float64)
    for image in range(grey.shape[0]):
        n_pixels, energies = 0, np.zeros((n_levels, 3), dtype=np.int64)
        for cell in range(objects.bounds[image], objects.bounds[image + 1]):
            top, left, height, width = objects.boxes[cell]
            runs = cell_runs_of(objects, cell)
            box = crop(grey[image], top, left, height, width)
            energies += detail_energies(filled_with_mean(box, runs), n_levels)
            n_pixels += (runs[:, 2] - runs[:, 1]).sum()
        _write_measures(energies, n_pixels, rows[image])
    return rows


@kernel
def _write_measures(sums: NDArray[np.int64], n_pixels: int, row: NDArray[np.float64]) -> None:
    """Scale the integer sums of squares to the orthonormal transform; four measures of each level."""
    if n_pixels == 0:
        row[:] = np.nan
        return
    energies, total = np.empty(sums.shape, dtype=np.float64), 0.0
    for k in range(len(sums)):
        energies[k] = sums[k] / 4.0 ** (k + 1)
        total += energies[k, 0] + energies[k, 1] + energies[k, 2]
    for k in range(len(sums)):
        horizontal, vertical, diagonal = energies[k]
        axis = horizontal + vertical
        row[4 * k] = axis / n_pixels
        row[4 * k + 1] = diagonal / n_pixels
        row[4 * k + 2] = abs(horizontal - vertical) / axis if axis else np.nan
        row[4 * k + 3] = (axis + diagonal) / total if total else np.nan


@kernel
def filled_with_mean(levels: NDArray[np.uint8], runs: NDArray[np.int64]) -> NDArray[np.int16]:
    """Give the pixels outside a region the mean level inside.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous.
    runs : numpy.ndarray of int64, shape (n, 3)
        The region: row, start, stop, row by row; at least one.

    Returns
    -------
    numpy.ndarray of int16, shape (height, width)
        The levels inside, and their mean outside, rounded to the nearest integer, halves up.
    """
    height, width = levels.shape
    inside = draw_runs(runs, height, width).ravel()
    line = levels.ravel()
    mean = _mean_inside(line, inside, (runs[:, 2] - runs[:, 1]).sum())
    filled = np.empty(height * width, dtype=np.int16)
    for i in range(filled.size):
        filled[i] = line[i] if inside[i] else mean
    return filled.reshape(height, width)


@kernel
def _mean_inside(levels: NDArray[np.uint8], inside: NDArray[np.uint8], n_inside: int) -> np.int16:
    total = 0
    for start in range(0, levels.size, _SUM_BLOCK):
        here, within = levels[start : start + _SUM_BLOCK], inside[start : start + _SUM_BLOCK]
        block_total = np.int32(0)
        for i in range(here.size):
            block_total = np.int32(block_total + here[i] * within[i])
        total += int(block_total)
    return np.int16((2 * total + n_inside) // (2 * n_inside))


@kernel
def detail_energies(values: NDArray[np.int16], n_levels: int) -> NDArray[np.int64]:
    """Sum the squares of the detail coefficients at each level of a Haar transform.

    A block of 2 x 2 values gives four coefficients: their sum, which the next level starts from, and the
    difference of its rows, of its columns and of its diagonals. They are not normalised, and so integers:
    those of level k are 2**k times the coefficients of the orthonormal transform. A last row or column
    without a partner is paired with itself, as symmetric extension has it; any size from 1 x 1 will do.

    Parameters
    ----------
    values : numpy.ndarray of int16, shape (height, width)
        C-contiguous, in [0, 255].
    n_levels : int
        In [1, 4].

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
        totals, differences = _pair_rows(values)
        values = np.empty((totals.shape[0], totals.shape[1] // 2), dtype=np.int16)
        block = _FIRST_BLOCK >> (_BLOCK_SHIFT * level)
        _pair_columns(totals.ravel(), differences.ravel(), block, values.ravel(), energies[level])
    return energies


@kernel
def _pair_rows(values: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Add and subtract the rows of each pair; an odd last column is there twice."""
    height, width = values.shape
    shape = (height + 1) // 2, (width + 1) // 2 * 2
    totals, differences = np.empty(shape, dtype=np.int16), np.empty(shape, dtype=np.int16)
    for y in range(shape[0]):
        upper, lower = values[2 * y], values[min(2 * y + 1, height - 1)]
        total, difference = totals[y], differences[y]
        for x in range(width):
            total[x] = upper[x] + lower[x]
            difference[x] = upper[x] - lower[x]
        total[-1], difference[-1] = total[width - 1], difference[width - 1]
    return totals, differences


@kernel
def _pair_columns(
    totals: NDArray[np.int16],
    differences: NDArray[np.int16],
    block: int,
    sums: NDArray[np.int16],
    energies: NDArray[np.int64],
) -> None:
    """Add the columns of each pair, of all rows one after the other, and the squares of the differences."""
    for start in range(0, sums.size, block):
        part = slice(start, start + block)
        pairs = slice(2 * start, 2 * (start + block))
        energies += _pair_block(totals[pairs], differences[pairs], sums[part])


@kernel
def _pair_block(
    totals: NDArray[np.int16], differences: NDArray[np.int16], sums: NDArray[np.int16]
) -> NDArray[np.int64]:
    horizontal = vertical = diagonal = np.int32(0)
    for x in range(sums.size):
        left, right = np.int32(totals[2 * x]), np.int32(totals[2 * x + 1])
        above, below = np.int32(differences[2 * x]), np.int32(differences[2 * x + 1])
        sums[x] = left + right
        horizontal = np.int32(horizontal + (above + below) ** 2)
        vertical = np.int32(vertical + (left - right) ** 2)
        diagonal = np.int32(diagonal + (above - below) ** 2)
    return np.array([horizontal, vertical, diagonal], dtype=np.int64)
