"""Grey of colour pixels."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["luma"]

# Rec. 601 in 15 bits, as OpenCV has it.
_RED, _GREEN, _BLUE, _SHIFT = np.uint32(9798), np.uint32(19235), np.uint32(3735), np.uint32(15)
_HALF, _BYTE = np.uint32(1 << 14), np.uint32(0xFF)


@kernel
def luma(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Compute the Rec. 601 luma of several frames.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_frames, size, size, 4)
        Red, green, blue and a fourth channel that is not read, C-contiguous.

    Returns
    -------
    numpy.ndarray of uint8, shape (n_frames, size, size)
        0.299 red + 0.587 green + 0.114 blue in integers, equal to OpenCV's.
    """
    n_frames, height, width = cells.shape[:3]
    words, grey = cells.view(np.uint32).ravel(), np.empty(n_frames * height * width, dtype=np.uint8)
    for i in range(words.size):
        word = words[i]
        red, green, blue = word & _BYTE, (word >> np.uint32(8)) & _BYTE, (word >> np.uint32(16)) & _BYTE
        grey[i] = (red * _RED + green * _GREEN + blue * _BLUE + _HALF) >> _SHIFT
    return grey.reshape(n_frames, height, width)
