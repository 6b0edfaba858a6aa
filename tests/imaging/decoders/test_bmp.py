import struct

import numpy as np
import pytest

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import decode
from tests.pictures import TRANSPARENT, assert_image, by_opencv, make_noise


def bmp_file(rows, bits, width, height, *, info=40, colours=0, palette=b"", compression=0, masks=b"", gap=0):
    """Build a bitmap from stored rows; `gap` bytes lie before the pixels."""
    if info == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", info, width, height, 1, bits, compression, 0, 0, 0, colours, 0)
        header = (header + masks).ljust(info, b"\0")
    before = header + palette + bytes(gap)
    return b"BM" + struct.pack("<IHHI", 14 + len(before) + len(rows), 0, 0, 14 + len(before)) + before + rows


def padded_rows(rows):
    padding = -rows.shape[1] % 4
    return np.pad(rows, ((0, 0), (0, padding)), constant_values=0xAB).tobytes()


@pytest.mark.parametrize("width", [8, 9, 10, 11, 450])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("info", "gap"), [(40, 0), (40, 84), (108, 0), (124, 3)])
def test_bmp_of_24_bits_equals_opencv(width, sign, info, gap):
    bgr = make_noise((12, width * 3))
    data = bmp_file(padded_rows(bgr), 24, width, 12 * sign, info=info, gap=gap)
    assert_image(decode(data), by_opencv(data))
    assert_image(decode(data), bgr.reshape(12, width, 3)[::-sign, :, ::-1])


def test_bmp_with_the_oldest_header():
    bgr = make_noise((12, 27))
    data = bmp_file(padded_rows(bgr), 24, 9, 12, info=12)
    assert_image(decode(data), bgr.reshape(12, 9, 3)[::-1, :, ::-1])


@pytest.mark.parametrize(("bits", "colours"), [(1, 0), (1, 2), (4, 0), (4, 11), (8, 0), (8, 77)])
def test_bmp_with_a_palette_equals_opencv(bits, colours):
    size = colours or 1 << bits
    indices = np.random.default_rng(5).integers(0, size, (20, 19), dtype=np.uint8)
    shifts = np.arange(8 - bits, -1, -bits)
    columns = -(-19 * bits // 8) * 8 // bits
    grouped = np.pad(indices, ((0, 0), (0, columns - 19))).reshape(20, -1, 8 // bits)
    packed = (grouped.astype(int) << shifts).sum(axis=2).astype(np.uint8)
    palette = np.pad(make_noise((size, 3), seed=6), ((0, 0), (0, 1)))
    data = bmp_file(padded_rows(packed), bits, 19, 20, colours=colours, palette=palette.tobytes())
    assert_image(decode(data), palette[:, 2::-1][indices[::-1]])
    assert_image(decode(data), by_opencv(data))


def test_bmp_value_outside_the_palette():
    data = bmp_file(bytes([7]) * 64, 8, 8, 8, colours=4, palette=bytes(16))
    with pytest.raises(ImageError, match="pixel of value 7 in a palette of 4"):
        decode(data)


def test_bmp_of_32_bits_without_alpha_equals_opencv():
    bgrx = make_noise((9, 13 * 4))
    data = bmp_file(bgrx.tobytes(), 32, 13, 9)
    assert_image(decode(data), by_opencv(data))


@pytest.mark.parametrize(("alpha", "reason"), [(255, None), (254, TRANSPARENT), (0, TRANSPARENT)])
def test_bmp_with_alpha(alpha, reason):
    bgra = make_noise((9, 13, 4))
    bgra[..., 3] = 255
    bgra[4, 4, 3] = alpha
    masks = struct.pack("<IIII", 0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
    data = bmp_file(bgra.tobytes(), 32, 13, 9, info=124, compression=3, masks=masks)
    if reason:
        with pytest.raises(ImageError, match=reason):
            decode(data)
    else:
        assert_image(decode(data), bgra[::-1, :, 2::-1])


def test_bmp_with_unusual_masks():
    masks = struct.pack("<IIII", 0x000000FF, 0x0000FF00, 0x00FF0000, 0)
    with pytest.raises(ImageError, match="unusual channel masks"):
        decode(bmp_file(bytes(4 * 64), 32, 8, 8, info=108, compression=3, masks=masks))
