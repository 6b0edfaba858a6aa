from math import isnan

import numpy as np
import pytest
from skimage.color import rgb2lab
from skimage.filters import threshold_otsu

from leukfeat.features.background import BackgroundFeatures
from leukfeat.features.registry import DEFAULT_FAMILIES
from leukfeat.testing import FamilyCheck, family_checks
from tests.masks import cells_of, row, textured

COLUMNS = [
    "background_mean_lab_l",
    "background_sd_lab_l",
    "background_mean_lab_a",
    "background_sd_lab_a",
    "background_mean_lab_b",
    "background_sd_lab_b",
]


@pytest.mark.parametrize("check", family_checks(BackgroundFeatures()), ids=str)
def test_contract(check: FamilyCheck) -> None:
    check()


def test_columns_have_the_units_of_lab_and_are_no_default() -> None:
    assert BackgroundFeatures().get_feature_names_out().tolist() == COLUMNS
    assert {(spec.unit, spec.length_power) for spec in BackgroundFeatures().specs()} == {("CIE unit", 0)}
    assert "background" not in DEFAULT_FAMILIES


@pytest.mark.parametrize("seed", range(4))
def test_statistics_agree_with_scikit_image(seed: int) -> None:
    cells = textured(seed, 97)
    outside = cells[0, ..., :3][cells[0, ..., 3] == 0]
    lab = rgb2lab(outside[outside[:, 1] > threshold_otsu(outside[:, 1])])
    values = row(BackgroundFeatures(), cells)
    for channel, x in zip("lab", lab.T, strict=True):
        assert values[f"mean_lab_{channel}"] == pytest.approx(x.mean(), rel=1e-6)
        assert values[f"sd_lab_{channel}"] == pytest.approx(x.std(), rel=1e-6)


def test_cells_change_nothing() -> None:
    cells = textured(1)
    other = cells.copy()
    other[0, ..., :3][cells[0, ..., 3] > 0] = 7
    np.testing.assert_array_equal(
        BackgroundFeatures().transform(other), BackgroundFeatures().transform(cells)
    )


def test_red_cells_change_nothing() -> None:
    region = np.zeros((40, 40), np.uint8)
    region[3:9, 3:9] = 255
    rows = []
    for colour in ((210, 130, 140), (180, 90, 120)):
        slide = np.full((40, 40, 3), (230, 228, 235), np.uint8)
        slide[::7] = (225, 222, 233)
        slide[20:35, 5:35] = colour
        rows.append(row(BackgroundFeatures(), cells_of(region, slide)))
    assert rows[0] == rows[1]
    assert rows[0]["mean_lab_l"] == pytest.approx(rgb2lab(np.uint8([[[230, 228, 235]]]))[0, 0, 0], abs=0.5)


def test_black_around_a_cell_is_black() -> None:
    region = np.zeros((9, 9), np.uint8)
    region[3:6, 3:6] = 255
    rgb = np.where(region[..., np.newaxis] > 0, 200, 0).astype(np.uint8)
    assert set(row(BackgroundFeatures(), cells_of(region, rgb)).values()) == {0.0}


def test_a_frame_full_of_cells_has_no_background() -> None:
    values = row(BackgroundFeatures(), cells_of(np.full((5, 5), 128, np.uint8)))
    assert all(isnan(value) for value in values.values())
