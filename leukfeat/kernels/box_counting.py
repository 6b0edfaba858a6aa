"""Fractal dimensions by box counting, averaged over every position of the grid.

A grid of boxes has to stand somewhere, and the counts change with it. Their mean over all positions of the
grid needs no choice: it is the number of boxes that hold something, of all that there are of a size, one at
every pixel, over the area of a box. Each box of size 2s is the union of four of size s.

The outline is a set of pixels, each a square of side 1, and a box of side s holds s by s of them. A relief is
a surface through the pixels' centres, and a box of side s reaches from a centre to the one s pixels on: it
holds s + 1 by s + 1, and shares its border with the next.
"""

from math import nan

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, nucleus_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.median import median_rows

__all__ = ["BOX_SIZES", "box_counts", "fractal_dimensions", "fractal_rows"]

BOX_SIZES = (2, 4, 8, 16)

_LEAST_SIZES = 3
_WHITE = 255

# Rows of zeros before and after a region, columns of zeros before it.
_MARGIN = BOX_SIZES[-1]
_MARGIN_BELOW = BOX_SIZES[-1] // 2 + 1

# So few levels that their sum fits 16 bits: the more of them LLVM adds at once.
_BLOCK = 2**8


@kernel
def fractal_rows(grey: NDArray[np.uint8], objects: CellObjects) -> NDArray[np.float64]:
    """Compute the medians of the dimensions over the nuclei of each image.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, frame height, frame width)
        Levels.
    objects : CellObjects
        The cells of the images.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 2)
        Of the outline and of the relief, see `fractal_dimensions`; NaN where no nucleus could be measured.
    """
    rows = np.full((objects.boxes.shape[0], 2), nan)
    for image in range(grey.shape[0]):
        for cell in range(objects.bounds[image], objects.bounds[image + 1]):
            nucleus, box = nucleus_runs_of(objects, cell), objects.boxes[cell]
            if nucleus.shape[0]:
                rows[cell] = fractal_dimensions(grey[image], nucleus, box[0], box[1])
    return median_rows(rows, objects.bounds)


@kernel
def fractal_dimensions(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], top: int, left: int
) -> tuple[float, float]:
    """Estimate the dimension of a region's outline and of the relief of its levels.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (frame height, frame width)
        Levels.
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.
    top, left : int
        Where in the frame their rows and columns count from.

    Returns
    -------
    tuple of float
        Least-squares slope of log N over log(1 / s), N being the mean number of squares of side s that hold a
        pixel of the outline; and 2 plus such a slope, N being the mean number of cubes of side s that the
        relief of levels crosses in a square with a pixel of the region. Over the sizes up to half the shorter
        side of the region's bounding box; NaN if these are fewer than three.

    References
    ----------
    .. [1] Sarkar, Chaudhuri, 1994, "An efficient differential box-counting approach to compute fractal
       dimension of image", :doi:`10.1109/21.259692`
    .. [2] Dubuc et al., 1989, "Evaluating the fractal dimension of surfaces", :doi:`10.1098/rspa.1989.0101`
    """
    sizes = _meaningful_sizes(runs)
    n = sizes.shape[0]
    if n < _LEAST_SIZES:
        return nan, nan
    counts = box_counts(grey, runs, top, left)[:n].astype(np.float64)
    squares = counts[:, 0] / sizes**2
    # An interval of levels meets one cube, and one more for each boundary between cubes that it crosses.
    cubes = 1.0 + counts[:, 2] / (counts[:, 1] * sizes)
    return _slope(sizes, squares), 2.0 + _slope(sizes, cubes)


@kernel
def _meaningful_sizes(runs: NDArray[np.int64]) -> NDArray[np.float64]:
    shorter = min(runs[-1, 0] + 1 - runs[0, 0], runs[:, 2].max() - runs[:, 1].min())
    sizes = np.array(BOX_SIZES)
    return sizes[2 * sizes <= shorter].astype(np.float64)


@kernel
def _slope(sizes: NDArray[np.float64], numbers: NDArray[np.float64]) -> float:
    x, y = -np.log(sizes), np.log(numbers)
    x -= x.mean()
    return (x * y).sum() / (x * x).sum()


