"""Concavities of a boundary: where it leaves its convex hull."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.convex_hull import convex_hull

__all__ = ["concavity_depths"]


@kernel
def concavity_depths(runs: NDArray[np.int64], chain: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure how far the boundary goes inside each side of the hull of its points.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        The runs of one lobe of at least two pixels.
    chain : numpy.ndarray of int64, shape (m, 2)
        Its boundary; see `leukfeat.kernels.boundary.trace_boundary`.

    Returns
    -------
    numpy.ndarray of float64, shape (k,)
        For each side of the hull of the pixels' centres, clockwise from the first pixel, the greatest
        distance from it of the arc of the boundary between its ends, in pixels; 0 where they coincide.
    """
    hull, n_points = convex_hull(_run_ends(runs)), chain.shape[0]
    depths = np.zeros(hull.shape[0])
    side, deepest = 0, 0
    ax, ay, bx, by = _side(hull, side)
    for i in range(1, n_points + 1):
        at = i if i < n_points else 0
        x, y = chain[at, 0], chain[at, 1]
        dx, dy = bx - ax, by - ay
        deepest = max(deepest, dx * (y - ay) - dy * (x - ax))
        if x == bx and y == by and _is_outward(chain, at):
            depths[side] = deepest / sqrt(dx * dx + dy * dy)
            side, deepest = side + 1, 0
            ax, ay, bx, by = _side(hull, side)
    return depths


@kernel
def _side(hull: NDArray[np.int64], side: int) -> tuple[int, int, int, int]:
    """Column and row of its two ends; after the last side comes the first."""
    start, stop = side % hull.shape[0], (side + 1) % hull.shape[0]
    return hull[start, 0], hull[start, 1], hull[stop, 0], hull[stop, 1]


@kernel
def _run_ends(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column and row of the first and last pixel of each run."""
    points = np.empty((2 * runs.shape[0], 2), dtype=np.int64)
    for i in range(runs.shape[0]):
        points[2 * i, 0], points[2 * i, 1] = runs[i, 1], runs[i, 0]
        points[2 * i + 1, 0], points[2 * i + 1, 1] = runs[i, 2] - 1, runs[i, 0]
    return points


@kernel
def _is_outward(chain: NDArray[np.int64], i: int) -> bool:
    """Tell the visit to a corner of the hull from outside from one that comes by within, past a thin arm."""
    following = i + 1 if i + 1 < chain.shape[0] else 0
    ax, ay = chain[i, 0] - chain[i - 1, 0], chain[i, 1] - chain[i - 1, 1]
    bx, by = chain[following, 0] - chain[i, 0], chain[following, 1] - chain[i, 1]
    turn = ax * by - ay * bx
    return turn > 0 or (turn == 0 and ax * bx + ay * by < 0)
