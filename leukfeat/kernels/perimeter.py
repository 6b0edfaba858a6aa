"""Perimeter and Euler number of a region, from its runs."""

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["crofton_perimeter", "euler_number"]


@kernel
def crofton_perimeter(runs: NDArray[np.int64]) -> float:
    """Estimate the perimeter by the Crofton formula in four directions.

    Lines along rows, columns and both diagonals are counted where they enter or leave the region; beyond the
    image all is outside. The mean over the directions of these counts times the distance of the lines, times
    pi / 2, is the length of the outline, holes included.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`.

    Returns
    -------
    float
        In pixels.

    References
    ----------
    .. [1] Legland, Kiêu, Devaux, 2007, "Computation of Minkowski measures on 2D and 3D binary images",
       :doi:`10.5566/ias.v26.p83-92`
    """
    n_pixels = 0
    for i in range(runs.shape[0]):
        n_pixels += runs[i, 2] - runs[i, 1]
    straight, diagonal = _shared_pixels(runs)
    axes = 2 * runs.shape[0] + 2 * (n_pixels - straight)
    diagonals = 4 * n_pixels - 2 * diagonal
    return pi / 8.0 * (axes + diagonals / sqrt(2.0))


@kernel
def _shared_pixels(runs: NDArray[np.int64]) -> tuple[int, int]:
    """Count the pairs of pixels, one below the other, and on either diagonal."""
    straight = diagonal = above = 0
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        while runs[above, 0] < y - 1 or (runs[above, 0] == y - 1 and runs[above, 2] < start):
            above += 1
        j = above
        while runs[j, 0] == y - 1 and runs[j, 1] <= stop:
            left, right = runs[j, 1], runs[j, 2]
            straight += max(min(stop, right) - max(start, left), 0)
            diagonal += max(min(stop, right + 1) - max(start, left + 1), 0)
            diagonal += max(min(stop, right - 1) - max(start, left - 1), 0)
            j += 1
    return straight, diagonal


@kernel
def euler_number(runs: NDArray[np.int64]) -> int:
    """Count objects less holes, pixels being neighbours across edges and corners.

    Runs and their contacts with runs of the next row make a planar graph whose faces are the holes.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`.

    Returns
    -------
    int
        The Euler number with 8-connectivity.
    """
    contacts = above = 0
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        while runs[above, 0] < y - 1 or (runs[above, 0] == y - 1 and runs[above, 2] < start):
            above += 1
        j = above
        while runs[j, 0] == y - 1 and runs[j, 1] <= stop:
            contacts += 1
            j += 1
    return runs.shape[0] - contacts
