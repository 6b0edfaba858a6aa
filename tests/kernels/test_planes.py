import cv2
import numpy as np
import pytest

from leukfeat.kernels.planes import (
    brightest,
    brightness,
    median_colour,
    quotients,
    smooth_planes,
    split_planes,
    sum_of_levels,
)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 2), (16, 16), (30, 67), (200, 200)])
def test_planes_and_the_brightest_are_numpys(height: int, width: int) -> None:
    rgb = noise(height, width)
    np.testing.assert_array_equal(split_planes(rgb), rgb.transpose(2, 0, 1))
    np.testing.assert_array_equal(brightest(split_planes(rgb)), rgb.max(axis=2))


@pytest.mark.parametrize(("height", "width"), [(2, 2), (16, 16), (30, 67), (200, 200)])
def test_smoothing_is_opencvs(height: int, width: int) -> None:
    rgb = noise(height, width)
    np.testing.assert_array_equal(smooth_planes(rgb), cv2.GaussianBlur(rgb, (3, 3), 0).transpose(2, 0, 1))
    binary = rgb // 128 * 255
    np.testing.assert_array_equal(
        smooth_planes(binary), cv2.GaussianBlur(binary, (3, 3), 0).transpose(2, 0, 1)
    )


def test_brightness_of_all_colours_is_to_the_nearest_integer() -> None:
    green, blue = np.mgrid[:256, :256].astype(np.uint8)
    for red in range(0, 256, 5):
        planes = np.stack([np.full_like(green, red), green, blue])
        exact = green + (red - blue.astype(float)) / 3
        np.testing.assert_array_equal(brightness(planes), np.clip(np.rint(exact), 0, 255))


def test_median_colour_is_that_of_every_third_pixel_where_there_are_any() -> None:
    planes = noise(64, 64).transpose(2, 0, 1).copy()
    image = noise(64, 65)[:, :64, 0].copy()
    sparse = planes[:, ::3, ::3][:, image[::3, ::3] > 99]
    expected = np.quantile(sparse, 0.5, axis=1, method="inverted_cdf")
    np.testing.assert_array_equal(median_colour(planes, image, 99), expected)
    image[::3] = 99
    expected = np.quantile(planes[:, image > 99], 0.5, axis=1, method="inverted_cdf")
    np.testing.assert_array_equal(median_colour(planes, image, 99), expected)


@pytest.mark.parametrize("background", [(230, 210), (128, 255), (0, 3)])
def test_quotients_of_all_pairs_of_levels_are_opencvs(background: tuple[int, int]) -> None:
    logarithms = np.log(np.arange(256) + 1)
    above, below = (np.maximum(logarithms[level] - logarithms, 0).astype(np.float32) for level in background)
    below = np.maximum(below, np.float32(0.05))
    first, second = np.mgrid[:256, :256].astype(np.uint8)
    expected = cv2.divide(above[first], below[second], scale=128, dtype=cv2.CV_8U)
    np.testing.assert_array_equal(quotients(first, second, 128 * above, below), expected)


def test_sums_of_levels_are_numpys() -> None:
    rgb = noise(40, 30)
    values = np.random.default_rng(1).integers(-700, 700, (3, 256)).astype(np.int16)
    total = sum(values[channel].astype(int)[rgb[..., channel]] for channel in range(3))
    np.testing.assert_array_equal(sum_of_levels(split_planes(rgb), values), np.clip(total, 0, 255))
