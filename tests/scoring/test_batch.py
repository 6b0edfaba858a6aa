"""Scores in a file: all formats alike, and nothing lost when the work is cut short."""

import copy
import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time

import cv2
import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leukfeat._tables import read_metadata
from leukfeat.errors import ConfigurationError
from leukfeat.scoring import Scorer, read_scores, score_to_file


@pytest.fixture(scope="module")
def images(synthetic_paths, tmp_path_factory):
    """Return 24 good images and a broken one, in one folder."""
    folder = tmp_path_factory.mktemp("images")
    paths = [shutil.copy(path, folder / f"{number:02}.png") for number, path in enumerate(synthetic_paths)]
    (folder / "broken.png").write_bytes(b"no image")
    return [*map(str, paths[:5]), str(folder / "broken.png"), *map(str, paths[5:])]


def scorer(model, **options):
    return Scorer(model, **{"jobs": 1, "cache": False, "chunk": 4, **options})


class StoppedError(Exception):
    pass


def stop_after(n):
    def progress(done, total):
        if done >= n:
            raise StoppedError

    return progress


def test_the_file_holds_what_the_scorer_yields(model, images, tmp_path):
    done = score_to_file(scorer(model), images, tmp_path / "s.parquet")
    assert (done.images, done.found, done.failed) == (25, 0, 1)
    assert sum(done.predicted.values()) == 24
    expected = pd.concat(scorer(model).score(images), ignore_index=True)
    found = pq.read_table(tmp_path / "s.parquet")
    assert found.to_pylist() == pa.Table.from_pandas(expected, found.schema.remove_metadata()).to_pylist()
    told = read_metadata(tmp_path / "s.parquet")
    assert told["model"] == model.id
    assert told["classes"] == ["blast", "lymphocyte"]
    assert [path.name for path in tmp_path.iterdir()] == ["s.parquet"]


