"""What the headers of all formats have in common."""

from dataclasses import dataclass
from struct import Struct
from typing import Any

from leukfeat.errors import ImageError

__all__ = ["Header", "require_bytes", "unpack"]


@dataclass(slots=True)
class Header:
    """Format, size and layout of an encoded image.

    Parameters
    ----------
    format : str
        'BMP', 'JPEG', 'PNG' or 'TIFF'.
    width, height : int
        Size in pixels as stored: an orientation tag is not applied.
    channels : int
        Values per pixel in the file, alpha included; 1 for a palette.
    depth : int
        Bits per value.
    frames : int
        Frames of an animation or pages of a document.
    """

    format: str
    width: int
    height: int
    channels: int
    depth: int
    frames: int


def require_bytes(data: bytes, needed: int, what: str) -> None:
    """Check that the data are long enough.

    Parameters
    ----------
    data : bytes
        The whole file.
    needed : int
        How many bytes there must be.
    what : str
        What would be cut off, for the message.

    Raises
    ------
    leukfeat.errors.ImageError
        If there are fewer bytes.
    """
    if len(data) < needed:
        raise ImageError(f"truncated {what}: {needed} bytes expected, {len(data)} found")


def unpack(layout: Struct, data: bytes, offset: int, what: str) -> tuple[Any, ...]:
    """Unpack a structure.

    Parameters
    ----------
    layout : struct.Struct
        What lies there.
    data : bytes
        The whole file.
    offset : int
        Where it begins.
    what : str
        What would be cut off, for the message.

    Returns
    -------
    tuple
        The values.

    Raises
    ------
    leukfeat.errors.ImageError
        If the data end before.
    """
    require_bytes(data, offset + layout.size, what)
    return layout.unpack_from(data, offset)
