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
    hull = convex_hull(_run_ends(runs))
    depths = np.zeros(hull.shape[0])
    side, deepest = 0, 0
    for i in range(1, chain.shape[0] + 1):
        at = i % chain.shape[0]
        a, b = hull[side], hull[(side + 1) % hull.shape[0]]
        dx, dy = b[0] - a[0], b[1] - a[1]
        deepest = max(deepest, dx * (chain[at, 1] - a[1]) - dy * (chain[at, 0] - a[0]))
        if chain[at, 0] == b[0] and chain[at, 1] == b[1] and _is_outward(chain, at):
            depths[side] = deepest / sqrt(dx * dx + dy * dy)
            side, deepest = side + 1, 0
    return depths


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
    following = (i + 1) % chain.shape[0]
    ax, ay = chain[i, 0] - chain[i - 1, 0], chain[i, 1] - chain[i - 1, 1]
    bx, by = chain[following, 0] - chain[i, 0], chain[following, 1] - chain[i, 1]
    turn = ax * by - ay * bx
    return turn > 0 or (turn == 0 and ax * bx + ay * by < 0)
