"""OpenCV's decoder without its voice.

libjpeg and libpng report damaged data on the standard error stream of the process and carry on, with grey or
garbled pixels in the result. Their words are caught here, so that nothing is printed and damage is known.
"""

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

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
    image, text = None, ""
    with _LOCK, _caught_stderr() as caught:
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        except (cv2.error, MemoryError) as error:
            text = str(error)
        if caught is not None:
            text += _read(caught)
    damage = _DAMAGE.search(text)
    if damage is not None:
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


@contextmanager
def _caught_stderr() -> Iterator[BinaryIO | None]:
    """Redirect file descriptor 2 to a temporary file; do nothing where it is closed."""
    try:
        saved = os.dup(_STDERR)
    except OSError:
        yield None
        return
    try:
        with _scratch_file() as scratch:
            os.dup2(scratch.fileno(), _STDERR)
            try:
                yield scratch
            finally:
                os.dup2(saved, _STDERR)
    finally:
        os.close(saved)


def _scratch_file() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("leukfeat"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _read(scratch: BinaryIO) -> str:
    if scratch.seek(0, os.SEEK_END) == 0:
        return ""
    scratch.seek(0)
    return scratch.read().decode(errors="replace")
