"""Manifest to feature table: equal rows every way, no failed image unsaid, a cache that saves time only."""

import hashlib
import logging
import re
import shutil
import sqlite3
from pathlib import Path

import cv2
import pandas as pd
import pytest

from leukfeat import measurement
from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError, ManifestError
from leukfeat.extraction import extract, write_errors
from leukfeat.features import (
    CellFamily,
    CellFeatures,
    FeatureSpec,
    FeatureTable,
    FrozenCNN,
    ImageFeatures,
)
from leukfeat.features.background import BackgroundFeatures
from leukfeat.features.configuration import describe_images
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.imaging import LoadCells, load
from leukfeat.imaging.compact import encode_compact
from leukfeat.imaging.quality import QUALITY_MEASURES
from leukfeat.testing import example_cells
from tests.broken import make_broken_images
from tests.networks import write_network


class FussyFeatures(CellFamily):
    """A family with a defect: it fails on every image."""

    family = "fussy"

    def specs(self):
        return (FeatureSpec("fussy_nothing", "fussy", "1"),)

    def measure(self, view):
        raise ZeroDivisionError("nothing to divide by")


SIZES = ["image_width", "image_height", "image_format"]
QUALITY = [f"quality_{name}" for name in QUALITY_MEASURES]
DIGESTS = ["fingerprint", "sha256"]


def images(*families, size: int = 48, scene: str = "auto") -> ImageFeatures:
    return ImageFeatures(LoadCells(size, scene), CellFeatures(list(families) or ["shape", "color"]))


def cache_file() -> Path:
    return measurement.usable_cache_folder() / "rows.sqlite"


@pytest.fixture
def manifest(synthetic_manifest):
    return read_manifest(synthetic_manifest)


@pytest.fixture
def no_decoding(monkeypatch):
    """Let every attempt to decode an image fail."""

    def refuse(data, limits):
        raise AssertionError("an image was decoded")

    def start():
        monkeypatch.setattr(load, "decode", refuse)

    return start


@pytest.fixture
def decoded(monkeypatch):
    """List the digests of the files that are decoded."""
    seen = []
    decode = load.decode

    def record(data, limits):
        seen.append(hashlib.sha256(data).hexdigest())
        return decode(data, limits)

    monkeypatch.setattr(load, "decode", record)
    return seen


def test_table_of_a_manifest(manifest):
    outcome = extract(manifest, images(), jobs=1)
    table = outcome.table
    expected = images().fit(manifest).transform(manifest)
    assert table.values.tobytes() == expected.tobytes()
    assert list(table.feature_names) == list(outcome.images.get_feature_names_out())
    pd.testing.assert_frame_equal(table.manifest[list(manifest)], manifest)
    assert list(table.manifest.columns) == [*manifest, *SIZES, *QUALITY, *DIGESTS]
    assert list(table.frame["sha256"]) == [
        hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in manifest["path"]
    ]
    assert table.metadata == describe_images(outcome.images)
    assert table.metadata["scene"] == "cell"
    assert list(outcome.errors.columns) == ["path", "reason"]
    assert outcome.errors.empty


@pytest.fixture
def copies(tmp_path):
    """Return a manifest of three compact copies of 48 pixels a side."""
    folder = tmp_path / "copies"
    folder.mkdir()
    for place, cell in enumerate(example_cells(3, 48)):
        (folder / f"{place}.png").write_bytes(encode_compact(cell, 2.0, "cell"))
    return pd.DataFrame({"path": [str(path) for path in sorted(folder.iterdir())]})


def test_copies_with_fewer_pixels_than_wanted_are_told(copies, tmp_path):
    network = FrozenCNN(write_network(tmp_path / "net.onnx", size=64))
    assert extract(copies, images("nc", network, size=64), jobs=1).notes == (
        "Compact copies of 48 pixels a side were enlarged to 64 (handcrafted features, "
        f"network {network.backbone}): these features are not those of the originals.",
    )
    for _ in ("measured", "looked up"):
        told = extract(copies, images("nc", network), jobs=1)
        (note,) = told.notes
        assert "enlarged to 64 (network " in note
    path = told.table.write(tmp_path / "table.parquet")
    assert FeatureTable.read(path).metadata["notes"] == [note]


