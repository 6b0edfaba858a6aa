from math import isnan, pi

import numpy as np
import pytest
from skimage.measure import perimeter_crofton

from leukfeat.features.population import PopulationFeatures
from tests.masks import cells_of, disc, row


def test_columns_by_hand() -> None:
    region = np.zeros((40, 40), np.uint8)
    region[0:4, 0:4] = 128
    region[1:3, 1:3] = 255
    region[10:18, 10:18] = 255
    region[30:33, 20:24] = 128  # no nucleus
    values = row(PopulationFeatures(), cells_of(region))
    sizes = np.array([16, 64, 12])
    roundness = [
        4 * pi * n / perimeter_crofton(np.pad(np.ones(s), 1)) ** 2
        for n, s in zip(sizes, [(4, 4), (8, 8), (3, 4)], strict=True)
    ]
    expected = {
        "n_cells": 3,
        "area_fraction": sizes.sum() / 1600,
        "size_mean_px": sizes.mean(),
        "size_sd_px": sizes.std(),
        "size_max_px": 64,
        "roundness_mean": np.mean(roundness),
        "roundness_sd": np.std(roundness),
        "roundness_max": max(roundness),
        "nc_ratio_mean": (4 / 16 + 1) / 2,
        "nc_ratio_sd": 3 / 8,
        "nc_ratio_max": 1,
    }
    assert values == pytest.approx(expected, rel=1e-6)


def test_cells_that_touch_at_a_corner_are_two() -> None:
    region = np.zeros((10, 10), np.uint8)
    region[1:4, 1:4] = region[4:7, 4:7] = 255
    assert row(PopulationFeatures(), cells_of(region))["n_cells"] == 2


def test_one_cell_has_no_spread() -> None:
    values = row(PopulationFeatures(), cells_of(255 * disc(8.3, 31)))
    assert (values["n_cells"], values["size_sd_px"], values["roundness_sd"], values["nc_ratio_sd"]) == (
        1,
        0,
        0,
        0,
    )


def test_without_cells_number_and_fraction_are_zero_and_all_else_nan() -> None:
    values = row(PopulationFeatures(), cells_of(np.zeros((9, 9), np.uint8)))
    assert values.pop("n_cells") == values.pop("area_fraction") == 0
    assert all(isnan(value) for value in values.values())


def test_without_nuclei_the_nuclear_share_is_nan() -> None:
    values = row(PopulationFeatures(), cells_of(np.full((9, 9), 128, np.uint8)))
    assert [name for name, value in values.items() if isnan(value)] == [
        f"nc_ratio_{aggregate}" for aggregate in ("mean", "sd", "max")
    ]
