from math import isnan

import numpy as np
import pytest

from leukfeat.features.nc import NCFeatures
from tests.masks import cells_of, disc, from_drawing, row


def test_columns_by_hand() -> None:
    region = from_drawing("ccccc.", "cnncc.", "cnncc.", "ccccc.", "......", "......")
    values = row(NCFeatures(), cells_of(region))
    assert values["area_ratio"] == pytest.approx(4 / 20)
    assert values["centroid_offset_px"] == pytest.approx(0.5)
    assert values["cytoplasm_width_min_px"] == 1
    assert values["cytoplasm_width_max_px"] == pytest.approx(np.sqrt(5))
    assert values["no_cytoplasm"] == 0


@pytest.mark.parametrize(("cell", "nucleus"), [(40, 25), (30, 28)])
def test_width_of_a_ring_is_the_difference_of_the_radii(cell: int, nucleus: int) -> None:
    region = 128 * disc(cell, 101)
    region[disc(nucleus, 101) == 1] = 255
    values = row(NCFeatures(), cells_of(region))
    assert values["centroid_offset_px"] == pytest.approx(0, abs=1e-6)
    assert values["cytoplasm_width_min_px"] == pytest.approx(cell - nucleus, abs=1)
    assert values["cytoplasm_width_max_px"] == pytest.approx(cell - nucleus, abs=1)
    assert values["area_ratio"] == pytest.approx((nucleus / cell) ** 2, rel=0.02)


def test_an_eccentric_nucleus_has_offset_and_uneven_width() -> None:
    region = 128 * disc(40, 101, (50, 50))
    region[disc(20, 101, (50, 60)) == 1] = 255
    values = row(NCFeatures(), cells_of(region))
    assert values["centroid_offset_px"] == pytest.approx(10, rel=0.01)
    assert values["cytoplasm_width_min_px"] == pytest.approx(10, abs=1)
    assert values["cytoplasm_width_max_px"] == pytest.approx(30, abs=1)


def test_a_cell_that_is_all_nucleus_is_flagged() -> None:
    values = row(NCFeatures(), cells_of(255 * disc(10, 30)))
    assert values == {
        "area_ratio": 1,
        "centroid_offset_px": 0,
        "cytoplasm_width_min_px": 0,
        "cytoplasm_width_max_px": 0,
        "no_cytoplasm": 1,
    }


def test_cells_without_nucleus_are_left_out_of_the_median() -> None:
    region = np.zeros((30, 30), np.uint8)
    region[1:6, 1:6] = 128
    region[3, 3] = 255
    region[10:20, 10:20] = 128
    assert row(NCFeatures(), cells_of(region))["area_ratio"] == pytest.approx(1 / 25)


@pytest.mark.parametrize("level", [0, 128])
def test_no_nucleus_gives_nan(level: int) -> None:
    values = row(NCFeatures(), cells_of(np.full((9, 9), level, np.uint8)))
    assert all(isnan(value) for value in values.values())