@kernel
def box_counts(grey: NDArray[np.uint8], runs: NDArray[np.int64], top: int, left: int) -> NDArray[np.int64]:
    """Count the boxes at every position, of each size.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (frame height, frame width)
        Levels.
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.
    top, left : int
        Where in the frame their rows and columns count from.

    Returns
    -------
    numpy.ndarray of int64, shape (4, 3)
        For each of `BOX_SIZES`: boxes of s by s pixels that hold one of the outline (one of its eight
        neighbours lies outside, or beyond the frame); boxes of s + 1 by s + 1 pixels that hold one of the
        region; the sum over the latter of the greatest less the least level of the region's pixels.
    """
    planes, stride = _draw_planes(grey, runs, top, left)
    spare = np.zeros_like(planes[0])
    counts = np.empty((len(BOX_SIZES), 3), dtype=np.int64)
    _draw_outline(planes[0], spare, planes[3], stride)
    counts[:, 0] = _box_sums(planes[3], spare, stride)
    sums = np.empty((3, len(BOX_SIZES)), dtype=np.int64)
    for i in range(3):
        _widen(planes[i], spare, 1, stride)
        sums[i] = _box_sums(spare, planes[i], stride)
    counts[:, 1] = sums[0]
    # The greatest level and the complement of the least make white and their difference.
    counts[:, 2] = sums[1] + sums[2] - _WHITE * sums[0]
    return counts


@kernel
def _draw_planes(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], top: int, left: int
) -> tuple[NDArray[np.uint8], int]:
    """Mask, levels and their complements, 0 outside, and an empty plane, as flat arrays, and their stride.

    No row has a margin after it: a box that runs over its end meets the margin of the next one.
    """
    first_row, first_column = runs[0, 0], runs[:, 1].min()
    stride = runs[:, 2].max() - first_column + _MARGIN
    n_rows = runs[-1, 0] - first_row + 1 + _MARGIN + _MARGIN_BELOW
    planes = np.zeros((4, n_rows * stride), dtype=np.uint8)
    for i in range(runs.shape[0]):
        y, start, n = runs[i, 0], runs[i, 1], runs[i, 2] - runs[i, 1]
        at = (y - first_row + _MARGIN) * stride + start - first_column + _MARGIN
        line = grey[top + y, left + start : left + start + n]
        mask, levels, complements = planes[0, at : at + n], planes[1, at : at + n], planes[2, at : at + n]
        for x in range(n):
            mask[x] = 1
            levels[x] = line[x]
            complements[x] = ~line[x]
    return planes, stride


@kernel
def _draw_outline(
    mask: NDArray[np.uint8], spare: NDArray[np.uint8], outline: NDArray[np.uint8], stride: int
) -> None:
    n = mask.shape[0] - 2 * stride
    before, here, after = mask[: n + stride], mask[1 : n + stride + 1], mask[2 : n + stride + 2]
    line = spare[1 : n + stride + 1]
    for i in range(n + stride):
        line[i] = before[i] & here[i] & after[i]
    above, level, below = spare[:n], spare[stride : stride + n], spare[2 * stride :]
    here, line = mask[stride : stride + n], outline[stride : stride + n]
    for i in range(n):
        line[i] = here[i] & ~(above[i] & level[i] & below[i])


@kernel
def _box_sums(plane: NDArray[np.uint8], spare: NDArray[np.uint8], stride: int) -> NDArray[np.int64]:
    """Widen boxes to each size, and add up their maxima; both arrays are overwritten."""
    sums = np.empty(len(BOX_SIZES), dtype=np.int64)
    for k in range(len(BOX_SIZES)):
        sums[k] = _widen(plane, spare, BOX_SIZES[k] // 2, stride)
        plane, spare = spare, plane
    return sums


@kernel
def _widen(narrow: NDArray[np.uint8], wide: NDArray[np.uint8], reach: int, stride: int) -> int:
    """Take the maximum of each box, that at the reach to its right, and those below, and add them up."""
    down = reach * stride
    n = narrow.shape[0] - _MARGIN_BELOW * stride
    total = 0
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        a, b = narrow[start:stop], narrow[start + reach : stop + reach]
        c, d = narrow[start + down : stop + down], narrow[start + down + reach : stop + down + reach]
        line = wide[start:stop]
        subtotal = np.uint16(0)
        for i in range(stop - start):
            line[i] = max(max(a[i], b[i]), max(c[i], d[i]))
            subtotal = np.uint16(subtotal + line[i])
        total += int(subtotal)
    return total
