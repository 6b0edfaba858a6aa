"""Binary regions: clean them, fill them, find their components and part what touches.

Masks are uint8 with 0 and 1. Structuring elements are given for a frame of 200 pixels and grow with the
frame.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "clean",
    "component_at",
    "dilate",
    "ellipse",
    "fill_holes",
    "largest_component",
    "separating_lines",
]

_REFERENCE_SIZE = 200


@lru_cache(maxsize=64)
def ellipse(diameter: int, size: int) -> NDArray[np.uint8]:
    """Return a round structuring element.

    Parameters
    ----------
    diameter : int
        Diameter in pixels of a frame of 200 pixels.
    size : int
        Side of the frame in pixels.

    Returns
    -------
    array of uint8, shape (odd, odd)
        Ones within the ellipse.
    """
    scaled = 2 * round((diameter * size / _REFERENCE_SIZE - 1) / 2) + 1
    diameters = (max(scaled, 1), max(scaled, 1))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, diameters), dtype=np.uint8)


def clean(mask: NDArray[np.uint8], close: int, open_: int) -> NDArray[np.uint8]:
    """Close gaps and remove what is thin.

    Parameters
    ----------
    mask : array of uint8, shape (size, size)
        0 and 1.
    close, open_ : int
        Diameters, in pixels of a frame of 200 pixels; 1 does nothing.

    Returns
    -------
    array of uint8, shape (size, size)
        A new mask.
    """
    size = mask.shape[0]
    closed = mask if close == 1 else cv2.morphologyEx(mask, cv2.MORPH_CLOSE, ellipse(close, size))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, ellipse(open_, size))
    return np.asarray(opened, dtype=np.uint8)


def dilate(mask: NDArray[np.uint8], diameter: int) -> NDArray[np.uint8]:
    """Return the maximum over a disc.

    Parameters
    ----------
    mask : array of uint8, shape (size, size)
        A mask or a grey image.
    diameter : int
        In pixels of a frame of 200 pixels.

    Returns
    -------
    array of uint8, shape (size, size)
        A new array.
    """
    return np.asarray(cv2.dilate(mask, ellipse(diameter, mask.shape[0])), dtype=np.uint8)


def component_at(mask: NDArray[np.uint8], row: int, column: int) -> NDArray[np.uint8]:
    """Return the 4-connected component of a mask that holds a pixel.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1.
    row, column : int
        A pixel of the mask.

    Returns
    -------
    array of uint8, shape (height, width)
        A new mask, of that component only.
    """
    flooded = mask.copy()
    cv2.floodFill(flooded, None, (column, row), (2,), flags=4)
    return np.asarray(flooded == 2).view(np.uint8)


def fill_holes(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill the holes of every component.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1.

    Returns
    -------
    array of uint8, shape (height, width)
        A new mask.
    """
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, (1,), cv2.FILLED)
    return filled


def largest_component(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the 4-connected component with most pixels; the first of equals.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1.

    Returns
    -------
    array of uint8, shape (height, width)
        A new mask, all 0 when the mask is empty.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if len(stats) < 2:
        return np.zeros_like(mask)
    largest = int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) + 1
    return np.asarray(labels == largest).view(np.uint8)


def separating_lines(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the pixels to remove so that no two labels are 4-adjacent.

    Parameters
    ----------
    labels : array of int32, shape (height, width)
        0 is background.

    Returns
    -------
    array of bool, shape (height, width)
        A line one pixel wide, on the upper or left side of each contact.
    """
    lines = np.zeros(labels.shape, dtype=bool)
    lines[:-1] |= (labels[:-1] != labels[1:]) & (labels[:-1] > 0) & (labels[1:] > 0)
    lines[:, :-1] |= (labels[:, :-1] != labels[:, 1:]) & (labels[:, :-1] > 0) & (labels[:, 1:] > 0)
    return lines