def test_paths_are_relative_where_all_lie_below(model, images, tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    shutil.copy(images[0], folder / "a.png")
    score_to_file(scorer(model), [str(folder / "a.png")], tmp_path / "s.csv")
    assert list(pd.read_csv(tmp_path / "s.csv")["path"]) == ["x/a.png"]
    assert list(read_scores(tmp_path / "s.csv")["path"]) == [str(folder / "a.png")]


def test_all_formats_hold_the_same(model, images, tmp_path):
    tables = []
    for suffix in ("parquet", "csv", "jsonl"):
        done = score_to_file(scorer(model), images, tmp_path / f"s.{suffix}")
        assert (done.images, done.failed, sum(done.predicted.values())) == (25, 1, 24)
        tables.append(read_scores(tmp_path / f"s.{suffix}"))
    for other in tables[1:]:
        for name in tables[0]:
            left, right = tables[0][name], other[name]
            if left.dtype == np.float64:
                np.testing.assert_array_equal(left, right.astype(float))
            else:
                assert list(left.astype(object).fillna("").astype(str)) == list(
                    right.astype(object).fillna("").astype(str)
                )
    for line in (tmp_path / "s.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_an_image_without_a_cell_is_a_row(model, ridge, tmp_path, suffix):
    cv2.imwrite(str(tmp_path / "blank.png"), np.zeros((96, 96, 3), dtype=np.uint8))
    known = type(model)(**{**vars(model), "domain": ridge[-1].domain_})
    target = tmp_path / f"s.{suffix}"
    score_to_file(scorer(known), [str(tmp_path / "blank.png")], target)
    again = score_to_file(scorer(known), [str(tmp_path / "blank.png")], target, resume=True)
    assert (again.images, again.found, again.outside) == (1, 1, 1)
    (distance,) = read_scores(target)["distance"]
    assert distance is None if suffix == "jsonl" else distance == np.inf


def test_what_is_there_is_not_replaced_unasked(model, images, tmp_path):
    target = tmp_path / "s.csv"
    target.write_text("mine")
    with pytest.raises(ConfigurationError, match=r"s\.csv exists.*--force"):
        score_to_file(scorer(model), images[:2], target)
    with pytest.raises(ConfigurationError, match="something else"):
        score_to_file(scorer(model), images[:2], target, resume=True)
    assert target.read_text() == "mine"
    score_to_file(scorer(model), images[:2], target, force=True)
    assert len(pd.read_csv(target)) == 2


def test_an_interrupted_run_goes_on_where_it_was(model, images, tmp_path, monkeypatch):
    whole, target = tmp_path / "whole.parquet", tmp_path / "s.parquet"
    score_to_file(scorer(model), images, whole)
    with pytest.raises(StoppedError):
        score_to_file(scorer(model), images, target, progress=stop_after(12))
    assert not target.exists()
    with pytest.raises(ConfigurationError, match="--resume goes on"):
        score_to_file(scorer(model), images, target)
    with pytest.raises(ConfigurationError, match="other images"):
        score_to_file(scorer(model), images[:-1], target, resume=True)
    with pytest.raises(ConfigurationError, match="strict changed"):
        score_to_file(scorer(model, strict=True), images, target, resume=True)
    seen = []
    done = score_to_file(
        scorer(model, chunk=7), images, target, resume=True, progress=lambda *state: seen.append(state)
    )
    assert done.found == 12
    assert seen[0] == (16, 25)
    assert target.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "s.parquet.parts").exists()


def test_another_model_does_not_go_on(model, images, tmp_path):
    with pytest.raises(StoppedError):
        score_to_file(scorer(model), images, tmp_path / "s.csv", progress=stop_after(4))
    other = type(model)(**{**vars(model), "id": "another"})
    with pytest.raises(ConfigurationError, match="another model"):
        score_to_file(scorer(other), images, tmp_path / "s.csv", resume=True)
    score_to_file(scorer(other), images, tmp_path / "s.csv", force=True)
    assert set(pd.read_csv(tmp_path / "s.csv")["model"]) == {"another"}


def test_a_finished_file_is_left_alone(model, images, tmp_path, monkeypatch):
    for suffix in ("parquet", "csv", "jsonl"):
        target = tmp_path / f"s.{suffix}"
        first = score_to_file(scorer(model), images, target)
        before = target.stat().st_mtime_ns
        again = score_to_file(scorer(model), images, target, resume=True)
        assert again.found == 25
        assert (again.predicted, again.failed) == (first.predicted, first.failed)
        assert target.stat().st_mtime_ns == before


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_finished_file_of_the_other_strictness_is_not_taken(model, images, tmp_path, suffix, strict):
    far = type(model)(**{**vars(model), "domain": copy.copy(model.domain)})
    far.domain.threshold = 0.0
    target = tmp_path / f"s.{suffix}"
    first = score_to_file(scorer(far, strict=strict), images[:6], target)
    assert first.failed == (6 if strict else 1)
    with pytest.raises(ConfigurationError, match="strict changed"):
        score_to_file(scorer(far, strict=not strict), images[:6], target, resume=True)
    assert score_to_file(scorer(far, strict=strict), images[:6], target, resume=True).found == 6


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_images_that_have_changed_are_noticed(model, images, tmp_path, suffix):
    target, own = tmp_path / f"s.{suffix}", [str(tmp_path / f"{number}.png") for number in range(6)]
    for source, path in zip(images, own, strict=False):
        shutil.copy(source, path)
    with pytest.raises(StoppedError):
        score_to_file(scorer(model), own, target, progress=stop_after(4))
    shutil.copy(images[7], own[0])
    with pytest.raises(ConfigurationError, match="images changed"):
        score_to_file(scorer(model), own, target, resume=True)
    score_to_file(scorer(model), own, target, force=True)
    shutil.copy(images[8], own[0])
    os.utime(own[0], ns=(0, target.stat().st_mtime_ns + 1))
    with pytest.raises(ConfigurationError, match="images are newer"):
        score_to_file(scorer(model), own, target, resume=True)


def test_a_folder_that_holds_anything_else_is_not_removed(model, images, tmp_path):
    folder = tmp_path / "s.csv.parts"
    folder.mkdir()
    for name in ("notes.txt", "0000000.parquet", "plan.json"):
        (folder / name).write_text("mine")
    with pytest.raises(ConfigurationError, match=r"more than parts of scores, such as 'notes\.txt'"):
        score_to_file(scorer(model), images[:2], tmp_path / "s.csv", force=True)
    assert len(list(folder.iterdir())) == 3
    (folder / "notes.txt").unlink()
    (folder / ".0000001.parquet.77.tmp").write_bytes(b"left by a killed run")
    score_to_file(scorer(model), images[:2], tmp_path / "s.csv", force=True)
    assert not folder.exists()


def test_a_damaged_part_is_made_again(model, images, tmp_path):
    with pytest.raises(StoppedError):
        score_to_file(scorer(model), images, tmp_path / "s.parquet", progress=stop_after(12))
    first, second, _ = sorted((tmp_path / "s.parquet.parts").glob("*.parquet"))
    first.write_bytes(first.read_bytes()[:-20])
    second.write_bytes(b"")
    done = score_to_file(scorer(model), images, tmp_path / "s.parquet", resume=True)
    assert done.found == 4
    score_to_file(scorer(model), images, tmp_path / "whole.parquet")
    assert (tmp_path / "s.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_folder_of_parts_of_no_run(model, images, tmp_path):
    (tmp_path / "s.csv.parts").mkdir()
    with pytest.raises(ConfigurationError, match="of no run"):
        score_to_file(scorer(model), images, tmp_path / "s.csv", resume=True)


@pytest.mark.parametrize("where", ["part", "whole"])
def test_a_full_disk_loses_nothing(model, images, tmp_path, monkeypatch, where):
    target, write, calls = tmp_path / "s.parquet", pq.write_table, []

    def full(*arguments, **options):
        calls.append(1)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*arguments, **options)

    def no_writer(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full if where == "part" else write)
        patch.setattr(pq, "ParquetWriter", pq.ParquetWriter if where == "part" else no_writer)
        with pytest.raises(OSError, match="No space left"):
            score_to_file(scorer(model), images, target)
    assert not target.exists()
    assert not list(tmp_path.rglob("*.tmp"))
    done = score_to_file(scorer(model), images, target, resume=True)
    assert done.found == (12 if where == "part" else 25)
    assert len(pd.read_parquet(target)) == 25


def test_names_that_are_no_utf_8(model, images, tmp_path):
    odd = os.fsencode(str(tmp_path)) + b"/caf\xe9\n.png"
    shutil.copy(images[0], odd)
    for suffix in ("parquet", "csv", "jsonl"):
        done = score_to_file(scorer(model), [os.fsdecode(odd)], tmp_path / f"s.{suffix}")
        assert (done.images, done.failed) == (1, 0)
    assert list(pd.read_parquet(tmp_path / "s.parquet")["path"]) == ["caf\\xe9\n.png"]
    assert list(pd.read_csv(tmp_path / "s.csv")["path"]) == ["caf\\xe9\n.png"]


def test_other_suffixes_are_refused_before_anything_is_scored(model, tmp_path):
    with pytest.raises(ConfigurationError, match=r"\.parquet, \.csv, \.jsonl"):
        score_to_file(scorer(model), ["nowhere.png"], tmp_path / "s.xlsx")
    with pytest.raises(ConfigurationError, match="exclude each other"):
        score_to_file(scorer(model), ["nowhere.png"], tmp_path / "s.csv", resume=True, force=True)


def be_killed(model_path, images, target):
    """Score slowly, so that there is time to kill."""
    model = joblib.load(model_path)

    def slowly(done, total):
        time.sleep(0.05)

    score_to_file(scorer(model), images, target, resume=True, progress=slowly)


def kill_and_resume(model, images, tmp_path, seed):
    folder = tmp_path / str(seed)
    folder.mkdir()
    joblib.dump(model, folder / "model.pkl")
    target = folder / "s.parquet"
    process = multiprocessing.get_context("fork").Process(
        target=be_killed, args=(folder / "model.pkl", images, target)
    )
    process.start()
    time.sleep(random.Random(seed).uniform(0.0, 0.8))
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    score_to_file(scorer(model), images, target, resume=True)
    return target.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="forks this process to kill the copy")
@pytest.mark.parametrize("n_kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment_and_resumed_it_is_the_undisturbed_file(model, images, tmp_path, n_kills):
    score_to_file(scorer(model), images, tmp_path / "whole.parquet")
    # Paths are relative in neither: the images lie elsewhere.
    whole = (tmp_path / "whole.parquet").read_bytes()
    assert all(kill_and_resume(model, images, tmp_path, seed) == whole for seed in range(n_kills))
