"""What holds for every family of the registry."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from docs.generate_features import MOST_ROWS, features_markdown
from leukfeat.features.family import CellFamily
from leukfeat.features.registry import DEFAULT_FAMILIES, FAMILIES
from leukfeat.testing import FamilyCheck, family_checks
from tests.masks import cells_of, disc, row, textured
from tests.oracles import ORACLES, Oracle

TESTS = Path(__file__).parents[1]
N_COLUMNS = {
    "shape": 33,
    "nc": 5,
    "contour": 12,
    "firstorder": 36,
    "glcm": 102,
    "lbp": 28,
    "wavelet": 12,
    "chromatin": 18,
    "fractal": 2,
    "color": 54,
    "population": 11,
}
UNITS_OF_LENGTH = {"px": 1, "px^2": 2, "grey level^2 px^2": 2}

families = pytest.mark.parametrize(
    "family", [FAMILIES[name]() for name in DEFAULT_FAMILIES], ids=DEFAULT_FAMILIES
)


def all_checks() -> list[FamilyCheck]:
    return [check for name in FAMILIES for check in family_checks(FAMILIES[name]())]


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: f"{check.family.family}-{check}")
def test_contract(check: FamilyCheck) -> None:
    check()


def test_registry_knows_each_family_by_its_own_name() -> None:
    assert {name: kind.family for name, kind in FAMILIES.items()} == {name: name for name in FAMILIES}
    assert set(DEFAULT_FAMILIES) <= set(FAMILIES)
    assert {name: len(FAMILIES[name]().specs()) for name in DEFAULT_FAMILIES} == N_COLUMNS


def test_default_columns_are_the_golden_ones() -> None:
    golden = (TESTS / "golden" / "columns.txt").read_text(encoding="utf-8").splitlines()
    names = [spec.name for name in DEFAULT_FAMILIES for spec in FAMILIES[name]().specs()]
    assert names == golden
    assert len(set(names)) == len(names)


def test_docs_are_current() -> None:
    page = (TESTS.parent / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == features_markdown(), "run: python docs/generate_features.py"


def test_docs_hold_every_column_in_a_row_of_six_but_for_pixels() -> None:
    rows = [line for line in features_markdown().splitlines() if line.startswith("| `")]
    specs = [kind().specs() for kind in FAMILIES.values()]
    names = [spec.name for family in specs if len(family) <= MOST_ROWS for spec in family]
    (pixels,) = (family for family in specs if len(family) > MOST_ROWS)
    assert sorted(line.split("`")[1] for line in rows) == sorted([*names, pixels[0].name])
    assert f"| `{pixels[0].name}` … `{pixels[-1].name}` | grey level |" in features_markdown()
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)


def test_docs_mark_a_column_without_oracle(monkeypatch) -> None:
    held = ORACLES["nc"]
    columns = held.columns | {"nc_no_cytoplasm": Oracle.missing("nobody measures it")}
    monkeypatch.setitem(ORACLES, "nc", replace(held, columns=columns))
    page = features_markdown()
    assert "1 where no cytoplasm is seen, else 0. | none: nobody measures it | – |" in page
    n_columns = sum(len(kind().specs()) for kind in FAMILIES.values())
    assert f"{n_columns - 1:,} of the {n_columns:,} columns below have an oracle" in page


@families
def test_powers_of_length_follow_the_units(family: CellFamily) -> None:
    for spec in family.specs():
        assert spec.length_power == UNITS_OF_LENGTH.get(spec.unit, 0), spec
        assert spec.name.endswith("_px") == spec.unit.startswith("px"), spec


@pytest.mark.parametrize(
    "move", [np.rot90, np.fliplr, np.flipud, np.transpose], ids=lambda move: move.__name__
)
@families
def test_rotations_and_reflections_change_nothing_but_one_sign(family: CellFamily, move) -> None:
    cells = textured(11)
    # Transposition of the image alone: (1, 0) of rows and columns, colours stay.
    moved = move(cells[0], (1, 0, 2)) if move is np.transpose else move(cells[0])
    before, after = row(family, cells), row(family, np.ascontiguousarray(moved)[np.newaxis])
    if family.family == "shape" and move is not np.rot90:
        before["hu7_nucleus"] *= -1
    assert after == pytest.approx(before, rel=1e-4, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("shift", [(3, 0), (0, -3), (2, 2)])
@families
def test_translation_changes_nothing(family: CellFamily, shift: tuple[int, int]) -> None:
    cells = textured(12)
    moved = np.roll(cells, shift, axis=(1, 2))
    assert row(family, moved) == pytest.approx(row(family, cells), rel=1e-5, abs=1e-6, nan_ok=True)


@families
def test_background_changes_only_what_reads_it(family: CellFamily) -> None:
    cells = textured(13)
    other = cells.copy()
    # Two pixels round the nucleus belong to its patterns; the cell is wider than that.
    other[0, ..., :3][cells[0, ..., 3] == 0] = 7
    np.testing.assert_array_equal(family.transform(other), family.transform(cells))


@given(
    region=arrays(np.uint8, (7, 7), elements=st.sampled_from([0, 128, 255])),
    rgb=arrays(np.uint8, (7, 7, 3), elements=st.sampled_from([0, 1, 128, 254, 255])),
)
@settings(max_examples=60, deadline=None)
def test_any_image_gives_numbers_or_nan(region, rgb) -> None:
    for name in DEFAULT_FAMILIES:
        rows = FAMILIES[name]().transform(cells_of(region, rgb))
        assert not np.isinf(rows).any(), name


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("level", [0, 128, 255])
@families
def test_frames_of_one_region_give_numbers_or_nan(family: CellFamily, size: int, level: int) -> None:
    rows = family.transform(cells_of(np.full((size, size), level, np.uint8)))
    assert not np.isinf(rows).any()
    if level == 0:
        measured = set(np.array([spec.name for spec in family.specs()])[~np.isnan(rows[0])])
        assert measured <= {"population_n_cells", "population_area_fraction"}


@families
def test_large_frames_do_not_overflow(family: CellFamily) -> None:
    cells = cells_of(255 * disc(700, 1500), np.full(3, 255, np.uint8))
    rows = family.transform(cells)
    assert not np.isinf(rows).any()
    if family.family == "shape":
        values = row(family, cells)
        assert values["major_axis_nucleus_px"] == pytest.approx(1400, rel=1e-3)
    if family.family == "firstorder":
        assert row(family, cells)["energy_nucleus"] == pytest.approx(np.pi * 700**2 * 255**2, rel=1e-3)


def test_families_run_without_scikit_image() -> None:
    code = (
        "import sys, numpy as np; import leukfeat.features.registry as r; "
        "cells = np.full((1, 9, 9, 4), 255, np.uint8); "
        "[f().transform(cells) for f in r.FAMILIES.values()]; "
        "heavy = {'skimage', 'matplotlib', 'xgboost'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert result.returncode == 0, result.stderr
