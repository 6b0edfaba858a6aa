from math import isnan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from skimage.measure import label

from leukfeat.features.shape import ShapeFeatures
from tests.masks import blobs, cells_of, disc, from_drawing, row
from tests.oracles.shape import form


def square(mask: np.ndarray) -> np.ndarray:
    """The mask in a square frame with a border of background."""
    side = max(mask.shape) + 4
    frame = np.zeros((side, side), np.uint8)
    frame[2 : 2 + mask.shape[0], 2 : 2 + mask.shape[1]] = mask
    return frame


def test_columns_of_a_rectangle_by_hand() -> None:
    values = row(ShapeFeatures(), cells_of(square(np.full((6, 8), 255, np.uint8))))
    expected = {
        "area_nucleus_px": 48,
        "equivalent_diameter_nucleus_px": sqrt(4 * 48 / pi),
        "major_axis_nucleus_px": 4 * 8 / sqrt(12),
        "minor_axis_nucleus_px": 4 * 6 / sqrt(12),
        "eccentricity_nucleus": sqrt(1 - (6 / 8) ** 2),
        "extent_nucleus": 1,
        "solidity_nucleus": 1,
        "convexity_nucleus": 1,
        "feret_max_nucleus_px": 10,
        "feret_min_nucleus_px": 6,
        "enclosing_circle_ratio_nucleus": 48 / (pi * 25),
        "euler_number_nucleus": 1,
        "area_cell_px": 48,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, rel=1e-6)


@given(blobs())
@settings(max_examples=25, deadline=None)
def test_columns_agree_with_scikit_image(mask) -> None:
    values = row(ShapeFeatures(), cells_of(255 * one_cell(mask)))
    expected = form(np.pad(one_cell(mask), 1).astype(bool))
    for measure, value in expected.items():
        for part in ("nucleus", "cell"):
            assert values[measure.format(part)] == pytest.approx(value, rel=1e-6, abs=1e-6), measure


def one_cell(mask: np.ndarray) -> np.ndarray:
    """The greatest 4-connected part."""
    labels = label(mask, connectivity=1)
    return (labels == np.bincount(labels[labels > 0]).argmax()).astype(np.uint8)


@pytest.mark.parametrize("radius", [20, 35.5, 60])
def test_a_disc_is_round(radius: float) -> None:
    values = row(ShapeFeatures(), cells_of(255 * disc(radius, 160)))
    assert values["perimeter_nucleus_px"] == pytest.approx(2 * pi * radius, rel=0.02)
    assert values["roundness_nucleus"] == pytest.approx(1, abs=0.04)
    assert values["equivalent_diameter_nucleus_px"] == pytest.approx(2 * radius, rel=0.01)
    assert values["feret_max_nucleus_px"] == pytest.approx(2 * radius, abs=1.5)
    assert values["feret_min_nucleus_px"] == pytest.approx(2 * radius, abs=1.5)
    assert values["enclosing_circle_ratio_nucleus"] > 0.94
    assert values["solidity_nucleus"] > 0.97
    assert values["eccentricity_nucleus"] < 0.05


@pytest.mark.parametrize("radius", [20, 40])
def test_roundness_and_solidity_fall_with_a_cleft(radius: int) -> None:
    whole = 255 * disc(radius, 100)
    cleft = whole.copy()
    cleft[48:52, :50] = 0
    before, after = row(ShapeFeatures(), cells_of(whole)), row(ShapeFeatures(), cells_of(cleft))
    assert after["roundness_nucleus"] < 0.8 * before["roundness_nucleus"]
    assert after["convexity_nucleus"] < 0.9 < before["convexity_nucleus"] <= 1
    assert after["solidity_nucleus"] < before["solidity_nucleus"]


@given(blobs())
@settings(max_examples=25, deadline=None)
def test_measures_of_a_cell_keep_their_bounds(mask) -> None:
    values = row(ShapeFeatures(), cells_of(255 * one_cell(mask)))
    for measure in ("eccentricity", "extent", "solidity", "convexity"):
        assert 0 <= values[f"{measure}_cell"] <= 1 + 1e-6, measure
    assert 0 < values["enclosing_circle_ratio_nucleus"] <= 1
    assert values["minor_axis_cell_px"] <= values["major_axis_cell_px"]
    assert values["feret_min_cell_px"] <= values["feret_max_cell_px"]
    assert values["equivalent_diameter_cell_px"] <= values["feret_max_cell_px"] * (1 + 1e-6)


def test_lobes_of_one_cell_are_one_nucleus() -> None:
    region = from_drawing("cccccc", "cnccnc", "cnccnc", "cccccc", "......", "......")
    values = row(ShapeFeatures(), cells_of(region))
    assert values["area_nucleus_px"] == 4
    assert values["euler_number_nucleus"] == 2
    assert values["extent_nucleus"] == pytest.approx(4 / 8)
    assert values["area_cell_px"] == 24


def test_an_image_gives_the_median_over_its_cells() -> None:
    region = np.zeros((40, 40), np.uint8)
    for top, side in ((0, 2), (10, 4), (20, 8)):
        region[top : top + side, 3 : 3 + side] = 255
    region[30:39, 20:29] = 128  # a cell without nucleus
    values = row(ShapeFeatures(), cells_of(region))
    assert values["area_nucleus_px"] == 16
    assert values["area_cell_px"] == (16 + 64) / 2


def test_without_a_nucleus_its_columns_are_nan_and_those_of_the_cell_are_not() -> None:
    values = row(ShapeFeatures(), cells_of(128 * disc(10, 40)))
    assert all(isnan(value) == ("_nucleus" in name) for name, value in values.items())


def test_cells_at_the_border_are_measured_as_seen() -> None:
    inside, outside = np.zeros((30, 30), np.uint8), np.zeros((30, 30), np.uint8)
    inside[5:15, 5:12] = 255
    outside[0:10, 0:7] = 255
    assert row(ShapeFeatures(), cells_of(inside)) == pytest.approx(
        row(ShapeFeatures(), cells_of(outside)), nan_ok=True
    )


def test_one_pixel_by_hand() -> None:
    region = np.zeros((5, 5), np.uint8)
    region[2, 2] = 255
    values = row(ShapeFeatures(), cells_of(region))
    assert values["area_nucleus_px"] == values["extent_nucleus"] == values["solidity_nucleus"] == 1
    assert values["feret_max_nucleus_px"] == pytest.approx(sqrt(2))
    assert values["feret_min_nucleus_px"] == 1
    assert values["eccentricity_nucleus"] == 0
    assert isnan(values["hu1_nucleus"])
