"""The smallest circle round a set of points."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["enclosing_circle_radius"]

_TOLERANCE = 1.0 + 1e-12


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _smallest_circle(points: NDArray[np.float64]) -> tuple[float, float, float]:
    """Centre and squared radius; a point outside the circle so far lies on the next one."""
    circle = (points[0, 0], points[0, 1], 0.0)
    for i in range(1, points.shape[0]):
        if _outside(points[i], circle):
            circle = _circle_through_one(points[:i], points[i])
    return circle


@njit(cache=True, nogil=True)
def _circle_through_one(points: NDArray[np.float64], p: NDArray[np.float64]) -> tuple[float, float, float]:
    circle = (p[0], p[1], 0.0)
    for i in range(points.shape[0]):
        if _outside(points[i], circle):
            circle = _circle_through_two(points[:i], points[i], p)
    return circle


@njit(cache=True, nogil=True)
def _circle_through_two(
    points: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64]
) -> tuple[float, float, float]:
    dx, dy = p[0] - q[0], p[1] - q[1]
    circle = ((p[0] + q[0]) / 2.0, (p[1] + q[1]) / 2.0, (dx * dx + dy * dy) / 4.0)
    for i in range(points.shape[0]):
        if _outside(points[i], circle):
            circle = _circumcircle(points[i], p, q)
    return circle


@njit(cache=True, nogil=True)
def _circumcircle(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> tuple[float, float, float]:
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    twice_area = 2.0 * (bx * cy - by * cx)
    b_squared, c_squared = bx * bx + by * by, cx * cx + cy * cy
    x = (cy * b_squared - by * c_squared) / twice_area
    y = (bx * c_squared - cx * b_squared) / twice_area
    return a[0] + x, a[1] + y, x * x + y * y


@njit(cache=True, nogil=True)
def _outside(point: NDArray[np.float64], circle: tuple[float, float, float]) -> bool:
    dx, dy = point[0] - circle[0], point[1] - circle[1]
    return bool(dx * dx + dy * dy > circle[2] * _TOLERANCE)
