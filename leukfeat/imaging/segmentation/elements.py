"""Round structuring elements; they are given for a frame of 200 pixels and grow with the frame."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["POINT", "ellipse"]

POINT = np.zeros(1, dtype=np.int64)

_REFERENCE_SIZE = 200


@lru_cache(maxsize=64)
def ellipse(diameter: int, size: int) -> NDArray[np.int64]:
    """Return a round structuring element.

    Parameters
    ----------
    diameter : int
        Diameter in pixels of a frame of 200 pixels.
    size : int
        Side of the frame in pixels.

    Returns
    -------
    array of int64, shape (odd,)
        How far each of its rows reaches to either side, see `leukfeat.kernels.bit_morphology`.
    """
    scaled = 2 * round((diameter * size / _REFERENCE_SIZE - 1) / 2) + 1
    diameters = (max(scaled, 1), max(scaled, 1))
    lengths = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, diameters)).sum(axis=1, dtype=np.int64)
    return np.asarray((lengths - 1) // 2)
