"""Lempel-Ziv-Welch decompression as TIFF uses it."""

import numba
import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError

__all__ = ["decompress"]

_CLEAR, _END, _FIRST = 256, 257, 258  # codes below are literal bytes
_MAX_CODES = 4096


def decompress(data: bytes, size: int) -> bytes:
    """Decompress one strip or tile.

    Parameters
    ----------
    data : bytes
        The compressed bytes, codes beginning at the highest bit.
    size : int
        Number of bytes wanted.

    Returns
    -------
    bytes
        At most `size` bytes; fewer where the data end before.

    Raises
    ------
    leukfeat.errors.ImageError
        If a code occurs that does not exist yet, or the bits are in the reversed order of files from before
        TIFF 6.0.

    References
    ----------
    .. [1] Adobe, "TIFF", revision 6.0, section 13, 1992.
    .. [2] Welch, "A technique for high-performance data compression", 1984, :doi:`10.1109/MC.1984.1659158`
    """
    if len(data) > 1 and data[0] == 0 and data[1] & 1:
        raise ImageError("TIFF with LZW compression from before TIFF 6.0 is not supported: save it again")
    out = np.empty(size, dtype=np.uint8)
    written = _decompress(np.frombuffer(data, dtype=np.uint8), out)
    if written < 0:
        raise ImageError("damaged TIFF: a strip or tile is not valid LZW data")
    return out[:written].tobytes()


@numba.njit(cache=True, nogil=True)
def _decompress(data: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """Fill `out`; return the number of bytes written, or -1 for an impossible code.

    Every code from 258 stands for a run of bytes that has been written before, kept as its place in `out`.
    """
    starts = np.zeros(_MAX_CODES, dtype=np.int64)
    lengths = np.ones(_MAX_CODES, dtype=np.int64)
    free, width, buffer, bits, written, previous = _FIRST, 9, 0, 0, 0, -1
    for byte in data:
        buffer, bits = ((buffer << 8) | byte) & 0xFFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = (buffer >> bits) & ((1 << width) - 1)
        if code == _CLEAR:
            free, width, previous = _FIRST, 9, -1
            continue
        if code == _END or written == len(out):
            break
        if previous >= 0 and free < _MAX_CODES:
            starts[free], lengths[free] = previous, written - previous + 1
            free += 1
        if code >= free:
            return -1
        previous, written = written, _write(out, written, code, starts[code], lengths[code])
        width = _width(free)
    return written


@numba.njit(cache=True, nogil=True)
def _write(out: NDArray[np.uint8], written: int, code: int, start: int, length: int) -> int:
    """Write one literal byte or the run from `start`; return the new number of bytes written."""
    if code < _CLEAR:
        out[written] = code
        return written + 1
    end = min(written + length, len(out))
    for index in range(end - written):
        out[written + index] = out[start + index]
    return end


@numba.njit(cache=True, nogil=True)
def _width(free: int) -> int:
    """Return the bits of the next code; TIFF widens one code early."""
    if free + 1 < 512:
        return 9
    if free + 1 < 1024:
        return 10
    return 11 if free + 1 < 2048 else 12
