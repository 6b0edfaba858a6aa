import pytest
from PIL import Image

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import decode
from tests.broken import encode, pillow
from tests.pictures import assert_image, make_image


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_jpeg_orientation_is_not_applied(orientation):
    image = Image.fromarray(make_image())
    exif = Image.Exif()
    exif[274] = orientation
    assert_image(decode(pillow(image, "JPEG", exif=exif)), decode(pillow(image, "JPEG")))


def test_jpeg_cut_anywhere_in_the_scan_and_closed_is_refused():
    data = encode(make_image()).jpeg
    scan = data.index(b"\xff\xda") + 14
    for end in range(scan, len(data) - 16, 29):
        with pytest.raises(ImageError, match=r"damaged JPEG: the decoder says"):
            decode(data[:end].rstrip(b"\xff") + b"\xff\xd9")


def test_jpeg_with_one_restart_marker_lost_is_refused():
    data = pillow(Image.fromarray(make_image()), "JPEG", restart_marker_blocks=4)
    marker = data.index(b"\xff\xd2")
    with pytest.raises(ImageError, match="damaged JPEG"):
        decode(data[:marker] + data[marker + 2 :])
