import cv2
import numpy as np
import pytest

from leukfeat.imaging.framing import frame, square

SCENES = ("masked", "cell", "field")


def make_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(30, 43), (43, 30), (31, 44), (30, 44), (50, 50)])
def test_masked_is_centred_on_black(height, width):
    image = make_image(height, width)
    padded = square(image, "masked")
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    expected = np.zeros((side, side, 3), np.uint8)
    expected[top : top + height, left : left + width] = image
    np.testing.assert_array_equal(padded, expected)


@pytest.mark.parametrize(("height", "width"), [(30, 43), (43, 30), (31, 44), (30, 44), (50, 50)])
def test_cell_is_the_centre(height, width):
    image = make_image(height, width)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    np.testing.assert_array_equal(square(image, "cell"), image[top : top + side, left : left + side])


@pytest.mark.parametrize(("height", "width"), [(30, 43), (43, 30), (31, 44), (30, 44), (50, 50)])
def test_field_replicates_the_edges(height, width):
    image = make_image(height, width)
    side = max(height, width)
    total_y, total_x = side - height, side - width
    margins = (total_y // 2, total_y - total_y // 2, total_x // 2, total_x - total_x // 2)
    expected = cv2.copyMakeBorder(image, *margins, cv2.BORDER_REPLICATE)
    np.testing.assert_array_equal(square(image, "field"), expected)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("shape", [(30, 43), (43, 30)])
def test_masks_take_the_same_geometry_as_images(scene, shape):
    labels = np.random.default_rng(1).choice(np.array([0, 128, 255], np.uint8), shape)
    image = np.repeat(labels[..., np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(square(labels, scene), square(image, scene)[..., 0])


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_integer_factors_give_rounded_block_means(factor):
    image = make_image(32 * factor, 32 * factor)
    framed, scale = frame(image, 32, "cell")
    blocks = image.reshape(32, factor, 32, factor, 3).astype(float)
    assert np.abs(framed - blocks.mean(axis=(1, 3))).max() <= 0.5 + 1e-6
    assert scale == factor


@pytest.mark.parametrize(("scene", "side"), [("masked", 365), ("cell", 360), ("field", 365)])
def test_scale_is_source_pixels_per_frame_pixel(scene, side):
    framed, scale = frame(make_image(360, 365), 200, scene)
    assert framed.shape == (200, 200, 3)
    assert framed.dtype == np.uint8
    assert framed.flags.c_contiguous
    assert scale == side / 200


def test_fractional_factor_weights_by_overlap():
    image = make_image(24, 24)
    weights = np.zeros((16, 24))
    for row in range(16):
        for column in range(24):
            weights[row, column] = max(0.0, min((row + 1) * 1.5, column + 1) - max(row * 1.5, column)) / 1.5
    expected = np.einsum("ij,jkc,lk->ilc", weights, image.astype(float), weights)
    framed, _ = frame(image, 16, "cell")
    assert np.abs(framed - expected).max() <= 0.5 + 1e-3


def test_a_small_square_is_enlarged():
    framed, scale = frame(np.full((20, 20, 3), 77, np.uint8), 64, "masked")
    assert framed.shape == (64, 64, 3)
    assert np.all(framed == 77)
    assert scale == 20 / 64


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("shape", [(40, 40), (40, 56), (33, 64)])
def test_the_input_is_neither_changed_nor_shared(scene, shape):
    image = make_image(*shape)
    before = image.copy()
    image.flags.writeable = False
    framed, _ = frame(image, min(shape), scene)
    framed[:] = 0
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("size", [15, 4097])
def test_size_out_of_range(size):
    with pytest.raises(ValueError, match=r"'size' parameter of frame must be an int in \[16, 4096\]"):
        frame(make_image(32, 32), size, "cell")


def test_size_of_another_type():
    with pytest.raises(TypeError, match="'size' parameter of frame"):
        frame(make_image(32, 32), 32.0, "cell")


@pytest.mark.parametrize("scene", ["auto", "smear", ""])
def test_unknown_scene(scene):
    with pytest.raises(ValueError, match="'masked', 'cell', 'field'"):
        frame(make_image(32, 32), 32, scene)


def test_not_an_image():
    with pytest.raises(TypeError, match="Got dtype float64"):
        frame(np.zeros((32, 32, 3)), 32, "cell")
    with pytest.raises(TypeError, match="Got list"):
        frame([[1]], 32, "cell")
    with pytest.raises(ValueError, match=r"Got \(32, 32\)"):
        frame(np.zeros((32, 32), np.uint8), 32, "cell")
    with pytest.raises(ValueError, match=r"Got \(0, 32\)"):
        square(np.zeros((0, 32), np.uint8), "cell")
