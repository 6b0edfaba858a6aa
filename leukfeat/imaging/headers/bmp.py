"""Header of Windows and OS/2 bitmaps."""

from dataclasses import dataclass
from struct import Struct

from leukfeat.errors import ImageError
from leukfeat.imaging.headers.base import Header, require_bytes, unpack

__all__ = ["BmpHeader", "check_complete", "read_header"]

_FILE = Struct("<10xII")
_CORE = Struct("<HHHH")
_INFO = Struct("<iiHHI12xI")
_MASKS = Struct("<III")
_INFO_START = 18
_MASKS_START = 54
_CORE_BYTES = 12
_INFO_SIZES = (40, 52, 56, 64, 108, 124)
_WITH_ALPHA_MASK = (56, 108, 124)
_CHANNELS = {1: 1, 4: 1, 8: 1, 24: 3, 32: 4}
_COMPRESSIONS = {1: "run-length-encoded", 2: "run-length-encoded", 4: "JPEG-compressed", 5: "PNG-compressed"}
_RGB, _BITFIELDS = 0, 3
_BGRA_MASKS = (0x00FF0000, 0x0000FF00, 0x000000FF)


@dataclass(slots=True)
class BmpHeader(Header):
    """Header of a bitmap.

    Parameters
    ----------
    offset : int
        Position of the first stored row, in bytes.
    stride : int
        Bytes per row, padding to a multiple of four included.
    top_down : bool
        Whether the first stored row is the upper one (a negative height in the file).
    palette_start, palette_entry, palette_size : int
        Position of the palette, bytes per entry (3 or 4) and number of entries; the size is 0 without one.
    has_alpha : bool
        Whether the fourth byte of a pixel is declared as alpha.
    """

    offset: int
    stride: int
    top_down: bool
    palette_start: int
    palette_entry: int
    palette_size: int
    has_alpha: bool


def read_header(data: bytes) -> BmpHeader:
    """Read the header of a bitmap.

    Parameters
    ----------
    data : bytes
        The file, beginning with ``BM``.

    Returns
    -------
    BmpHeader
        Size and layout of the rows.

    Raises
    ------
    leukfeat.errors.ImageError
        If the header is cut off, contradicts itself or names a variant that is not supported (run-length
        encoding, embedded JPEG or PNG, 16 bits per pixel, unusual channel masks).

    Notes
    -----
    The place of the pixels is read from the file, never assumed: many files carry more than 54 bytes
    before them.
    """
    offset, info_bytes = unpack(_FILE, data, 0, "BMP header")
    if info_bytes != _CORE_BYTES and info_bytes not in _INFO_SIZES:
        raise ImageError(f"BMP header of unknown size ({info_bytes} bytes)")
    if info_bytes == _CORE_BYTES:
        width, height, _planes, bits = unpack(_CORE, data, _INFO_START, "BMP header")
        compression = colours = 0
    else:
        width, height, _planes, bits, compression, colours = unpack(_INFO, data, _INFO_START, "BMP header")
    _check_layout(width, height, bits, compression)
    palette_start = _INFO_START - 4 + info_bytes
    if offset < palette_start:
        raise ImageError(f"BMP with pixels at byte {offset}, inside its own header of {palette_start} bytes")
    has_alpha = compression == _BITFIELDS and _read_masks(data, info_bytes)
    entry = 3 if info_bytes == _CORE_BYTES else 4
    size = _palette_size(bits, colours, (offset - palette_start) // entry)
    return BmpHeader(
        format="BMP",
        width=width,
        height=abs(height),
        channels=_CHANNELS[bits],
        depth=min(bits, 8),
        frames=1,
        offset=offset,
        stride=(width * bits + 31) // 32 * 4,
        top_down=height < 0,
        palette_start=palette_start,
        palette_entry=entry,
        palette_size=size,
        has_alpha=has_alpha,
    )


def check_complete(data: bytes, header: BmpHeader) -> None:
    """Check that all rows lie inside the file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : BmpHeader
        Its header.

    Raises
    ------
    leukfeat.errors.ImageError
        If the file ends before the last row, padding included.
    """
    require_bytes(data, header.offset + header.stride * header.height, "BMP")


def _check_layout(width: int, height: int, bits: int, compression: int) -> None:
    if width <= 0 or height == 0:
        raise ImageError(f"BMP of impossible size ({width} x {height} pixels)")
    if compression in _COMPRESSIONS:
        raise ImageError(f"{_COMPRESSIONS[compression]} BMP is not supported: save it uncompressed")
    if bits not in _CHANNELS:
        raise ImageError(f"BMP with {bits} bits per pixel is not supported: save it with 24")
    if compression not in (_RGB, _BITFIELDS) or (compression == _BITFIELDS and bits != 32):
        raise ImageError(f"BMP compression {compression} with {bits} bits per pixel is not supported")


def _read_masks(data: bytes, info_bytes: int) -> bool:
    """Check that the channels lie as blue, green, red and tell whether the fourth byte is alpha."""
    if unpack(_MASKS, data, _MASKS_START, "BMP header") != _BGRA_MASKS:
        raise ImageError("BMP with unusual channel masks is not supported: save it with 24 bits per pixel")
    if info_bytes not in _WITH_ALPHA_MASK:
        return False
    alpha_start = _MASKS_START + _MASKS.size
    return data[alpha_start : alpha_start + 4] != bytes(4)


def _palette_size(bits: int, colours: int, room: int) -> int:
    if bits > 8:
        return 0
    size = colours or 1 << bits
    if size > 1 << bits or size > room:
        raise ImageError(f"BMP with a palette of {size} colours, but room for {min(room, 1 << bits)}")
    return size
