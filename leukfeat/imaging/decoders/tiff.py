"""Pixels of TIFF files: strips or tiles of grey, RGB or palette values.

OpenCV is not asked: it turns images by their orientation tag, multiplies colours by alpha and returns
half-decoded images without a word.
"""

import zlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ImageError
from leukfeat.imaging.decoders.samples import drop_opaque_alpha, to_rgb, unpack_bits
from leukfeat.imaging.headers.tiff import TiffHeader

__all__ = ["decode"]


def decode(data: bytes, header: TiffHeader) -> NDArray[np.uint8]:
    """Decode the only page of a TIFF file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : TiffHeader
        Its header.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        RGB, C-contiguous. Values of fewer than 8 bits are spread over [0, 255], values of 16 bits are
        ``value * 255 / 65535``, rounded; an orientation tag is not applied.

    Raises
    ------
    leukfeat.errors.ImageError
        If a pixel is transparent or a strip or tile is damaged or too short.
    """
    dtype = np.uint16 if header.depth == 16 else np.uint8
    samples = np.zeros((header.height, header.width, header.channels), dtype)
    for index, (channels, top, left) in enumerate(_places(header)):
        target = samples[top : top + header.segment_height, left : left + header.segment_width, channels]
        rows = header.segment_height if header.tiled else len(target)
        segment = _read_segment(data, header, index, rows, target.shape[2])
        target[:] = segment[: target.shape[0], : target.shape[1]]
    return _to_rgb(samples, header)


def _places(header: TiffHeader) -> Iterator[tuple[slice, int, int]]:
    """Yield channels, top row and left column of each segment in the order of the file."""
    planes = range(header.channels) if header.planar else (0,)
    tops = range(0, header.height, header.segment_height)
    lefts = range(0, header.width, header.segment_width)
    for plane, top, left in product(planes, tops, lefts):
        yield slice(plane, plane + 1) if header.planar else slice(None), top, left


def _read_segment(data: bytes, header: TiffHeader, index: int, rows: int, channels: int) -> NDArray[Any]:
    """Return one strip or tile as an array of shape (rows, segment_width, channels)."""
    values = header.segment_width * channels
    row_bytes = (values * header.depth + 7) // 8
    start = header.offsets[index]
    stored = data[start : start + header.byte_counts[index]]
    raw = _DECOMPRESSORS[header.compression](stored, rows * row_bytes)
    if len(raw) < rows * row_bytes:
        raise ImageError(f"damaged TIFF: strip or tile {index} holds {len(raw)} of {rows * row_bytes} bytes")
    if header.depth < 8:
        packed = np.frombuffer(raw, np.uint8, rows * row_bytes).reshape(rows, row_bytes)
        return unpack_bits(packed, header.depth)[:, :values].reshape(rows, -1, channels)
    dtype = np.dtype(np.uint8 if header.depth == 8 else header.byte_order + "u2")
    segment = np.frombuffer(raw, dtype, rows * values).reshape(rows, -1, channels)
    return np.cumsum(segment, axis=1, dtype=dtype.newbyteorder("=")) if header.predictor else segment


def _to_rgb(samples: NDArray[Any], header: TiffHeader) -> NDArray[np.uint8]:
    if header.palette:
        return np.asarray(_read_palette(header)[samples[..., 0]])
    if header.depth < 8:
        samples *= np.uint8(255 // ((1 << header.depth) - 1))
    if header.has_alpha:
        samples = drop_opaque_alpha(samples)
    return to_rgb(~samples if header.min_is_white else samples)


def _read_palette(header: TiffHeader) -> NDArray[np.uint8]:
    """Return the palette with 8 bits: the upper ones, or all where a writer has used no more."""
    palette = np.array(header.palette, dtype=np.uint32).reshape(3, -1).T
    return (palette >> 8 if palette.max() > 255 else palette).astype(np.uint8)


def _as_stored(data: bytes, size: int) -> bytes:
    return data[:size]


def _inflate(data: bytes, size: int) -> bytes:
    # One byte more than wanted lets zlib reach the end of the stream and its checksum.
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise ImageError(f"damaged TIFF: a strip or tile is not valid Deflate data ({error})") from error
    return raw if stream.eof or len(raw) > size else b""


def _unpack_runs(data: bytes, size: int) -> bytes:
    """Undo PackBits (TIFF 6.0, section 9)."""
    raw, position = bytearray(), 0
    while len(raw) < size and position + 1 < len(data):
        count = data[position]
        if count < 128:
            raw += data[position + 1 : position + 2 + count]
            position += count + 2
        elif count > 128:
            raw += data[position + 1 : position + 2] * (257 - count)
            position += 2
        else:
            position += 1
    return bytes(raw[:size])


def _unpack_codes(data: bytes, size: int) -> bytes:
    # numba is loaded and compiles only where such a file turns up.
    from leukfeat.imaging.decoders.lzw import decompress

    return decompress(data, size)


_DECOMPRESSORS: dict[str, Callable[[bytes, int], bytes]] = {
    "none": _as_stored,
    "Deflate": _inflate,
    "PackBits": _unpack_runs,
    "LZW": _unpack_codes,
}
