from dataclasses import replace

import cv2
import numpy as np
import pandas as pd

from leukfeat.comparison.pictures import keep_pictures
from leukfeat.imaging import LoadCells
from leukfeat.report.explore import outline_regions
from leukfeat.report.thumbnails import write_thumbnails

LOAD = LoadCells(96, "cell")


def chosen_of(paths):
    return pd.DataFrame(
        {
            "path": list(paths),
            "subject": "s",
            "label": "a",
            "predicted": "b",
            "model": "m",
            "kind": "most wrong",
            "confidence": 0.75,
        }
    )


def test_pictures_are_cells_with_outlines_of_their_regions(synthetic_paths, tmp_path):
    assert write_thumbnails(chosen_of(synthetic_paths[:3]), LOAD, tmp_path / "run" / "thumbnails") == ()
    table = pd.read_parquet(tmp_path / "run" / "thumbnails" / "thumbnails.parquet")
    assert list(table["file"]) == ["00.png", "01.png", "02.png"]
    assert list(table["path"]) == list(synthetic_paths[:3])
    assert list(table.columns)[2:] == ["subject", "label", "predicted", "model", "kind", "confidence"]
    for file, path in zip(table["file"], table["path"], strict=True):
        shown = cv2.imread(str(tmp_path / "run" / "thumbnails" / file))[..., ::-1]
        cell, _ = LOAD.cell(LOAD.decode(LOAD.read(path), path))
        np.testing.assert_array_equal(shown, outline_regions(cell))


def test_pictures_have_200_pixels_a_side_at_most(synthetic_paths, tmp_path):
    write_thumbnails(chosen_of(synthetic_paths[:1]), LoadCells(320, "cell"), tmp_path)
    shown = cv2.imread(str(tmp_path / "00.png"))
    assert shown.shape == (200, 200, 3)
    assert (shown == (115, 158, 0)).all(axis=2).any()  # the outline is not blurred


def test_a_missing_image_is_said_and_the_others_are_there(synthetic_paths, tmp_path):
    said = write_thumbnails(
        chosen_of(["/gone.png", synthetic_paths[0]]), LOAD, tmp_path / "run" / "thumbnails"
    )
    table = pd.read_parquet(tmp_path / "run" / "thumbnails" / "thumbnails.parquet")
    assert list(table["path"]) == [synthetic_paths[0]]
    assert len(said) == 1
    assert said[0].startswith("Pictures of cells left out: 1 of 2. The first: /gone.png: ")


def test_without_any_image_there_is_no_folder(tmp_path):
    (said,) = write_thumbnails(chosen_of(["/gone.png"]), LOAD, tmp_path / "thumbnails")
    assert said.startswith("No pictures of cells: no image could be read. The first: /gone.png: ")
    assert not (tmp_path / "thumbnails").exists()


def test_a_run_keeps_pictures_of_its_best_model(binary_run):
    table = pd.read_parquet(binary_run.folder / "thumbnails" / "thumbnails.parquet")
    assert set(table["model"]) == {binary_run.results.best}
    assert set(table["kind"]) <= {"most wrong", "least certain"}
    assert table["confidence"].between(0, 1).all()
    assert all((binary_run.folder / "thumbnails" / file).is_file() for file in table["file"])


def test_a_run_is_not_lost_for_its_pictures(binary_run, tmp_path, monkeypatch):
    def fail(*args):
        raise RuntimeError("no luck")

    monkeypatch.setattr("leukfeat.comparison.pictures.write_thumbnails", fail)
    results = keep_pictures(binary_run.results, binary_run.table, tmp_path)
    assert results.notes[-1] == "No pictures of cells: RuntimeError: no luck"
    assert results.notes[:-1] == binary_run.results.notes


def test_without_a_best_model_there_are_none(binary_run, tmp_path):
    statistics = replace(binary_run.results.statistics, best=None)
    results = replace(binary_run.results, statistics=statistics)
    assert keep_pictures(results, binary_run.table, tmp_path) is results
    assert not list(tmp_path.iterdir())
