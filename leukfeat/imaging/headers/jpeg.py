"""Header of JPEG files (ITU-T T.81)."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from leukfeat.errors import ImageError
from leukfeat.imaging.headers.base import Header, unpack

__all__ = ["JpegHeader", "check_complete", "read_header"]

_FRAME = Struct(">BHHB")
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DECODABLE = frozenset({0xC0, 0xC1, 0xC2})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_PROGRESSIVE = 0xC2
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_MAX_SCANS = 64
_MAX_SEGMENTS = 100_000


@dataclass(slots=True)
class JpegHeader(Header):
    """Header of a JPEG file.

    Parameters
    ----------
    scan_start : int
        Position of the first scan (after its marker), in bytes.
    single_scan : bool
        Whether the first scan holds the whole image.
    """

    scan_start: int
    single_scan: bool


def read_header(data: bytes) -> JpegHeader:
    """Read the header of a JPEG file.

    Parameters
    ----------
    data : bytes
        The file, beginning with ``FF D8 FF``.

    Returns
    -------
    JpegHeader
        Size, channels and place of the first scan.

    Raises
    ------
    leukfeat.errors.ImageError
        If the header is cut off or broken, or names a process that is not supported (arithmetic coding,
        lossless, hierarchical, 12 bits) or colours other than grey and RGB or YCbCr (CMYK, YCCK).
    """
    frame: tuple[int, ...] | None = None
    progressive = False
    for marker, start in _segments(data):
        if marker == _START_OF_SCAN and frame is not None:
            depth, height, width, channels = frame
            single_scan = not progressive and data[start + 2 : start + 3] == bytes([channels])
            return JpegHeader("JPEG", width, height, channels, depth, 1, start, single_scan)
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        if marker in _FRAME_MARKERS:
            if marker not in _DECODABLE:
                raise ImageError(
                    f"JPEG process SOF{marker - 0xC0} (arithmetic, lossless or hierarchical) is not supported"
                )
            progressive = marker == _PROGRESSIVE
            frame = unpack(_FRAME, data, start + 2, "JPEG header")
            _check_frame(*frame)
    raise ImageError("JPEG without image data: no frame header before the first scan")


def check_complete(data: bytes, header: JpegHeader) -> None:
    """Check that an end-of-image marker follows the first scan.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : JpegHeader
        Its header.

    Raises
    ------
    leukfeat.errors.ImageError
        If there is none, or if there are more than 64 scans.

    Notes
    -----
    The marker cannot occur inside entropy-coded data, so looking for the last one is enough: thumbnails
    in the metadata lie before the first scan, and bytes after the end (padding, further pictures of a camera)
    are tolerated. The number of scans is limited, for each may cost as much time as a whole image. A file cut
    off in the middle and closed by a marker is found by the decoder.
    """
    if data.rfind(b"\xff\xd9", header.scan_start) < 0:
        raise ImageError("truncated JPEG: the end-of-image marker is missing")
    scans = 1 if header.single_scan else data.count(b"\xff\xda", header.scan_start - 2)
    if scans > _MAX_SCANS:
        raise ImageError(f"JPEG with {scans} scans: more than {_MAX_SCANS} are not supported")


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker with the position after it, up to and including the first scan."""
    position, end = 2, len(data) - 3
    for _ in range(_MAX_SEGMENTS):
        if position >= end:
            break
        if data[position] != 0xFF:
            raise ImageError(f"broken JPEG header: no marker at byte {position}")
        marker = data[position + 1]
        position += 1
        if marker == 0xFF:
            continue
        position += 1
        yield marker, position
        if marker not in _STANDALONE:
            length = data[position] << 8 | data[position + 1]
            if length < 2:
                raise ImageError(f"broken JPEG header: segment of {length} bytes at byte {position}")
            position += length
    raise ImageError("truncated JPEG: the file ends inside the header")


def _check_frame(depth: int, height: int, width: int, channels: int) -> None:
    if depth != 8:
        raise ImageError(f"JPEG with {depth} bits per value is not supported: save it with 8")
    if channels == 4:
        raise ImageError("CMYK or YCCK JPEG (4 channels) is not supported: convert it to RGB")
    if channels not in (1, 3):
        raise ImageError(f"JPEG with {channels} channels is not supported: convert it to RGB")
    if width == 0 or height == 0:
        raise ImageError(f"JPEG of impossible size ({width} x {height} pixels)")
