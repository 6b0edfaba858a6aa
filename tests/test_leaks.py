"""Synthetic cells whose class changes nothing in the picture: what a model scores above chance is a leak."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.datasets import read_manifest
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.extraction import extract
from leukfeat.features import CellFeatures, ImageFeatures
from leukfeat.features.background import BackgroundFeatures
from leukfeat.imaging import LoadCells

MODELS = 5
SHORTCUTS = ["Area only", "Background only"]
SEEDS = range(5)


def synthetic_table(folder, subject_classes, *, n, n_subjects, seed, size=None, images=None, jobs=1):
    manifest = write_synthetic(
        folder / "images",
        n,
        n_jobs=jobs,
        n_subjects=n_subjects,
        class_effect=0.0,
        subject_effect=1.0,
        subject_classes=subject_classes,
        size=size,
        seed=seed,
    )
    aside = [BackgroundFeatures()]
    table = extract(read_manifest(manifest), images, aside=aside, jobs=jobs, cache=False).table
    return table.write(folder / f"{subject_classes}.parquet")


def balanced_accuracy(table, protocol, *, jobs=1):
    """Return the balanced accuracy of every row but chance, by name."""
    run = compare(table, table.with_suffix(f".{protocol}"), Settings(protocol=protocol), jobs=jobs)
    board = run.results.leaderboard
    assert (board["Reason"] == "").all()
    return board[board["Kind"] != "chance"].set_index("Model")["Balanced Accuracy"]


@pytest.fixture
def _scores_alone(monkeypatch):
    """Draw no picture and keep no model; both take longer than the scores."""
    monkeypatch.setattr("leukfeat.report.run_folder._write_figures", lambda *args: None)
    monkeypatch.setattr("leukfeat.comparison.run.write_first_report", lambda *args: None)
    nothing = {"models": {}, "models_failed": {}}
    monkeypatch.setattr("leukfeat.comparison.run.keep_models", lambda *args, **options: nothing)


@pytest.fixture(scope="module")
def small_tables(tmp_path_factory):
    """Return a table for each way in which subjects have classes."""
    images = ImageFeatures(LoadCells(64, "cell"), CellFeatures(("color", "firstorder", "shape")))
    options = {"n": 300, "seed": 1, "size": 96, "images": images}
    return {
        name: synthetic_table(tmp_path_factory.mktemp(name), name, n_subjects=n_subjects, **options)
        for name, n_subjects in (("one", 30), ("both", 24))
    }


@pytest.mark.usefixtures("_scores_alone")
def test_random_split_recognises_patients_of_one_class(small_tables):
    scores = balanced_accuracy(small_tables["one"], "random")
    assert scores.max() >= 0.75
    assert (scores.drop(SHORTCUTS) > 0.6).sum() == MODELS


@pytest.mark.usefixtures("_scores_alone")
def test_whole_subjects_leave_chance(small_tables):
    scores = balanced_accuracy(small_tables["one"], "grouped")
    assert len(scores) == MODELS + len(SHORTCUTS)
    assert scores.sub(0.5).abs().max() <= 0.15


@pytest.mark.usefixtures("_scores_alone")
def test_patients_of_both_classes_give_nothing_away(small_tables):
    assert balanced_accuracy(small_tables["both"], "grouped").sub(0.5).abs().max() <= 0.15


@pytest.mark.slow
@pytest.mark.usefixtures("_scores_alone")
def test_figures_of_one_class_per_subject(tmp_path):
    random, grouped = [], []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        table = synthetic_table(folder, "one", n=2400, n_subjects=60, seed=seed, jobs=2)
        random.append(balanced_accuracy(table, "random", jobs=2))
        grouped.append(balanced_accuracy(table, "grouped", jobs=2))
    assert pd.concat(random, axis=1).mean(axis=1).max() >= 0.80
    means = pd.concat(grouped, axis=1).mean(axis=1)
    assert np.abs(means - 0.5).max() <= 0.10, means.to_dict()


@pytest.mark.slow
@pytest.mark.usefixtures("_scores_alone")
def test_figures_of_both_classes_per_subject(tmp_path):
    grouped = []
    for seed in SEEDS:
        table = synthetic_table(tmp_path / str(seed), "both", n=2400, n_subjects=24, seed=seed, jobs=2)
        grouped.append(balanced_accuracy(table, "grouped", jobs=2))
    means = pd.concat(grouped, axis=1).mean(axis=1)
    assert np.abs(means - 0.5).max() <= 0.06, means.to_dict()
