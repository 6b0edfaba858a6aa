"""Convex hulls of masks, exact in half pixels, and their diameters."""

from math import sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["convex_hull", "corner_points", "edge_points", "feret_diameters", "filled_hull"]

_CORNERS = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
_EDGES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])


def corner_points(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """List the corners of the first and last pixel of each row.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        Nonzero inside; not empty.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 2)
        Column and row in half pixels: the centre of pixel (row, column) is (2 * column, 2 * row).
    """
    return _spread(mask, _CORNERS)


def edge_points(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """List the midpoints of the edges of the first and last pixel of each row.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        Nonzero inside; not empty.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 2)
        Column and row in half pixels: the centre of pixel (row, column) is (2 * column, 2 * row).
    """
    return _spread(mask, _EDGES)


def _spread(mask: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    last = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    columns = np.concatenate([first, last])
    centres = 2 * np.stack([columns, np.concatenate([rows, rows])], axis=1)
    return np.asarray((centres[:, np.newaxis] + offsets).reshape(-1, 2), dtype=np.int64)


def convex_hull(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the corners of the convex hull by Andrew's monotone chain, in exact integers.

    Parameters
    ----------
    points : numpy.ndarray of int64, shape (n, 2)
        Column and row, in any order, not all on one line.

    Returns
    -------
    numpy.ndarray of int64, shape (m, 2)
        The corners in order round the hull, none on the line between its neighbours.

    References
    ----------
    .. [1] Andrew, 1979, "Another efficient algorithm for convex hulls in two dimensions",
       :doi:`10.1016/0020-0190(79)90072-3`
    """
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    lower, upper = _chain(ordered), _chain(ordered[::-1].copy())
    return np.concatenate([lower[:-1], upper[:-1]])


@njit(cache=True, nogil=True)
def _chain(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Half of the hull of points in lexical order: each step turns the same way."""
    chain = np.empty_like(points)
    length = 0
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        while length >= 2:
            ax, ay = chain[length - 2, 0], chain[length - 2, 1]
            bx, by = chain[length - 1, 0], chain[length - 1, 1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            length -= 1
        chain[length, 0], chain[length, 1] = x, y
        length += 1
    return chain[:length].copy()


def filled_hull(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill the convex hull: every pixel whose centre lies in or on the hull of the pixels' edge midpoints.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside; not empty, cut to its bounding box.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        1 inside the hull, else 0; the same pixels as `skimage.morphology.convex_hull_image`.
    """
    hull = convex_hull(edge_points(mask))
    height, width = mask.shape
    first, last = _hull_spans(hull, height, width)
    columns = np.arange(width)
    inside = (columns >= first[:, np.newaxis]) & (columns <= last[:, np.newaxis])
    return np.asarray(inside, dtype=np.uint8)


@njit(cache=True, nogil=True)
def _hull_spans(
    hull: NDArray[np.int64], height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last pixel of each row whose centre the hull holds; the hull runs with growing angle."""
    first = np.zeros(height, dtype=np.int64)
    last = np.full(height, width - 1, dtype=np.int64)
    for i in range(hull.shape[0]):
        ax, ay = hull[i - 1, 0], hull[i - 1, 1]
        bx, by = hull[i, 0], hull[i, 1]
        for row in range(height):
            y = 2 * row
            if ay < by and ay <= y <= by:
                last[row] = min(last[row], (ax * (by - ay) + (y - ay) * (bx - ax)) // (2 * (by - ay)))
            elif by < ay and by <= y <= ay:
                edge = -((-bx * (ay - by) - (y - by) * (ax - bx)) // (2 * (ay - by)))
                first[row] = max(first[row], edge)
    return first, last


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
    longest = int(_greatest_squared_distance(hull))
    return sqrt(longest) / 2.0, float(_least_width(hull)) / 2.0


@njit(cache=True, nogil=True)
def _greatest_squared_distance(hull: NDArray[np.int64]) -> int:
    greatest = 0
    for i in range(hull.shape[0]):
        for j in range(i):
            dx, dy = hull[i, 0] - hull[j, 0], hull[i, 1] - hull[j, 1]
            greatest = max(greatest, dx * dx + dy * dy)
    return greatest


@njit(cache=True, nogil=True)
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
