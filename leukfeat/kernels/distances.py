"""Distances between outlines."""

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["nearest_squared_distances", "outline"]

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.uint8)


def outline(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """List the pixels of a mask with one of their four neighbours outside.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside; beyond the border all is outside.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 2)
        Row and column.
    """
    inner = cv2.erode(mask, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.argwhere(mask > inner).astype(np.int64)


@njit(cache=True, nogil=True)
def nearest_squared_distances(points: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Measure how far each point is from the nearest target.

    Parameters
    ----------
    points : numpy.ndarray of int64, shape (n, 2)
        Row and column.
    targets : numpy.ndarray of int64, shape (m, 2)
        Row and column; at least one.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Squared Euclidean distances, exact.
    """
    nearest = np.empty(points.shape[0], dtype=np.int64)
    for i in range(points.shape[0]):
        y, x = points[i, 0], points[i, 1]
        least = (y - targets[0, 0]) ** 2 + (x - targets[0, 1]) ** 2
        for j in range(1, targets.shape[0]):
            dy, dx = y - targets[j, 0], x - targets[j, 1]
            least = min(least, dy * dy + dx * dx)
        nearest[i] = least
    return nearest
