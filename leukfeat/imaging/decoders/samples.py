"""From stored samples to 8-bit RGB."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError

__all__ = ["drop_opaque_alpha", "rescale_16_bits", "to_rgb", "unpack_bits"]


def unpack_bits(rows: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    """Unpack values of 1, 2 or 4 bits, the first one in the highest bits.

    Parameters
    ----------
    rows : array of uint8, shape (height, n_bytes)
        Rows of packed values.
    depth : int
        Bits per value.

    Returns
    -------
    array of uint8, shape (height, n_bytes * 8 // depth)
        One value per element.
    """
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    values = (rows[:, :, np.newaxis] >> shifts) & np.uint8((1 << depth) - 1)
    return values.reshape(len(rows), -1)


def rescale_16_bits(samples: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Bring [0, 65535] to [0, 255].

    Parameters
    ----------
    samples : array of uint16
        Any shape.

    Returns
    -------
    array of uint8, same shape
        ``value * 255 / 65535``, rounded to the nearest integer (ties do not occur).
    """
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def drop_opaque_alpha(samples: NDArray[Any]) -> NDArray[Any]:
    """Drop the last channel if every pixel is opaque.

    Parameters
    ----------
    samples : array of uint8 or uint16, shape (height, width, channels)
        Colours and alpha.

    Returns
    -------
    array, shape (height, width, channels - 1)
        A view without alpha.

    Raises
    ------
    leukfeat.errors.ImageError
        If a pixel is not opaque: neither ignoring transparency nor mixing in a background would give the
        colours that were seen.
    """
    if samples[..., -1].min() < np.iinfo(samples.dtype).max:
        raise ImageError("the image has transparent pixels: flatten it first")
    return samples[..., :-1]


def to_rgb(samples: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring grey or RGB samples to RGB of 8 bits.

    Parameters
    ----------
    samples : array of uint8 or uint16, shape (height, width, 1) or (height, width, 3)
        The channels of an image, without alpha.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        C-contiguous; grey is repeated.
    """
    if samples.dtype == np.uint16:
        samples = rescale_16_bits(samples)
    if samples.shape[2] == 1:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(samples), cv2.COLOR_GRAY2RGB))
    return np.ascontiguousarray(samples)
