"""What an image file says about itself, read from its first bytes without decoding.

The format is known by its magic bytes, never by the extension. Nothing here allocates memory in proportion to
the image, so sizes can be refused before a decoder is asked.
"""

from collections.abc import Callable
from typing import Any

from leukfeat.errors import ImageError
from leukfeat.imaging.headers import bmp, jpeg, png, tiff
from leukfeat.imaging.headers.base import Header

__all__ = ["Header", "check_complete", "read_header"]

_READERS: dict[bytes, Callable[[bytes], Header]] = {
    b"BM": bmp.read_header,
    b"\xff\xd8": jpeg.read_header,
    b"\x89P": png.read_header,
    b"II": tiff.read_header,
    b"MM": tiff.read_header,
}
_CHECKS: dict[str, Callable[[bytes, Any], None]] = {
    "BMP": bmp.check_complete,
    "JPEG": jpeg.check_complete,
    "PNG": png.check_complete,
    "TIFF": tiff.check_complete,
}
_MAGICS = (b"BM", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"II+\0", b"MM\0*", b"MM\0+")


def read_header(data: bytes) -> Header:
    """Read format, size and layout of an encoded image.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Header
        One of `BmpHeader`, `JpegHeader`, `PngHeader` and `TiffHeader`.

    Raises
    ------
    leukfeat.errors.ImageError
        If the bytes are no BMP, JPEG, PNG or TIFF image, if the header is cut off or contradicts itself, or
        if it asks for a variant of the format that is not supported.
    """
    if not data:
        raise ImageError("the file is empty (0 bytes)")
    if not data.startswith(_MAGICS):
        raise ImageError(f"not a BMP, JPEG, PNG or TIFF image (its first bytes are {data[:8]!r})")
    return _READERS[data[:2]](data)


def check_complete(data: bytes, header: Header) -> None:
    """Check that everything the header announces lies inside the file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `read_header` returned for it.

    Raises
    ------
    leukfeat.errors.ImageError
        If the file is cut off, or a checksum (PNG) is wrong.
    """
    _CHECKS[header.format](data, header)
