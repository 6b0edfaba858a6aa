import numpy as np
import pytest
from skimage.color import rgb2hsv, rgb2lab

from leukfeat.kernels.color_spaces import hue_saturation_value, lab_from_rgb, optical_density_levels


def colours(n: int = 5000) -> np.ndarray:
    """Shape (3, n): a coarse grid, all dark colours, greys and random ones."""
    grid = np.stack(np.meshgrid(*[[0, 1, 10, 127, 128, 254, 255]] * 3)).reshape(3, -1)
    dark = np.stack(np.meshgrid(*[range(26)] * 3)).reshape(3, -1)
    greys = np.tile(np.arange(256), (3, 1))
    random = np.random.default_rng(0).integers(0, 256, (3, n))
    return np.concatenate([grid, dark, greys, random], axis=1).astype(np.uint8)


def test_lab_is_that_of_scikit_image() -> None:
    np.testing.assert_allclose(lab_from_rgb(*colours()), rgb2lab(colours().T).T, rtol=0, atol=1e-10)


def test_hsv_is_that_of_scikit_image() -> None:
    reference = rgb2hsv(colours().T).T
    hue, saturation, value = hue_saturation_value(*colours())
    np.testing.assert_allclose(saturation, reference[1], rtol=0, atol=1e-15)
    np.testing.assert_allclose(value, reference[2], rtol=0, atol=1e-15)
    grey = reference[1] == 0
    np.testing.assert_array_equal(np.isnan(hue), grey)
    np.testing.assert_allclose(hue[~grey], 360 * reference[0, ~grey], rtol=0, atol=1e-12)
    assert hue[~grey].min() == 0
    assert hue[~grey].max() < 360


def test_equal_proportions_have_equal_hue_and_saturation() -> None:
    red, green, blue = (np.array(channel) * np.arange(1, 86) for channel in (3, 1, 2))
    hue, saturation, _ = hue_saturation_value(*(c.astype(np.uint8) for c in (red, green, blue)))
    assert len(set(hue.tolist())) == len(set(saturation.tolist())) == 1


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 8, 15, 16, 33])
def test_a_colour_is_converted_alike_anywhere(n: int) -> None:
    rgb = colours()[:, -n:] if n else colours()[:, :0]
    for convert in (lab_from_rgb, hue_saturation_value):
        alone = [convert(*np.ascontiguousarray(rgb[:, i : i + 1])) for i in range(n)]
        together = convert(*np.ascontiguousarray(rgb))
        np.testing.assert_array_equal(together, np.concatenate([np.empty((3, 0)), *alone], axis=1))


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
    np.testing.assert_allclose(lab_from_rgb(*np.array(rgb, np.uint8).reshape(3, 1))[:, 0], lab, atol=0.02)


def test_optical_density_by_hand() -> None:
    levels = optical_density_levels()
    assert levels[255] == 0.0
    assert levels[127] == pytest.approx(np.log10(2))
    assert levels[0] == pytest.approx(np.log10(256))
    assert (np.diff(levels) < 0).all()
