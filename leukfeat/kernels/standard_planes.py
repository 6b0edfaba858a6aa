"""Planes of colour, standardised as networks want them."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["standard_planes"]

_BYTE = np.uint32(0xFF)
_NOTHING = np.float32(0.0)


@kernel
def standard_planes(
    images: NDArray[np.uint8], factors: NDArray[np.float32], offsets: NDArray[np.float32], plain: bool
) -> NDArray[np.float32]:
    """Standardise red, green and blue of several images.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n, height, width, 4)
        Red, green, blue and region, C-contiguous.
    factors, offsets : numpy.ndarray of float32, shape (3,)
        A level becomes level * factor + offset.
    plain : bool
        Whether pixels of region 0 become 0.0, the mean colour.

    Returns
    -------
    numpy.ndarray of float32, shape (n, 3, height, width)
        C-contiguous.
    """
    n, height, width = images.shape[:3]
    words = images.view(np.uint32).reshape(n, height * width)
    planes = np.empty((n, 3, height * width), dtype=np.float32)
    for i in range(n):
        for channel in range(3):
            shift, factor, offset = np.uint32(8 * channel), factors[channel], offsets[channel]
            source, target = words[i], planes[i, channel]
            for j in range(source.size):
                level = np.float32(np.int32((source[j] >> shift) & _BYTE))
                painted = plain and (source[j] >> np.uint32(24)) == 0
                target[j] = _NOTHING if painted else level * factor + offset
    return planes.reshape(n, 3, height, width)
