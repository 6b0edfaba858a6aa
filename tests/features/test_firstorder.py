from math import isnan

import cv2
import numpy as np
import pytest

from leukfeat.features.firstorder import FirstOrderFeatures
from tests.masks import cells_of, from_drawing, row, textured
from tests.oracles.firstorder import statistics

# The digital phantom of the Image Biomarker Standardisation Initiative (reference manual, section 5.1, arXiv
# 1612.07003), its four slices side by side; 0 is outside of its region of interest.
PHANTOM = """
    1 4 4 1 1  1 4 4 1 1  1 4 4 0 0  1 4 4 0 0
    1 4 6 1 1  1 1 6 1 1  1 1 1 1 1  1 1 1 1 1
    4 1 6 4 1  0 1 3 1 1  1 1 0 1 1  1 1 1 1 1
    4 4 6 4 1  4 4 6 1 1  1 1 6 1 1  1 1 6 1 1
"""
# The manual's consensus values for the phantom (section 3.3), to the digits it gives.
CONSENSUS = {
    "mean": 2.15,
    "variance": 3.05,
    "skewness": 1.08,
    "kurtosis": -0.355,
    "median": 1,
    "min": 1,
    "p10": 1,
    "p90": 4,
    "max": 6,
    "iqr": 3,
    "range": 5,
    "mean_absolute_deviation": 1.55,
    "robust_mean_absolute_deviation": 1.11,
    "median_absolute_deviation": 1.15,
    "coefficient_of_variation": 0.812,
    "quartile_coefficient_of_dispersion": 0.6,
    "energy": 567,
    "rms": 2.77,
}


def phantom() -> np.ndarray:
    grey = np.array([line.split() for line in PHANTOM.strip().splitlines()], dtype=np.uint8)
    frame = np.zeros((20, 20), np.uint8)
    frame[:4] = grey
    return cells_of(np.where(frame > 0, 255, 0).astype(np.uint8), frame[..., np.newaxis])


def test_ibsi_phantom_gives_the_consensus_values() -> None:
    values = row(FirstOrderFeatures(), phantom())
    ours = {name: values[f"{name}_nucleus"] for name in CONSENSUS}
    assert ours == pytest.approx(CONSENSUS, rel=0.005)
    assert len(CONSENSUS) == 18


@pytest.mark.parametrize("seed", range(4))
def test_regions_agree_with_numpy_and_scipy(seed: int) -> None:
    cells = textured(seed)
    grey = cv2.cvtColor(cells[0, ..., :3].copy(), cv2.COLOR_RGB2GRAY).astype(float)
    values = row(FirstOrderFeatures(), cells)
    for part, level in (("nucleus", 255), ("cytoplasm", 128)):
        x = grey[cells[0, ..., 3] == level]
        ours = {name: values[f"{name}_{part}"] for name in CONSENSUS}
        assert ours == pytest.approx(statistics(x), rel=1e-6)


def test_a_constant_region_has_no_spread() -> None:
    values = row(FirstOrderFeatures(), cells_of(np.full((9, 9), 255, np.uint8)))
    spread = ("variance", "skewness", "kurtosis", "iqr", "range", "coefficient_of_variation")
    assert [values[f"{name}_nucleus"] for name in spread] == [0.0] * len(spread)
    assert values["mean_nucleus"] == values["median_nucleus"] == values["rms_nucleus"] == 100


def test_black_has_no_relative_spread() -> None:
    values = row(FirstOrderFeatures(), cells_of(np.full((5, 5), 255, np.uint8), np.zeros(3, np.uint8)))
    assert isnan(values["coefficient_of_variation_nucleus"])
    assert isnan(values["quartile_coefficient_of_dispersion_nucleus"])
    assert values["mean_nucleus"] == 0


def test_two_pixels_have_no_level_between_their_percentiles() -> None:
    region = from_drawing("nn.", "...", "...")
    rgb = np.zeros((3, 3, 3), np.uint8)
    rgb[0, 1] = 200
    assert isnan(row(FirstOrderFeatures(), cells_of(region, rgb))["robust_mean_absolute_deviation_nucleus"])


def test_pixels_of_all_cells_are_pooled() -> None:
    rgb = np.zeros((5, 5, 3), np.uint8)
    rgb[:, :2], rgb[:, 3:] = 10, 40
    region = from_drawing("nn.n.", "nn...", ".....", ".....", ".....")
    assert row(FirstOrderFeatures(), cells_of(region, rgb))["mean_nucleus"] == pytest.approx(
        (4 * 10 + 40) / 5
    )
