"""The same models under a random and under an honest split, on tables whose leak is known."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import LeakCheck, Settings, compare, leak_check
from leukfeat.comparison.leak_check import write_leak_check
from leukfeat.errors import ConfigurationError
from leukfeat.features import FeatureTable
from leukfeat.sweep import CORE, Candidate
from tests.misbehaving import Silent, candidate_of
from tests.tables import make_table

BY_NAME = {candidate.name: candidate for candidate in CORE}
SVC, RIDGE = BY_NAME["SVC"], BY_NAME["RidgeClassifier"]
FAST = {"candidates": (SVC, RIDGE), "jobs": 1}
SETTINGS = Settings(n_folds=4)


def subjects_table(*, of_subject, effect=0.0, n=240, seed=0):
    """Draw features of subjects of one class each: what tells the class is the subject, or nothing is."""
    table = make_table(n=n, n_features=20, effect=effect, seed=seed)
    rng = np.random.default_rng(seed + 1)
    names, numbers = np.unique(table.frame["subject"], return_inverse=True)
    values = table.values + of_subject * rng.normal(size=(len(names), 20))[numbers]
    frame = table.frame.copy()
    frame[list(table.feature_names)] = values.astype(np.float32)
    return FeatureTable(frame, table.feature_names, table.metadata)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory):
    """A table in which a class is told by telling its subjects."""
    return subjects_table(of_subject=2.0).write(tmp_path_factory.mktemp("leaking") / "table.parquet")


@pytest.fixture(scope="module")
def found(leaking):
    return leak_check(leaking, SETTINGS, **FAST)


def by_cell(outcome):
    return outcome.table.set_index(["model", "metric"])


def test_subjects_of_one_class_inflate_a_random_split(found):
    assert found.protocol == "grouped"
    assert list(found.table.columns) == [
        *("model", "metric", "random", "honest", "inflation", "low", "high", "p")
    ]
    cells = by_cell(found)
    assert set(cells.index) == {
        (model, metric) for model in ("SVC", "RidgeClassifier") for metric in ("balanced_accuracy", "roc_auc")
    }
    svc = cells.loc[("SVC", "balanced_accuracy")]
    assert svc["random"] > 0.95
    assert abs(svc["honest"] - 0.5) < 0.2
    assert (cells["low"] > 0).all()
    assert (cells["p"] < 0.05).all()
    assert (cells["low"] <= cells["inflation"]).all()
    assert (cells["inflation"] <= cells["high"]).all()
    np.testing.assert_allclose(cells["inflation"], cells["random"] - cells["honest"])


def test_without_an_effect_of_subjects_nothing_is_inflated(tmp_path):
    source = subjects_table(of_subject=0.0, effect=1.0).write(tmp_path / "table.parquet")
    cells = by_cell(leak_check(source, SETTINGS, **FAST))
    assert cells["inflation"].abs().max() < 0.1
    assert (cells["low"] < 0).all()
    assert (cells["high"] > 0).all()


def test_both_scores_are_those_of_comparisons(found, leaking, tmp_path, monkeypatch):
    monkeypatch.setattr("leukfeat.report.run_folder._write_figures", lambda *args: None)
    monkeypatch.setattr("leukfeat.comparison.run.write_first_report", lambda *args: None)
    for column, protocol in (("honest", "grouped"), ("random", "random")):
        run = compare(leaking, tmp_path / protocol, replace(SETTINGS, protocol=protocol), **FAST)
        board = run.results.leaderboard.set_index("Model")
        for model in ("SVC", "RidgeClassifier"):
            for key, title in (("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC")):
                assert by_cell(found).loc[(model, key), column] == pytest.approx(board.loc[model, title])


def test_the_same_call_gives_the_same_table(found, leaking):
    pd.testing.assert_frame_equal(leak_check(leaking, SETTINGS, **FAST).table, found.table)


def test_notes_say_how_the_honest_split_was_made(found):
    assert any(note.startswith("Whole subjects are kept apart") for note in found.notes)
    assert any(note.startswith("240 images: blast 120, lymphocyte 120") for note in found.notes)


def test_progress_is_told_of_both_splits(leaking):
    told = []
    leak_check(leaking, SETTINGS, candidates=(RIDGE,), jobs=1, progress=lambda *state: told.append(state))
    assert told == [(f"{name} split", done, 4) for name in ("honest", "random") for done in range(1, 5)]


def test_random_is_not_honest(leaking):
    with pytest.raises(ConfigurationError, match="honest protocol"):
        leak_check(leaking, Settings(protocol="random"), **FAST)


def change(source, folder, **columns):
    table = FeatureTable.read(source)
    return FeatureTable(table.frame.assign(**columns), table.feature_names, table.metadata).write(
        folder / "changed.parquet"
    )


def test_without_subjects_and_order_there_is_no_honest_split(leaking, tmp_path):
    source = change(leaking, tmp_path, subject=None, sequence=np.nan)
    with pytest.raises(ConfigurationError, match="needs the column 'subject'"):
        leak_check(source, SETTINGS, **FAST)


def test_blocks_are_honest_too(tmp_path):
    table = subjects_table(of_subject=2.0)
    frame = table.frame.sort_values(["label", "subject"], kind="stable")  # one patient after the other
    frame = frame.assign(sequence=np.arange(240)).drop(columns="subject").reset_index(drop=True)
    source = FeatureTable(frame, table.feature_names, table.metadata).write(tmp_path / "table.parquet")
    outcome = leak_check(source, replace(SETTINGS, embargo=10), **FAST)
    assert outcome.protocol == "blocks"
    assert by_cell(outcome).loc[("SVC", "balanced_accuracy"), "low"] > 0


@pytest.mark.parametrize("protocol", ["auto", "official", "grouped"])
def test_the_test_split_is_not_looked_at(leaking, tmp_path, protocol):
    table = FeatureTable.read(leaking)
    kept = table.frame["subject"].isin(["0-0", "1-0"]).to_numpy()
    settings = replace(SETTINGS, protocol=protocol)
    split = np.where(kept, "test", "train")
    flipped = table.frame["label"].map({"blast": "lymphocyte", "lymphocyte": "blast"})
    label = flipped.where(kept, table.frame["label"])
    tables = [
        leak_check(change(leaking, tmp_path, split=split, **columns), settings, **FAST).table
        for columns in ({}, {"label": label})
    ]
    pd.testing.assert_frame_equal(*tables)
    rest = table.take(~kept).write(tmp_path / "rest.parquet")
    expected = leak_check(rest, SETTINGS, **FAST).table
    pd.testing.assert_frame_equal(tables[0], expected)


def test_folds_of_the_manifest_are_an_honest_split(leaking, tmp_path):
    fold = FeatureTable.read(leaking).frame["subject"].str[-1]
    outcome = leak_check(change(leaking, tmp_path, fold=fold), SETTINGS, **FAST)
    assert outcome.protocol == "official"
    assert by_cell(outcome).loc[("SVC", "balanced_accuracy"), "low"] > 0


def test_train_and_val_of_the_manifest_are_an_honest_split(leaking, tmp_path):
    subject = FeatureTable.read(leaking).frame["subject"]
    split = np.where(subject.isin(["0-0", "0-1", "0-2", "1-0", "1-1", "1-2"]), "val", "train")
    source = change(leaking, tmp_path, split=split)
    outcome = leak_check(source, replace(SETTINGS, protocol="official"), **FAST)
    cells = by_cell(outcome)
    assert cells[["random", "honest", "inflation", "low", "high"]].notna().all(axis=None)
    assert cells.loc[("SVC", "balanced_accuracy"), "inflation"] > 0.2


def test_a_model_that_fails_has_no_row_and_one_without_scores_no_area(leaking):
    candidates = (candidate_of(Silent), Candidate("Broken", "no_such_module:Model"))
    outcome = leak_check(leaking, SETTINGS, candidates=(*candidates, RIDGE), jobs=1)
    cells = by_cell(outcome)
    assert set(outcome.table["model"]) == {"Silent", "RidgeClassifier"}
    assert cells.loc[("Silent", "balanced_accuracy"), "inflation"] == 0
    assert np.isnan(cells.loc[("Silent", "roc_auc"), "inflation"])
    assert any("Broken" in note and "no_such_module" in note for note in outcome.notes)


def test_it_is_written_as_csv_json_and_markdown(found, tmp_path):
    odd = pd.DataFrame([["Silent", "roc_auc", *[np.nan] * 6]], columns=found.table.columns)
    table = pd.concat([found.table, odd], ignore_index=True)
    write_leak_check(LeakCheck(table, found.protocol, found.notes), tmp_path / "deep" / "out")
    out = tmp_path / "deep" / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "leak_check.csv",
        "leak_check.json",
        "leak_check.md",
    ]
    pd.testing.assert_frame_equal(pd.read_csv(out / "leak_check.csv"), table)
    record = json.loads((out / "leak_check.json").read_text(), parse_constant=pytest.fail)
    assert record["protocol"] == "grouped"
    assert record["notes"] == list(found.notes)
    assert [row["inflation"] for row in record["rows"]] == [*found.table["inflation"], None]
    lines = (out / "leak_check.md").read_text().splitlines()
    assert "grouped" in lines[0]
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + len(table)
    first = table.iloc[0]
    assert f"{first['inflation']:+.3f} [{first['low']:+.3f}, {first['high']:+.3f}]" in rows[2]
    assert rows[-1] == "| Silent | ROC AUC | – | – | – |"
