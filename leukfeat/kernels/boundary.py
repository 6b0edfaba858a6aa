"""Lobes of a region, and the closed chain of pixels round one."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import connected_runs

__all__ = ["chain_length", "largest_lobe", "squared_step", "trace_boundary"]

# Column and row of the eight steps to a neighbour, clockwise as images are seen, from the right.
_COLUMN_STEPS = (1, 1, 0, -1, -1, -1, 0, 1)
_ROW_STEPS = (0, 1, 1, 1, 0, -1, -1, -1)

# A pixel is met once for each stretch of outside pixels round it, of which there are four at most.
_MOST_VISITS = 4


@kernel
def largest_lobe(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the 8-connected component with the most pixels.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 3)
        Its runs; of equals, those of the one whose first pixel is met first row by row.
    """
    # Half a pixel longer, runs that meet at a corner overlap, and no others.
    longer = np.empty_like(runs)
    for i in range(runs.shape[0]):
        longer[i, 0], longer[i, 1], longer[i, 2] = runs[i, 0], 2 * runs[i, 1], 2 * runs[i, 2] + 1
    labels, n_lobes = connected_runs(longer)
    areas = np.zeros(n_lobes, dtype=np.int64)
    for i in range(runs.shape[0]):
        areas[labels[i]] += runs[i, 2] - runs[i, 1]
    largest = np.argmax(areas)
    lobe, n = np.empty_like(runs), 0
    for i in range(runs.shape[0]):
        if labels[i] == largest:
            lobe[n, 0], lobe[n, 1], lobe[n, 2] = runs[i, 0], runs[i, 1], runs[i, 2]
            n += 1
    return lobe[:n].copy()


@kernel
def trace_boundary(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Follow the outer boundary of a lobe by Moore's rule.

    From each pixel it goes on to the first neighbour inside, clockwise from the last one seen outside.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one, 8-connected.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 2)
        Column and row of the centres, clockwise as images are seen, from the first pixel met row by row;
        neighbours, the last and the first too, are one step along a row, a column or a diagonal apart. Where
        the lobe is one pixel wide a pixel stands twice or more. A single pixel gives one row.

    References
    ----------
    .. [1] Suzuki, Abe, 1985, "Topological structural analysis of digitized binary images by border
       following", :doi:`10.1016/0734-189X(85)90016-7`
    """
    directions = _follow(runs)
    chain = np.empty((max(directions.shape[0], 1), 2), dtype=np.int64)
    chain[0, 0], chain[0, 1] = runs[0, 1], runs[0, 0]
    for i in range(1, chain.shape[0]):
        step = directions[i - 1]
        chain[i, 0] = chain[i - 1, 0] + _COLUMN_STEPS[step]
        chain[i, 1] = chain[i - 1, 1] + _ROW_STEPS[step]
    return chain


@kernel
def _follow(runs: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Directions of the steps round the lobe; none for a single pixel."""
    mask, stride, first = _draw_with_margin(runs)
    offsets = np.empty(8, dtype=np.int64)
    for step in range(8):
        offsets[step] = _ROW_STEPS[step] * stride + _COLUMN_STEPS[step]
    directions = np.empty(_MOST_VISITS * _count_pixels(runs), dtype=np.uint8)
    position, step, n = first, _next_step(mask, first, 0, offsets), 0
    if step < 0:
        return directions[:0]
    # The walk is closed where it leaves the first pixel as it did first.
    while n == 0 or position != first or step != directions[0]:
        directions[n] = step
        n += 1
        position += offsets[step]
        # The last pixel seen outside lies two or three eighths of a turn to the left of the way here.
        step = _next_step(mask, position, (step + 7 - step % 2) % 8, offsets)
    return directions[:n]


@kernel
def _count_pixels(runs: NDArray[np.int64]) -> int:
    n = 0
    for i in range(runs.shape[0]):
        n += runs[i, 2] - runs[i, 1]
    return n


@kernel
def _next_step(mask: NDArray[np.uint8], position: int, step: int, offsets: NDArray[np.int64]) -> int:
    """Turn clockwise from a direction to the first neighbour inside; -1 where there is none."""
    for _ in range(8):
        if mask[position + offsets[step]]:
            return step
        step = (step + 1) % 8
    return -1


@kernel
def _draw_with_margin(runs: NDArray[np.int64]) -> tuple[NDArray[np.uint8], int, int]:
    """Mask with a margin of one pixel as a flat array, its stride, and where its first pixel stands."""
    top, left = runs[0, 0] - 1, runs[:, 1].min() - 1
    stride, height = runs[:, 2].max() + 1 - left, runs[-1, 0] + 2 - top
    mask = np.zeros(height * stride, dtype=np.uint8)
    for i in range(runs.shape[0]):
        at = (runs[i, 0] - top) * stride - left
        mask[at + runs[i, 1] : at + runs[i, 2]] = 1
    return mask, stride, stride + runs[0, 1] - left


@kernel
def chain_length(chain: NDArray[np.int64]) -> float:
    """Measure the length of the closed polygon.

    Parameters
    ----------
    chain : numpy.ndarray of int64, shape (n, 2)
        See `trace_boundary`.

    Returns
    -------
    float
        In pixels; 0 for a single point.
    """
    n_straight = n_diagonal = 0
    for i in range(chain.shape[0]):
        squared = squared_step(chain, i)
        n_straight += squared == 1
        n_diagonal += squared == 2
    return n_straight + sqrt(2.0) * n_diagonal


@kernel
def squared_step(chain: NDArray[np.int64], i: int) -> int:
    """Square the length of the step that ends at a point.

    Parameters
    ----------
    chain : numpy.ndarray of int64, shape (n, 2)
        See `trace_boundary`.
    i : int
        The point.

    Returns
    -------
    int
        1 along a row or column, 2 along a diagonal; 0 for a chain of one point.
    """
    return (chain[i, 0] - chain[i - 1, 0]) ** 2 + (chain[i, 1] - chain[i - 1, 1]) ** 2
