import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import Limits, decode
from tests.broken import encode, pillow, tiff
from tests.pictures import make_image


def make_fuzz_sources():
    image = make_image(40, 48)
    encoded = encode(image)
    picture = Image.fromarray(image)
    return {
        "bmp": encoded.bmp,
        "bmp_palette": pillow(picture.quantize(16), "BMP"),
        "jpeg": encoded.jpeg,
        "jpeg_progressive": pillow(picture, "JPEG", progressive=True),
        "png": encoded.png,
        "png_palette": pillow(picture.quantize(16), "PNG", transparency=3),
        "tiff": encoded.tiff,
        "tiff_tiles": tiff(image, tile=(16, 16), compression="zlib", predictor=True),
        "tiff_lzw": pillow(picture, "TIFF", compression="tiff_lzw"),
        "tiff_packbits": pillow(picture, "TIFF", compression="packbits"),
        "tiff_big": tiff(image, bigtiff=True, byteorder=">", rowsperstrip=5),
    }


def mutate(data, rng):
    """Cut, overwrite or repeat a random part; half of the time within the first bytes, where headers lie."""
    damaged = bytearray(data)
    reach = len(data) if rng.random() < 0.5 else min(len(data), 200)
    kind = rng.integers(4)
    if kind == 0:
        return data[: rng.integers(len(data))]
    if kind == 1:
        start = int(rng.integers(reach))
        damaged[start:start] = damaged[start : start + int(rng.integers(1, 64))]
        return bytes(damaged)
    for _ in range(int(rng.integers(1, 9))):
        damaged[int(rng.integers(reach))] = int(rng.choice([0, 255, rng.integers(256)]))
    return bytes(damaged)


def with_right_checksums(data):
    """Repair the checksums of a mutated PNG, so that the damage reaches libpng."""
    repaired, position = bytearray(data), 8
    while position + 12 <= len(repaired):
        end = position + 8 + struct.unpack_from(">I", repaired, position)[0]
        if end + 4 > len(repaired):
            break
        struct.pack_into(">I", repaired, end, zlib.crc32(repaired[position + 4 : end]))
        position = end + 4
    return bytes(repaired)


@pytest.mark.parametrize("kind", sorted(make_fuzz_sources()))
def test_damaged_files_are_decoded_or_refused(kind, capfd):
    source = make_fuzz_sources()[kind]
    rng = np.random.default_rng(sum(kind.encode()))
    limits = Limits(max_pixels=200_000)
    refused = 0
    start = time.perf_counter()
    for attempt in range(400):
        data = mutate(source, rng)
        if kind.startswith("png") and attempt % 2:
            data = with_right_checksums(data)
        try:
            image = decode(data, limits)
        except ImageError:
            refused += 1
            continue
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
    assert refused >= 80
    assert time.perf_counter() - start < 20
    assert capfd.readouterr() == ("", "")
