"""Registries: made, written, read, and files held to them."""

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest

from leukfeat.datasets import make_registry, read_registry, verify_files, write_registry
from leukfeat.errors import ConfigurationError
from tests.standins import PRELIM_TABLE, plant

NAMES = ["a/1.png", "a/2.png", "b/1.png", "labels.csv"]


@pytest.fixture
def tree(tmp_path):
    return plant(tmp_path / "set", NAMES)


@pytest.fixture
def registry(tree):
    return make_registry(tree)


def states(check):
    return {Path(row.path).name: (row.state, row.reason) for row in check.files.itertuples()}


def test_a_registry_lists_every_file_that_is_not_hidden(tree, registry):
    plant(tree, [".hidden", ".git/x.png"])
    again = make_registry(tree)
    pd.testing.assert_frame_equal(again.files, registry.files)
    assert registry.files["path"].tolist() == NAMES
    assert registry.files["sha256"].iloc[0] == hashlib.sha256(b"a/1.png").hexdigest()
    assert registry.files["bytes"].tolist() == [7, 7, 7, 10]


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.csv.xz"])
def test_written_and_read_it_is_the_same_and_so_are_its_bytes(registry, tmp_path, name):
    path = write_registry(registry, tmp_path / name)
    pd.testing.assert_frame_equal(read_registry(path).files, registry.files)
    first = path.read_bytes()
    assert write_registry(registry, tmp_path / name).read_bytes() == first


def test_what_is_no_registry_is_refused(registry, tmp_path):
    with pytest.raises(ConfigurationError, match=r"\.csv\.xz file"):
        write_registry(registry, tmp_path / "r.parquet")
    with pytest.raises(ConfigurationError, match="No registry 'pbc'"):
        read_registry("pbc")
    (tmp_path / "t.csv").write_text("path,label\na,b\n")
    with pytest.raises(ConfigurationError, match=r"t\.csv is no registry|cannot be read"):
        read_registry(tmp_path / "t.csv")
    (tmp_path / "t.csv.xz").write_bytes(b"no archive")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_registry(tmp_path / "t.csv.xz")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="holds no file"):
        make_registry(tmp_path / "empty")
    with pytest.raises(ConfigurationError, match="is not a folder"):
        make_registry(tmp_path / "absent")


def test_its_own_file_is_not_listed(tree, registry):
    path = tree / "own.csv.xz"
    for _ in range(2):
        again = write_registry(make_registry(tree, leave_out=path), path)
        pd.testing.assert_frame_equal(read_registry(again).files, registry.files)


def test_files_may_be_called_null_and_na_but_not_nothing(tmp_path):
    tree = plant(tmp_path / "set", ["null", "NA", "1.png"])
    registry = read_registry(write_registry(make_registry(tree), tmp_path / "r.csv"))
    assert registry.files["path"].tolist() == ["1.png", "NA", "null"]
    assert verify_files(tree, registry).is_good()
    for row in (",abc,3", "a.png,,3"):
        (tmp_path / "r.csv").write_text(f"path,sha256,bytes\nb.png,abc,3\n{row}\n")
        with pytest.raises(ConfigurationError, match=r"r\.csv, row 2: the path or the digest is empty"):
            read_registry(tmp_path / "r.csv")


def test_all_is_well(tree, registry):
    done = []
    check = verify_files(tree, registry, lambda *counts: done.append(counts))
    assert check.is_good()
    assert check.missing == ()
    assert done[-1] == (4, 4)


def test_one_flipped_byte_is_named(tree, registry):
    path = tree / "a" / "2.png"
    path.write_bytes(path.read_bytes()[:-1] + b"G")
    check = verify_files(tree, registry)
    assert not check.is_good(subset=True)
    assert check.bad["path"].tolist() == [str(path)]
    assert "other bytes than a/2.png" in check.bad["reason"].iloc[0]
    path.write_bytes(b"longer than before")
    assert verify_files(tree, registry).bad["reason"].iloc[0] == "18 bytes, 7 expected"


def test_missing_and_extra(tree, registry):
    (tree / "a" / "1.png").unlink()
    check = verify_files(tree, registry)
    assert check.missing == ("a/1.png",)
    assert not check.is_good()
    assert check.is_good(subset=True)
    plant(tree, ["a/3.png", "notes.txt", "manifest.csv"])
    check = verify_files(tree, registry)
    assert states(check)["3.png"] == ("extra", "not a file of the data set")
    assert len(check.files) == 4  # other files than images are no business of ours
    assert not check.is_good(subset=True)


def test_nothing_verified_is_not_well(tmp_path, registry):
    (tmp_path / "other").mkdir()
    assert not verify_files(tmp_path / "other", registry).is_good(subset=True)


def test_a_folder_may_be_renamed_nested_or_a_part(tree, registry, tmp_path):
    for place in ("renamed", "set/set", "a/a"):
        moved = tmp_path / "elsewhere" / place
        shutil.copytree(tree, moved)
        check = verify_files(moved, registry)
        assert check.is_good(), place
        assert verify_files(moved / "b", registry).is_good(subset=True)
    nested = tmp_path / "nested"
    shutil.copytree(tree / "a", nested / "a" / "a")
    check = verify_files(nested, registry)
    assert check.is_good(subset=True)
    assert check.missing == ("b/1.png", "labels.csv")


def test_an_image_in_the_folder_of_another_class_is_misplaced(tree, registry):
    (tree / "a" / "2.png").rename(tree / "b" / "2.png")
    check = verify_files(tree, registry)
    assert states(check)["2.png"] == ("misplaced", "belongs to a/2.png")
    assert check.missing == ()
    assert not check.is_good(subset=True)


def test_swapped_images_of_one_name_are_altered(tree, registry):
    one, other = tree / "a" / "1.png", tree / "b" / "1.png"
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    assert verify_files(tree, registry).bad["state"].tolist() == ["altered", "altered"]


def test_a_second_copy_is_extra(tree, registry):
    shutil.copytree(tree / "a", tree / "copy" / "a")
    check = verify_files(tree, registry)
    assert check.of("extra")["reason"].str.startswith("a second file for a/").all()
    assert len(check.of("extra")) == 2


def test_a_flat_folder_is_told_by_content(tmp_path, registry, tree):
    flat = tmp_path / "flat"
    flat.mkdir()
    shutil.copy(tree / "b" / "1.png", flat / "1.png")
    check = verify_files(flat, registry)
    assert check.files["registered"].tolist() == ["b/1.png"]
    assert check.is_good(subset=True)


def test_the_registry_of_cnmc():
    files = read_registry("c-nmc").files
    assert len(files) == 15_115
    assert (files["path"] == PRELIM_TABLE).sum() == 1
    assert 10.41e9 < files["bytes"].sum() < 10.42e9
    assert files["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    duplicated = files[files.duplicated("sha256", keep=False)]
    assert duplicated["sha256"].nunique() == 106
    # Every image of the final phase has 600 x 600 pixels, of the others 450 x 450 in padded rows.
    sizes = {"training_data": {608_454}, "validation_data": {608_538}, "testing_data": {1_080_054}}
    images = files[files["path"] != PRELIM_TABLE]
    assert {k: set(v) for k, v in images.groupby(images["path"].str.split("/").str[0])["bytes"]} == sizes
    assert 450 * 1352 + 54 == 608_454
