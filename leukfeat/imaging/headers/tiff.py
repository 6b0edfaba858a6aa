"""Header of TIFF and BigTIFF files (Adobe, TIFF revision 6.0)."""

from dataclasses import dataclass
from math import ceil
from struct import Struct

from leukfeat.errors import ImageError
from leukfeat.imaging.headers.base import Header, require_bytes
from leukfeat.imaging.headers.tiff_directory import Directory, Flavour

__all__ = ["TiffHeader", "check_complete", "read_header"]

_CLASSIC, _BIG = 42, 43
_MAX_PAGES = 1000
_MAX_SEGMENTS = 1 << 20
_MAX_PADDED_PIXELS = 1 << 24
_COMPRESSIONS = {1: "none", 5: "LZW", 8: "Deflate", 32946: "Deflate", 32773: "PackBits"}
_MIN_IS_WHITE, _RGB, _PALETTE = 0, 2, 3
_BASE_CHANNELS = {_MIN_IS_WHITE: 1, 1: 1, _RGB: 3, _PALETTE: 1}
_DEPTHS = {_MIN_IS_WHITE: (1, 2, 4, 8, 16), 1: (1, 2, 4, 8, 16), _RGB: (8, 16), _PALETTE: (1, 2, 4, 8)}
_SAMPLE_KINDS = {
    2: "signed integers",
    3: "floating-point numbers",
    5: "complex numbers",
    6: "complex numbers",
}


@dataclass(slots=True)
class TiffHeader(Header):
    """Header of a TIFF file.

    Parameters
    ----------
    byte_order : str
        '<' or '>', as in `struct`.
    compression : str
        'none', 'LZW', 'Deflate' or 'PackBits'.
    predictor : bool
        Whether values are stored as differences along the row.
    min_is_white : bool
        Whether a grey of 0 is white.
    palette : tuple of int
        Red, then green, then blue entries of 16 bits; empty without a palette.
    has_alpha : bool
        Whether a channel follows the colours.
    planar : bool
        Whether each channel is stored apart.
    segment_width, segment_height : int
        Size of a tile, or of a strip, in pixels.
    tiled : bool
        Whether the segments are tiles; a tile on the border is stored in full, the last strip is not.
    offsets, byte_counts : tuple of int
        Position and length of every segment, in bytes.
    """

    byte_order: str
    compression: str
    predictor: bool
    min_is_white: bool
    palette: tuple[int, ...]
    has_alpha: bool
    planar: bool
    segment_width: int
    segment_height: int
    tiled: bool
    offsets: tuple[int, ...]
    byte_counts: tuple[int, ...]


def read_header(data: bytes) -> TiffHeader:
    """Read the first image directory of a TIFF file and count the others.

    Parameters
    ----------
    data : bytes
        The file, beginning with a TIFF or BigTIFF signature.

    Returns
    -------
    TiffHeader
        Size, layout and segments; `frames` is the number of pages.

    Raises
    ------
    leukfeat.errors.ImageError
        If the directory is cut off or contradicts itself, or asks for what is not supported: values that are
        not unsigned integers of 1, 2, 4, 8 or 16 bits, colours other than grey, RGB and palette, compression
        other than LZW, Deflate and PackBits.
    """
    flavour, position = _read_signature(data)
    tags = Directory(data, flavour, position)
    width, height = tags.integer("ImageWidth"), tags.integer("ImageLength")
    if width == 0 or height == 0:
        raise ImageError(f"TIFF of impossible size ({width} x {height} pixels)")
    channels = tags.integer("SamplesPerPixel", 1)
    photometric = tags.integer("PhotometricInterpretation")
    depth = _read_depth(tags, photometric)
    has_alpha = _check_channels(channels, photometric)
    compression, predictor = _read_compression(tags, depth)
    tiled = "TileWidth" in tags
    segment_width, segment_height = _read_segment_size(tags, tiled, width, height)
    planar = channels > 1 and tags.integer("PlanarConfiguration", 1) == 2
    count = ceil(width / segment_width) * ceil(height / segment_height) * (channels if planar else 1)
    return TiffHeader(
        format="TIFF",
        width=width,
        height=height,
        channels=channels,
        depth=depth,
        frames=_count_pages(data, flavour, tags),
        byte_order=flavour.byte_order,
        compression=compression,
        predictor=predictor,
        min_is_white=photometric == _MIN_IS_WHITE,
        palette=tags.integers("ColorMap", 3 << depth) if photometric == _PALETTE else (),
        has_alpha=has_alpha,
        planar=planar,
        segment_width=segment_width,
        segment_height=segment_height,
        tiled=tiled,
        offsets=_read_segments(tags, "TileOffsets" if tiled else "StripOffsets", count),
        byte_counts=_read_segments(tags, "TileByteCounts" if tiled else "StripByteCounts", count),
    )


