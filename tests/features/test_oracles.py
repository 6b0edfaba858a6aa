"""Every column agrees with its oracle within the tolerance that docs/features.md states."""

import re
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from leukfeat.features.registry import FAMILIES
from leukfeat.features.view import CellViews
from leukfeat.imaging import LoadCells
from tests.masks import blob, cells_of, textured
from tests.oracles import ORACLES, FamilyOracles, Oracle
from tests.oracles.lbp import NEIGHBOURHOODS, codes_and_ties, skimage_codes
from tests.oracles.regions import NUCLEUS, grey

FOLDER = Path(__file__).parents[1] / "oracles"
# Every so-manieth image of each folder of real ones.
REAL = {"cell": ("deepapl/images", "jpg"), "masked": ("cnmc_sample", "bmp"), "field": ("all_smears", "jpg")}
N_REAL = 4

families = pytest.mark.parametrize("oracles", ORACLES.values(), ids=ORACLES)


def two_cells() -> np.ndarray:
    """Of different size, one pixel apart from each other and from the border."""
    cells = np.zeros((1, 80, 80, 4), np.uint8)
    cells[0, :32, :32], cells[0, 36:76, 36:76] = textured(2, 32)[0], textured(3, 40)[0]
    return cells


def ragged(seed: int, size: int = 70) -> np.ndarray:
    """Cells and nuclei with lobes and holes, some at the border, some without the other."""
    cells = textured(seed, size)
    cells[0, ..., 3] = np.where(blob(seed, size, 0.6), np.where(blob(seed + 50, size, 0.5), 255, 128), 0)
    return cells


def without_nucleus() -> np.ndarray:
    cells = textured(5)
    cells[0, ..., 3][cells[0, ..., 3] == NUCLEUS] = 128
    return cells


def of_one_level(level: int, region: np.ndarray) -> np.ndarray:
    return cells_of(region, np.full(3, level, np.uint8))


def pixel() -> np.ndarray:
    region = np.zeros((9, 9), np.uint8)
    region[4, 4] = NUCLEUS
    return region


DRAWN = {
    **{f"textured-{seed}": textured(seed) for seed in range(4)},
    "textured-odd": textured(4, 53),
    "textured-small": textured(5, 9),
    "two-cells": two_cells(),
    **{f"ragged-{seed}": ragged(seed) for seed in range(4)},
    "without-nucleus": without_nucleus(),
    "grey": of_one_level(100, textured(6)[0, ..., 3]),
    "black": of_one_level(0, textured(7)[0, ..., 3]),
    "pixel": of_one_level(100, pixel()),
    "full": of_one_level(100, np.full((20, 20), NUCLEUS, np.uint8)),
    "empty": of_one_level(100, np.zeros((20, 20), np.uint8)),
}


@pytest.fixture(scope="module")
def real_cells(data_dir: Path) -> dict[str, np.ndarray]:
    """Four cells or fields of each data set by path."""
    cells = {}
    for scene, (folder, suffix) in REAL.items():
        paths = sorted((data_dir / folder).rglob(f"*.{suffix}"))
        for path in paths[:: len(paths) // N_REAL][:N_REAL]:
            cells[str(path)] = LoadCells(scene=scene).transform([str(path)])
    return cells


@pytest.mark.parametrize("family", FAMILIES)
def test_every_column_of_the_registry_has_an_entry(family: str) -> None:
    names = [spec.name for spec in FAMILIES[family]().specs()]
    assert list(ORACLES[family].columns) == names
    assert type(ORACLES[family].family) is FAMILIES[family]


@families
def test_entries_state_a_source_or_a_reason(oracles: FamilyOracles) -> None:
    for name, oracle in oracles.columns.items():
        assert oracle.source, name
        assert bool(oracle.reason) == oracle.is_missing, name
        assert oracle.is_missing or 0 <= oracle.relative <= 1e-6, name


@pytest.mark.parametrize("image", DRAWN)
@families
def test_columns_agree_on_drawn_cells(oracles: FamilyOracles, image: str) -> None:
    cells = DRAWN[image]
    assert oracles.disagreements(cells[0], oracles.family.transform(cells)[0].tolist()) == []


@pytest.mark.realdata
@families
def test_columns_agree_on_real_cells(oracles: FamilyOracles, real_cells: dict[str, np.ndarray]) -> None:
    for path, cells in real_cells.items():
        assert oracles.disagreements(cells[0], oracles.family.transform(cells)[0].tolist()) == [], path


@families
def test_columns_have_numbers_where_there_is_a_cell(oracles: FamilyOracles) -> None:
    values = oracles.family.transform(textured(0))[0]
    assert not np.isnan(values).any()


@families
def test_what_lies_outside_the_tolerance_is_noticed(oracles: FamilyOracles) -> None:
    image = textured(1)[0]
    expected = oracles.reference(image)
    held = {name: oracle for name, oracle in oracles.columns.items() if not oracle.is_missing}
    wrong = [
        value + (1.01 * max(oracle.relative * abs(value), oracle.floor) or 1e-6)
        for oracle, value in zip(oracles.columns.values(), expected.values(), strict=True)
    ]
    for values in (wrong, [nan] * len(wrong)):
        assert len(oracles.disagreements(image, values)) == len(held)


def test_a_number_for_nan_is_noticed_and_nan_for_nan_is_not() -> None:
    assert not Oracle("scikit-image").agrees(0.0, nan)
    assert Oracle("scikit-image").agrees(nan, nan)
    assert isnan(Oracle.missing("no library has it").relative)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_oracles_use_no_kernel_of_leukfeat(path: Path) -> None:
    imported = re.findall(r"leukfeat\.(\w+)\.(\w+) import (\w+)", path.read_text(encoding="utf-8"))
    for package, module, name in imported:
        assert package == "features", name
        assert module == "family" or module == path.stem, name


def test_luma_is_that_of_rec_601() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (200, 200, 4)).astype(np.uint8)
    luma = levels[..., :3] @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey(levels) - luma).max() < 0.51
    np.testing.assert_array_equal(grey(levels), CellViews(levels[np.newaxis]).grey[0])


@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
@pytest.mark.parametrize("seed", range(3))
def test_codes_are_those_of_scikit_image_but_for_ties(neighbourhood: tuple[int, int], seed: int) -> None:
    image = grey(textured(seed)[0])
    codes, ties = codes_and_ties(image, *neighbourhood)
    np.testing.assert_array_equal(codes[~ties], skimage_codes(image, *neighbourhood)[~ties])
    assert ties.mean() < 0.2


@pytest.mark.realdata
def test_codes_of_real_cells_are_those_of_scikit_image_but_for_ties(
    real_cells: dict[str, np.ndarray],
) -> None:
    for path, cells in real_cells.items():
        for neighbourhood in NEIGHBOURHOODS:
            image = grey(cells[0])
            codes, ties = codes_and_ties(image, *neighbourhood)
            equal = codes == skimage_codes(image, *neighbourhood)
            assert equal[~ties].all(), path
