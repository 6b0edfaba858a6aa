"""OpenCV's decoder without its voice.

libjpeg and libpng report damaged data on the standard error stream of the process and carry on, with grey or
garbled pixels in the result. Their words are caught here, so that nothing is printed and damage is known.
"""

import os
import re
import tempfile
import threading
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError

__all__ = ["imdecode", "imdecode_rgb"]

_STDERR = 2
_LOCK = threading.Lock()
_DAMAGE = re.compile(
    r"Corrupt JPEG data.*|Premature end of JPEG file|Inconsistent progression.*|Invalid SOS.*"
    r"|libpng error.*|libpng warning: IDAT.*"
)
_DECODER = re.compile(r"JPEG|JFIF|Adobe|libpng|PNG|OpenCV|imdecode|grfmt_")


def imdecode(data: bytes, flags: int, what: str) -> NDArray[Any]:
    """Decode an image in memory with `cv2.imdecode`, refusing what its libraries only warn about.

    Parameters
    ----------
    data : bytes
        The whole file.
    flags : int
        `cv2.IMREAD_*` flags.
    what : str
        Name of the format, for messages.

    Returns
    -------
    array, shape (height, width) or (height, width, channels)
        As `cv2.imdecode` gives it.

    Raises
    ------
    leukfeat.errors.ImageError
        If nothing can be decoded, or if the decoder reports damaged data.

    Notes
    -----
    File descriptor 2 belongs to the process: it is redirected while one image is decoded, and threads take
    turns. What another thread writes to it in that time is passed on, unless the decoder has spoken too.
    """
    with _LOCK:
        image, text = _decode_quietly(data, flags)
    if damage := _DAMAGE.search(text):
        raise ImageError(f"damaged {what}: the decoder says {damage.group()!r}")
    if text and not _DECODER.search(text):
        os.write(_STDERR, text.encode(errors="replace"))
    if image is None:
        raise ImageError(f"damaged {what}: it cannot be decoded")
    return np.asarray(image)


def imdecode_rgb(data: bytes, what: str) -> NDArray[np.uint8]:
    """Decode to RGB of 8 bits without applying an orientation.

    Parameters
    ----------
    data : bytes
        The whole file.
    what : str
        Name of the format, for messages.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        C-contiguous.

    Raises
    ------
    leukfeat.errors.ImageError
        As by `imdecode`.
    """
    if hasattr(cv2, "IMREAD_COLOR_RGB"):
        return imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION, what)
    bgr = imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION, what)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


def _decode_quietly(data: bytes, flags: int) -> tuple[NDArray[Any] | None, str]:
    """Decode while file descriptor 2 leads to a temporary file; return the image and what was said."""
    try:
        saved = os.dup(_STDERR)
    except OSError:  # closed: nobody would hear it
        return _decode(data, flags)
    try:
        scratch = _open_scratch()
        try:
            os.dup2(scratch, _STDERR)
            try:
                image, text = _decode(data, flags)
            finally:
                os.dup2(saved, _STDERR)
            return image, text + _read(scratch)
        finally:
            os.close(scratch)
    finally:
        os.close(saved)


def _decode(data: bytes, flags: int) -> tuple[NDArray[Any] | None, str]:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags), ""
    except (cv2.error, MemoryError) as error:
        return None, str(error)


def _open_scratch() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("leukfeat")
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def _read(scratch: int) -> str:
    size = os.lseek(scratch, 0, os.SEEK_END)
    if size == 0:
        return ""
    os.lseek(scratch, 0, os.SEEK_SET)
    return os.read(scratch, size).decode(errors="replace")
