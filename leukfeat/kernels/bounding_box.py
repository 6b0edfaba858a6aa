"""The smallest box around a mask."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["bounding_box", "crop_to_mask"]


def bounding_box(mask: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Find the rows and columns that hold the nonzero pixels.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        Nonzero inside.

    Returns
    -------
    tuple of slice
        Rows and columns; both empty where the mask is.
    """
    left, top, width, height = (int(value) for value in cv2.boundingRect(mask))
    return slice(top, top + height), slice(left, left + width)


def crop_to_mask(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a mask to its bounding box.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        Nonzero inside.

    Returns
    -------
    numpy.ndarray of uint8, shape (box height, box width)
        C-contiguous; of size 0 where the mask is empty.
    """
    return np.ascontiguousarray(mask[bounding_box(mask)])
