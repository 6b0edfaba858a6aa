from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from leukfeat.features.chromatin import ChromatinFeatures
from leukfeat.testing import FamilyCheck, family_checks
from tests.masks import cells_of, disc, row, textured

SIZE = 100
SCALES = (5, 9, 15)
# More than 15 pixels from one to the next, or the gaps between bright spots were dark ones.
CENTRES = ((50, 50), (24, 50), (50, 76), (50, 24))
SPOTS = {1: 1, 3: 9, 9: 69}


def drawn(diameter: int, height: int, centres: tuple[tuple[int, int], ...] = CENTRES) -> np.ndarray:
    """A flat grey nucleus with spots of one size, so many grey levels brighter (or darker)."""
    grey = np.full((SIZE, SIZE), 120, np.uint8)
    for centre in centres:
        grey[spot(diameter, centre)] = 120 + height
    return cells_of(255 * disc(45, SIZE), grey[..., np.newaxis])


def spot(diameter: int, centre: tuple[int, int]) -> np.ndarray:
    if diameter == 3:
        rows, columns = np.abs(np.mgrid[:SIZE, :SIZE] - np.reshape(centre, (2, 1, 1)))
        return np.maximum(rows, columns) <= 1
    return disc(diameter / 2, SIZE, centre) == 1


def n_interior(cells: np.ndarray) -> int:
    return int(ndimage.binary_erosion(cells[0, ..., 3] == 255, disc(2.5, 5)).sum())


@pytest.mark.parametrize("check", family_checks(ChromatinFeatures()), ids=str)
def test_contract(check: FamilyCheck) -> None:
    check()


def test_columns() -> None:
    assert ChromatinFeatures().get_feature_names_out().tolist() == [
        f"chromatin_{kind}_{measure}_d{scale}"
        for kind in ("tophat", "blackhat")
        for scale in SCALES
        for measure in ("count", "area", "strength")
    ]


@pytest.mark.parametrize(("kind", "other", "sign"), [("tophat", "blackhat", 1), ("blackhat", "tophat", -1)])
@pytest.mark.parametrize(("diameter", "pixels"), SPOTS.items())
def test_drawn_spots_are_found(kind, other, sign, diameter: int, pixels: int) -> None:
    cells = drawn(diameter, 40 * sign)
    values = row(ChromatinFeatures(), cells)
    share = len(CENTRES) * pixels / n_interior(cells)
    for scale in SCALES:
        seen = scale > diameter
        assert values[f"{kind}_count_d{scale}"] == (len(CENTRES) if seen else 0)
        assert values[f"{kind}_area_d{scale}"] == pytest.approx(share if seen else 0)
        assert values[f"{kind}_strength_d{scale}"] == pytest.approx(40 * share if seen else 0)
        assert values[f"{other}_strength_d{scale}"] == 0


def test_what_is_wider_than_all_octagons_is_no_spot() -> None:
    values = row(ChromatinFeatures(), drawn(9, 40, ((50, 50), (50, 56), (56, 50), (44, 50), (50, 44))))
    assert values["tophat_count_d5"] == 0
    wide = drawn(3, 0)
    wide[0, ..., :3][disc(15, SIZE) == 1] = 160
    assert row(ChromatinFeatures(), wide)["tophat_area_d15"] < 0.01


def test_spots_below_the_deviation_add_to_the_strength_alone() -> None:
    cells = drawn(3, 5)
    cells[0, :, :38, :3] += 60
    values = row(ChromatinFeatures(), cells)
    assert values["tophat_count_d5"] == values["tophat_area_d5"] == 0
    assert values["tophat_strength_d5"] == pytest.approx(5 * 4 * 9 / n_interior(cells))


def test_a_constant_nucleus_is_0() -> None:
    assert set(row(ChromatinFeatures(), cells_of(255 * disc(12, 40))).values()) == {0}


