import math

import numpy as np
import pytest

from leukfeat.kernels.planes import Colour
from leukfeat.kernels.stain import chromatin_density, density_table, level_at_density, yellow_ratio

BACKGROUND = Colour(240, 230, 215)


def colours() -> tuple[np.ndarray, np.ndarray]:
    """Return planes of colours, and ln((background + 1) / (level + 1)) of each, at least 0."""
    planes = np.random.default_rng(3).integers(0, 256, (3, 50, 50), dtype=np.uint8)
    slide = np.array(BACKGROUND)[:, None, None]
    return planes, np.maximum(np.log((slide + 1) / (planes + 1.0)), 0)


@pytest.mark.parametrize("background", [0, 3, 128, 255])
def test_densities_follow_beer_and_lambert(background: int) -> None:
    table = density_table(background)
    expected = np.maximum(np.log((background + 1) / np.arange(1, 257)), 0)
    assert table.dtype == np.float32
    np.testing.assert_allclose(table, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("background", [0, 10, 200, 255])
@pytest.mark.parametrize("density", [0.085, 0.25, 1.0])
def test_brightest_level_of_a_density_is_the_last_that_has_it(background: int, density: float) -> None:
    level = level_at_density(background, density)
    assert level == -1 or math.log((background + 1) / (level + 1)) >= density
    assert math.log((background + 1) / (level + 2)) < density


def test_chromatin_absorbs_green() -> None:
    planes, densities = colours()
    exact = 64 * np.tensordot((-1, 2, -2), densities, axes=1)
    np.testing.assert_allclose(chromatin_density(planes, BACKGROUND), exact.clip(0, 255), atol=1.51)


def test_ratio_is_that_of_the_densities_in_blue_and_green() -> None:
    planes, (_, green, blue) = colours()
    ratio = np.clip(128 * blue / np.maximum(green, 0.05), 0, 255)
    np.testing.assert_allclose(yellow_ratio(planes, BACKGROUND), ratio, atol=0.501)
