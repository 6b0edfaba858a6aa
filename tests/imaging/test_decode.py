import os
import re
import socket
import time
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import Limits, decode, read_bytes
from tests.broken import encode, make_broken_images, pillow
from tests.pictures import assert_image, by_opencv, by_pillow, make_image, make_noise


@pytest.mark.parametrize("kind", ["bmp", "png", "tiff"])
@pytest.mark.parametrize("shape", [(61, 83), (450, 450), (8, 8), (9, 300)])
def test_lossless_formats_return_the_source(kind, shape):
    image = make_image(*shape)
    assert_image(decode(getattr(encode(image), kind)), image)


@pytest.mark.parametrize("shape", [(61, 83), (363, 360), (8, 8)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0, "quality": 95}])
def test_jpeg_equals_opencv_and_is_close_to_pillow(shape, options):
    data = pillow(Image.fromarray(make_image(*shape)), "JPEG", **options)
    image = decode(data)
    assert_image(image, by_opencv(data))
    assert np.abs(image.astype(int) - by_pillow(data).astype(int)).max() <= 2


@pytest.mark.parametrize("file_format", ["BMP", "PNG", "TIFF", "JPEG"])
def test_grey_is_repeated(file_format):
    grey = make_image()[..., 0]
    data = pillow(Image.fromarray(grey), file_format)
    expected = by_pillow(data)[..., 0] if file_format == "JPEG" else grey
    assert_image(decode(data), expected)


@pytest.mark.parametrize("file_format", ["BMP", "PNG", "TIFF"])
@pytest.mark.parametrize("colours", [2, 5, 16, 200, 256])
def test_palette_is_looked_up(file_format, colours):
    image = Image.fromarray(make_noise((40, 51, 3))).quantize(colours)
    assert_image(decode(pillow(image, file_format)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("file_format", ["BMP", "PNG", "TIFF"])
def test_one_bit_is_black_and_white(file_format):
    image = Image.fromarray(make_noise((40, 51)) > 127)
    assert_image(decode(pillow(image, file_format)), np.where(np.asarray(image), 255, 0).astype(np.uint8))


@pytest.mark.parametrize("file_format", ["BMP", "JPEG", "PNG", "TIFF"])
def test_read_only_input_and_own_memory(file_format):
    data = pillow(Image.fromarray(make_image()), file_format)
    image = decode(data)
    assert image.flags.writeable == (file_format != "BMP"), "a bitmap's pixels are the file's own bytes"
    if image.flags.writeable:
        image[:] = 0
    assert decode(data).any()


def test_every_broken_file_is_refused_for_its_reason(tmp_path, capfd):
    expected = make_broken_images(tmp_path, make_image())
    assert len(expected) >= 30
    for name, reason in expected.items():
        with pytest.raises(ImageError) as caught:
            decode(read_bytes(tmp_path / name))
        assert re.search(reason, caught.value.reason), f"{name}: {caught.value.reason}"
        assert "\n" not in caught.value.reason
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["huge.bmp", "huge.jpg", "bomb.png", "endless.png", "huge.tif"])
def test_size_is_refused_before_decoding(name, tmp_path, monkeypatch):
    make_broken_images(tmp_path, make_image())
    data = read_bytes(tmp_path / name)
    monkeypatch.setattr(cv2, "imdecode", None)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ImageError, match="too large"):
        decode(data)
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 0.05
    assert peak < 200_000


def test_limits_are_inclusive():
    image = make_image(20, 30)
    for kind in ("bmp", "jpeg", "png", "tiff"):
        data = getattr(encode(image), kind)
        assert decode(data, Limits(max_pixels=600)).shape == (20, 30, 3)
        with pytest.raises(ImageError, match="too large: 30 x 20 pixels, at most 599 pixels"):
            decode(data, Limits(max_pixels=599))


@pytest.mark.parametrize("name", ["max_bytes", "max_pixels"])
def test_limits_are_validated(name):
    with pytest.raises(ValueError, match=f"'{name}' parameter of Limits must be an int of at least 1"):
        Limits(**{name: 0})
    with pytest.raises(TypeError, match=f"'{name}' parameter of Limits"):
        Limits(**{name: 1.5})


@pytest.mark.parametrize("shape", [(7, 30), (30, 7), (1, 1)])
def test_tiny_images(shape):
    with pytest.raises(ImageError, match=f"too small: {shape[1]} x {shape[0]}"):
        decode(encode(make_image(*shape)).png)


def test_read_bytes_returns_the_file(tmp_path):
    content = os.urandom(100_000)
    (tmp_path / "x.bin").write_bytes(content)
    (tmp_path / "link").symlink_to("x.bin")
    assert read_bytes(tmp_path / "x.bin") == content
    assert read_bytes(str(tmp_path / "link"), Limits(max_bytes=100_000)) == content


def test_read_bytes_reads_on_after_a_part(tmp_path, monkeypatch):
    content = os.urandom(10_000)
    (tmp_path / "x.bin").write_bytes(content)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, 999)))
    assert read_bytes(tmp_path / "x.bin") == content


def test_read_bytes_refuses_large_files_unread(tmp_path):
    path = tmp_path / "large.bmp"
    with path.open("wb") as file:
        file.truncate(10**11)
    start = time.perf_counter()
    with pytest.raises(ImageError, match="too large: 100000000000 bytes, at most 134217728 allowed"):
        read_bytes(path)
    assert time.perf_counter() - start < 0.05


def test_read_bytes_names_the_path(tmp_path):
    with pytest.raises(ImageError) as caught:
        read_bytes(tmp_path / "missing.bmp")
    assert caught.value.path == tmp_path / "missing.bmp"
    assert str(caught.value) == f"{tmp_path / 'missing.bmp'}: the file does not exist"


def test_read_bytes_does_not_hang_on_what_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        for path, reason in [
            ("socket.png", "socket"),
            ("/dev/null", "device"),
            (".", "directory"),
            ("a\0b.png", "null (byte|character)"),  # Python 3.12 and 3.13 word it differently
            ("x" * 300, "too long"),
            ("", "does not exist"),
            ("/dev/null/x.png", "does not exist"),
        ]:
            with pytest.raises(ImageError, match=reason):
                read_bytes(path)


def test_read_bytes_leaves_no_descriptor_open(tmp_path):
    expected = make_broken_images(tmp_path, make_image())
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in expected:
        with pytest.raises(ImageError):
            decode(read_bytes(tmp_path / name))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.realdata
def test_real_bitmaps_equal_opencv(data_dir):
    paths = sorted((data_dir / "cnmc_sample").rglob("*.bmp"))
    assert len(paths) == 60
    for path in paths:
        assert_image(decode(read_bytes(path)), cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "pattern"), [("deepapl", "*.jpg"), ("all_smears", "*.jpg"), ("wbc_masks", "*.png")]
)
def test_real_images_equal_opencv(data_dir, folder, pattern, capfd):
    paths = sorted((data_dir / folder).rglob(pattern))
    for path in paths[:: len(paths) // 20]:
        assert_image(decode(read_bytes(path)), cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("change", [b"", b"longer than it was before"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path, read = tmp_path / "x.bin", os.read
    path.write_bytes(b"as it was")

    def change_then_read(descriptor, size):
        path.write_bytes(change)
        os.utime(path, ns=(1, 1))
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", change_then_read)
    with pytest.raises(ImageError, match=r"x\.bin: the file changed while it was read"):
        read_bytes(path)
