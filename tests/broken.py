"""Files that look like images and cannot be used, each broken in its own way."""

import gzip
import io
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Encoded", "encode", "make_broken_images", "pillow", "png_chunk", "png_file", "tiff"]

_HUGE = 30_000


@dataclass(frozen=True)
class Encoded:
    """One image in every format, as the raw material of breakage."""

    rgb: NDArray[np.uint8]
    bmp: bytes
    jpeg: bytes
    png: bytes
    tiff: bytes


def encode(rgb: NDArray[np.uint8]) -> Encoded:
    """Encode an image in the four formats leukfeat reads, by Pillow and tifffile."""
    image = Image.fromarray(rgb)
    return Encoded(rgb, pillow(image, "BMP"), pillow(image, "JPEG"), pillow(image, "PNG"), tiff(rgb))


def pillow(image: Image.Image, file_format: str, **options: object) -> bytes:
    """Encode with Pillow."""
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def tiff(array: NDArray[np.generic], **options: object) -> bytes:
    """Encode with tifffile, as RGB where the last axis has 3 or 4 values, else as grey."""
    stream = io.BytesIO()
    photometric = "rgb" if array.shape[-1] in (3, 4) else "minisblack"
    tifffile.imwrite(stream, array, **{"photometric": photometric, "metadata": None, **options})
    return stream.getvalue()


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """Build one chunk with its length and checksum."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_file(
    width: int, height: int, raw: bytes, depth: int = 8, colour: int = 2, extra: tuple[bytes, ...] = ()
) -> bytes:
    """Build a PNG file from filtered rows; `extra` chunks come before the image data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = [
        png_chunk(b"IHDR", header),
        *extra,
        png_chunk(b"IDAT", zlib.compress(raw)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def make_broken_images(folder: Path, source: NDArray[np.uint8]) -> dict[str, str]:
    """Write broken files into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    source : array of uint8, shape (height, width, 3)
        A usable image, at least 32 x 32 pixels, from which the broken ones are made.

    Returns
    -------
    dict
        File name to a regular expression that the reason for its refusal must match. One of the files is
        missing and one cannot be opened; as root, who may read everything, the latter is left out.
    """
    encoded = encode(source)
    expected = {}
    for name, (reason, build) in _CONTENTS.items():
        (folder / name).write_bytes(build(encoded))
        expected[name] = reason
    return expected | _make_irregular_files(folder, encoded)


def _make_irregular_files(folder: Path, encoded: Encoded) -> dict[str, str]:
    """Make what is no regular, readable file."""
    (folder / "directory.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "dangling.bmp").symlink_to(folder / "nowhere.bmp")
    (folder / "circular.bmp").symlink_to(folder / "circular.bmp")
    expected = {
        "directory.png": r"not a regular file but a directory",
        "pipe.png": r"not a regular file but a named pipe",
        "dangling.bmp": r"does not exist",
        "circular.bmp": r"symbolic link that leads to itself",
        "missing.jpg": r"does not exist",
    }
    if os.geteuid() != 0:
        (folder / "unreadable.bmp").write_bytes(encoded.bmp)
        (folder / "unreadable.bmp").chmod(0)
        expected["unreadable.bmp"] = r"no permission"
    return expected


def _replaced(data: bytes, position: int, new: bytes) -> bytes:
    return data[:position] + new + data[position + len(new) :]


def _packed(data: bytes, position: int, layout: str, *values: int) -> bytes:
    return _replaced(data, position, struct.pack(layout, *values))


def _frame_position(jpeg: bytes) -> int:
    """Return where the frame header (SOF0) begins."""
    return jpeg.index(b"\xff\xc0")


def _scan_position(jpeg: bytes) -> int:
    return jpeg.index(b"\xff\xda")


def _with_frame_marker(jpeg: bytes, marker: int) -> bytes:
    return _packed(jpeg, _frame_position(jpeg) + 1, "B", marker)


def _with_broken_huffman_codes(jpeg: bytes) -> bytes:
    """Overwrite the middle of the scan with ones: no Huffman code consists of ones only."""
    middle = (_scan_position(jpeg) + len(jpeg)) // 2
    middle += jpeg[middle - 1] == 0xFF
    return _replaced(jpeg, middle, b"\xff\x00" * 16)


def _animated_png(encoded: Encoded) -> bytes:
    frames = [Image.fromarray(encoded.rgb), Image.fromarray(255 - encoded.rgb), Image.fromarray(encoded.rgb)]
    return pillow(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)


def _transparent_png(encoded: Encoded) -> bytes:
    alpha = np.full(encoded.rgb.shape[:2], 255, np.uint8)
    alpha[0, 0] = 254
    return pillow(Image.fromarray(np.dstack([encoded.rgb, alpha])), "PNG")


def _webp(encoded: Encoded) -> bytes:
    size = struct.pack("<I", 30)
    return b"RIFF" + size + b"WEBPVP8L" + encoded.png[:22]


def _tag_position(data: bytes, tag: int) -> int:
    """Return where the value of a tag lies in the first directory of a little-endian TIFF file."""
    directory = struct.unpack_from("<I", data, 4)[0]
    for index in range(struct.unpack_from("<H", data, directory)[0]):
        entry: int = directory + 2 + 12 * index
        if struct.unpack_from("<H", data, entry)[0] == tag:
            return entry + 8
    raise LookupError(tag)


def _with_tags(data: bytes, values: dict[int, int]) -> bytes:
    """Replace the (only) values of some tags."""
    for tag, value in values.items():
        data = _packed(data, _tag_position(data, tag), "<I", value)
    return data


def _tiff_in_circles(data: bytes) -> bytes:
    """Let the pointer to the next page lead back to the first one."""
    directory = struct.unpack_from("<I", data, 4)[0]
    end = directory + 2 + 12 * struct.unpack_from("<H", data, directory)[0]
    return _packed(data, end, "<I", directory)


def _damaged_deflate_tiff(encoded: Encoded) -> bytes:
    data = tiff(encoded.rgb, compression="zlib", rowsperstrip=len(encoded.rgb))
    middle = struct.unpack_from("<I", data, _tag_position(data, 273))[0] + 40
    return _replaced(data, middle, bytes(255 - byte for byte in data[middle : middle + 8]))


_ONE_ROW = b"\0" * 64

_CONTENTS: dict[str, tuple[str, Callable[[Encoded], bytes]]] = {
    # Something else under the name of an image.
    "empty.bmp": (r"empty", lambda e: b""),
    "zeros.png": (r"not a BMP, JPEG, PNG or TIFF", lambda e: bytes(4096)),
    "random.jpg": (r"not a BMP, JPEG, PNG or TIFF", lambda e: np.random.default_rng(7).bytes(4096)),
    "text.png": (r"not a BMP, JPEG, PNG or TIFF", lambda e: b"UID_1_1_1_all.bmp,ALL\n" * 20),
    "page.jpg": (r"not a BMP, JPEG, PNG or TIFF", lambda e: b"<!DOCTYPE html><html>404 Not Found</html>"),
    "gif.png": (r"not a BMP, JPEG, PNG or TIFF", lambda e: pillow(Image.fromarray(e.rgb), "GIF")),
    "webp.jpg": (r"not a BMP, JPEG, PNG or TIFF", _webp),
    "dicom.png": (r"not a BMP, JPEG, PNG or TIFF", lambda e: bytes(128) + b"DICM" + e.bmp[54:]),
    "packed.tif": (r"not a BMP, JPEG, PNG or TIFF", lambda e: gzip.compress(e.tiff, mtime=0)),
    # Bitmaps.
    "header_only.bmp": (r"truncated BMP", lambda e: e.bmp[:54]),
    "half_header.bmp": (r"truncated BMP header", lambda e: e.bmp[:30]),
    "half.bmp": (r"truncated BMP", lambda e: e.bmp[: len(e.bmp) // 2]),
    "one_byte_short.bmp": (r"truncated BMP", lambda e: e.bmp[:-1]),
    "huge.bmp": (r"too large: 30000 x 30000", lambda e: _packed(e.bmp, 18, "<ii", _HUGE, _HUGE)),
    "zero_width.bmp": (r"impossible size", lambda e: _packed(e.bmp, 18, "<i", 0)),
    "negative_width.bmp": (r"impossible size", lambda e: _packed(e.bmp, 18, "<i", -32)),
    "offset_beyond.bmp": (r"truncated BMP", lambda e: _packed(e.bmp, 10, "<I", len(e.bmp) + 100)),
    "offset_in_header.bmp": (r"inside its own header", lambda e: _packed(e.bmp, 10, "<I", 14)),
    "unknown_header.bmp": (r"unknown size", lambda e: _packed(e.bmp, 14, "<I", 77)),
    "run_length.bmp": (r"run-length-encoded", lambda e: _packed(e.bmp, 28, "<HI", 8, 1)),
    "sixteen_bits.bmp": (r"16 bits per pixel", lambda e: _packed(e.bmp, 28, "<H", 16)),
    "no_palette.bmp": (r"palette", lambda e: _packed(e.bmp, 28, "<H", 8)),
    # JPEG.
    "header_only.jpg": (r"truncated JPEG", lambda e: e.jpeg[: _scan_position(e.jpeg) + 14]),
    "half_header.jpg": (r"truncated JPEG", lambda e: e.jpeg[: _frame_position(e.jpeg) + 6]),
    "half.jpg": (r"truncated JPEG", lambda e: e.jpeg[: len(e.jpeg) // 2]),
    "no_end.jpg": (r"end-of-image marker is missing", lambda e: e.jpeg[:-2]),
    "cut_and_closed.jpg": (r"damaged JPEG", lambda e: e.jpeg[: len(e.jpeg) * 2 // 3] + b"\xff\xd9"),
    "no_huffman.jpg": (r"damaged JPEG", lambda e: _with_broken_huffman_codes(e.jpeg)),
    "no_scan.jpg": (r"JPEG without image data", lambda e: b"\xff\xd8\xff\xfe\0\x04ab\xff\xd9\0\0"),
    "huge.jpg": (
        r"too large: 30000 x 30000",
        lambda e: _packed(e.jpeg, _frame_position(e.jpeg) + 5, ">HH", _HUGE, _HUGE),
    ),
    "zero_height.jpg": (
        r"impossible size",
        lambda e: _packed(e.jpeg, _frame_position(e.jpeg) + 5, ">H", 0),
    ),
    "twelve_bits.jpg": (r"12 bits", lambda e: _packed(e.jpeg, _frame_position(e.jpeg) + 4, "B", 12)),
    "arithmetic.jpg": (r"SOF9 .*not supported", lambda e: _with_frame_marker(e.jpeg, 0xC9)),
    "lossless.jpg": (r"SOF3 .*not supported", lambda e: _with_frame_marker(e.jpeg, 0xC3)),
    "cmyk.jpg": (r"CMYK", lambda e: pillow(Image.fromarray(e.rgb).convert("CMYK"), "JPEG")),
    # PNG.
    "header_only.png": (r"without image data", lambda e: e.png[:33]),
    "half.png": (r"truncated PNG", lambda e: e.png[: len(e.png) // 2]),
    "no_end.png": (r"IEND chunk is missing", lambda e: e.png[:-12]),
    "wrong_checksum.png": (r"wrong checksum", lambda e: _packed(e.png, len(e.png) - 14, "B", e.png[-14] ^ 1)),
    "bomb.png": (r"too large: 30000 x 30000", lambda e: png_file(_HUGE, _HUGE, _ONE_ROW)),
    "endless.png": (r"too large", lambda e: png_file(2**31 - 1, 2**31 - 1, _ONE_ROW)),
    "zero_width.png": (r"impossible size", lambda e: png_file(0, 32, _ONE_ROW)),
    "too_few_rows.png": (r"damaged PNG", lambda e: png_file(32, 32, b"\0" * 97 * 16)),
    "seven_bits.png": (r"does not exist", lambda e: png_file(32, 32, _ONE_ROW, depth=7)),
    "animated.png": (r"PNG with 3 frames", _animated_png),
    "transparent.png": (r"transparent pixels", _transparent_png),
    "tiny.png": (r"too small: 7 x 32", lambda e: pillow(Image.fromarray(e.rgb[:32, :7]), "PNG")),
    # TIFF.
    "header_only.tif": (r"truncated TIFF", lambda e: e.tiff[:8]),
    "half.tif": (r"truncated TIFF", lambda e: e.tiff[: len(e.tiff) // 2]),
    "directory_beyond.tif": (r"truncated TIFF", lambda e: _packed(e.tiff, 4, "<I", 2**31)),
    "huge.tif": (
        r"too large: 30000 x 30000",
        lambda e: _with_tags(e.tiff, {256: _HUGE, 257: _HUGE, 278: _HUGE}),
    ),
    "strip_beyond.tif": (
        r"truncated TIFF",
        lambda e: _with_tags(e.tiff, {273: len(e.tiff) - 8}),
    ),
    "strip_short.tif": (r"damaged TIFF", lambda e: _with_tags(e.tiff, {279: 8})),
    "damaged_deflate.tif": (r"damaged TIFF", _damaged_deflate_tiff),
    "pages.tif": (r"TIFF with 2 pages", lambda e: tiff(np.stack([e.rgb, e.rgb]))),
    "circular.tif": (r"TIFF with 2 pages", lambda e: _tiff_in_circles(e.tiff)),
    "float.tif": (r"floating-point", lambda e: tiff(e.rgb[..., 0].astype(np.float32))),
    "signed.tif": (r"signed integers", lambda e: tiff(e.rgb[..., 0].astype(np.int16))),
    "cmyk.tif": (r"colour space 5", lambda e: pillow(Image.fromarray(e.rgb).convert("CMYK"), "TIFF")),
}