def test_the_rim_and_what_surrounds_it_change_nothing() -> None:
    cells = drawn(3, 40)
    cells[0, ..., 3][disc(48, SIZE) == 1] = np.where(disc(45, SIZE) == 1, 255, 128)[disc(48, SIZE) == 1]
    bright = cells.copy()
    inner = ndimage.binary_erosion(cells[0, ..., 3] == 255, disc(2.5, 5))
    bright[0, ..., :3][~inner] = 255
    np.testing.assert_array_equal(ChromatinFeatures().transform(bright), ChromatinFeatures().transform(cells))


def test_nuclei_are_measured_one_by_one_and_pooled() -> None:
    several, one = drawn(3, 40), drawn(3, 60, CENTRES[:1])
    # The two cells lie one pixel apart.
    both = np.zeros((1, 2 * SIZE, 2 * SIZE, 4), np.uint8)
    both[0, :SIZE, :SIZE] = several[0]
    both[0, :SIZE, 91 : 91 + SIZE][one[0, ..., 3] == 255] = one[0][one[0, ..., 3] == 255]
    values = row(ChromatinFeatures(), both)
    parts = [row(ChromatinFeatures(), cells) for cells in (several, one)]
    for scale in SCALES:
        assert values[f"tophat_count_d{scale}"] == 2.5
        for measure in ("area", "strength"):
            name = f"tophat_{measure}_d{scale}"
            assert values[name] == pytest.approx((parts[0][name] + parts[1][name]) / 2)


@pytest.mark.parametrize("region", [0, 128])
def test_no_nucleus_is_nan(region: int) -> None:
    values = row(ChromatinFeatures(), cells_of(np.full((20, 20), region, np.uint8)))
    assert all(isnan(value) for value in values.values())


def test_a_nucleus_without_interior_is_left_out() -> None:
    region = np.zeros((SIZE, SIZE), np.uint8)
    region[2:6, 2:90] = 255
    assert np.isnan(ChromatinFeatures().transform(cells_of(region))).all()
    cells = drawn(3, 40)
    expected = row(ChromatinFeatures(), cells)
    cells[0, 0:4, 0:20, 3] = 255
    assert row(ChromatinFeatures(), cells) == expected


@given(st.integers(0, 10_000), st.integers(-3, 3), st.integers(-3, 3))
@settings(max_examples=25, deadline=None)
def test_translation_changes_nothing(seed: int, down: int, right: int) -> None:
    cells = textured(seed)
    moved = np.roll(cells, (down, right), axis=(1, 2))
    np.testing.assert_array_equal(ChromatinFeatures().transform(moved), ChromatinFeatures().transform(cells))


@given(st.integers(0, 10_000), st.sampled_from([np.rot90, np.flipud, np.fliplr]))
@settings(max_examples=25, deadline=None)
def test_rotations_and_reflections_change_nothing(seed: int, move) -> None:
    cells = textured(seed)
    moved = np.ascontiguousarray(move(cells[0]))[np.newaxis]
    np.testing.assert_array_equal(ChromatinFeatures().transform(moved), ChromatinFeatures().transform(cells))


@given(st.integers(0, 10_000), st.integers(1, 127))
@settings(max_examples=25, deadline=None)
def test_a_constant_added_to_grey_changes_nothing(seed: int, constant: int) -> None:
    cells = textured(seed)
    # The same in all channels, so that grey takes just this value.
    cells[..., :3] = cells[..., :1] // 2
    brighter = cells.copy()
    brighter[..., :3] += np.uint8(constant)
    np.testing.assert_array_equal(
        ChromatinFeatures().transform(brighter), ChromatinFeatures().transform(cells)
    )


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_negative_swaps_bright_and_dark(seed: int) -> None:
    cells = textured(seed)
    cells[..., :3] = cells[..., :1]
    negative = cells.copy()
    negative[..., :3] = 255 - cells[..., :3]
    before, after = ChromatinFeatures().transform(cells), ChromatinFeatures().transform(negative)
    np.testing.assert_array_equal(after, np.roll(before, 9, axis=1))
