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
    radius, widest, n = halves.shape[0] // 2, 0, height * width
    for i in range(halves.shape[0]):
        widest = max(widest, halves[i])
    # Empty rows above and below: no question whether a row of the element lies outside.
    margin = max(radius, 1) * width
    wide, wider = np.zeros(n + 2 * margin, np.uint8), np.zeros(n + 2 * margin, np.uint8)
    dilated = np.zeros(n, np.uint8)
    levels, first = image.ravel(), np.uint64(margin)
    for i in range(np.uint64(n)):
        wide[first + i] = levels[i]
    for half in range(widest + 1):
        if half > 0:
            _widen(wide, wider, margin, width)
            wide, wider = wider, wide
        for row in range(radius + 1):
            if halves[radius + row] == half:
                _raise_both(dilated, wide, margin, row * width)
    return dilated.reshape(height, width)


@kernel
def _widen(image: NDArray[np.uint8], wide: NDArray[np.uint8], margin: int, width: int) -> None:
    """Take the largest of every pixel and its left and right neighbours."""
    first, before, after = np.uint64(margin), np.uint64(margin - 1), np.uint64(margin + 1)
    for i in range(np.uint64(image.shape[0] - 2 * margin)):
        wide[first + i] = max(max(image[before + i], image[first + i]), image[after + i])
    # The pixels at both ends of a row have one neighbour only; the loop above took one of another row, too.
    for start in range(margin, image.shape[0] - margin, width):
        end = start + width - 1
        wide[start] = max(image[start], image[start + 1])
        wide[end] = max(image[end - 1], image[end])


@kernel
def _raise_both(target: NDArray[np.uint8], image: NDArray[np.uint8], margin: int, step: int) -> None:
    """Raise each pixel to the levels of those that are `step` before and after it."""
    above, below = np.uint64(margin - step), np.uint64(margin + step)
    for i in range(np.uint64(target.shape[0])):
        target[i] = max(target[i], max(image[above + i], image[below + i]))
