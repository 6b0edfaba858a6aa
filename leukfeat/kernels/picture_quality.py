"""What tells a good picture from a bad one, added up over its pixels."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["N_SUMS", "quality_sums"]

N_SUMS = 7
_BYTE = np.uint32(255)


@kernel
def quality_sums(cells: NDArray[np.uint8], grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Add up what quality is made of.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_images, size, size, 4)
        Red, green, blue and region, C-contiguous; `size` is 1024 at most.
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        Their luma, C-contiguous.

    Returns
    -------
    numpy.ndarray of int64, shape (n_images, 7)
        Number of pixels with a channel at 255 or, in a cell, at 0; number of pixels in cells; over these the
        sum of grey and that of the largest channel less the smallest; the number of those that are not at the
        frame's edge; over these the sum and the sum of squares of the Laplacian of grey (four neighbours).
    """
    n_images, height, width = grey.shape
    words = cells.view(np.uint32).reshape(n_images, height, width)
    sums = np.zeros((n_images, N_SUMS), dtype=np.int64)
    for image in range(n_images):
        for y in range(height):
            _add_colours(words[image, y], grey[image, y], sums[image])
        for y in range(1, height - 1):
            _add_laplacian(words[image, y], grey[image], y, sums[image])
    return sums


@kernel
def _add_colours(words: NDArray[np.uint32], grey: NDArray[np.uint8], sums: NDArray[np.int64]) -> None:
    """Add one row of pixels."""
    n_clipped, n_inside, light, colour = np.int32(0), np.int32(0), np.int32(0), np.int32(0)
    for x in range(words.size):
        word = words[x]
        red, green, blue = word & _BYTE, (word >> np.uint32(8)) & _BYTE, (word >> np.uint32(16)) & _BYTE
        top, bottom = max(red, max(green, blue)), min(red, min(green, blue))
        inside = np.int32((word >> np.uint32(24)) != 0)
        n_clipped += np.int32(top == _BYTE) | (inside & np.int32(bottom == 0))
        n_inside += inside
        light += inside * np.int32(grey[x])
        colour += inside * np.int32(top - bottom)
    sums[0] += n_clipped
    sums[1] += n_inside
    sums[2] += light
    sums[3] += colour


@kernel
def _add_laplacian(
    words: NDArray[np.uint32], grey: NDArray[np.uint8], y: int, sums: NDArray[np.int64]
) -> None:
    """Add the inner pixels of one row."""
    width = words.size
    above, below = grey[y - 1, 1 : width - 1], grey[y + 1, 1 : width - 1]
    left, here, right = grey[y, 0 : width - 2], grey[y, 1 : width - 1], grey[y, 2:width]
    region = words[1 : width - 1]
    n_inside, total, squares = np.int32(0), np.int32(0), np.int32(0)
    for x in range(here.size):
        inside = np.int32((region[x] >> np.uint32(24)) != 0)
        around = np.int32(above[x]) + np.int32(below[x]) + np.int32(left[x]) + np.int32(right[x])
        value = inside * (around - 4 * np.int32(here[x]))
        n_inside += inside
        total += value
        squares += value * value
    sums[4] += n_inside
    sums[5] += total
    sums[6] += squares
