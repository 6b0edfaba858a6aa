from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukfeat.features.fractal import FractalFeatures
from leukfeat.testing import FamilyCheck, example_cells, family_checks
from tests.masks import cells_of, disc, row, textured


@pytest.mark.parametrize(
    "check", family_checks(FractalFeatures(), cells=example_cells(size=96)), ids=lambda check: str(check)
)
def test_contract(check: FamilyCheck) -> None:
    check()


def test_a_level_square_has_dimensions_1_and_2() -> None:
    region = np.full((60, 60), 128, np.uint8)
    region[5:45, 8:48] = 255
    assert row(FractalFeatures(), cells_of(region)) == {"outline_nucleus": 1, "grey_nucleus": 2}


def test_white_noise_is_nearly_a_volume() -> None:
    levels = np.random.default_rng(0).integers(0, 2, (80, 80), dtype=np.uint8) * 255
    rgb = np.repeat(levels[..., np.newaxis], 3, axis=2)
    values = row(FractalFeatures(), cells_of(np.full((80, 80), 255, np.uint8), rgb))
    assert 2.9 < values["grey_nucleus"] < 3


def test_only_nucleus_pixels_are_read() -> None:
    cells = textured(3, 96)
    other = cells.copy()
    other[0, ..., :3][cells[0, ..., 3] != 255] = 0
    np.testing.assert_array_equal(FractalFeatures().transform(other), FractalFeatures().transform(cells))


def test_all_lobes_and_holes_of_a_nucleus_have_an_outline() -> None:
    region = 128 * disc(44, 96)
    region[disc(30, 96) == 1] = 255
    whole = row(FractalFeatures(), cells_of(region))["outline_nucleus"]
    region[::6, ::6][region[::6, ::6] == 255] = 128
    assert row(FractalFeatures(), cells_of(region))["outline_nucleus"] > whole + 0.3


def test_an_image_gives_the_median_over_cells_with_a_nucleus_that_is_large_enough() -> None:
    region = np.zeros((128, 128), np.uint8)
    region[2:42, 2:42] = 255  # dimension 1
    region[60:75, 2:60] = 255  # a pixel too narrow
    region[100:120, 100:120] = 128  # no nucleus
    assert row(FractalFeatures(), cells_of(region))["outline_nucleus"] == 1
    region[2:42, 60:100] = 255
    region[2:42:2, 66:94] = 128  # a comb
    comb = np.zeros_like(region)
    comb[:, 55:] = region[:, 55:]
    expected = (1 + row(FractalFeatures(), cells_of(comb))["outline_nucleus"]) / 2
    assert row(FractalFeatures(), cells_of(region))["outline_nucleus"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("level", [0, 128])
def test_no_nucleus_gives_nan(level: int) -> None:
    values = row(FractalFeatures(), cells_of(np.full((40, 40), level, np.uint8)))
    assert values == pytest.approx({"outline_nucleus": nan, "grey_nucleus": nan}, nan_ok=True)


def test_nuclei_at_the_border_are_measured_as_seen() -> None:
    cells = textured(5, 96)
    rows, columns = np.nonzero(cells[0, ..., 3] == 255)
    cells[0, ..., 3][cells[0, ..., 3] == 128] = 0
    moved = np.roll(cells, (-rows.min(), -columns.min()), axis=(1, 2))
    np.testing.assert_array_equal(FractalFeatures().transform(moved), FractalFeatures().transform(cells))


@pytest.mark.parametrize("move", [np.rot90, np.fliplr, np.flipud], ids=lambda move: move.__name__)
def test_rotations_and_reflections_change_nothing(move) -> None:
    cells = textured(11, 96)
    moved = np.ascontiguousarray(move(cells[0]))[np.newaxis]
    assert row(FractalFeatures(), moved) == pytest.approx(row(FractalFeatures(), cells), rel=1e-6)


@given(
    region=arrays(np.uint8, (17, 17), elements=st.sampled_from([0, 128, 255]), fill=st.just(255)),
    rgb=arrays(np.uint8, (17, 17, 3), elements=st.sampled_from([0, 1, 128, 254, 255])),
)
@settings(max_examples=60, deadline=None)
def test_values_keep_their_bounds(region, rgb) -> None:
    values = row(FractalFeatures(), cells_of(region, rgb))
    assert isnan(values["outline_nucleus"]) or 0 <= values["outline_nucleus"] <= 2
    assert isnan(values["grey_nucleus"]) or 1.5 <= values["grey_nucleus"] <= 3
