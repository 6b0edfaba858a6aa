import cv2
import numpy as np
from PIL import Image

from leukfeat.kernels.luma import luma


def all_levels() -> np.ndarray:
    """Every third level of each channel, and the extremes, in two frames."""
    levels = np.array([*range(0, 256, 3), 254], dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    colours = np.resize(colours, (2 * 600 * 600, 3)).reshape(2, 600, 600, 3)
    return np.concatenate([colours, colours[..., :1]], axis=-1)


def test_luma_equals_opencv_and_is_within_one_level_of_pillow() -> None:
    cells = all_levels()
    grey = luma(cells)
    for cell, found in zip(cells, grey, strict=True):
        np.testing.assert_array_equal(found, cv2.cvtColor(cell, cv2.COLOR_RGBA2GRAY))
        pillow = np.asarray(Image.fromarray(cell[..., :3]).convert("L"))
        assert np.abs(found.astype(int) - pillow).max() <= 1


def test_grey_of_a_grey_image_is_that_image() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    np.testing.assert_array_equal(luma(np.stack([grey] * 4, axis=-1)), grey)
