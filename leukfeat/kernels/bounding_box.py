"""The smallest box around a region, and what an image shows in a box."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["bounding_box", "crop"]


@kernel
def bounding_box(runs: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Find the rows and columns that hold the pixels.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop, row by row; at least one.

    Returns
    -------
    top, left, height, width : int
        The box.
    """
    left, stop = runs[0, 1], runs[0, 2]
    for i in range(runs.shape[0]):
        left, stop = min(left, runs[i, 1]), max(stop, runs[i, 2])
    top = runs[0, 0]
    return top, left, runs[-1, 0] + 1 - top, stop - left


@kernel
def crop(image: NDArray[np.uint8], top: int, left: int, height: int, width: int) -> NDArray[np.uint8]:
    """Cut a box out of an image.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (image height, image width)
        C-contiguous.
    top, left, height, width : int
        The box, inside the image.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        A copy, C-contiguous.
    """
    box = np.empty((height, width), dtype=np.uint8)
    for y in range(height):
        here, there = image[top + y, left : left + width], box[y]
        # In a loop: numba takes several times as long for the assignment of one slice to another.
        for x in range(width):
            there[x] = here[x]
    return box
