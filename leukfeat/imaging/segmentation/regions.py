"""Masks of frames: what is bright, what is near, what is left when gaps are closed and specks removed.

Masks have one bit per pixel (`leukfeat.kernels.bit_frames`). Structuring elements are round; they are given
for a frame of 200 pixels and grow with the frame.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels import bit_morphology
from leukfeat.kernels.bit_frames import at_most, complement

__all__ = ["above", "clean", "dilate", "ellipse"]

_REFERENCE_SIZE = 200


def above(image: NDArray[np.uint8], level: int) -> NDArray[np.uint64]:
    """Mark the pixels that are brighter than a level.

    Parameters
    ----------
    image : array of uint8, shape (size, size)
        Grey levels, C-contiguous.
    level : int
        The level.

    Returns
    -------
    array of uint64, shape (n_words, size)
        The mask.
    """
    return np.asarray(complement(at_most(image, level)))


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


def clean(bits: NDArray[np.uint64], close: int, open_: int) -> NDArray[np.uint64]:
    """Close gaps and remove what is thin.

    Parameters
    ----------
    bits : array of uint64, shape (n_words, size)
        A mask.
    close, open_ : int
        Diameters, in pixels of a frame of 200 pixels; 1 does nothing.

    Returns
    -------
    array of uint64, shape (n_words, size)
        A new mask.
    """
    size = bits.shape[1]
    closed = bits if close == 1 else bit_morphology.closing(bits, ellipse(close, size))
    return np.asarray(bit_morphology.opening(closed, ellipse(open_, size)))


def dilate(bits: NDArray[np.uint64], diameter: int) -> NDArray[np.uint64]:
    """Mark what is in reach of a mask.

    Parameters
    ----------
    bits : array of uint64, shape (n_words, size)
        A mask.
    diameter : int
        In pixels of a frame of 200 pixels.

    Returns
    -------
    array of uint64, shape (n_words, size)
        A new mask.
    """
    return np.asarray(bit_morphology.dilate(bits, ellipse(diameter, bits.shape[1])))
