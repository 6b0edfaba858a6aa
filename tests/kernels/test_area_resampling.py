import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.area_resampling import resample_area


def noise(side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def exact(image: np.ndarray, size: int) -> np.ndarray:
    """Every source pixel repeated size times, blocks of side times side summed, halves rounded up."""
    side = len(image)
    fine = image.astype(np.int64).repeat(size, axis=0).repeat(size, axis=1)
    sums = fine.reshape(size, side, size, side, 3).sum(axis=(1, 3))
    return ((2 * sums + side**2) // (2 * side**2)).astype(np.uint8)


@given(st.integers(5, 40), st.integers(2, 40), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_every_pixel_is_the_exact_mean_below_it(side, size, seed) -> None:
    size = min(size, side)
    np.testing.assert_array_equal(resample_area(noise(side, seed), size), exact(noise(side, seed), size))


@pytest.mark.parametrize(
    ("side", "size"), [(16, 15), (17, 16), (97, 6), (257, 9), (300, 7), (64, 64), (9, 1)]
)
@pytest.mark.parametrize("levels", [(0, 256), (254, 256), (255, 256)])
def test_sums_of_any_size_are_exact(side: int, size: int, levels: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(*levels, (side, side, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resample_area(image, size), exact(image, size))


def test_a_large_image_has_an_exact_mean() -> None:
    image = noise(4111)
    total = image.sum(axis=(0, 1), dtype=np.int64)
    expected = (2 * total + image[..., 0].size) // (2 * image[..., 0].size)
    np.testing.assert_array_equal(resample_area(image, 1)[0, 0], expected)
    np.testing.assert_array_equal(resample_area(image[..., ::-1], 1)[0, 0], expected[::-1])


@pytest.mark.parametrize(
    ("side", "size"), [(450, 200), (360, 200), (363, 200), (224, 200), (600, 200), (1031, 200), (250, 64)]
)
def test_opencv_agrees_within_one_level(side: int, size: int) -> None:
    image = cv2.GaussianBlur(noise(side), (5, 5), 0)
    expected = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    difference = np.abs(resample_area(image, size).astype(int) - expected)
    assert difference.max() <= 1
    assert difference.mean() < 0.02


@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("side", [257, 450, 521])
def test_one_colour_stays_that_colour(level: int, side: int) -> None:
    reduced = resample_area(np.full((side, side, 3), level, np.uint8), 200)
    assert (reduced == level).all()


@pytest.mark.parametrize("side", [90, 101])
def test_views_are_read_as_they_look(side: int) -> None:
    stored = noise(side + 7)
    for view in (
        stored[::-1, :, ::-1][3 : 3 + side, 2 : 2 + side],
        stored[4 : 4 + side, 5 : 5 + side],
        stored[:side, :side][:, ::-1],
        stored.transpose(1, 0, 2)[:side, :side],
    ):
        view.flags.writeable = False
        expected = resample_area(np.ascontiguousarray(view), 40)
        np.testing.assert_array_equal(resample_area(view, 40), expected)


def test_turning_the_image_turns_the_result() -> None:
    image = noise(97)
    for move in (np.rot90, np.flipud, np.fliplr):
        expected = move(resample_area(image, 31))
        np.testing.assert_array_equal(resample_area(move(image), 31), expected)
