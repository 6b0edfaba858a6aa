import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import decode
from tests.broken import pillow, tiff
from tests.pictures import TRANSPARENT, assert_image, make_image, make_noise, rescaled


@pytest.mark.parametrize(
    "options",
    [
        {"byteorder": ">"},
        {"bigtiff": True},
        {"bigtiff": True, "byteorder": ">"},
        {"rowsperstrip": 7},
        {"tile": (32, 48)},
        {"tile": (32, 48), "compression": "zlib"},
        {"compression": "zlib", "rowsperstrip": 9, "predictor": True},
        {"compression": "zlib", "tile": (16, 16), "predictor": True, "byteorder": ">"},
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", ["rgb", "planar", "grey", "rgba"])
def test_tiff_layouts(options, dtype, kind):
    image = make_noise((61, 83, 3), dtype)
    stored = {
        "rgb": image,
        "grey": image[..., 0],
        "planar": np.ascontiguousarray(image.transpose(2, 0, 1)),
        "rgba": np.dstack([image, np.full(image.shape[:2], np.iinfo(dtype).max, dtype)]),
    }[kind]
    layout = {"photometric": "rgb", "planarconfig": "separate"} if kind == "planar" else {}
    layout |= {"extrasamples": ["unassalpha"]} if kind == "rgba" else {}
    expected = image[..., 0] if kind == "grey" else image
    data = tiff(stored, **layout, **options)
    assert_image(decode(data), rescaled(expected) if dtype == np.uint16 else expected)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "tiff_deflate"])
@pytest.mark.parametrize("make", [make_image, make_noise, np.zeros])
@pytest.mark.parametrize("predictor", [1, 2])
def test_tiff_compressions(compression, make, predictor):
    image = make((211, 307, 3)) if make is not make_image else make_image(211, 307)
    image = image.astype(np.uint8)
    data = pillow(Image.fromarray(image), "TIFF", compression=compression, tiffinfo={317: predictor})
    assert_image(decode(data), image)


def lzw_tiff(codes):
    """A grey TIFF of 8 x 8 pixels whose strip consists of LZW codes of 9 bits."""
    data = pillow(Image.fromarray(make_noise((8, 8))), "TIFF", compression="tiff_lzw")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    bits = "".join(f"{code:09b}" for code in codes)
    strip = int(bits.ljust(8 * count, "0"), 2).to_bytes(count, "big")
    return data[:start] + strip + data[start + count :]


def test_tiff_lzw_by_hand():
    runs = [256, 7, *range(258, 267), 9]  # 7, then runs of 2, 3, ... 10 sevens, then a 9
    values = [7] * sum(range(1, 11)) + [9]
    literals = list(range(64 - len(values)))
    expected = np.array(values + literals, np.uint8).reshape(8, 8)
    assert_image(decode(lzw_tiff([*runs, *literals, 257])), expected)
    with pytest.raises(ImageError, match=f"strip or tile 0 holds {len(values)} of 64 bytes"):
        decode(lzw_tiff([*runs, 257]))


@pytest.mark.parametrize("codes", [[256, 7, 300, 257], [256, 258, 257], [256, 7, 8, 260, 257]])
def test_tiff_lzw_codes_that_do_not_exist_yet(codes):
    with pytest.raises(ImageError, match="not valid LZW data"):
        decode(lzw_tiff(codes))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_where_zero_is_white(dtype):
    values = make_noise((40, 51), dtype)
    expected = rescaled(~values) if dtype == np.uint16 else ~values
    assert_image(decode(tiff(values, photometric="miniswhite")), expected)


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_tiff_of_one_bit(photometric):
    values = make_noise((40, 51)) > 127
    expected = np.where(values == (photometric == "minisblack"), 255, 0).astype(np.uint8)
    assert_image(decode(tiff(values, photometric=photometric)), expected)


@pytest.mark.parametrize("scale", [257, 256, 1])
def test_tiff_palettes_of_every_custom(scale):
    indices, colours = make_noise((40, 51)), make_noise((3, 256), seed=8)
    data = tiff(indices, photometric="palette", colormap=colours.astype(np.uint16) * scale)
    assert_image(decode(data), colours.T[indices])


def test_tiff_with_transparent_pixels():
    image = make_noise((40, 51, 4))
    with pytest.raises(ImageError, match=TRANSPARENT):
        decode(tiff(image, extrasamples=["unassalpha"]))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation_is_not_applied(orientation):
    image = make_image()
    assert_image(decode(pillow(Image.fromarray(image), "TIFF", tiffinfo={274: orientation})), image)


def test_tiff_compressions_that_are_not_supported():
    data = pillow(Image.fromarray(make_image()), "TIFF", compression="jpeg")
    with pytest.raises(ImageError, match=r"colour space 6|compression 7"):
        decode(data)
