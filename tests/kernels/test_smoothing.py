import cv2
import numpy as np
import pytest

from leukfeat.kernels.smoothing import smooth_by_five


@pytest.mark.parametrize("shape", [(3, 3), (16, 16), (30, 67), (200, 200)])
def test_smoothing_is_opencvs(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(shape[0]).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(smooth_by_five(image), cv2.GaussianBlur(image, (5, 5), 0))
    binary = image // 128 * 255
    np.testing.assert_array_equal(smooth_by_five(binary), cv2.GaussianBlur(binary, (5, 5), 0))
