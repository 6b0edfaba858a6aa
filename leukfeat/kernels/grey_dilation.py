"""Dilation of grey-level images."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["dilate_levels"]


@kernel
def dilate_levels(image: NDArray[np.uint8], halves: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Take the largest level within a structuring element; what lies outside the image is ignored.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous; at least two columns.
    halves : numpy.ndarray of int64, shape (odd,)
        The structuring element, see `leukfeat.kernels.bit_morphology.dilate`.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        A new image.
    """
    height, width = image.shape
    radius = halves.shape[0] // 2
    dilated, wide, wider = (
        np.zeros((height, width), np.uint8),
        image.copy(),
        np.empty((height, width), np.uint8),
    )
    for half in range(halves.max() + 1):
        if half > 0:
            _widen(wide, wider)
            wide, wider = wider, wide
        for i in range(halves.shape[0]):
            if halves[i] == half:
                _raise_below(dilated.ravel(), wide.ravel(), (i - radius) * width)
    return dilated


@kernel
def _widen(image: NDArray[np.uint8], wide: NDArray[np.uint8]) -> None:
    """Take the largest of every pixel and its left and right neighbours."""
    flat, n = image.ravel(), image.size - 2
    left, here, right, target = flat[:n], flat[1:][:n], flat[2:], wide.ravel()[1:][:n]
    for i in range(n):
        target[i] = max(max(left[i], here[i]), right[i])
    # The pixels at both ends of a row have one neighbour only; the loop above took one of another row, too.
    for y in range(image.shape[0]):
        wide[y, 0] = max(image[y, 0], image[y, 1])
        wide[y, -1] = max(image[y, -2], image[y, -1])


@kernel
def _raise_below(target: NDArray[np.uint8], image: NDArray[np.uint8], step: int) -> None:
    """Raise each pixel to the level of the one that is `step` before it."""
    n = image.size - abs(step)
    from_, to = image[max(-step, 0) :][:n], target[max(step, 0) :][:n]
    for i in range(n):
        to[i] = max(to[i], from_[i])
