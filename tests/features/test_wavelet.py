from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.features.wavelet import WaveletFeatures
from leukfeat.testing import FamilyCheck, family_checks
from tests.masks import cells_of, disc, row, textured
from tests.oracles import regions, wavelet

MEASURES = ("energy_axis", "energy_diagonal", "anisotropy", "share")


@pytest.mark.parametrize("check", family_checks(WaveletFeatures()), ids=str)
def test_contract(check: FamilyCheck) -> None:
    check()


def test_columns() -> None:
    names = WaveletFeatures().get_feature_names_out().tolist()
    assert names == [f"wavelet_{measure}_l{level}" for level in (1, 2, 3) for measure in MEASURES]


@pytest.mark.parametrize("size", [48, 53])
def test_columns_agree_with_pywavelets(size: int) -> None:
    cells = textured(1, size)
    (region,) = regions.cells(cells[0])
    energies, n = wavelet.detail_energies(wavelet.filled(region), 3), region.cell.sum()
    values = row(WaveletFeatures(), cells)
    for level, (horizontal, vertical, diagonal) in enumerate(energies, start=1):
        axis = horizontal + vertical
        assert values[f"energy_axis_l{level}"] == pytest.approx(axis / n, rel=1e-6)
        assert values[f"energy_diagonal_l{level}"] == pytest.approx(diagonal / n, rel=1e-6)
        assert values[f"anisotropy_l{level}"] == pytest.approx(abs(horizontal - vertical) / axis, rel=1e-6)
        assert values[f"share_l{level}"] == pytest.approx((axis + diagonal) / energies.sum(), rel=1e-6)


@pytest.mark.parametrize(("width", "level"), [(1, 1), (2, 2), (4, 3)])
def test_stripes_stand_at_the_level_of_their_width(width: int, level: int) -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:, np.arange(32) // width % 2 == 1] = 100
    values = row(WaveletFeatures(), cells_of(np.full((32, 32), 128, np.uint8), rgb))
    for other in (1, 2, 3):
        assert values[f"share_l{other}"] == (other == level)
        assert values[f"energy_axis_l{other}"] == (50**2 if other == level else 0)
        assert values[f"energy_diagonal_l{other}"] == 0
    assert values[f"anisotropy_l{level}"] == 1


def test_a_chessboard_is_diagonal() -> None:
    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[np.indices((16, 16)).sum(axis=0) % 2 == 1] = 100
    values = row(WaveletFeatures(), cells_of(np.full((16, 16), 255, np.uint8), rgb))
    assert values["energy_diagonal_l1"] == 50**2
    assert values["energy_axis_l1"] == 0
    assert isnan(values["anisotropy_l1"])
    assert values["share_l1"] == 1


def test_cells_of_an_image_are_pooled() -> None:
    first, second = textured(2, 32)[0], textured(3, 40)[0]
    both = np.zeros((1, 80, 80, 4), np.uint8)
    both[0, :32, :32], both[0, 36:76, 36:76] = first, second
    parts = [row(WaveletFeatures(), cell[np.newaxis]) for cell in (first, second)]
    n_pixels = [int(np.count_nonzero(cell[..., 3])) for cell in (first, second)]
    together = row(WaveletFeatures(), both)
    for name in ("energy_axis_l1", "energy_diagonal_l2", "energy_axis_l3"):
        expected = np.average([part[name] for part in parts], weights=n_pixels)
        assert together[name] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 3), (20, 20)])
def test_a_constant_cell_of_any_size_has_energies_0(shape: tuple[int, int]) -> None:
    region = np.zeros((24, 24), np.uint8)
    region[2 : 2 + shape[0], 2 : 2 + shape[1]] = 128
    values = row(WaveletFeatures(), cells_of(region))
    for name, value in values.items():
        assert value == 0 if name.startswith("energy") else isnan(value)


def test_a_narrow_cell_is_paired_with_itself() -> None:
    region, rgb = np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.uint8)
    region[4, 2:5] = 128
    rgb[4, 2:5] = np.array([[10], [20], [40]])
    values = row(WaveletFeatures(), cells_of(region, rgb))
    # Orthonormal by hand: 10 - 20 and 40 - 40 on rows that are doubled; then 30 against 80; nothing is left.
    assert values["energy_axis_l1"] == pytest.approx((10 - 20) ** 2 / 3)
    assert values["energy_axis_l2"] == pytest.approx((30 - 80) ** 2 / 3)
    assert values["energy_axis_l3"] == 0
    assert values["anisotropy_l1"] == values["anisotropy_l2"] == 1


def test_no_cells_is_nan() -> None:
    assert np.isnan(WaveletFeatures().transform(cells_of(np.zeros((16, 16), np.uint8)))).all()


def test_background_changes_nothing() -> None:
    cells = textured(4)
    other = cells.copy()
    other[0, ..., :3][cells[0, ..., 3] == 0] = 255
    np.testing.assert_array_equal(WaveletFeatures().transform(other), WaveletFeatures().transform(cells))


@given(st.integers(0, 10_000), st.integers(-3, 3), st.integers(-3, 3))
@settings(max_examples=25, deadline=None)
def test_translation_changes_nothing(seed: int, down: int, right: int) -> None:
    cells = textured(seed)
    moved = np.roll(cells, (down, right), axis=(1, 2))
    np.testing.assert_array_equal(WaveletFeatures().transform(moved), WaveletFeatures().transform(cells))


@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([(16, 24), (32, 32), (40, 8)]))
@settings(max_examples=25, deadline=None)
def test_rotation_of_a_box_of_whole_eights_changes_nothing(
    seed: int, turns: int, shape: tuple[int, int]
) -> None:
    cells = textured(seed)
    cells[..., 3] = 0
    cells[0, 4 : 4 + shape[0], 3 : 3 + shape[1], 3] = 128
    turned = np.ascontiguousarray(np.rot90(cells, turns, axes=(1, 2)))
    flipped = np.ascontiguousarray(cells[:, ::-1])
    rows = [WaveletFeatures().transform(image) for image in (cells, turned, flipped)]
    np.testing.assert_array_equal(rows[1], rows[0])
    np.testing.assert_array_equal(rows[2], rows[0])


def test_a_constant_added_to_grey_changes_nothing() -> None:
    cells = textured(5)
    cells[..., :3] = cells[..., :3] // 2
    brighter = cells.copy()
    brighter[..., :3] += 100
    np.testing.assert_array_equal(WaveletFeatures().transform(brighter), WaveletFeatures().transform(cells))


def test_noise_raises_the_finest_level() -> None:
    region = 128 * disc(20, 48)
    noise = np.random.default_rng(0).integers(80, 120, (48, 48, 1)).astype(np.uint8)
    values = row(WaveletFeatures(), cells_of(region, noise))
    assert values["share_l1"] > 2 * values["share_l2"] > 4 * values["share_l3"]
