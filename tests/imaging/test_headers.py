import struct

import numpy as np
import pytest
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.headers import check_complete, read_header
from tests.broken import encode, pillow, png_chunk, png_file, tiff


def make_image(height=37, width=50):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["bmp", "jpeg", "png", "tiff"])
@pytest.mark.parametrize(("height", "width"), [(37, 50), (300, 9), (8, 257)])
def test_size_channels_and_depth(kind, height, width):
    data = getattr(encode(make_image(height, width)), kind)
    header = read_header(data)
    assert (header.format, header.width, header.height) == (kind.upper(), width, height)
    assert (header.channels, header.depth, header.frames) == (3, 8, 1)
    check_complete(data, header)


@pytest.mark.parametrize(
    ("mode", "file_format", "channels", "depth"),
    [
        ("L", "BMP", 1, 8),
        ("1", "BMP", 1, 1),
        ("L", "JPEG", 1, 8),
        ("L", "PNG", 1, 8),
        ("LA", "PNG", 2, 8),
        ("RGBA", "PNG", 4, 8),
        ("I;16", "PNG", 1, 16),
        ("1", "PNG", 1, 1),
        ("P", "PNG", 1, 8),
        ("L", "TIFF", 1, 8),
        ("RGBA", "TIFF", 4, 8),
        ("I;16", "TIFF", 1, 16),
        ("1", "TIFF", 1, 1),
        ("P", "TIFF", 1, 8),
    ],
)
def test_modes(mode, file_format, channels, depth):
    grey = Image.fromarray(make_image()[..., 0])
    image = grey.convert("I").convert("I;16") if mode == "I;16" else grey.convert(mode)
    header = read_header(pillow(image, file_format))
    assert (header.format, header.channels, header.depth) == (file_format, channels, depth)


def test_bmp_stride_of_an_unpadded_and_a_padded_row():
    assert read_header(encode(make_image(20, 450)).bmp).stride == 1352
    assert read_header(encode(make_image(20, 448)).bmp).stride == 1344


def test_bmp_rows_begin_where_the_file_says():
    data = encode(make_image()).bmp
    longer = data[:10] + struct.pack("<I", 54 + 84) + data[14:54] + bytes(84) + data[54:]
    assert read_header(longer).offset == 138
    check_complete(longer, read_header(longer))
    with pytest.raises(
        ImageError, match=f"truncated BMP: {len(longer)} bytes expected, {len(longer) - 1} found"
    ):
        check_complete(longer[:-1], read_header(longer))


def test_bmp_of_negative_height_is_top_down():
    data = encode(make_image()).bmp
    header = read_header(data[:22] + struct.pack("<i", -37) + data[26:])
    assert header.top_down
    assert header.height == 37


def test_jpeg_thumbnail_in_the_metadata_is_not_the_image():
    image = encode(make_image()).jpeg
    thumbnail = encode(make_image(8, 8)).jpeg
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    data = image[:2] + segment + image[2:]
    header = read_header(data)
    assert (header.width, header.height) == (50, 37)
    check_complete(data, header)
    with pytest.raises(ImageError, match="end-of-image marker is missing"):
        check_complete(data[:-2], header)


@pytest.mark.parametrize("trailer", [b"", b"\0" * 4096, b"\r\n", b"\xff\xd8\xff\xe0 a second picture"])
def test_bytes_after_the_end_are_tolerated(trailer):
    encoded = encode(make_image())
    for data in (encoded.bmp, encoded.jpeg, encoded.png, encoded.tiff):
        check_complete(data + trailer, read_header(data + trailer))


def test_jpeg_fill_bytes_before_a_marker():
    data = encode(make_image()).jpeg
    assert read_header(data[:2] + b"\xff\xff\xff" + data[2:]).width == 50


def test_progressive_jpeg_and_its_number_of_scans():
    data = pillow(Image.fromarray(make_image()), "JPEG", progressive=True)
    header = read_header(data)
    check_complete(data, header)
    with pytest.raises(ImageError, match="scans: more than 64"):
        check_complete(data[:-2] + b"\xff\xda" * 64 + data[-2:], header)


@pytest.mark.parametrize("frames", [1, 7])
def test_animated_png(frames):
    data = png_file(50, 37, bytes(151 * 37), extra=(png_chunk(b"acTL", struct.pack(">II", frames, 0)),))
    header = read_header(data)
    assert header.animated
    assert header.frames == frames


def test_pages_of_a_tiff():
    assert read_header(tiff(np.stack([make_image()] * 5))).frames == 5


@pytest.mark.parametrize(
    "options", [{"byteorder": ">"}, {"byteorder": "<", "bigtiff": True}, {"tile": (16, 32)}]
)
def test_tiff_flavours(options):
    header = read_header(tiff(make_image(), **options))
    assert (header.width, header.height, header.channels) == (50, 37, 3)
    assert header.tiled == ("tile" in options)
    assert len(header.offsets) == (3 * 2 if header.tiled else 1)


@pytest.mark.parametrize("kind", ["bmp", "jpeg", "png", "tiff"])
def test_every_truncation_is_refused(kind):
    data = getattr(encode(make_image(16, 16)), kind)
    for length in range(len(data)):
        with pytest.raises(ImageError, match=r"empty|truncated|not a BMP|image data|IEND|broken JPEG"):
            check_complete(data[:length], read_header(data[:length]))
