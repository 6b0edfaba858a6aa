import json

import pandas as pd
import pytest

from tests.tables import make_table


@pytest.fixture
def table(tmp_path):
    return make_table(n=60).write(tmp_path / "table.parquet")


@pytest.fixture(autouse=True)
def _one_model(monkeypatch):
    """Fit one quick model instead of five."""
    from leukfeat.comparison.leak_check import leak_check
    from leukfeat.sweep import CORE

    ridge = tuple(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
    monkeypatch.setitem(leak_check.__kwdefaults__, "candidates", ridge)


def test_json_is_the_table(leukfeat, table):
    done = leukfeat("leak-check", table, "--folds", "3", "--jobs", "1", "--json")
    assert done.code == 0
    assert set(done.json) == {"protocol", "leaks", "notes", "rows"}
    assert done.json["leaks"] is False
    assert done.json["protocol"] == "grouped"
    assert [(row["model"], row["metric"]) for row in done.json["rows"]] == [
        ("RidgeClassifier", "balanced_accuracy"),
        ("RidgeClassifier", "roc_auc"),
    ]
    for row in done.json["rows"]:
        assert row["low"] <= row["inflation"] <= row["high"]
    for split in ("Honest", "Random"):
        assert f"{split} fits: 3 of 3" in done.stderr


def test_people_see_notes_and_a_table(leukfeat, table):
    done = leukfeat("leak-check", table, "--folds", "3", "--jobs", "1")
    assert done.code == 0
    assert "Whole subjects are kept apart" in done.stdout
    assert "Balanced Accuracy" in done.stdout
    assert "inflation = random − honest" in done.stdout
    assert "grouped" in done.stdout


def test_a_folder_gets_three_files(leukfeat, table, tmp_path):
    done = leukfeat("leak-check", table, "-o", "out/leaks", "--folds", "3", "--jobs", "1", "--json")
    assert done.code == 0
    names = {path.name for path in (tmp_path / "out" / "leaks").iterdir()}
    assert names == {"leak_check.csv", "leak_check.json", "leak_check.md"}
    assert json.loads((tmp_path / "out/leaks/leak_check.json").read_text()) == done.json
    assert len(pd.read_csv(tmp_path / "out/leaks/leak_check.csv")) == 2


def test_options_reach_the_check(leukfeat, table):
    options = ("--protocol", "blocks", "--embargo", "2", "--folds", "2", "--positive", "blast")
    done = leukfeat("leak-check", table, *options, "--jobs", "1", "--json")
    assert done.json["protocol"] == "blocks"
    assert any("embargo of 2" in note for note in done.json["notes"])
    assert "Positive class: blast." in done.json["notes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "random"], "honest protocol"),
        (["--protocol", "nonsense"], "--protocol must be one of"),
        (["--labels", "blast"], "at least two classes"),
        (["--folds", "40"], "40 folds"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_options(leukfeat, table, tmp_path, arguments, message):
    done = leukfeat("leak-check", table, "-o", "out", *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]
    assert not (tmp_path / "out").exists()
