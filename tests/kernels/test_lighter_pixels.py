import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.filters import threshold_otsu

from leukfeat.kernels.cell_batch import RegionPixels, pixels_of
from leukfeat.kernels.lighter_pixels import lighter_pixels


def gathered(*images: np.ndarray) -> RegionPixels:
    """Pixels of several images, each of shape (4, n)."""
    bounds = np.cumsum([0, *(image.shape[1] for image in images)])
    return RegionPixels(np.concatenate([image.ravel() for image in images]).astype(np.uint8), bounds)


@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(1, 400))
@settings(max_examples=80, deadline=None)
def test_what_lies_above_the_threshold_of_scikit_image_is_kept(seed: int, first: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    images = [generator.integers(0, 256, (4, size)).astype(np.uint8) for size in (first, n)]
    kept = lighter_pixels(gathered(*images))
    for i, image in enumerate(images):
        green = image[1]
        several = len(np.unique(green)) > 1
        expected = image[:, green > threshold_otsu(green)] if several else image
        np.testing.assert_array_equal(pixels_of(kept, i), expected)


@pytest.mark.parametrize("level", [0, 1, 255])
def test_one_level_is_kept_whole(level: int) -> None:
    image = np.full((4, 9), level, np.uint8)
    np.testing.assert_array_equal(pixels_of(lighter_pixels(gathered(image)), 0), image)
