"""Spots: connected components of the pixels that reach a threshold."""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["rounded_up_deviation", "spot_statistics"]


def rounded_up_deviation(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> int:
    """Compute the standard deviation of the levels inside a mask, rounded up, exactly.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous.
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; at least one pixel is inside.

    Returns
    -------
    int
        The least integer that is not below the deviation (divided by n, not n - 1); in [0, 128].
    """
    n, total, squares = _power_sums(levels, mask)
    n_deviations_squared = n * squares - total * total
    root = isqrt(n_deviations_squared - 1) + 1 if n_deviations_squared else 0
    return -(-root // n)


@kernel
def _power_sums(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Count the pixels inside, sum their levels and the squares of these."""
    n = total = squares = 0
    for y in range(levels.shape[0]):
        here, inside = levels[y], mask[y]
        # One row in 32 bits: twice as many at a time, and far from overflow.
        row_n = row_total = row_squares = np.int32(0)
        for x in range(here.shape[0]):
            level = np.int32(here[x]) * np.int32(inside[x])
            row_n += np.int32(inside[x])
            row_total += level
            row_squares += level * level
        n += int(row_n)
        total += int(row_total)
        squares += int(row_squares)
    return n, total, squares


@kernel
def spot_statistics(maps: NDArray[np.uint8], threshold: int) -> NDArray[np.int64]:
    """Count the spots of each map, their pixels, and sum the map.

    Parameters
    ----------
    maps : numpy.ndarray of uint8, shape (n_maps, height, width)
        C-contiguous; below the threshold on the border of each.
    threshold : int
        In [1, 255].

    Returns
    -------
    numpy.ndarray of int64, shape (n_maps, 3)
        Number of 8-connected components of the pixels that reach the threshold, number of these pixels, sum
        of all pixels.

    References
    ----------
    .. [1] Rosenfeld, Pfaltz, 1966, "Sequential operations in digital picture processing",
       :doi:`10.1145/321356.321357`
    """
    n_maps, _, width = maps.shape
    statistics = np.empty((n_maps, 3), dtype=np.int64)
    for k in range(n_maps):
        # Row after row in one line: the border keeps the runs of two rows apart.
        starts, stops = _runs(maps[k].ravel(), threshold)
        statistics[k, 0] = _count_components(starts, stops, width)
        statistics[k, 1] = (stops - starts).sum()
        statistics[k, 2] = _sum(maps[k])
    return statistics


@kernel
def _sum(levels: NDArray[np.uint8]) -> int:
    total = 0
    for y in range(levels.shape[0]):
        row = levels[y]
        row_total = np.int32(0)
        for x in range(row.shape[0]):
            row_total += np.int32(row[x])
        total += int(row_total)
    return total


@kernel
def _runs(levels: NDArray[np.uint8], threshold: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First places of the runs of pixels that reach the threshold, and the places after their last."""
    changes = _changes(levels, np.uint8(threshold))
    places = np.empty(levels.size, dtype=np.int32)
    n_changes = 0
    # Write each place and move on only where there is a change: no branch to mispredict.
    for i in range(changes.size):
        places[n_changes] = i + 1
        n_changes += changes[i]
    return places[:n_changes:2], places[1:n_changes:2]


@kernel
def _changes(levels: NDArray[np.uint8], threshold: np.uint8) -> NDArray[np.uint8]:
    """1 where one of a pixel and the next reaches the threshold and the other does not, else 0."""
    before, here = levels[:-1], levels[1:]
    changes = np.empty(here.size, dtype=np.uint8)
    for i in range(here.size):
        changes[i] = (before[i] >= threshold) != (here[i] >= threshold)
    return changes


@kernel
def _count_components(starts: NDArray[np.int32], stops: NDArray[np.int32], width: int) -> int:
    """Unite each run with those of the row above that it touches."""
    parents = np.arange(starts.size)
    n_components = starts.size
    above = 0
    for run in range(starts.size):
        start, stop = starts[run] - width, stops[run] - width
        while stops[above] < start:
            above += 1
        touching = above
        while starts[touching] <= stop:
            n_components -= _unite(parents, touching, run)
            touching += 1
    return n_components


@kernel
def _unite(parents: NDArray[np.int64], first: int, second: int) -> int:
    """Join the components of two runs; return 1 if they were apart, else 0."""
    one, other = _root(parents, first), _root(parents, second)
    parents[max(one, other)] = min(one, other)
    return 1 if one != other else 0


@kernel
def _root(parents: NDArray[np.int64], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
