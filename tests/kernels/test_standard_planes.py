import numpy as np
import pytest

from leukfeat.kernels.standard_planes import standard_planes

FACTORS, OFFSETS = np.array([0.5, 2.0, 0.25], np.float32), np.array([-1.0, 0.0, 3.0], np.float32)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("side", [1, 7, 33])
def test_every_channel_is_scaled_and_shifted(side: int, plain: bool) -> None:
    images = np.random.default_rng(side).integers(0, 256, (3, side, side, 4), dtype=np.uint8)
    images[..., 3] = np.random.default_rng(1).choice([0, 1, 128, 255], images.shape[:3])
    expected = images[..., :3] * FACTORS.astype(float) + OFFSETS
    if plain:
        expected[images[..., 3] == 0] = 0.0
    planes = standard_planes(images, FACTORS, OFFSETS, plain)
    assert planes.dtype == np.float32
    np.testing.assert_allclose(planes, expected.transpose(0, 3, 1, 2), rtol=1e-6)
