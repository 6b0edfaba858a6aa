"""Distances between regions."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["squared_distances"]


@kernel
def squared_distances(points: NDArray[np.int64], runs: NDArray[np.int64]) -> tuple[int, int]:
    """Measure how far points are from the nearest pixel of a region.

    Parameters
    ----------
    points : numpy.ndarray of int64, shape (n, 2)
        Row and column; at least one.
    runs : numpy.ndarray of int64, shape (m, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    tuple of int
        Least and greatest of the squared Euclidean distances, exact.
    """
    rows, first, last = runs[:, 0].copy(), runs[:, 1].copy(), runs[:, 2] - 1
    least, greatest = 2**62, 0
    for i in range(points.shape[0]):
        nearest = _nearest(points[i, 0], points[i, 1], rows, first, last)
        least, greatest = min(least, nearest), max(greatest, nearest)
    return least, greatest


@kernel
def _nearest(
    y: int, x: int, rows: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> int:
    nearest = 2**62
    for j in range(rows.shape[0]):
        dy, dx = y - rows[j], max(first[j] - x, x - last[j], 0)
        nearest = min(nearest, dy * dy + dx * dx)
    return nearest