def test_copies_with_enough_pixels_and_other_images_go_without_a_note(copies, manifest, tmp_path):
    small = FrozenCNN(write_network(tmp_path / "net.onnx", size=32))
    for outcome in (
        extract(copies, images("nc", small), jobs=1),
        extract(manifest, images("nc", size=200), jobs=1),  # they have 96 pixels a side
    ):
        assert outcome.notes == ()
        assert "notes" not in outcome.table.metadata


def test_the_fingerprint_is_of_the_picture_and_not_of_the_file(manifest, tmp_path):
    picture = cv2.imread(manifest["path"][0])
    for name in ("a.png", "b.bmp"):
        cv2.imwrite(str(tmp_path / name), picture)
    frame = pd.DataFrame(
        {"path": [*(str(tmp_path / name) for name in ("a.png", "b.bmp")), manifest["path"][1]]}
    )
    table = extract(frame, images("nc", scene="cell"), jobs=1).table
    first, twin, other = table.manifest["fingerprint"]
    assert first == twin != other
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in table.manifest["fingerprint"])
    assert table.manifest["sha256"].nunique() == 3


def test_each_file_is_described_by_its_size_and_format(synthetic_paths, tmp_path):
    picture = cv2.imread(synthetic_paths[0])
    for name, part in (("a.png", picture), ("b.jpg", picture[:50]), ("c.bmp", picture[:, :60])):
        cv2.imwrite(str(tmp_path / name), part)
    frame = pd.DataFrame({"path": [str(tmp_path / name) for name in ("a.png", "b.jpg", "c.bmp")]})
    for _ in ("measured", "looked up"):
        table = extract(frame, images("nc", scene="cell"), jobs=1).table
        sizes = table.manifest[["image_width", "image_height"]].to_numpy().tolist()
        assert sizes == [[96, 96], [96, 50], [60, 96]]
        formats = list(table.manifest["image_format"])
        assert len(set(formats)) == 3
        assert [name.lower() for name in formats] == ["png", "jpeg", "bmp"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_measured_aside_is_no_feature(manifest, jobs, monkeypatch):
    monkeypatch.setattr("leukfeat.features.images._BATCH", 8)
    measured = images("nc", "shape").fit(manifest)
    plain = extract(manifest, measured, jobs=1, cache=False).table
    outcome = extract(manifest, measured, aside=[BackgroundFeatures()], jobs=jobs, cache=False)
    table = outcome.table
    names = list(BackgroundFeatures().get_feature_names_out())
    assert table.feature_names == plain.feature_names
    assert table.values.tobytes() == plain.values.tobytes()
    assert table.metadata == plain.metadata
    assert list(table.manifest.columns) == [*manifest, *SIZES, *names, *QUALITY, *DIGESTS]
    expected = images("background").fit(manifest).transform(manifest)
    assert table.manifest[names].to_numpy().tobytes() == expected.tobytes()
    assert list(outcome.images.get_feature_names_out()) == list(table.feature_names)


def test_what_is_measured_aside_is_kept_and_survives_the_file(manifest, tmp_path, no_decoding):
    measured = images("nc").fit(manifest)
    first = extract(manifest, measured, aside=[BackgroundFeatures()], jobs=1).table
    no_decoding()
    again = extract(manifest, measured, aside=[BackgroundFeatures()], jobs=1).table
    pd.testing.assert_frame_equal(again.frame, first.frame)
    as_features = images("nc", "background", scene="cell")
    assert extract(manifest, as_features, jobs=1).errors.empty  # the same rows, looked up
    read = FeatureTable.read(first.write(tmp_path / "features.parquet"))
    pd.testing.assert_frame_equal(read.frame[list(first.frame)], first.frame, check_dtype=False)
    assert read.feature_names == first.feature_names


def test_images_that_fail_have_nothing_aside(manifest, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"not an image, in any format")
    mixed = pd.DataFrame({"path": [str(tmp_path / "bad.png"), *manifest["path"][:3]]})
    measured = images("nc", scene="cell")
    outcome = extract(mixed, measured, aside=[BackgroundFeatures()], jobs=1)
    alone = extract(mixed[1:], measured, aside=[BackgroundFeatures()], jobs=1)
    assert list(outcome.errors["path"]) == [str(tmp_path / "bad.png")]
    pd.testing.assert_frame_equal(outcome.table.frame, alone.table.frame)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_rows_do_not_depend_on_the_chunk(manifest, monkeypatch, chunk):
    expected = images().fit(manifest).transform(manifest)
    monkeypatch.setattr("leukfeat.features.images._BATCH", chunk)
    assert extract(manifest, images(), jobs=1, cache=False).table.values.tobytes() == expected.tobytes()


def test_default_columns_do_not_depend_on_jobs(manifest, tmp_path, monkeypatch):
    """Two workers, with failed files and with the cache, which they share with this process."""
    (tmp_path / "bad.png").write_bytes(b"not an image, in any format")
    bad = [str(tmp_path / "bad.png"), str(tmp_path / "missing.png")]
    mixed = pd.DataFrame({"path": [bad[0], *manifest["path"][:12], bad[1], *manifest["path"][12:]]})
    monkeypatch.setattr("leukfeat.features.images._BATCH", 5)
    measured = ImageFeatures(LoadCells(64))
    progress = []
    outcome = extract(mixed, measured, jobs=2, progress=lambda *state: progress.append(state))
    expected = ImageFeatures(LoadCells(64)).fit(manifest).transform(manifest)
    assert outcome.table.values.tobytes() == expected.tobytes()
    assert list(outcome.table.frame["path"]) == list(manifest["path"])
    assert list(outcome.errors["path"]) == bad
    assert progress == [(5, 26), (10, 26), (15, 26), (20, 26), (25, 26), (26, 26)]
    monkeypatch.setattr(load, "decode", None)
    again = extract(manifest, measured, jobs=1)
    assert again.table.values.tobytes() == expected.tobytes()


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_use_says_that_it_compiles_and_gives_the_same_table(manifest, monkeypatch, caplog, jobs):
    images = ImageFeatures(LoadCells(96), CellFeatures(("shape", "color")))
    expected = extract(manifest, images, jobs=1, cache=False).table
    monkeypatch.setattr(measurement, "is_kept", lambda kernel: False)
    manifest.loc[0, "path"] = "missing.png"  # not even that stops the compiling
    with caplog.at_level(logging.INFO, logger="leukfeat"):
        outcome = extract(manifest, images, jobs=jobs, cache=False)
    assert len(outcome.errors) == 1
    assert any("compiles" in message for message in caplog.messages)
    pd.testing.assert_frame_equal(
        outcome.table.frame, expected.frame.iloc[1:].reset_index(drop=True), check_exact=True
    )


def test_progress_is_called_up_to_the_total(manifest, monkeypatch):
    monkeypatch.setattr("leukfeat.features.images._BATCH", 10)
    seen = []
    extract(manifest, images("nc"), jobs=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(10, 24), (20, 24), (24, 24)]


def test_image_features_may_come_fitted_or_be_fitted_here(manifest, caplog):
    with caplog.at_level(logging.INFO, "leukfeat"):
        measured = images("nc", scene="field").fit(manifest)
        assert extract(manifest, measured, jobs=1).table.metadata["scene"] == "field"
        assert caplog.text == ""
        assert extract(manifest, images("nc"), jobs=1).images.load_.scene_ == "cell"
        assert "Scene: cell (told from the images; --scene overrules)." in caplog.text
        extract(manifest, images("nc", scene="masked"), jobs=1)
        assert "Scene: masked (as asked)." in caplog.text


def test_thirty_broken_images_of_three_hundred(tmp_path, synthetic_paths):
    for index in range(270):
        shutil.copyfile(synthetic_paths[index % 24], tmp_path / f"{index:03}.png")
    good = [str(tmp_path / f"{index:03}.png") for index in range(270)]
    source = cv2.cvtColor(cv2.imread(synthetic_paths[0]), cv2.COLOR_BGR2RGB)
    (tmp_path / "broken").mkdir()
    made = make_broken_images(tmp_path / "broken", source)
    reasons = {str(tmp_path / "broken" / name): made[name] for name in sorted(made)[::2][:30]}
    paths = good.copy()
    for place, path in enumerate(reasons):
        paths.insert(place * 10, path)
    outcome = extract(pd.DataFrame({"path": paths}), images(), jobs=1)
    alone = extract(pd.DataFrame({"path": good}), images(), jobs=1, cache=False)
    assert len(paths) == 300
    pd.testing.assert_frame_equal(outcome.table.frame, alone.table.frame)
    assert outcome.table.metadata == alone.table.metadata
    assert list(outcome.errors["path"]) == list(reasons)
    for (path, pattern), reason in zip(reasons.items(), outcome.errors["reason"], strict=True):
        assert re.search(pattern, reason), (path, reason)
        assert path not in reason


def test_errors_are_written_with_paths_like_a_table(tmp_path):
    errors = pd.DataFrame({"path": [str(tmp_path / "a.png")], "reason": ["the file is empty"]})
    write_errors(errors, tmp_path / "errors.parquet")
    assert pd.read_parquet(tmp_path / "errors.parquet").to_dict("list") == {
        "path": ["a.png"],
        "reason": ["the file is empty"],
    }
    write_errors(errors, tmp_path / "out" / "errors.parquet")
    assert list(pd.read_parquet(tmp_path / "out" / "errors.parquet")["path"]) == [str(tmp_path / "a.png")]
    write_errors(errors[:0], tmp_path / "errors.parquet")
    assert pd.read_parquet(tmp_path / "errors.parquet").to_dict("list") == {"path": [], "reason": []}


@pytest.mark.parametrize("scene", ["auto", "cell"])
def test_not_one_usable_image_is_an_error(tmp_path, scene):
    (tmp_path / "b.png").write_bytes(b"")
    frame = pd.DataFrame({"path": [str(tmp_path / "a.png"), str(tmp_path / "b.png")]})
    with pytest.raises(ConfigurationError, match=re.escape(str(tmp_path))):
        extract(frame, images(scene=scene), jobs=1)


def test_the_first_reason_stands_in_that_error(tmp_path):
    frame = pd.DataFrame({"path": [str(tmp_path / "a.png"), str(tmp_path / "b.png")]})
    with pytest.raises(ConfigurationError, match=r"Not one of 2 images.*a\.png: the file does not exist"):
        extract(frame, images(scene="cell"), jobs=1)


def test_a_defect_of_a_family_names_the_image(manifest):
    with pytest.raises(ZeroDivisionError, match="nothing to divide by") as caught:
        extract(manifest, images(FussyFeatures()), jobs=1)
    assert caught.value.__notes__ == [f"This happened with the image {manifest['path'][0]}."]


def test_a_manifest_is_checked_first(manifest):
    with pytest.raises(ManifestError, match=r"row 2: .*stands in row 1"):
        extract(manifest.iloc[[0, 0]], images(), jobs=1)
    with pytest.raises(ManifestError, match="has no rows"):
        extract(manifest[:0], images(), jobs=1)
    with pytest.raises(ManifestError, match="column 'nc_area_ratio' has the name of a feature"):
        extract(manifest.assign(nc_area_ratio=0), images("nc"), jobs=1)
    with pytest.raises(ValueError, match="'jobs' parameter of extract"):
        extract(manifest, images(), jobs=0)


def test_relative_paths_become_absolute_and_survive_the_file(manifest, tmp_path, monkeypatch):
    shutil.copyfile(manifest["path"][0], tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    outcome = extract(pd.DataFrame({"path": ["a.png", "b.png"]}), images("nc", scene="cell"), jobs=1)
    assert list(outcome.table.frame["path"]) == [str(tmp_path / "a.png")]
    assert list(outcome.errors["path"]) == [str(tmp_path / "b.png")]
    read = FeatureTable.read(outcome.table.write("out/features.parquet"))
    assert list(read.frame["path"]) == [str(tmp_path / "a.png")]


def test_a_hit_gives_the_same_bits_without_decoding(manifest, no_decoding):
    measured = images("shape", "glcm").fit(manifest)
    first = extract(manifest, measured, jobs=1).table
    no_decoding()
    again = extract(manifest, measured, jobs=1).table
    assert again.values.tobytes() == first.values.tobytes()
    pd.testing.assert_frame_equal(again.frame, first.frame)


def test_a_renamed_copy_of_an_image_is_a_hit(manifest, tmp_path, no_decoding):
    measured = images("nc").fit(manifest)
    first = extract(manifest[:1], measured, jobs=1).table
    shutil.copyfile(manifest["path"][0], tmp_path / "copy.bmp")
    no_decoding()
    copy = extract(pd.DataFrame({"path": [str(tmp_path / "copy.bmp")]}), measured, jobs=1).table
    assert copy.values.tobytes() == first.values.tobytes()


def test_changed_bytes_are_measured_anew(manifest, tmp_path, decoded):
    path = tmp_path / "a.png"
    frame = pd.DataFrame({"path": [str(path)]})
    measured = images("nc", "color", scene="cell")
    tables = []
    for source in (0, 1, 0):
        shutil.copyfile(manifest["path"][source], path)
        tables.append(extract(frame, measured, jobs=1).table)
    assert decoded == [tables[0].frame["sha256"][0], tables[1].frame["sha256"][0]]
    assert tables[0].values.tobytes() == tables[2].values.tobytes() != tables[1].values.tobytes()


@pytest.mark.parametrize(
    "other",
    [
        images(GLCMFeatures(n_levels=16), scene="cell"),
        images("glcm", scene="cell", size=64),
        images("glcm", scene="field"),
        images("lbp", scene="cell"),
    ],
    ids=["parameters", "size", "scene", "family"],
)
def test_another_configuration_is_measured_anew(manifest, decoded, other):
    extract(manifest[:2], images("glcm", scene="cell"), jobs=1)
    outcome = extract(manifest[:2], other, jobs=1)
    assert len(decoded) == 4
    expected = other.fit([]).transform(manifest[:2])
    assert outcome.table.values.tobytes() == expected.tobytes()


def test_what_is_missing_in_the_cache_is_completed(manifest, monkeypatch):
    extract(manifest[:2], images("nc", scene="cell"), jobs=1)
    measured = []
    measure = ImageFeatures.measure_frames

    def record(self, frames, families=None):
        measured.append((len(frames), [family.family for family in families]))
        return measure(self, frames, families)

    monkeypatch.setattr(ImageFeatures, "measure_frames", record)
    outcome = extract(manifest[:3], images("color", "nc", "shape", scene="cell"), jobs=1)
    assert measured == [
        (2, ["color", "shape"]),
        (1, ["color", "nc", "shape", "quality", "fingerprint"]),
    ]
    monkeypatch.undo()
    expected = images("color", "nc", "shape", scene="cell").fit([]).transform(manifest[:3])
    assert outcome.table.values.tobytes() == expected.tobytes()


def test_a_failed_image_is_not_remembered(manifest, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"not an image, in any format")
    frame = pd.DataFrame({"path": [str(path), manifest["path"][1]]})
    measured = images("nc", scene="cell")
    assert len(extract(frame, measured, jobs=1).errors) == 1
    shutil.copyfile(manifest["path"][0], path)
    assert extract(frame, measured, jobs=1).errors.empty


def test_no_cache_touches_nothing_on_disk(manifest, tmp_path, monkeypatch, decoded):
    folder = tmp_path / "cache"
    monkeypatch.setenv("LEUKFEAT_CACHE", str(folder))
    measured = images("nc", scene="cell")
    extract(manifest[:2], measured, jobs=1, cache=False)
    assert not folder.exists()
    extract(manifest[:2], measured, jobs=1)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert [path.name for path in before] == ["rows.sqlite"]
    extract(manifest[:2], measured, jobs=1, cache=False)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before
    assert len(decoded) == 6


@pytest.mark.parametrize("damage", ["garbage", "cannot be written"])
def test_a_broken_cache_costs_one_warning(manifest, monkeypatch, caplog, damage):
    file = cache_file()
    if damage == "garbage":
        file.write_bytes(b"this is no database" * 1000)
    else:
        change(file, "CREATE TRIGGER full BEFORE INSERT ON rows BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    monkeypatch.setattr("leukfeat.features.images._BATCH", 4)
    outcome = extract(manifest, images("nc"), jobs=1)
    assert outcome.table.values.tobytes() == images("nc").fit(manifest).transform(manifest).tobytes()
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert str(file.parent) in warnings[0]


def test_a_cache_that_breaks_on_the_way_costs_one_warning(manifest, monkeypatch, caplog):
    file = cache_file()
    monkeypatch.setattr("leukfeat.features.images._BATCH", 4)
    full = "CREATE TRIGGER full BEFORE INSERT ON rows BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    outcome = extract(
        manifest, images("nc"), jobs=1, progress=lambda done, _: change(file, full) if done == 4 else None
    )
    assert len(outcome.table.frame) == 24
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_a_row_of_another_width_in_the_cache_is_replaced(manifest):
    measured = images("nc", scene="cell")
    first = extract(manifest[:2], measured, jobs=1).table
    for wrong in (b"\0" * 4, b"", b"\1\2"):
        change(cache_file(), "UPDATE rows SET row = ?", wrong)
        assert extract(manifest[:2], measured, jobs=1).table.values.tobytes() == first.values.tobytes()


def change(file: Path, statement: str, *values: bytes) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement, values)
    connection.commit()
    connection.close()
