"""Safe decoding: from a file somebody else has made to an RGB array, or to one sentence that says why not."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.errors import ImageError
from leukfeat.imaging.decoders import bmp, jpeg, png, tiff
from leukfeat.imaging.headers import Header, check_complete, read_header

__all__ = ["Limits", "decode", "read_bytes"]

_MIN_SIDE = 8
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_REASONS = {
    errno.ENOENT: "the file does not exist",
    errno.ENOTDIR: "the file does not exist",
    errno.EACCES: "no permission to read the file",
    errno.EPERM: "no permission to read the file",
    errno.ENXIO: "not a regular file but a socket or device",
    errno.ELOOP: "a symbolic link that leads to itself",
    errno.ENAMETOOLONG: "the path is too long",
}
_DECODERS: dict[str, Callable[[bytes, Any], NDArray[np.uint8]]] = {
    "BMP": bmp.decode,
    "JPEG": jpeg.decode,
    "PNG": png.decode,
    "TIFF": tiff.decode,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file and an image may be.

    Parameters
    ----------
    max_bytes : int, default=134217728
        Size of a file in bytes (128 MiB), at least 1.
    max_pixels : int, default=64000000
        Width times height of an image, at least 1. Decoding takes about 3 bytes per pixel (192 MB at the
        default), up to four times as much for images with 16 bits per value.

    Raises
    ------
    TypeError
        If a limit is not an int.
    ValueError
        If a limit is below 1.
    """

    max_bytes: int = 128 * 2**20
    max_pixels: int = 64_000_000

    def __post_init__(self) -> None:
        check_int("Limits", "max_bytes", self.max_bytes, low=1)
        check_int("Limits", "max_pixels", self.max_pixels, low=1)


_DEFAULT_LIMITS = Limits()


def read_bytes(path: str | Path, limits: Limits = _DEFAULT_LIMITS) -> bytes:
    """Read a regular file that is neither empty nor too large.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Symbolic links are followed.
    limits : Limits, optional
        `max_bytes` is checked before anything is read.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    leukfeat.errors.ImageError
        With the path, if the file is missing, unreadable, empty or too large, changes while it is read, or is
        a directory, pipe, socket or device. Nothing of this blocks.
    """
    try:
        # Opened without blocking and examined through the descriptor: a pipe does not hang, and nothing can
        # be exchanged between the check and the reading.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            return _read_regular(descriptor, limits)
        finally:
            os.close(descriptor)
    except ImageError as error:
        raise ImageError(error.reason, path) from None
    except (OSError, ValueError) as error:
        raise ImageError(_explain(error), path) from error


def decode(data: bytes, limits: Limits = _DEFAULT_LIMITS) -> NDArray[np.uint8]:
    """Decode a BMP, JPEG, PNG or TIFF image.

    Parameters
    ----------
    data : bytes
        The whole file.
    limits : Limits, optional
        `max_pixels` is checked in the header, before anything is decoded.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        RGB as stored: an orientation in the metadata is not applied, nor are gamma and colour profiles. For
        bitmaps a view on `data`: read-only, its rows and channels may run backwards in memory.

    Raises
    ------
    leukfeat.errors.ImageError
        Without a path, for whatever cannot be used; nothing else is raised and nothing is printed.

    Notes
    -----
    =============================================  ==========================================================
    What is found                                  What is done
    =============================================  ==========================================================
    another format (GIF, WebP, DICOM, text ...)    refused; the extension of the file plays no part
    larger than the limits, or a side below 8 px   refused from the header
    cut off, damaged, wrong checksum               refused, never half-decoded
    several frames or pages                        refused
    grey, palette, 1, 2 or 4 bits                  expanded to RGB
    16 bits (PNG, TIFF)                            ``value * 255 / 65535``, rounded
    floating-point or signed values (TIFF)         refused
    alpha, every pixel opaque                      alpha dropped
    alpha, any pixel not opaque                    refused
    JPEG: CMYK, 12 bits, arithmetic, lossless      refused
    BMP: run-length encoded, 16 bits               refused
    TIFF: none, LZW, Deflate, PackBits             decoded; other compressions refused
    =============================================  ==========================================================
    """
    header = read_header(data)
    _check_size(header, limits)
    check_complete(data, header)
    try:
        image = _DECODERS[header.format](data, header)
    except MemoryError as error:
        raise ImageError(f"not enough memory for {header.width} x {header.height} pixels") from error
    if image.shape != (header.height, header.width, 3):
        raise ImageError(f"damaged {header.format}: decoded to another size than its header says")
    return image


def _read_regular(descriptor: int, limits: Limits) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise ImageError(f"not a regular file but {kind}")
    if status.st_size == 0:
        raise ImageError("the file is empty (0 bytes)")
    if status.st_size > limits.max_bytes:
        raise ImageError(f"the file is too large: {status.st_size} bytes, at most {limits.max_bytes} allowed")
    data = _read_up_to(status.st_size, descriptor)
    after = os.fstat(descriptor)
    if (after.st_size, after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        raise ImageError("the file changed while it was read")
    return data


def _read_up_to(size: int, descriptor: int) -> bytes:
    data = os.read(descriptor, size)
    while len(data) < size and (more := os.read(descriptor, size - len(data))):
        data += more
    return data


def _explain(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    return _REASONS.get(code or 0, f"the file cannot be read ({error})")


def _check_size(header: Header, limits: Limits) -> None:
    size = f"{header.width} x {header.height} pixels"
    if header.width * header.height > limits.max_pixels:
        raise ImageError(f"the image is too large: {size}, at most {limits.max_pixels} pixels allowed")
    if min(header.width, header.height) < _MIN_SIDE:
        raise ImageError(f"the image is too small: {size}, each side must have at least {_MIN_SIDE}")
    if header.frames > 1:
        what = "pages" if header.format == "TIFF" else "frames"
        raise ImageError(f"{header.format} with {header.frames} {what}: save one of them")
