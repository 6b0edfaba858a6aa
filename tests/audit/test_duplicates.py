"""Real files: copied, encoded anew, cut out anew."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from leukfeat.audit import Duplicates, audit_images, find_duplicates
from leukfeat.datasets import manifest_from_folders, read_manifest
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.imaging import LoadCells

SIZE = 96


@dataclass
class Copies:
    """A folder that images are written to, and their paths in order."""

    folder: Path
    paths: list[str] = field(default_factory=list)

    def target(self, suffix: str) -> Path:
        path = self.folder / f"{len(self.paths):03d}{suffix}"
        self.paths.append(str(path))
        return path

    def copy(self, source: str) -> None:
        shutil.copy(source, self.target(Path(source).suffix))

    def encode(self, source: str, suffix: str, **options) -> None:
        Image.open(source).convert("RGB").save(self.target(suffix), **options)

    def crop(self, source: str, box: tuple[int, int, int, int]) -> None:
        Image.open(source).convert("RGB").crop(box).save(self.target(".png"))

    def find(self, scene: str = "cell", size: int = SIZE) -> Duplicates:
        load = LoadCells(size, scene)
        return audit_images(pd.DataFrame({"path": self.paths}), load, jobs=1, cache=False).audit.duplicates


@pytest.fixture
def copies(tmp_path) -> Copies:
    return Copies(tmp_path)


def test_different_cells_are_no_duplicates(synthetic_manifest) -> None:
    found = audit_images(read_manifest(synthetic_manifest), LoadCells(SIZE, "cell"), jobs=1).audit
    np.testing.assert_array_equal(found.duplicates.pixels, np.arange(24))
    assert found.findings == ()


def test_copies_are_identical_files(copies, synthetic_paths) -> None:
    for number in (0, 1, 0, 2, 1, 0):
        copies.copy(synthetic_paths[number])
    found = copies.find()
    assert found.files.tolist() == [0, 1, 0, 3, 1, 0]
    assert found.pixels.tolist() == [0, 1, 0, 3, 1, 0]
    assert not len(found.near)
    assert found.complete


def test_other_bytes_with_the_same_pixels_are_identical(copies, synthetic_paths) -> None:
    copies.encode(synthetic_paths[0], ".bmp")
    copies.encode(synthetic_paths[0], ".png", compress_level=1)
    copies.encode(synthetic_paths[1], ".tiff")
    copies.encode(synthetic_paths[0], ".png", compress_level=9)
    copies.copy(copies.paths[3])
    found = copies.find()
    assert found.files.tolist() == [0, 1, 2, 3, 3]
    assert found.pixels.tolist() == [0, 0, 2, 0, 0]
    assert not len(found.near)


@pytest.mark.parametrize("quality", [95, 75, 50])
def test_an_image_saved_with_loss_is_a_near_duplicate(copies, synthetic_paths, quality: int) -> None:
    for path in synthetic_paths:
        copies.copy(path)
    for path in synthetic_paths:
        copies.encode(path, ".jpg", quality=quality)
    found = copies.find()
    n = len(synthetic_paths)
    assert found.near.tolist() == [[row, row + n] for row in range(n)]
    np.testing.assert_array_equal(found.pixels, np.arange(2 * n))
    assert found.correlation.min() > 0.95


def test_a_cell_cut_out_anew_is_a_near_duplicate(copies, tmp_path) -> None:
    paths = read_manifest(write_synthetic(tmp_path / "cells", 6, n_subjects=6, size=200))["path"]
    for path in paths:
        copies.copy(path)
    for path in paths:
        copies.crop(path, (16, 16, 200, 200))
    assert copies.find(size=200).near.tolist() == [[row, row + 6] for row in range(6)]


def test_near_duplicates_of_a_group_are_told_once(copies, synthetic_paths) -> None:
    copies.copy(synthetic_paths[0])
    copies.copy(synthetic_paths[0])
    copies.encode(synthetic_paths[0], ".bmp")
    copies.encode(synthetic_paths[0], ".jpg", quality=80)
    found = copies.find()
    assert found.pixels.tolist() == [0, 0, 0, 3]
    assert found.near.tolist() == [[0, 3]]


@pytest.mark.parametrize("scene", ["masked", "field"])
def test_other_scenes(copies, tmp_path, scene: str) -> None:
    manifest = read_manifest(
        write_synthetic(tmp_path / "cells", 8, n_subjects=4, size=128, scene=scene, seed=2)
    )
    for path in manifest["path"]:
        copies.copy(path)
        copies.encode(path, ".jpg", quality=90)
        copies.encode(path, ".bmp")
    found = copies.find(scene)
    first = 3 * np.arange(8)
    assert found.near.tolist() == [[row, row + 1] for row in first]
    np.testing.assert_array_equal(found.pixels.reshape(8, 3)[:, 2], first)


def test_images_of_one_level_are_no_near_duplicates(copies) -> None:
    for level in (200, 201, 200):
        Image.new("RGB", (SIZE, SIZE), (level,) * 3).save(copies.target(".png"), pnginfo=None)
    Image.new("RGB", (SIZE, SIZE), (200,) * 3).save(copies.target(".bmp"))
    found = copies.find()
    assert found.pixels.tolist() == [0, 1, 0, 0]
    assert not len(found.near)


def test_files_that_are_gone_are_counted(copies, synthetic_paths) -> None:
    copies.copy(synthetic_paths[0])
    copies.encode(synthetic_paths[0], ".jpg", quality=80)
    load = LoadCells(SIZE, "cell")
    images = audit_images(pd.DataFrame({"path": copies.paths}), load, jobs=1, cache=False).audit.images
    Path(copies.paths[1]).unlink()
    found = find_duplicates(images, load, jobs=1)
    assert found.n_unconfirmed == 1
    assert not len(found.near)


def test_more_pairs_than_can_be_looked_at_are_said_to_be(copies, synthetic_paths, monkeypatch) -> None:
    monkeypatch.setattr("leukfeat.audit.duplicates._MOST_PAIRS", 2)
    for suffix in (".bmp", ".png", ".tiff"):
        copies.encode(synthetic_paths[0], suffix)
    assert not copies.find().complete


def test_without_fingerprints_only_files_are_compared() -> None:
    images = pd.DataFrame({"path": ["/a", "/b", "/c"], "sha256": ["x", "y", "x"]}, index=[7, 8, 9])
    found = find_duplicates(images, LoadCells(SIZE, "cell"))
    assert found.files.tolist() == found.pixels.tolist() == [0, 1, 0]
    assert not found.complete


@pytest.mark.realdata
def test_real_pairs_are_told_from_real_strangers(data_dir) -> None:
    folder = data_dir / "deepapl" / "images"
    patients = ("Patient_35", "Patient_47", "Patient_64", "Patient_70")
    paths = [str(path) for patient in patients for path in sorted((folder / patient).iterdir())]
    audit = audit_images(pd.DataFrame({"path": paths}), LoadCells(scene="cell"), jobs=1).audit
    named = {tuple(sorted(Path(paths[row]).name for row in pair)) for pair in audit.duplicates.near}
    assert named == {
        ("blast_BL_13658416.jpg", "lymphocyte_LY_13658415.jpg"),  # two cells that touch, cut out twice
        ("blast_BL_16633453.jpg", "blast_BL_16633454.jpg"),
        ("blast_BL_8909949.jpg", "monocyte_MO_8909948.jpg"),
        ("blast_BL_6383354.jpg", "blast_BL_6383355.jpg"),
    }


@pytest.mark.realdata
def test_the_cells_of_the_c_nmc_sample(data_dir) -> None:
    paths = sorted(map(str, (data_dir / "cnmc_sample").rglob("*.bmp")))
    audit = audit_images(pd.DataFrame({"path": paths}), jobs=1).audit
    named = {tuple(sorted(Path(paths[row]).stem for row in pair)) for pair in audit.duplicates.near}
    assert named == {
        ("UID_H10_1_1_hem", "UID_h3_1_1_hem"),
        ("UID_H2_1_1_hem", "UID_H6_1_1_hem"),
        ("UID_H2_1_2_hem", "UID_H6_1_2_hem"),
    }


@pytest.mark.realdata
@pytest.mark.slow
def test_the_four_class_set_has_forty_copies_that_no_block_parts(data_dir) -> None:
    outcome = audit_images(manifest_from_folders(data_dir / "all_smears" / "Original"), cache=False)
    assert outcome.scene == "field"
    assert outcome.audit.is_sound
    found = {finding.kind: finding.count for finding in outcome.audit.findings}
    assert found == {"identical_files_within": 40, "near_duplicates_within": 50}
