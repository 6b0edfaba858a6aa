"""The summary of a run: its numbers are scikit-learn's, its words say what is so."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    roc_auc_score,
)

from leukfeat.errors import ConfigurationError
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.summary import summarise
from tests.predicted import run_frame
from tests.saved_runs import KINDS, STRENGTHS, write_run


@pytest.fixture(scope="module", params=[2, 4])
def folder(request, tmp_path_factory):
    frame = run_frame(STRENGTHS, n_classes=request.param, n_subjects=40, kinds=KINDS)
    return write_run(tmp_path_factory.mktemp("runs") / "drawn", frame)


@pytest.fixture(scope="module")
def summary(folder):
    return summarise(folder)


def by_model(summary):
    return {row["model"]: row for row in summary["leaderboard"]}


def auc(rows, classes, positive):
    if positive is not None:
        return roc_auc_score(rows["label"] == positive, rows[f"score_{positive}"])
    return np.mean([roc_auc_score(rows["label"] == name, rows[f"score_{name}"]) for name in classes])


def test_scores_are_scikit_learns_on_the_stored_predictions(folder, summary):
    stored = pd.read_parquet(folder / "predictions.parquet")
    classes, positive = summary["run"]["classes"], summary["run"]["positive"]
    by_hand = {
        "accuracy": lambda rows: accuracy_score(rows["label"], rows["predicted"]),
        "balanced_accuracy": lambda rows: balanced_accuracy_score(rows["label"], rows["predicted"]),
        "f1_weighted": lambda rows: f1_score(rows["label"], rows["predicted"], average="weighted"),
        "mcc": lambda rows: matthews_corrcoef(rows["label"], rows["predicted"]),
        "roc_auc": lambda rows: auc(rows, classes, positive),
    }
    for model in STRENGTHS:
        folds = [rows for _, rows in stored[stored["model"] == model].groupby(["repeat", "fold"])]
        assert len(folds) == 5
        for key, function in by_hand.items():
            expected = np.mean([function(rows) for rows in folds])
            assert by_model(summary)[model]["scores"][key]["value"] == pytest.approx(expected, abs=1e-12)


def test_confusions_are_scikit_learns(folder, summary):
    stored = pd.read_parquet(folder / "predictions.parquet")
    classes = summary["run"]["classes"]
    assert {item["model"] for item in summary["confusions"]} == set(STRENGTHS)
    for item in summary["confusions"]:
        rows = stored[stored["model"] == item["model"]]
        expected = confusion_matrix(rows["label"], rows["predicted"], labels=classes)
        np.testing.assert_array_equal(item["counts"], expected)
        np.testing.assert_allclose(item["rates"], expected / expected.sum(axis=1, keepdims=True))


def test_counts_are_those_of_the_images(folder, summary):
    stored = pd.read_parquet(folder / "predictions.parquet").drop_duplicates("path")
    data = summary["data"]
    assert (data["images"], data["subjects"], data["folds"]) == (len(stored), 40, 5)
    by_class = {item["label"]: item["images"] for item in data["by_class"]}
    assert by_class == stored["label"].value_counts().to_dict()
    for item in data["by_fold"]:
        rows = stored[stored["fold"] == item["fold"]]
        assert item["images"] == len(rows)
        assert item["of_class"] == [(rows["label"] == name).sum() for name in summary["run"]["classes"]]
        assert item["subjects"] == rows["subject"].nunique()


def test_subjects_of_the_best_model_come_worst_first(folder, summary):
    stored = pd.read_parquet(folder / "predictions.parquet")
    rows = stored[stored["model"] == summary["verdict"]["best"]]
    right = (rows["label"] == rows["predicted"]).groupby(rows["subject"]).mean()
    assert {item["subject"]: item["accuracy"] for item in summary["subjects"]} == right.to_dict()
    found = [item["accuracy"] for item in summary["subjects"]]
    assert found == sorted(found)


def test_rows_are_ranked_and_marked_and_failures_keep_their_reason(summary):
    rows = summary["leaderboard"]
    assert rows[0]["model"] in ("Good", "Twin")
    assert {row["mark"] for row in rows if row["model"] in ("Good", "Twin")} == {"best", "like best"}
    assert rows[-1]["model"] == "Broken"
    assert rows[-1]["reason"] == "fold 0: killed after 1 s"
    assert all(score["value"] is None for score in rows[-1]["scores"].values())
    values = [row["scores"]["balanced_accuracy"]["value"] for row in rows[:-1]]
    assert values == sorted(values, reverse=True)
    assert by_model(summary)["Good"]["measured"] == {
        "time": 1.5,
        "transform": 0.5,
        "fit": 0.75,
        "predict": 0.25,
        "per_image": 0.125,
        "memory": 212.4,
    }


def test_the_verdict_names_score_rivals_and_patients(summary):
    first, second, third = summary["verdict"]["sentences"]
    best = by_model(summary)[summary["verdict"]["best"]]["scores"]["balanced_accuracy"]
    other = {"Good": "Twin", "Twin": "Good"}[summary["verdict"]["best"]]
    assert f"{best['value']:.3f} [{best['low']:.3f}, {best['high']:.3f}]" in first
    assert first.endswith(f"it cannot be told from {other}.")
    assert second.startswith("Patients were kept apart: no image of the 40 patients")
    assert "ahead of the best shortcut, Area only" in third
    assert [item["kind"] for item in summary["warnings"]] == ["failed"]


def test_what_leaks_comes_first(tmp_path):
    frame = run_frame(STRENGTHS, kinds=KINDS)
    run = write_run(tmp_path / "leaky", frame, leaks=True, notes=["It leaks.", "More."], audit=["Twins."])
    found = summarise(run)
    assert found["verdict"]["patients"] == "mixed"
    assert "not kept apart" in found["verdict"]["sentences"][1]
    kinds = [(item["kind"], item["text"]) for item in found["warnings"]]
    assert kinds[:2] == [("leak", "It leaks."), ("audit", "Twins.")]
    assert found["notes"] == ["More."]


def test_patients_that_are_not_known_are_not_said_to_be_apart(tmp_path):
    frame = run_frame(STRENGTHS, kinds=KINDS)
    attrs = {**frame.attrs, "protocol": "blocks"}
    frame = frame.assign(subject=None)
    frame.attrs = attrs
    found = summarise(write_run(tmp_path / "blocks", frame))
    assert found["verdict"]["patients"] == "unknown"
    assert "not known" in found["verdict"]["sentences"][1]
    assert found["subjects"] == []
    assert found["data"]["by_subject"] == []


def test_a_shortcut_that_is_as_good_is_a_warning(tmp_path):
    frame = run_frame({"Fair": 1.0, "Area only": 1.0}, kinds={"Fair": "model", "Area only": "shortcut"})
    found = summarise(write_run(tmp_path / "close", frame))
    assert [item["kind"] for item in found["warnings"]] == ["shortcut"]
    assert "Area only" in found["warnings"][0]["text"]


def test_it_is_json(summary):
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_an_old_run_says_what_it_lacks(folder, tmp_path):
    for name in ("run.json", "predictions.parquet"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    found = summarise(tmp_path)
    assert all(value is None for row in found["leaderboard"] for value in row["measured"].values())
    assert by_model(found)["Broken"]["reason"] == "The model made no predictions."
    said = " ".join(found["missing"])
    assert all(name in said for name in ("leaderboard.json", "ablation.parquet", "thumbnails.parquet"))


@pytest.mark.parametrize("lacking", ["run.json", "predictions.parquet"])
def test_what_is_no_run_folder_is_refused(folder, tmp_path, lacking):
    for name in {"run.json", "predictions.parquet"} - {lacking}:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(ConfigurationError, match=f"is not a run folder: it has no {lacking}"):
        summarise(tmp_path)


@pytest.mark.parametrize("name", ["run.json", "leaderboard.json", "predictions.parquet"])
def test_a_damaged_file_is_named(folder, tmp_path, name):
    for file in ("run.json", "leaderboard.json", "predictions.parquet"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    (tmp_path / name).write_text("neither")
    with pytest.raises(ConfigurationError, match=f"{name} cannot be read as"):
        SavedRun.read(tmp_path)


def test_the_command_makes_the_run_again(tmp_path):
    """The words parse to the settings of the run."""
    from typer.main import get_command

    from leukfeat.cli.commands import app
    from leukfeat.cli.options import make_settings
    from leukfeat.comparison import Settings

    settings = Settings(
        labels=("blast", "two words"),
        positive="blast",
        protocol="grouped",
        n_folds=4,
        n_repeats=2,
        embargo=5,
        seed=7,
        nested=True,
        merge_leaks=True,
        families=("shape",),
        n_components=8,
        size=96,
        limit=50,
    )
    told = {**vars(settings)}
    frame = run_frame(STRENGTHS, kinds=KINDS)
    found = summarise(write_run(tmp_path / "run", frame, settings=told, source="/data/my set.csv"))
    words = shlex.split(found["reproduce"])
    assert words[:3] == ["leukfeat", "compare", "/data/my set.csv"]
    command = get_command(app).commands["compare"]
    given = command.make_context("compare", words[2:]).params
    chosen = (
        "labels",
        "positive",
        "protocol",
        "folds",
        "repeats",
        "embargo",
        "seed",
        "nested",
        "merge_leaks",
    )
    chosen += ("allow_leaks", "families", "embedding", "reduce", "device", "scene", "size", "limit")
    assert make_settings(**{name: given[name] for name in chosen}) == settings
    assert set(given["models"].split(",")) == {"Good", "Twin", "Fair", "Broken"}
    assert str(given["source"]) == "/data/my set.csv"


def test_a_model_without_a_score_is_behind_nobody(tmp_path):
    kinds = {"Good": "model", "Broken": "model", "Chance": "chance"}
    frame = run_frame({"Good": 2.0, "Chance": 0.0}, kinds=kinds)
    first = summarise(write_run(tmp_path / "run", frame))["verdict"]["sentences"][0]
    assert first.startswith("Good is the only one of 2 models that has a score: balanced accuracy")
    assert "behind" not in first


def test_a_model_of_ones_own_is_found_again_where_its_class_is(tmp_path):
    kinds = {"SVC": "model", "Mine": "model"}
    frame = run_frame({"SVC": 2.0, "Mine": 1.0}, kinds=kinds)
    estimators = {"SVC": "sklearn.svm:SVC", "Mine": "/home/me/own.py:Mine"}
    found = summarise(write_run(tmp_path / "run", frame, estimators=estimators))
    assert (
        "--models SVC,/home/me/own.py:Mine" in found["reproduce"] or "own.py:Mine,SVC" in found["reproduce"]
    )


def test_a_damaged_table_that_a_report_can_do_without_is_named(tmp_path):
    run = write_run(tmp_path / "run", run_frame(STRENGTHS, kinds=KINDS))
    (run / "ablation.parquet").write_bytes(b"no table")
    found = summarise(run)
    assert found["ablation"] == []
    assert "ablation.parquet cannot be read and is left out." in found["missing"]
