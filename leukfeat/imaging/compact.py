"""Compact copies: cells as PNG, with the region as alpha channel and what made them in a text chunk."""

import json
from dataclasses import dataclass
from struct import Struct
from typing import Any
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat._version import __version__
from leukfeat.errors import ImageError
from leukfeat.imaging.decoders.opencv import imdecode
from leukfeat.imaging.headers import check_complete, read_header
from leukfeat.imaging.headers.png import PngHeader, find_text
from leukfeat.imaging.scene import SCENES

__all__ = ["CompactCell", "Picture", "encode_compact", "is_compact", "read_compact"]

_KEYWORD = b"leukfeat"
_FORMAT = 1
_LEVEL = 6  # 9 takes four times as long for 3 % less
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UINT = Struct(">I")
_AFTER_HEADER = len(_SIGNATURE) + 4 + 4 + 13 + 4  # signature, then IHDR with length, name and checksum
_REGIONS = (0, 128, 255)


@dataclass(frozen=True, slots=True, eq=False)
class CompactCell:
    """A cell that was framed and segmented before.

    Attributes
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region.
    scale : float
        Source pixels per frame pixel.
    scene : str
        What the image shows.
    """

    cell: NDArray[np.uint8]
    scale: float
    scene: str


Picture = NDArray[np.uint8] | CompactCell


def encode_compact(cell: NDArray[np.uint8], scale: float, scene: str) -> bytes:
    """Encode a cell.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region.
    scale : float
        Source pixels per frame pixel.
    scene : {"masked", "cell", "field"}
        What the image shows.

    Returns
    -------
    bytes
        A PNG file, the same for the same cell. Its text chunk `leukfeat` holds scale, scene and version as
        JSON.
    """
    done, data = cv2.imencode(
        ".png", cv2.cvtColor(cell, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_PNG_COMPRESSION, _LEVEL]
    )
    if not done:
        raise ImageError("the cell cannot be encoded as PNG")
    about = {"format": _FORMAT, "scale": float(scale), "scene": scene, "version": __version__}
    plain = data.tobytes()
    return plain[:_AFTER_HEADER] + _chunk(json.dumps(about).encode("ascii")) + plain[_AFTER_HEADER:]


def is_compact(data: bytes) -> bool:
    """Return whether a file is a compact copy, damaged or not: its text chunk alone says so.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    bool
        False for any other file.

    Raises
    ------
    leukfeat.errors.ImageError
        If a PNG file is damaged before its image data.
    """
    return data.startswith(_SIGNATURE) and find_text(data, _KEYWORD) is not None


def read_compact(data: bytes, max_pixels: int) -> CompactCell | None:
    """Decode a compact copy.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels : int
        Width times height above which it is refused.

    Returns
    -------
    CompactCell or None
        None for any other file: the text chunk alone makes a copy.

    Raises
    ------
    leukfeat.errors.ImageError
        If the copy is damaged, too large, or made by a later version.
    """
    if not data.startswith(_SIGNATURE):
        return None
    text = find_text(data, _KEYWORD)
    if text is None:
        return None
    scale, scene = _parse(text)
    header = read_header(data)
    if not isinstance(header, PngHeader) or (header.channels, header.depth) != (4, 8) or header.animated:
        raise ImageError("damaged compact copy: not an RGBA image of 8 bits")
    if header.width != header.height or header.width * header.height > max_pixels:
        raise ImageError(
            f"damaged compact copy: {header.width} x {header.height} pixels, where a square within the "
            "limits is expected"
        )
    check_complete(data, header)
    samples = imdecode(data, cv2.IMREAD_UNCHANGED, "PNG")
    cell = np.asarray(cv2.cvtColor(samples, cv2.COLOR_BGRA2RGBA), dtype=np.uint8)
    if not np.isin(cell[..., 3], _REGIONS).all():
        raise ImageError("damaged compact copy: its alpha channel holds no regions (0, 128 and 255)")
    return CompactCell(cell, scale, scene)


def _chunk(text: bytes) -> bytes:
    body = b"tEXt" + _KEYWORD + b"\0" + text
    return _UINT.pack(len(body) - 4) + body + _UINT.pack(crc32(body))


def _parse(text: bytes) -> tuple[float, str]:
    """Return scale and scene."""
    try:
        about: dict[str, Any] = json.loads(text)
        form, scale, scene = about["format"], float(about["scale"]), about["scene"]
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError("damaged compact copy: its text chunk cannot be read") from error
    if form != _FORMAT:
        raise ImageError(f"a compact copy of format {form}, this version reads {_FORMAT}: convert it again")
    if scene not in SCENES or not 0 < scale < float("inf"):
        raise ImageError(f"damaged compact copy: scene {scene!r}, scale {scale}")
    return scale, scene
