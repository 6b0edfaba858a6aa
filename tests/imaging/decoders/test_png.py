import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import decode
from tests.broken import pillow, png_chunk, png_file
from tests.pictures import TRANSPARENT, assert_image, make_noise, rescaled


def filtered(values, depth):
    """Rows of PNG data without a filter."""
    if depth == 16:
        packed = values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    elif depth == 8:
        packed = values.astype(np.uint8).reshape(len(values), -1)
    else:
        bits = np.unpackbits(values.astype(np.uint8)[..., np.newaxis], axis=-1)[..., -depth:]
        packed = np.packbits(bits.reshape(len(values), -1), axis=1)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_png_grey_of_every_depth(depth):
    values = np.random.default_rng(depth).integers(0, 1 << depth, (20, 21))
    expected = rescaled(values) if depth == 16 else (values * (255 // ((1 << depth) - 1))).astype(np.uint8)
    assert_image(decode(png_file(21, 20, filtered(values, depth), depth, 0)), expected)


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4), (4, 2)])
@pytest.mark.parametrize("depth", [8, 16])
def test_png_colours_and_opaque_alpha(colour, channels, depth):
    values = make_noise((20, 21, channels), np.uint16 if depth == 16 else np.uint8)
    if channels != 3:
        values[..., -1] = (1 << depth) - 1
    expected = values[..., :3] if channels > 2 else values[..., 0]
    expected = rescaled(expected) if depth == 16 else expected
    assert_image(decode(png_file(21, 20, filtered(values, depth), depth, colour)), expected)


@pytest.mark.parametrize(("colour", "channels"), [(6, 4), (4, 2)])
@pytest.mark.parametrize("depth", [8, 16])
def test_png_with_one_transparent_pixel(colour, channels, depth):
    values = make_noise((20, 21, channels), np.uint16 if depth == 16 else np.uint8)
    values[..., -1] = (1 << depth) - 1
    values[19, 20, -1] -= 1
    with pytest.raises(ImageError, match=TRANSPARENT):
        decode(png_file(21, 20, filtered(values, depth), depth, colour))


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("hit", [True, False])
def test_png_transparent_grey_value(depth, hit):
    values = np.random.default_rng(depth).integers(1, 1 << depth, (20, 21))
    key = int(values[3, 3]) if hit else 0
    data = png_file(21, 20, filtered(values, depth), depth, 0, (png_chunk(b"tRNS", struct.pack(">H", key)),))
    if hit:
        with pytest.raises(ImageError, match=TRANSPARENT):
            decode(data)
    else:
        assert_image(decode(data), decode(png_file(21, 20, filtered(values, depth), depth, 0)))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("hit", [True, False])
def test_png_transparent_colour(depth, hit):
    values = np.random.default_rng(depth).integers(1, 1 << depth, (20, 21, 3))
    key = [int(value) for value in values[3, 3]] if hit else [0, *map(int, values[3, 3, 1:])]
    data = png_file(
        21, 20, filtered(values, depth), depth, 2, (png_chunk(b"tRNS", struct.pack(">3H", *key)),)
    )
    if hit:
        with pytest.raises(ImageError, match=TRANSPARENT):
            decode(data)
    else:
        assert_image(decode(data), rescaled(values) if depth == 16 else values.astype(np.uint8))


@pytest.mark.parametrize("opaque", [True, False])
def test_png_palette_with_alpha(opaque):
    image = Image.fromarray(make_noise((40, 51, 3))).quantize(16)
    data = pillow(image, "PNG", transparency=b"\xff" * 16 if opaque else b"\xff" * 15 + b"\x80")
    if opaque:
        assert_image(decode(data), np.asarray(image.convert("RGB")))
    else:
        with pytest.raises(ImageError, match=TRANSPARENT):
            decode(data)


@pytest.mark.parametrize("depth", [8, 16])
def test_png_gamma_and_broken_profile_change_nothing_and_print_nothing(depth, capfd):
    values = make_noise((20, 21, 3), np.uint16 if depth == 16 else np.uint8)
    extra = (png_chunk(b"gAMA", struct.pack(">I", 100_000)), png_chunk(b"iCCP", b"x\0\0abc"))
    plain = png_file(21, 20, filtered(values, depth), depth)
    assert_image(decode(png_file(21, 20, filtered(values, depth), depth, extra=extra)), decode(plain))
    assert capfd.readouterr().err == ""


def test_png_animation_of_one_frame():
    extra = (png_chunk(b"acTL", struct.pack(">II", 1, 0)),)
    with pytest.raises(ImageError, match="animated PNG"):
        decode(png_file(20, 20, b"\0" * 61 * 20, extra=extra))


def test_png_with_data_after_a_damaged_stream():
    raw = bytearray(zlib.compress(make_noise((20, 61)).tobytes()))
    raw[100:140] = bytes(40)
    data = png_file(20, 20, b"")
    start = data.index(b"IDAT") - 4
    chunk = png_chunk(b"IDAT", bytes(raw))
    with pytest.raises(ImageError, match="damaged PNG"):
        decode(data[:start] + chunk + png_chunk(b"IEND", b""))