def check_complete(data: bytes, header: TiffHeader) -> None:
    """Check that all strips or tiles lie inside the file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : TiffHeader
        Its header.

    Raises
    ------
    leukfeat.errors.ImageError
        If the file ends before the last of them.
    """
    ends = (start + count for start, count in zip(header.offsets, header.byte_counts, strict=True))
    require_bytes(data, max(ends), "TIFF")


def _read_signature(data: bytes) -> tuple[Flavour, int]:
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    require_bytes(data, 16 if big else 8, "TIFF header")
    start = (
        Struct(order + "Q").unpack_from(data, 8)[0] if big else Struct(order + "I").unpack_from(data, 4)[0]
    )
    return Flavour(order, big), start


def _read_depth(tags: Directory, photometric: int) -> int:
    kinds = set(tags.integers("SampleFormat", default=(1,)))
    if kinds & set(_SAMPLE_KINDS):
        kind = _SAMPLE_KINDS[min(kinds & set(_SAMPLE_KINDS))]
        raise ImageError(f"TIFF of {kind} is not supported: save it as unsigned integers of 8 or 16 bits")
    depths = set(tags.integers("BitsPerSample", default=(1,)))
    if photometric not in _BASE_CHANNELS:
        raise ImageError(f"TIFF colour space {photometric} is not supported: convert it to RGB or grey")
    depth = min(depths)
    if len(depths) > 1 or depth not in _DEPTHS[photometric] or tags.integer("FillOrder", 1) != 1:
        raise ImageError(f"TIFF with {sorted(depths)} bits per value is not supported: save it with 8 or 16")
    return depth


def _check_channels(channels: int, photometric: int) -> bool:
    """Tell whether there is one channel more than the colour space needs."""
    extra = channels - _BASE_CHANNELS[photometric]
    if extra not in (0, 1) or (extra and photometric == _PALETTE):
        raise ImageError(f"TIFF with {channels} channels in colour space {photometric} is not supported")
    return extra == 1


def _read_compression(tags: Directory, depth: int) -> tuple[str, bool]:
    code, predictor = tags.integer("Compression", 1), tags.integer("Predictor", 1)
    if code not in _COMPRESSIONS:
        raise ImageError(f"TIFF compression {code} is not supported: save it uncompressed, as LZW or Deflate")
    if predictor not in (1, 2) or (predictor == 2 and depth < 8):
        raise ImageError(f"TIFF predictor {predictor} with {depth} bits per value is not supported")
    return _COMPRESSIONS[code], predictor == 2 and _COMPRESSIONS[code] in ("LZW", "Deflate")


def _read_segment_size(tags: Directory, tiled: bool, width: int, height: int) -> tuple[int, int]:
    if not tiled:
        rows = tags.integer("RowsPerStrip", height)
        if rows == 0:
            raise ImageError("broken TIFF: strips of 0 rows")
        return width, min(rows, height)
    size = tags.integer("TileWidth"), tags.integer("TileLength")
    if 0 in size:
        raise ImageError(f"broken TIFF: tiles of {size[0]} x {size[1]} pixels")
    padded = ceil(width / size[0]) * size[0] * ceil(height / size[1]) * size[1]
    if padded > max(4 * width * height, _MAX_PADDED_PIXELS):
        raise ImageError(f"TIFF with tiles of {size[0]} x {size[1]} pixels, far larger than the image")
    return size


def _read_segments(tags: Directory, name: str, count: int) -> tuple[int, ...]:
    if count > _MAX_SEGMENTS:
        raise ImageError(f"TIFF with {count} strips or tiles: more than {_MAX_SEGMENTS} are not supported")
    return tags.integers(name, count)


def _count_pages(data: bytes, flavour: Flavour, tags: Directory) -> int:
    pages, seen = 1, {0}
    while tags.next not in seen and pages <= _MAX_PAGES:
        seen.add(tags.next)
        tags = Directory(data, flavour, tags.next)
        pages += 1
    return pages
