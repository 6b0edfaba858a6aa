"""Colour and region put together into a cell."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["join_channels"]

_GREEN_SHIFT, _BLUE_SHIFT, _REGION_SHIFT = np.uint32(8), np.uint32(16), np.uint32(24)


@kernel
def join_channels(rgb: NDArray[np.uint8], region: NDArray[np.uint8], cell: NDArray[np.uint8]) -> None:
    """Write red, green, blue and region of each pixel.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        Red, green, blue, C-contiguous.
    region : numpy.ndarray of uint8, shape (size, size)
        Region, C-contiguous.
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        The result, C-contiguous.
    """
    levels, parts, words = rgb.ravel(), region.ravel(), cell.view(np.uint32).ravel()
    for i in range(words.size):
        colour = np.uint32(levels[3 * i]) | np.uint32(levels[3 * i + 1]) << _GREEN_SHIFT
        words[i] = colour | np.uint32(levels[3 * i + 2]) << _BLUE_SHIFT | np.uint32(parts[i]) << _REGION_SHIFT
