import numpy as np
import pytest
from skimage.color import rgb2hsv, rgb2lab

from leukfeat.kernels.color_spaces import hue_saturation_value, lab_from_rgb, optical_density_levels


def colours(n: int = 5000) -> np.ndarray:
    grid = np.stack(np.meshgrid(*[[0, 1, 10, 127, 128, 254, 255]] * 3), axis=-1).reshape(-1, 3)
    random = np.random.default_rng(0).integers(0, 256, (n, 3))
    return np.concatenate([grid, random]).astype(np.uint8)


def test_lab_is_that_of_scikit_image() -> None:
    np.testing.assert_allclose(lab_from_rgb(colours()).T, rgb2lab(colours()), atol=1e-9)


def test_hsv_is_that_of_scikit_image() -> None:
    reference = rgb2hsv(colours())
    hue, saturation, value = hue_saturation_value(colours())
    np.testing.assert_allclose(saturation, reference[:, 1], atol=1e-12)
    np.testing.assert_allclose(value, reference[:, 2], atol=1e-12)
    grey = reference[:, 1] == 0
    np.testing.assert_array_equal(np.isnan(hue), grey)
    np.testing.assert_allclose(hue[~grey], 360 * reference[~grey, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),  # Lindbloom's calculator, D65
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(lab_from_rgb(np.array([rgb], np.uint8))[:, 0], lab, atol=0.02)


def test_optical_density_by_hand() -> None:
    levels = optical_density_levels()
    assert levels[255] == 0.0
    assert levels[127] == pytest.approx(np.log10(2))
    assert levels[0] == pytest.approx(np.log10(256))
    assert (np.diff(levels) < 0).all()
