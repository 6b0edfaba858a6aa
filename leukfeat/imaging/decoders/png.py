"""Pixels of PNG files."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError
from leukfeat.imaging.decoders.opencv import imdecode, imdecode_rgb
from leukfeat.imaging.decoders.samples import drop_opaque_alpha, to_rgb
from leukfeat.imaging.headers.png import PngHeader

__all__ = ["decode"]


def decode(data: bytes, header: PngHeader) -> NDArray[np.uint8]:
    """Decode a PNG file of any colour type and depth.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : PngHeader
        Its header.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        RGB, C-contiguous. Values of fewer than 8 bits are spread over [0, 255], values of 16 bits are
        ``value * 255 / 65535``, rounded; gamma and colour profiles are not applied.

    Raises
    ------
    leukfeat.errors.ImageError
        If a pixel is transparent, if the file is an animation, or if libpng reports damaged data.
    """
    if header.animated:
        raise ImageError("animated PNG: save one frame of it")
    if header.depth <= 8 and not header.has_alpha and not header.colour_key:
        return imdecode_rgb(data, header.format)
    samples = _imdecode(data, header)
    if header.has_alpha:
        samples = drop_opaque_alpha(samples)
    if header.colour_key and _matches(samples[..., : header.channels], header).any():
        raise ImageError("the image has transparent pixels: flatten it first")
    return to_rgb(samples)


def _imdecode(data: bytes, header: PngHeader) -> NDArray[Any]:
    """Decode to samples of shape (height, width, channels) in the order grey or RGB, then alpha."""
    samples = imdecode(data, cv2.IMREAD_UNCHANGED, header.format)
    if samples.ndim == 2:
        return samples[:, :, np.newaxis]
    if samples.shape[2] == 3:
        return np.asarray(cv2.cvtColor(samples, cv2.COLOR_BGR2RGB))
    samples = np.asarray(cv2.cvtColor(samples, cv2.COLOR_BGRA2RGBA))
    return samples if header.has_alpha else samples[:, :, :3]


def _matches(samples: NDArray[Any], header: PngHeader) -> NDArray[np.bool_]:
    spread = 255 // ((1 << header.depth) - 1) if header.depth < 8 else 1
    key = np.array([value * spread for value in header.colour_key], dtype=samples.dtype)
    return np.asarray(np.all(samples == key, axis=2))
