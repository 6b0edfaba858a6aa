"""Compact copies of data sets: the same features, the same duplicates, and nothing lost."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leukfeat.audit.conversion import convert_images
from leukfeat.audit.images import audit_images
from leukfeat.datasets import make_manifest, read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.extraction import extract
from leukfeat.imaging import LoadCells
from leukfeat.imaging.compact import read_compact


@pytest.fixture
def manifest(synthetic_manifest):
    return read_manifest(synthetic_manifest)


def features(manifest, scene="auto", size=200):
    from leukfeat.features import ImageFeatures

    return extract(manifest, ImageFeatures(LoadCells(size, scene)), jobs=1, cache=False).table


def test_features_of_the_copy_are_those_of_the_originals(manifest, tmp_path):
    done = []
    outcome = convert_images(
        manifest, tmp_path / "copy", LoadCells(96), jobs=1, progress=lambda *n: done.append(n)
    )
    copies = read_manifest(outcome.manifest)
    assert done[-1] == (24, 24)
    assert (outcome.n_images, len(outcome.errors), outcome.scene) == (24, 0, "cell")
    assert outcome.bytes_after == sum(Path(path).stat().st_size for path in copies["path"])
    pd.testing.assert_frame_equal(
        copies[list(manifest.columns)].drop(columns="path"), manifest.drop(columns="path")
    )
    assert set(copies["source_format"]) == {"PNG"}
    assert set(copies["source_width"]) == {96}
    before, after = features(manifest, size=96), features(copies, size=96)
    assert before.values.tobytes() == after.values.tobytes()
    assert after.metadata["scene"] == before.metadata["scene"] == "cell"


def test_files_do_not_depend_on_place_or_workers(manifest, tmp_path):
    for name, jobs in (("a", 1), ("b", 2)):
        convert_images(manifest.head(18), tmp_path / name, LoadCells(64), jobs=jobs)
    listed = [
        sorted(path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*")) for name in "ab"
    ]
    assert listed[0] == listed[1]
    for name in listed[0]:
        if (tmp_path / "a" / name).is_file():
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_bad_images_are_listed_and_names_do_not_clash(manifest, tmp_path):
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    good = manifest["path"].iloc[0]
    for name in ("1.png", "1.PNG.png", "deep/1.png"):
        shutil.copy(good, source / name)
    shutil.copy(good, source / "1.tif")  # the name of a format plays no part
    (source / "bad.png").write_bytes(b"no image")
    names = ["1.png", "1.tif", "1.PNG.png", "deep/1.png", "bad.png"]
    rows = pd.DataFrame({"path": [str(source / name) for name in names]})
    outcome = convert_images(rows, tmp_path / "copy", LoadCells(64, "cell"), jobs=1)
    copies = read_manifest(outcome.manifest, require_labels=False)
    assert outcome.errors["path"].tolist() == [str(source / "bad.png")]
    assert len(set(copies["path"])) == 4
    assert all(Path(path).is_file() for path in copies["path"])
    with pytest.raises(ConfigurationError, match=r"Not one of 1 images could be used.*bad\.png"):
        convert_images(rows.tail(1), tmp_path / "none", LoadCells(64, "cell"), jobs=1)


def test_a_copy_that_is_there_stays_unless_asked(manifest, tmp_path):
    first = convert_images(manifest.head(2), tmp_path / "copy", LoadCells(64), jobs=1)
    with pytest.raises(ConfigurationError, match="--overwrite"):
        convert_images(manifest.head(2), tmp_path / "copy", LoadCells(64), jobs=1)
    assert (
        convert_images(manifest.head(2), tmp_path / "copy", LoadCells(64), jobs=1, overwrite=True).n_images
        == 2
    )
    with pytest.raises(ConfigurationError, match="where the copies go"):
        convert_images(
            read_manifest(first.manifest), tmp_path / "copy", LoadCells(64), jobs=1, overwrite=True
        )
    assert len(read_manifest(first.manifest)) == 2


def test_no_manifest_but_that_of_a_copy_is_replaced(manifest, tmp_path):
    own = tmp_path / "own"
    (own / "deep").mkdir(parents=True)
    shutil.copy(manifest["path"].iloc[0], own / "deep" / "1.png")
    (own / "manifest.csv").write_text("path,label\ndeep/1.png,a\n")
    with pytest.raises(ConfigurationError, match="where the copies go"):
        convert_images(
            read_manifest(own / "manifest.csv"), own, LoadCells(64, "cell"), jobs=1, overwrite=True
        )
    with pytest.raises(ConfigurationError, match="lists no compact copies"):
        convert_images(manifest.head(2), own, LoadCells(64, "cell"), jobs=1, overwrite=True)
    assert (own / "manifest.csv").read_text() == "path,label\ndeep/1.png,a\n"


def test_no_picture_but_a_copy_is_replaced(manifest, tmp_path):
    picture = tmp_path / "own" / "images" / Path(manifest["path"].iloc[0]).name
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"precious")
    with pytest.raises(ConfigurationError, match=r"exists, and no manifest\.csv lists it"):
        convert_images(manifest.head(1), tmp_path / "own", LoadCells(64, "cell"), jobs=1)
    assert picture.read_bytes() == b"precious"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_replacement_is_whole_or_none(manifest, tmp_path):
    first = convert_images(manifest.head(3), tmp_path / "copy", LoadCells(64, "cell"), jobs=1)
    before = contents(tmp_path / "copy")

    def interrupt(done, total):
        raise KeyboardInterrupt

    again = {"jobs": 1, "overwrite": True}
    with pytest.raises(KeyboardInterrupt):
        convert_images(manifest, tmp_path / "copy", LoadCells(96, "cell"), progress=interrupt, **again)
    assert contents(tmp_path / "copy") == before
    second = convert_images(manifest.iloc[1:3], tmp_path / "copy", LoadCells(96, "cell"), **again)
    assert second.manifest == first.manifest
    listed = {Path(path) for path in read_manifest(second.manifest)["path"]}
    assert set(contents(tmp_path / "copy")) == {*listed, second.manifest}  # none of before is left


def test_a_longer_name_may_not_be_that_of_another_copy(manifest, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    names = ["a.jpg", "a.bmp", "a.jpg.png"]
    for name in names:
        shutil.copy(manifest["path"].iloc[0], source / name)
    rows = pd.DataFrame({"path": [str(source / name) for name in names]})
    outcome = convert_images(rows, tmp_path / "copy", LoadCells(64, "cell"), jobs=1)
    copies = read_manifest(outcome.manifest, require_labels=False)["path"]
    assert [Path(path).name for path in copies] == [f"{name}.png" for name in names]


def test_a_copy_of_a_copy_is_the_same_and_never_another_size(manifest, tmp_path):
    first = convert_images(manifest.head(3), tmp_path / "a", LoadCells(64), jobs=1)
    second = convert_images(read_manifest(first.manifest), tmp_path / "b", LoadCells(64), jobs=1)
    for one, other in zip(
        read_manifest(first.manifest)["path"], read_manifest(second.manifest)["path"], strict=True
    ):
        assert Path(one).read_bytes() == Path(other).read_bytes()
    with pytest.raises(ConfigurationError, match="compact copy of 64 pixels a side"):
        convert_images(read_manifest(first.manifest), tmp_path / "c", LoadCells(96), jobs=1)


def test_duplicates_are_found_in_the_copy(manifest, tmp_path):
    twin = tmp_path / "twin.png"
    shutil.copy(manifest["path"].iloc[0], twin)
    rows = pd.concat([manifest.head(6), manifest.head(1).assign(path=str(twin), subject="another")])
    outcome = convert_images(rows, tmp_path / "copy", LoadCells(96), jobs=1)
    kinds = {}
    for name, listed in (("original", rows), ("copy", read_manifest(outcome.manifest))):
        audit = audit_images(listed, LoadCells(96), protocol="grouped", jobs=1, cache=False).audit
        kinds[name] = {finding.kind: finding.count for finding in audit.findings}
    assert kinds["copy"] == kinds["original"]
    assert kinds["copy"]["identical_files_across_subjects"] == 1


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "scene", "n"),
    [("cnmc_sample", "masked", 60), ("deepapl", "cell", 8), ("all_smears", "field", 8)],
)
def test_real_sets(data_dir, tmp_path, folder, scene, n):
    if not (data_dir / folder).is_dir():
        pytest.skip(f"no {folder} in {data_dir}")
    manifest = make_manifest(data_dir / folder).frame
    manifest = manifest.iloc[np.linspace(0, len(manifest) - 1, n).astype(int)].reset_index(drop=True)
    outcome = convert_images(manifest, tmp_path / "copy", LoadCells(scene=scene), jobs=1)
    before, after = features(manifest, scene), features(read_manifest(outcome.manifest), "auto")
    assert before.values.tobytes() == after.values.tobytes()
    assert after.metadata["scene"] == scene
    if folder == "cnmc_sample":
        assert outcome.bytes_after / outcome.n_images * 15_114 < 300e6  # of 10.4 GB
        copy = read_compact(Path(read_manifest(outcome.manifest)["path"].iloc[0]).read_bytes(), 10**6)
        assert copy.scale == 2.25
