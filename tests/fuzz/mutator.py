"""Files that somebody might hand us: a few images, changed in every way that comes to mind, by a seed."""

import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.broken import Encoded, encode, make_broken_images, pillow, png_chunk, png_file, tiff

__all__ = ["mutated_files"]

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".PNG", ".gif", "")
_HUGE = (30_000, 65_535, 2**31 - 1, 0, 1, 7)


def mutated_files(folder: Path, source: NDArray[np.uint8], n: int, seed: int) -> list[Path]:
    """Write files that are more or less images.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder.
    source : numpy.ndarray of uint8, shape (height, width, 3)
        A usable image, at least 32 x 32 pixels.
    n : int
        How many.
    seed : int
        Equal seeds give equal files.

    Returns
    -------
    list of pathlib.Path
        All paths; some lead to no file.
    """
    (folder / "known").mkdir()
    known = [folder / "known" / name for name in make_broken_images(folder / "known", source)]
    encoded, variants = encode(source), _variants(source)
    made = [
        _write(folder, number, random.Random(f"{seed}:{number}"), encoded, variants)
        for number in range(max(0, n - len(known)))
    ]
    return [*known, *made][:n]


def _variants(source: NDArray[np.uint8]) -> list[bytes]:
    """Encode an image in many ways, most of them rare."""
    image = Image.fromarray(source)
    deep = (source.astype(np.uint16) * 257)[..., 0]
    frames = {"save_all": True, "append_images": [image, image]}
    return [
        *(pillow(image, kind) for kind in ("BMP", "JPEG", "PNG", "TIFF", "GIF", "WEBP", "PPM", "ICO")),
        pillow(image, "JPEG", progressive=True),
        pillow(image, "JPEG", quality=5, subsampling=2),
        pillow(image.convert("CMYK"), "JPEG"),
        pillow(image.convert("CMYK"), "TIFF"),
        pillow(image.convert("L"), "PNG"),
        pillow(image.convert("1"), "PNG"),
        pillow(image.convert("1"), "BMP"),
        pillow(image.quantize(16), "PNG"),
        pillow(image.quantize(200), "BMP"),
        pillow(Image.fromarray(deep), "PNG"),
        pillow(image.convert("RGBA"), "PNG"),
        pillow(image, "PNG", **frames),
        pillow(image, "TIFF", **frames),
        pillow(image, "GIF", **frames),
        pillow(image, "TIFF", compression="tiff_lzw"),
        pillow(image, "TIFF", compression="packbits"),
        tiff(deep),
        tiff(source, tile=(16, 16), compression="zlib", predictor=True),
        tiff(source, bigtiff=True, byteorder=">", rowsperstrip=5),
        tiff(source.astype(np.float64)),
    ]


def _write(folder: Path, number: int, rng: random.Random, encoded: Encoded, variants: list[bytes]) -> Path:
    path = folder / f"{number:05d}{rng.choice(_SUFFIXES)}"
    kind = rng.random()
    if kind < 0.004:
        path.mkdir()
    elif kind < 0.008:
        os.mkfifo(path)
    elif kind < 0.010:
        path.symlink_to(path)
    elif kind < 0.012:
        return path
    else:
        path.write_bytes(rng.choice(_MAKERS)(rng, encoded, variants))
    return path


def _as_it_is(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    return rng.choice(variants)


def _flipped(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    """Flip bits, often among the first bytes, where headers lie; at times repair the checksums of a PNG."""
    data = bytearray(rng.choice(variants))
    reach = len(data) if rng.random() < 0.5 else min(len(data), 300)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(reach)] ^= 1 << rng.randrange(8)
    return _with_right_checksums(data) if rng.random() < 0.5 else bytes(data)


def _cut(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    data = rng.choice(variants)
    end = rng.randrange(len(data))
    return data[:end] + bytes(rng.choice((0, 0, 1, 512)))


def _spliced(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    """Join the head of one file and the tail of another."""
    head, tail = rng.choice(variants), rng.choice(variants)
    return head[: rng.randrange(1, min(len(head), 400))] + tail[rng.randrange(len(tail)) :]


def _zeroed(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    data = bytearray(rng.choice(variants))
    start = rng.randrange(len(data))
    length = rng.randrange(1, 200)
    data[start : start + length] = bytes(len(data[start : start + length]))
    return bytes(data)


def _noise(rng: random.Random, _: Encoded, variants: list[bytes]) -> bytes:
    magic = rng.choice([variant[:12] for variant in variants])
    return rng.choice((b"", bytes(rng.randrange(4096)), magic + rng.randbytes(rng.randrange(2000))))


def _resized(rng: random.Random, encoded: Encoded, _: list[bytes]) -> bytes:
    """Claim another size in the header of a BMP, PNG or JPEG."""
    width, height = rng.choice(_HUGE), rng.choice((*_HUGE, 32))
    kind = rng.randrange(3)
    if kind == 0:
        data = bytearray(encoded.bmp)
        struct.pack_into("<ii", data, 18, width, rng.choice((height, -height)))
        return bytes(data)
    if kind == 1:
        data = bytearray(encoded.png)
        struct.pack_into(">II", data, 16, width, height)
        return _with_right_checksums(data)
    data = bytearray(encoded.jpeg)
    struct.pack_into(">HH", data, encoded.jpeg.index(b"\xff\xc0") + 5, height & 0xFFFF, width & 0xFFFF)
    return bytes(data)


def _bomb(rng: random.Random, _: Encoded, __: list[bytes]) -> bytes:
    """Pack much into little: rows that inflate to more than the header says, or as much as it says."""
    side = rng.choice((64, 1000, 3000))
    raw = bytes(rng.choice((side * (3 * side + 1), 50_000_000)))
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000)))
    return png_file(side, side, raw, extra=(text,) if rng.random() < 0.5 else ())


def _deep_tiff(rng: random.Random, encoded: Encoded, _: list[bytes]) -> bytes:
    """Chain directories, by the hundreds or in a circle, with counts that lie."""
    n = rng.choice((2, 50, 2000))
    head = b"II*\0" + struct.pack("<I", 8)
    entry = struct.pack("<HHII", rng.choice((256, 257, 273, 279, 330, 34665)), 4, rng.choice((1, 2**31)), 8)
    size = 2 + 12 + 4
    last = rng.choice((0, 8))
    directories = [
        struct.pack("<H", rng.choice((1, 1, 1, 65535))) + entry + struct.pack("<I", 8 + size * (number + 1))
        for number in range(n - 1)
    ]
    return (
        head + b"".join(directories) + struct.pack("<H", 1) + entry + struct.pack("<I", last) + encoded.tiff
    )


def _with_right_checksums(data: bytearray) -> bytes:
    """Repair the checksums of a PNG, so that the damage reaches the decoder."""
    if not data.startswith(b"\x89PNG"):
        return bytes(data)
    repaired, position = bytearray(data), 8
    while position + 12 <= len(repaired):
        end = position + 8 + struct.unpack_from(">I", repaired, position)[0]
        if end + 4 > len(repaired):
            break
        struct.pack_into(">I", repaired, end, zlib.crc32(repaired[position + 4 : end]))
        position = end + 4
    return bytes(repaired)


_Maker = Callable[[random.Random, Encoded, list[bytes]], bytes]
_MAKERS: tuple[_Maker, ...] = (
    *(_flipped, _flipped, _flipped, _flipped, _cut, _cut, _spliced, _spliced, _zeroed, _resized),
    *(_as_it_is, _noise, _deep_tiff),
)
_MAKERS = (*_MAKERS * 4, _bomb)
