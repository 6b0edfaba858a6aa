import cv2
import numpy as np
import pytest

from leukfeat.kernels.grey_dilation import dilate_levels


@pytest.mark.parametrize("shape", [(1, 2), (5, 40), (64, 64), (50, 17)])
@pytest.mark.parametrize("halves", [[0], [0, 1, 0], [0, 3, 4, 5, 5, 5, 5, 5, 4, 3, 0]])
def test_dilation_agrees_with_opencv(shape: tuple[int, int], halves: list[int]) -> None:
    image = np.random.default_rng(shape[1]).integers(0, 256, shape, dtype=np.uint8)
    columns = np.arange(-max(halves), max(halves) + 1)
    element = (np.abs(columns) <= np.array(halves)[:, None]).astype(np.uint8)
    np.testing.assert_array_equal(dilate_levels(image, np.array(halves)), cv2.dilate(image, element))
