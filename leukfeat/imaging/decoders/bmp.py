"""Pixels of uncompressed bitmaps: views on the file's own bytes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError
from leukfeat.imaging.decoders.samples import drop_opaque_alpha, unpack_bits
from leukfeat.imaging.headers.bmp import BmpHeader

__all__ = ["decode"]


def decode(data: bytes, header: BmpHeader) -> NDArray[np.uint8]:
    """Decode a bitmap of 1, 4, 8, 24 or 32 bits per pixel.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : BmpHeader
        Its header.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        RGB, the upper row first. With 24 bits per pixel a read-only view on `data`, whose rows and channels
        may run backwards.

    Raises
    ------
    leukfeat.errors.ImageError
        If a pixel is transparent or lies outside the palette.
    """
    size = header.stride * header.height
    rows = np.frombuffer(data, np.uint8, size, header.offset).reshape(header.height, header.stride)
    if header.palette_size:
        rgb = _look_up(rows, _read_palette(data, header), header)
    else:
        pixels = rows[:, : header.width * header.channels].reshape(header.height, header.width, -1)
        rgb = pixels[..., ::-1] if header.channels == 3 else _without_alpha(pixels, header)
    return rgb if header.top_down else rgb[::-1]


def _without_alpha(pixels: NDArray[np.uint8], header: BmpHeader) -> NDArray[np.uint8]:
    if header.has_alpha:
        drop_opaque_alpha(pixels)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), dtype=np.uint8)


def _read_palette(data: bytes, header: BmpHeader) -> NDArray[np.uint8]:
    size = header.palette_size * header.palette_entry
    entries = np.frombuffer(data, np.uint8, size, header.palette_start)
    return entries.reshape(-1, header.palette_entry)[:, 2::-1]


def _look_up(rows: NDArray[np.uint8], palette: NDArray[np.uint8], header: BmpHeader) -> NDArray[np.uint8]:
    values = rows if header.depth == 8 else unpack_bits(rows, header.depth)
    values = values[:, : header.width]
    if values.max() >= len(palette):
        raise ImageError(f"BMP with a pixel of value {values.max()} in a palette of {len(palette)} colours")
    return palette[values]
