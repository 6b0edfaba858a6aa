import cv2
import numpy as np
import pytest
from sklearn.base import clone

from leukfeat.features import DEFAULT_FAMILIES, CellFeatures, ImageFeatures, PixelFeatures
from leukfeat.features.family import CellFamily
from leukfeat.imaging import LoadCells
from leukfeat.testing import FamilyCheck, example_cells, family_checks
from tests.masks import textured


@pytest.mark.parametrize("check", family_checks(PixelFeatures(side=16)), ids=str)
def test_contract(check: FamilyCheck) -> None:
    check()


def test_forty_thousand_columns_row_after_row_and_no_default() -> None:
    names = PixelFeatures().get_feature_names_out()
    assert len(names) == 40_000
    assert [names[i] for i in (0, 1, 200, -1)] == [
        "pixels_grey_000_000",
        "pixels_grey_000_001",
        "pixels_grey_001_000",
        "pixels_grey_199_199",
    ]
    assert {(spec.unit, spec.length_power) for spec in PixelFeatures().specs()} == {("grey level", 0)}
    assert "pixels" not in DEFAULT_FAMILIES


def test_values_are_the_luma_of_the_frame() -> None:
    cells = example_cells(2, size=200)
    rows = PixelFeatures().transform(cells)
    for row, cell in zip(rows, cells, strict=True):
        luma = cv2.cvtColor(np.ascontiguousarray(cell[..., :3]), cv2.COLOR_RGB2GRAY)
        assert np.abs(row.reshape(200, 200) - luma).max() <= 1
    assert rows.min() >= 0
    assert rows.max() <= 255
    assert (rows == np.round(rows)).all()


def test_regions_change_nothing() -> None:
    cells = textured(3)
    other = cells.copy()
    other[..., 3] = 0
    family = PixelFeatures(side=48)
    np.testing.assert_array_equal(family.transform(other), family.transform(cells))


@pytest.mark.parametrize("side", [20, 50, 75])
def test_smaller_ones_are_within_a_level_of_opencv(side: int) -> None:
    cells = example_cells(1, size=100)
    grey = PixelFeatures(side=100).transform(cells).reshape(100, 100).astype(np.uint8)
    expected = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    assert np.abs(PixelFeatures(side=side).transform(cells).reshape(side, side) - expected).max() <= 1


def test_larger_ones_repeat_pixels_where_the_side_is_a_multiple() -> None:
    cells = example_cells(1, size=25)
    small = PixelFeatures(side=25).transform(cells).reshape(25, 25)
    large = PixelFeatures(side=75).transform(cells).reshape(75, 75)
    np.testing.assert_array_equal(large, small.repeat(3, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize(("side", "error"), [(0, ValueError), (1001, ValueError), (2.5, TypeError)])
def test_a_side_out_of_range_is_refused(side: float, error: type[Exception]) -> None:
    with pytest.raises(error, match="'side' parameter of PixelFeatures must be an int in"):
        PixelFeatures(side=side).fit(example_cells(1, 8))


def test_images_are_framed_at_the_side_whatever_size_others_want(synthetic_paths) -> None:
    load, families = LoadCells(64, "cell"), [PixelFeatures(side=32), "nc"]
    together = ImageFeatures(load, CellFeatures(families)).fit(synthetic_paths[:2])
    rows = together.transform(synthetic_paths[:2])
    assert rows.shape == (2, 32 * 32 + 5)
    cells = LoadCells(32, "cell").fit_transform(synthetic_paths[:2])
    np.testing.assert_array_equal(rows[:, : 32 * 32], PixelFeatures(side=32).transform(cells))


def test_the_side_survives_clone() -> None:
    family: CellFamily = clone(PixelFeatures(side=12))
    assert family.frame_size == 12
    assert len(family.specs()) == 144
