"""Manifests from class folders: which files, in which order, with which sequence."""

from pathlib import Path

import pandas as pd
import pytest

from leukfeat.datasets import find_images, manifest_from_folders, read_manifest, write_manifest
from leukfeat.errors import ManifestError


def plant(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def below(folder: Path, paths) -> list[str]:
    return [Path(path).relative_to(folder).as_posix() for path in paths]


def test_numbers_are_ordered_as_numbers(tmp_path):
    plant(tmp_path, "b/10.png", "b/2.png", "b/1.png", "a10/x.png", "a9/x.png", "b/1_2.png", "b/1_10.png")
    expected = ["a9/x.png", "a10/x.png", "b/1.png", "b/1_2.png", "b/1_10.png", "b/2.png", "b/10.png"]
    assert below(tmp_path, find_images(tmp_path)) == expected


def test_the_order_does_not_depend_on_the_file_system(tmp_path, monkeypatch):
    names = ["a/01.png", "a/1.png", "a/001.png", "a/2.png"]
    plant(tmp_path, *names)
    expected = ["a/001.png", "a/01.png", "a/1.png", "a/2.png"]
    for listing in (names, names[::-1]):
        monkeypatch.setattr(Path, "rglob", lambda self, _, listing=listing: (self / name for name in listing))
        assert below(tmp_path, find_images(tmp_path)) == expected


def test_images_are_told_by_their_suffix_in_any_case(tmp_path):
    plant(
        tmp_path, "a.BMP", "b.Jpg", "c.jpeg", "d.png", "e.tif", "f.TIFF", "g.gif", "h.csv", "png", "i.png.txt"
    )
    assert below(tmp_path, find_images(tmp_path)) == ["a.BMP", "b.Jpg", "c.jpeg", "d.png", "e.tif", "f.TIFF"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    base = plant(tmp_path / ".mine", "a/1.png", "a/._1.png", ".git/2.png", "a/.thumbnails/3.png")
    assert below(base, find_images(base)) == ["a/1.png"]


def test_a_folder_with_the_name_of_an_image_is_none(tmp_path):
    plant(tmp_path, "set.png/1.png", "set.png/2.png")
    assert below(tmp_path, find_images(tmp_path)) == ["set.png/1.png", "set.png/2.png"]


def test_a_link_that_leads_nowhere_is_listed_to_be_complained_about(tmp_path):
    plant(tmp_path, "a/1.png")
    (tmp_path / "a" / "2.png").symlink_to(tmp_path / "nowhere.png")
    assert below(tmp_path, find_images(tmp_path)) == ["a/1.png", "a/2.png"]


def test_without_folder_or_image_the_reason_is_given(tmp_path):
    with pytest.raises(ManifestError, match="is not a folder"):
        find_images(tmp_path / "nowhere")
    plant(tmp_path, "readme.txt", "a/b.gif")
    with pytest.raises(ManifestError, match=r"holds no image \(\.bmp, .*\.tiff\)"):
        manifest_from_folders(tmp_path)


def test_the_folders_name_the_classes_also_of_images_further_down(tmp_path):
    plant(tmp_path, "ALL/fold_0/x.png", "ALL/fold_1/y.png", "HEM/z.png")
    frame = manifest_from_folders(tmp_path)
    assert list(frame.columns) == ["path", "label"]
    assert list(frame["label"]) == ["ALL", "ALL", "HEM"]
    assert below(tmp_path, frame["path"]) == ["ALL/fold_0/x.png", "ALL/fold_1/y.png", "HEM/z.png"]


def test_loose_images_are_refused(tmp_path):
    plant(tmp_path, "ALL/1.png", "2.png")
    with pytest.raises(ManifestError, match=r"2\.png lies in no class folder"):
        manifest_from_folders(tmp_path)


def test_sequence_is_the_trailing_number_within_its_class(tmp_path):
    plant(tmp_path, "a/x-010.png", "a/x-2.jpg", "b/7y3.png", "b/y-2.png", "b/plain.png")
    frame = manifest_from_folders(tmp_path)
    assert frame["sequence"].dtype == "Int64"
    by_name = dict(zip(below(tmp_path, frame["path"]), frame["sequence"], strict=True))
    assert by_name.pop("b/plain.png") is pd.NA
    assert by_name == {"a/x-2.jpg": 2, "a/x-010.png": 10, "b/7y3.png": 3, "b/y-2.png": 2}


def test_a_number_twice_in_a_class_is_no_order(tmp_path):
    plant(tmp_path, "a/patient1/1.png", "a/patient2/1.png", "b/2.png")
    assert "sequence" not in manifest_from_folders(tmp_path)


def test_names_without_numbers_have_no_sequence(tmp_path):
    plant(tmp_path, "a/x.png", "b/y1z.png")
    assert "sequence" not in manifest_from_folders(tmp_path)


def test_long_numbers_stay_exact_on_the_way_through_a_file(tmp_path):
    plant(tmp_path, "a/20231124093015123.png", "a/20231124093015124.png", "b/x.png")
    frame = manifest_from_folders(tmp_path)
    assert list(frame["sequence"][:2]) == [20231124093015123, 20231124093015124]
    read = read_manifest(write_manifest(frame, tmp_path / "manifest.csv"))
    pd.testing.assert_series_equal(read["sequence"], frame["sequence"])


def test_paths_are_absolute_and_free_of_dots(tmp_path, monkeypatch):
    plant(tmp_path, "images/a/1.png", "work/x.txt")
    monkeypatch.chdir(tmp_path / "work")
    frame = manifest_from_folders("../images")
    assert list(frame["path"]) == [str(tmp_path / "images/a/1.png")]
    write_manifest(frame, tmp_path / "images" / "manifest.csv")
    assert "\na/1.png," in (tmp_path / "images" / "manifest.csv").read_text()
