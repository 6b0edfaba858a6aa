"""Convex hulls of regions, exact in half pixels, and their diameters."""

from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["convex_hull", "corner_points", "edge_points", "feret_diameters", "filled_hull"]


@kernel
def corner_points(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the corners of the pixels, the outermost of each height.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 2)
        Column and row in half pixels, by row, then column: the centre of pixel (row, column) is
        (2 * column, 2 * row).
    """
    return _outermost(runs, np.array([1, -1, 1]))


@kernel
def edge_points(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the midpoints of the pixels' edges, the outermost of each height.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 2)
        Column and row in half pixels, by row, then column: the centre of pixel (row, column) is
        (2 * column, 2 * row).
    """
    return _outermost(runs, np.array([0, 1, 0]))


@kernel
def _outermost(runs: NDArray[np.int64], reach: NDArray[np.int64]) -> NDArray[np.int64]:
    """First and last point of each height; a pixel has points this far out above, at and below its centre.

    A reach of -1 stands for no point.
    """
    top, bottom = 2 * runs[0, 0] - 1, 2 * runs[-1, 0] + 1
    n_levels = bottom - top + 1
    first, last = np.full(n_levels, 2**62), np.full(n_levels, -(2**62))
    for i in range(runs.shape[0]):
        for k in range(3):
            if reach[k] >= 0:
                level = 2 * runs[i, 0] - 1 + k - top
                first[level] = min(first[level], 2 * runs[i, 1] - reach[k])
                last[level] = max(last[level], 2 * (runs[i, 2] - 1) + reach[k])
    points = np.empty((2 * n_levels, 2), dtype=np.int64)
    n = 0
    for level in range(n_levels):
        if first[level] <= last[level]:
            points[n, 0], points[n, 1] = first[level], level + top
            points[n + 1, 0], points[n + 1, 1] = last[level], level + top
            n += 2
    return points[:n]


@kernel
def convex_hull(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the corners of the convex hull by Andrew's monotone chain, in exact integers.

    Parameters
    ----------
    points : numpy.ndarray of int64, shape (n, 2)
        Column and row of the first and the last point of stretches, in turn, sorted by row, then column; not
        all on one line.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 2)
        The corners in order round the hull, from the first point, none on the line between its neighbours.

    References
    ----------
    .. [1] Andrew, 1979, "Another efficient algorithm for convex hulls in two dimensions",
       :doi:`10.1016/0020-0190(79)90072-3`
    """
    # Down along the last points, and up again along the first ones.
    hull, last = np.empty((points.shape[0] + 2, 2), dtype=np.int64), points.shape[0] - 1
    length = _append(hull, 0, 0, points[0])
    for i in range(1, last + 1, 2):
        length = _append(hull, 0, length, points[i])
    bottom = length - 1
    for i in range(last - 1, -1, -2):
        length = _append(hull, bottom, length, points[i])
    return hull[: length - 1]


@kernel
def _append(hull: NDArray[np.int64], begin: int, length: int, point: NDArray[np.int64]) -> int:
    """Append a corner to the chain that begins there, drop those before where it would not turn the same way.

    Gives the number of corners.
    """
    x, y = point[0], point[1]
    if length > begin and hull[length - 1, 0] == x and hull[length - 1, 1] == y:
        return length
    while length >= begin + 2:
        ax, ay = hull[length - 2, 0], hull[length - 2, 1]
        bx, by = hull[length - 1, 0], hull[length - 1, 1]
        if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
            break
        length -= 1
    hull[length, 0], hull[length, 1] = x, y
    return length + 1


@kernel
def filled_hull(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill the convex hull: every pixel whose centre lies in or on the hull of the pixels' edge midpoints.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    numpy.ndarray of int64, shape (height, 3)
        One run for each row; the same pixels as `skimage.morphology.convex_hull_image`.
    """
    hull = convex_hull(edge_points(runs))
    top, height = runs[0, 0], runs[-1, 0] - runs[0, 0] + 1
    filled = np.empty((height, 3), dtype=np.int64)
    filled[:, 0] = np.arange(top, top + height)
    filled[:, 1], filled[:, 2] = -(2**62), 2**62
    for i in range(hull.shape[0]):
        _narrow(filled, hull[i - 1], hull[i])
    return filled


@kernel
def _narrow(filled: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
    """Cut the rows beside one edge of the hull, which runs with growing angle, to the pixels within."""
    ax, ay, bx, by = a[0], a[1], b[0], b[1]
    top, low, high = filled[0, 0], min(ay, by), max(ay, by)
    if low == high:
        return
    # Where the edge crosses a row. Of integers of this size, the quotient in floating point has the floor and
    # the ceiling of the exact one.
    crossing, growth = float(ax * (by - ay) - ay * (bx - ax)), float(2 * (bx - ax))
    whole = float(2 * (by - ay))
    for i in range((low + 1) // 2 - top, high // 2 - top + 1):
        column = (crossing + growth * float(top + i)) / whole
        if ay < by:
            filled[i, 2] = min(filled[i, 2], floor(column) + 1)
        else:
            filled[i, 1] = max(filled[i, 1], ceil(column))


@kernel
def feret_diameters(hull: NDArray[np.int64]) -> tuple[float, float]:
    """Measure the longest and the shortest distance of parallel tangents.

    Parameters
    ----------
    hull : numpy.ndarray of int64, shape (m, 2)
        Corners in order, in half pixels; see `convex_hull`.

    Returns
    -------
    tuple of float
        Greatest and least caliper diameter, in pixels.

    References
    ----------
    .. [1] Toussaint, 1983, "Solving geometric problems with the rotating calipers", MELECON.
    """
    return sqrt(_greatest_squared_distance(hull)) / 2.0, _least_width(hull) / 2.0


@kernel
def _greatest_squared_distance(hull: NDArray[np.int64]) -> int:
    greatest = 0
    for i in range(hull.shape[0]):
        for j in range(i):
            dx, dy = hull[i, 0] - hull[j, 0], hull[i, 1] - hull[j, 1]
            greatest = max(greatest, dx * dx + dy * dy)
    return greatest


@kernel
def _least_width(hull: NDArray[np.int64]) -> float:
    least = np.inf
    for i in range(hull.shape[0]):
        ax, ay = hull[i - 1, 0], hull[i - 1, 1]
        dx, dy = hull[i, 0] - ax, hull[i, 1] - ay
        height = 0
        for j in range(hull.shape[0]):
            height = max(height, abs(dx * (hull[j, 1] - ay) - dy * (hull[j, 0] - ax)))
        least = min(least, height / np.sqrt(dx * dx + dy * dy))
    return least
