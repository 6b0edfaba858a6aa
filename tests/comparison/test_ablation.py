import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.comparison.ablation import leave_out, notes_of
from leukfeat.features import FAMILIES, FeatureTable
from leukfeat.sweep import CORE, Candidate
from tests.tables import AREA, make_table, sweep_data

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
SETTINGS = Settings(n_folds=3, ablation=True)


@pytest.fixture
def two_families(write):
    """Return a table whose first column is the family shape's; what made the others is not known."""
    table = make_table()
    shape = {"name": "shape", "parameters": FAMILIES["shape"]().get_params()}
    return write(FeatureTable(table.frame, table.feature_names, {**table.metadata, "families": [shape]}))


def run(source, folder, *candidates, settings=SETTINGS):
    return compare(source, folder, settings, candidates=candidates or (RIDGE,), jobs=1)


def note_of(done, words):
    return next(note for note in done.results.notes if words in note)


def test_a_family_is_worth_what_the_model_loses_on_a_table_without_it(two_families, tmp_path, write):
    done = run(two_families, tmp_path / "run")
    table = pd.read_parquet(tmp_path / "run" / "ablation.parquet")
    assert set(table["family"]) == {"shape", "other columns"}
    assert set(table["model"]) == {"RidgeClassifier"}
    assert set(table["metric"]) == {"balanced_accuracy"}
    assert (table["reason"] == "").all()
    assert list(table["difference"]) == sorted(table["difference"], reverse=True)
    board = done.results.leaderboard.set_index("Model")
    row = table.set_index("family").loc["shape"]
    source = make_table()
    names = source.feature_names[1:]
    alone = write(FeatureTable(source.frame.drop(columns=[AREA]), names, source.metadata))
    without = run(alone, tmp_path / "without", settings=replace(SETTINGS, ablation=False))
    expected = without.results.leaderboard.set_index("Model").loc["RidgeClassifier"]
    for name, title in (("value", ""), ("low", " Low"), ("high", " High")):
        assert row[name] == pytest.approx(expected[f"Balanced Accuracy{title}"])
    both = board.loc["RidgeClassifier", "Balanced Accuracy"]
    assert row["difference"] == pytest.approx(both - row["value"])
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    assert table["family"][0] in note_of(done, "misses most is")


def test_the_difference_is_paired(two_families, tmp_path):
    run(two_families, tmp_path / "run")
    row = pd.read_parquet(tmp_path / "run" / "ablation.parquet").set_index("family").loc["shape"]
    assert row["difference_high"] - row["difference_low"] < row["high"] - row["low"] + 0.1
    assert np.isfinite(row[["low", "high", "difference_low", "difference_high"]].astype(float)).all()


def test_a_second_run_finds_every_fit(two_families, tmp_path):
    first = run(two_families, tmp_path / "run")
    again = run(two_families, tmp_path / "run")
    assert first.fits["fitted"] == again.fits["found"]
    assert again.fits == {"fitted": 0, "found": first.fits["fitted"]}
    pd.testing.assert_frame_equal(again.results.ablation, first.results.ablation)
    assert first.seconds.keys() == {"extract", "audit", "sweep", "ablation", "refit", "write"}


def test_an_ablation_of_an_earlier_run_does_not_stay(two_families, tmp_path):
    run(two_families, tmp_path / "run")
    run(two_families, tmp_path / "run", settings=replace(SETTINGS, ablation=False))
    assert not (tmp_path / "run" / "ablation.parquet").exists()


def test_of_one_family_it_says_so(write, tmp_path):
    done = run(write(make_table()), tmp_path / "run")
    assert note_of(done, "one feature family")
    written = pd.read_parquet(tmp_path / "run" / "ablation.parquet")
    assert written.empty
    assert {"family", "difference_high"} <= set(written.columns)


def test_a_model_that_cannot_do_without_a_family_says_so(two_families, tmp_path):
    only = Candidate("Only area", RIDGE.estimator, RIDGE.parameters, "class_weight", columns=(AREA,))
    done = run(two_families, tmp_path / "run", only)
    row = done.results.ablation.set_index("family").loc["shape"]
    assert np.isnan(row["value"])
    assert f"no column {AREA!r}" in row["reason"]
    assert row["reason"] in note_of(done, "Without shape Only area cannot be fitted")
    json.loads((tmp_path / "run" / "run.json").read_text())


@pytest.mark.parametrize(
    ("error", "interrupted"), [(RuntimeError("no luck"), False), (KeyboardInterrupt(), True)]
)
def test_the_run_is_not_lost_for_its_ablation(two_families, tmp_path, monkeypatch, error, interrupted):
    def fail(*args):
        raise error

    monkeypatch.setattr("leukfeat.comparison.ablation.ablate", fail)
    done = run(two_families, tmp_path / "run")
    assert done.results.interrupted is interrupted
    assert done.results.ablation is None
    assert (tmp_path / "run" / "leaderboard.csv").is_file()
    if not interrupted:
        assert note_of(done, "There is no ablation: RuntimeError: no luck")


@pytest.mark.parametrize(
    ("gap", "low", "words"),
    [
        (
            0.02,
            0.01,
            "misses most is shape: with it Balanced Accuracy is higher by 0.020 [0.010, 0.050]; for 1",
        ),
        (0.02, np.nan, "misses most is shape: with it Balanced Accuracy is higher by 0.020."),
        (0.0, -0.01, "m loses nothing in Balanced Accuracy without any one feature family."),
    ],
)
def test_the_note_claims_no_more_than_there_is(gap, low, words):
    columns = ("family", "model", "metric", "difference", "difference_low", "difference_high", "reason")
    rows = [("shape", "m", "balanced_accuracy", gap, low, 0.05, "")]
    (said,) = notes_of(pd.DataFrame(rows, columns=list(columns)))
    assert words in said


def test_leaving_out_keeps_what_stands_aside():
    data = sweep_data(make_table(), aside={"background_mean_lab_l": np.arange(120)})
    less = leave_out(data, [AREA])
    assert less.n_shown == data.n_shown - 1
    assert less.feature_names == data.feature_names[1:]
    np.testing.assert_array_equal(less.values, data.values[:, 1:])
    assert less.digest != data.digest
