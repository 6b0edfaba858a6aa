"""Header of PNG files (W3C, Portable Network Graphics, third edition)."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from zlib import crc32

from leukfeat.errors import ImageError
from leukfeat.imaging.headers.base import Header, require_bytes, unpack

__all__ = ["PngHeader", "check_complete", "find_text", "read_header"]

_CHUNK = Struct(">I4s")
_IMAGE = Struct(">IIBBBBB")
_UINT = Struct(">I")
_SIGNATURE_BYTES = 8
_MAX_CHUNKS = 100_000
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3


@dataclass(slots=True)
class PngHeader(Header):
    """Header of a PNG file.

    Parameters
    ----------
    has_alpha : bool
        Whether there is an alpha channel or a palette with alpha.
    colour_key : tuple of int
        The value of a grey or RGB pixel that counts as transparent; empty without one.
    animated : bool
        Whether the file says that it is an animation (APNG), even of one frame.
    data_start : int
        Position of the first chunk of image data, in bytes.
    """

    has_alpha: bool
    colour_key: tuple[int, ...]
    animated: bool
    data_start: int


def read_header(data: bytes) -> PngHeader:
    """Read the chunks of a PNG file that come before the image data.

    Parameters
    ----------
    data : bytes
        The file, beginning with the PNG signature.

    Returns
    -------
    PngHeader
        Size, channels, depth, transparency and number of frames.

    Raises
    ------
    leukfeat.errors.ImageError
        If the header is cut off, damaged or contradicts the standard.
    """
    found: dict[bytes, tuple[int, int]] = {}
    for kind, start, length in _chunks(data, _SIGNATURE_BYTES):
        if kind == b"IDAT":
            break
        found.setdefault(kind, (start, length))
    else:
        raise ImageError("PNG without image data (no IDAT chunk)")
    if next(iter(found), b"") != b"IHDR":
        raise ImageError("broken PNG: the first chunk is not IHDR")
    width, height, depth, colour, _, _, _ = unpack(_IMAGE, data, found[b"IHDR"][0], "PNG header")
    _check_layout(width, height, depth, colour)
    return PngHeader(
        format="PNG",
        width=width,
        height=height,
        channels=_CHANNELS[colour],
        depth=depth,
        frames=_frames(data, found),
        has_alpha=colour in (4, 6) or (colour == _PALETTE and b"tRNS" in found),
        colour_key=_colour_key(data, found, colour, depth),
        animated=b"acTL" in found,
        data_start=start - _CHUNK.size,
    )


def check_complete(data: bytes, header: PngHeader) -> None:
    """Check that all chunks up to IEND are there with their checksums.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : PngHeader
        Its header.

    Raises
    ------
    leukfeat.errors.ImageError
        If a chunk is cut off or its checksum is wrong, or if IEND is missing.

    Notes
    -----
    Bytes after IEND are tolerated.
    """
    for kind, _, _ in _chunks(data, header.data_start):
        if kind == b"IEND":
            return
    raise ImageError("truncated PNG: the IEND chunk is missing")


def find_text(data: bytes, keyword: bytes) -> bytes | None:
    """Find a text chunk before the image data.

    Parameters
    ----------
    data : bytes
        The file, beginning with the PNG signature.
    keyword : bytes
        Which.

    Returns
    -------
    bytes or None
        The text of the first such chunk; None without one.

    Raises
    ------
    leukfeat.errors.ImageError
        If a chunk on the way is cut off or its checksum is wrong.
    """
    start = keyword + b"\0"
    for kind, position, length in _chunks(data, _SIGNATURE_BYTES):
        if kind == b"IDAT":
            return None
        if kind == b"tEXt" and data.startswith(start, position, position + length):
            return data[position + len(start) : position + length]
    return None


def _chunks(data: bytes, position: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, position and length of each chunk after checking its checksum."""
    view = memoryview(data)
    for _ in range(_MAX_CHUNKS):
        if position == len(data):
            return
        length, kind = unpack(_CHUNK, data, position, "PNG")
        start = position + _CHUNK.size
        end = start + length
        require_bytes(data, end + _UINT.size, "PNG")
        if crc32(view[position + 4 : end]) != _UINT.unpack_from(data, end)[0]:
            raise ImageError(f"damaged PNG: wrong checksum of chunk {kind!r} at byte {position}")
        yield kind, start, length
        position = end + _UINT.size
    raise ImageError(f"PNG with more than {_MAX_CHUNKS} chunks is not supported")


def _check_layout(width: int, height: int, depth: int, colour: int) -> None:
    if width == 0 or height == 0:
        raise ImageError(f"PNG of impossible size ({width} x {height} pixels)")
    if depth not in _DEPTHS.get(colour, ()):
        raise ImageError(f"broken PNG: colour type {colour} with {depth} bits per value does not exist")


def _frames(data: bytes, found: dict[bytes, tuple[int, int]]) -> int:
    if b"acTL" not in found:
        return 1
    frames: int = unpack(_UINT, data, found[b"acTL"][0], "PNG animation header")[0]
    return frames


def _colour_key(data: bytes, found: dict[bytes, tuple[int, int]], colour: int, depth: int) -> tuple[int, ...]:
    if colour not in (0, 2) or b"tRNS" not in found:
        return ()
    start, length = found[b"tRNS"]
    if length != 2 * _CHANNELS[colour]:
        raise ImageError(f"broken PNG: transparency chunk of {length} bytes")
    values = Struct(f">{_CHANNELS[colour]}H").unpack_from(data, start)
    return tuple(value & ((1 << depth) - 1) for value in values)
