"""Grey-level co-occurrence: counting pairs of levels."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["ANGLES", "cooccurrence"]

# Row and column step of 0, 45, 90 and 135 degrees; rows count downwards.
ANGLES = ((0, 1), (-1, 1), (-1, 0), (-1, -1))


def cooccurrence(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], distances: tuple[int, ...], n_levels: int
) -> tuple[NDArray[np.int64], int]:
    """Count the pairs of levels at each distance and angle, both pixels inside a region.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (height, width)
        Grey, brought to levels in equal steps: grey * n_levels // 256.
    runs : numpy.ndarray of int64, shape (n, 3)
        The region; see `leukfeat.kernels.runs.find_runs`.
    distances : tuple of int
        Each at least 1; along diagonals this many rows and as many columns.
    n_levels : int
        In [2, 256].

    Returns
    -------
    counts : numpy.ndarray of int64, shape (len(distances), 4, n, n)
        Symmetric counts, each pair in both orders; 0, 45, 90 and 135 degrees. The n levels are those from the
        lowest to the highest of the region.
    lowest : int
        The level of the first row and column; 0 for an empty region.

    References
    ----------
    .. [1] Haralick, Shanmugam, Dinstein, 1973, :doi:`10.1109/TSMC.1973.4309314`
    """
    steps = np.array([(d * row, d * column) for d in distances for row, column in ANGLES], dtype=np.int64)
    counts, lowest = _symmetric_counts(grey, runs, steps, max(distances), n_levels)
    return np.asarray(counts.reshape(len(distances), len(ANGLES), *counts.shape[1:])), lowest


@kernel
def _symmetric_counts(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], steps: NDArray[np.int64], margin: int, n_levels: int
) -> tuple[NDArray[np.int64], int]:
    if runs.shape[0] == 0:
        return np.zeros((steps.shape[0], 1, 1), dtype=np.int64), 0
    darkest, brightest = _grey_range(grey, runs)
    lowest = darkest * n_levels // 256
    n = brightest * n_levels // 256 - lowest + 1
    marked = _marked(grey, runs, margin, n_levels, lowest, n)
    directed = _directed_counts(marked, runs, steps, margin, n)
    counts = np.empty((steps.shape[0], n, n), dtype=np.int64)
    for s in range(steps.shape[0]):
        for i in range(n):
            for j in range(n):
                counts[s, i, j] = directed[s, i, j] + directed[s, j, i]
    return counts, lowest


@kernel
def _grey_range(grey: NDArray[np.uint8], runs: NDArray[np.int64]) -> tuple[int, int]:
    darkest, brightest = 255, 0
    for i in range(runs.shape[0]):
        line = grey[runs[i, 0], runs[i, 1] : runs[i, 2]]
        darkest, brightest = min(darkest, line.min()), max(brightest, line.max())
    return darkest, brightest


@kernel
def _marked(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], margin: int, n_levels: int, lowest: int, n: int
) -> NDArray[np.int32]:
    """Cut out the region's box and a margin; what lies outside has a level of its own, n.

    No branch is then needed where pairs are counted: pairs with that level are dropped at the end.
    """
    top, left = runs[0, 0] - margin, runs[:, 1].min() - margin
    marked = np.full((runs[-1, 0] + margin - top + 1, runs[:, 2].max() + margin - left), n, dtype=np.int32)
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        line = marked[y - top, start - left : stop - left]
        source = grey[y, start:stop]
        for x in range(stop - start):
            line[x] = (source[x] * n_levels >> 8) - lowest
    return marked


@kernel
def _directed_counts(
    marked: NDArray[np.int32], runs: NDArray[np.int64], steps: NDArray[np.int64], margin: int, n: int
) -> NDArray[np.int32]:
    """Count pairs of levels, the columns of a pixel's neighbours going by in turn.

    Increments that follow each other fall into tables of different steps: none waits for the one before.
    """
    top, left = runs[0, 0] - margin, runs[:, 1].min() - margin
    n_steps, n_columns = steps.shape[0], n + 1
    flat = marked.ravel()
    offsets = steps[:, 0] * marked.shape[1] + steps[:, 1]
    counts = np.zeros(n_steps * n * n_columns, dtype=np.int32)
    for i in range(runs.shape[0]):
        begin = (runs[i, 0] - top) * marked.shape[1] - left
        for position in range(begin + runs[i, 1], begin + runs[i, 2]):
            row = flat[position] * n_columns
            for s in range(n_steps):
                counts[np.uint64(row + flat[np.uint64(position + offsets[s])])] += 1
                row += n * n_columns
    return counts.reshape(n_steps, n, n_columns)
