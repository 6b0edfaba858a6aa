"""The smallest circle round a set of points."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["enclosing_circle_radius"]

_TOLERANCE = 1.0 + 1e-12


@kernel
def enclosing_circle_radius(points: NDArray[np.int64]) -> float:
    """Measure the smallest circle that holds all points.

    Parameters
    ----------
    points : numpy.ndarray of int64, shape (n, 2)
        At least one; best the corners of the convex hull.

    Returns
    -------
    float
        Its radius, in the unit of the points.

    References
    ----------
    .. [1] Welzl, 1991, "Smallest enclosing disks (balls and ellipsoids)", :doi:`10.1007/BFb0038202`
    """
    return float(np.sqrt(_smallest_circle(points.astype(np.float64))[2]))


@kernel
def _smallest_circle(points: NDArray[np.float64]) -> tuple[float, float, float]:
    """Centre and squared radius; a point outside the circle so far lies on the next one."""
    x, y, squared = points[0, 0], points[0, 1], 0.0
    for i in range(1, points.shape[0]):
        if _outside(points, i, x, y, squared):
            x, y, squared = _circle_through_one(points, i)
    return x, y, squared


@kernel
def _circle_through_one(points: NDArray[np.float64], i: int) -> tuple[float, float, float]:
    """Find the circle of the points before one, which lies on it."""
    x, y, squared = points[i, 0], points[i, 1], 0.0
    for j in range(i):
        if _outside(points, j, x, y, squared):
            x, y, squared = _circle_through_two(points, i, j)
    return x, y, squared


@kernel
def _circle_through_two(points: NDArray[np.float64], i: int, j: int) -> tuple[float, float, float]:
    """Find the circle of the points before two, which lie on it."""
    dx, dy = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
    x, y = (points[i, 0] + points[j, 0]) / 2.0, (points[i, 1] + points[j, 1]) / 2.0
    squared = (dx * dx + dy * dy) / 4.0
    for k in range(j):
        if _outside(points, k, x, y, squared):
            x, y, squared = _circumcircle(points, i, j, k)
    return x, y, squared


@kernel
def _circumcircle(points: NDArray[np.float64], i: int, j: int, k: int) -> tuple[float, float, float]:
    ax, ay = points[k, 0], points[k, 1]
    bx, by, cx, cy = points[j, 0] - ax, points[j, 1] - ay, points[i, 0] - ax, points[i, 1] - ay
    twice_area = 2.0 * (bx * cy - by * cx)
    b_squared, c_squared = bx * bx + by * by, cx * cx + cy * cy
    x = (cy * b_squared - by * c_squared) / twice_area
    y = (bx * c_squared - cx * b_squared) / twice_area
    return ax + x, ay + y, x * x + y * y


@kernel
def _outside(points: NDArray[np.float64], i: int, x: float, y: float, squared: float) -> bool:
    dx, dy = points[i, 0] - x, points[i, 1] - y
    return bool(dx * dx + dy * dy > squared * _TOLERANCE)
