"""Keys of tasks: whatever decides what comes of one changes its key, and nothing else does."""

import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from leukfeat.evaluation import inner_splits, make_splits
from leukfeat.sweep import CORE, Candidate, Tuning
from leukfeat.sweep.task_key import task_key
from tests.tables import FOUR, make_table, sweep_data

RIDGE = CORE[3]


def parts(table=None, **options):
    table = make_table(FOUR, n=80) if table is None else table
    splits = make_splits(table.frame["label"], subjects=table.frame["subject"], n_folds=3)
    inner = inner_splits(splits, splits.folds[0].train)
    tuning = Tuning.of(splits, inner, 0)
    return {
        "data": sweep_data(table, **options),
        "candidate": RIDGE,
        "fold": splits.folds[0],
        "inner": inner,
        "tuning": tuning,
    }


def test_the_same_has_the_same_key():
    assert task_key(**parts()) == task_key(**parts())
    renamed = replace(RIDGE, name="another name")
    numbered = replace(parts()["fold"], repeat=7, fold=9)
    assert task_key(**parts() | {"candidate": renamed, "fold": numbered}) == task_key(**parts())


def changed_data(name, change):
    data = parts()["data"]
    return {"data": replace(data, **{name: change(getattr(data, name))})}


def one_value(values):
    values = values.copy()
    values[3, 2] = np.nextafter(values[3, 2], np.float32(9))
    return values


@pytest.mark.parametrize(
    "change",
    [
        lambda: changed_data("values", one_value),
        lambda: changed_data("labels", lambda labels: labels[::-1].copy()),
        lambda: changed_data("feature_names", lambda names: names[::-1]),
        lambda: changed_data("n_shown", lambda number: number - 1),
        lambda: changed_data("seed", lambda seed: seed + 1),
        lambda: {"candidate": replace(RIDGE, parameters={"alpha": 11.0})},
        lambda: {"candidate": replace(RIDGE, balance="none")},
        lambda: {"candidate": replace(RIDGE, columns=("test_value_1",))},
        lambda: {"candidate": CORE[2]},
        lambda: {"fold": replace(parts()["fold"], train=parts()["fold"].train[1:])},
        lambda: {"fold": replace(parts()["fold"], test=parts()["fold"].test[1:])},
        lambda: {"inner": None},
        lambda: {"inner": replace(parts()["inner"], pairs=parts()["inner"].pairs[:2])},
        lambda: {"tuning": Tuning(None)},
        lambda: {"tuning": replace(parts()["tuning"], inner=parts()["tuning"].inner[:2])},
    ],
)
def test_whatever_decides_the_outcome_changes_the_key(change):
    assert task_key(**parts() | change()) != task_key(**parts())


def test_the_positive_class_of_two_counts():
    keys = {task_key(**parts(make_table(), positive=name)) for name in ("blast", "lymphocyte")}
    assert len(keys) == 2


def test_the_source_of_a_model_of_ones_own_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    keys = set()
    for text in ("Model = 1\n", "Model = 2\n"):
        (tmp_path / "own_model.py").write_text(text)
        keys.add(task_key(**parts() | {"candidate": Candidate("Own", "own_model:Model")}))
    assert len(keys) == 2


def test_versions_of_what_computes_count(monkeypatch):
    from leukfeat.sweep import task_key as module

    before = task_key(**parts())
    monkeypatch.setattr(module, "_versions", lambda: (("numpy", "0"),))
    assert task_key(**parts()) != before


def nested(C):
    steps = [(f"long name of a step {i}", LogisticRegression(C=1.0)) for i in range(30)]
    return [*steps, ("last", LogisticRegression(C=C))]


def test_what_would_be_cut_short_in_writing_counts():
    rows = [np.zeros(2000), np.zeros(2000)]
    rows[1][1000] = 1.0
    for values in ((nested(0.1), nested(100.0)), rows):
        both = [replace(RIDGE, parameters={"value": value}) for value in values]
        assert len({task_key(**parts() | {"candidate": item}) for item in (*both, *both)}) == 2


def test_the_source_of_a_class_in_the_parameters_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "own_part.py"
    path.write_text("class Part: pass\n")
    candidate = replace(RIDGE, parameters={"estimator": [import_module("own_part").Part()]})
    before = task_key(**parts() | {"candidate": candidate})
    path.write_text("class Part: ...\n")
    assert task_key(**parts() | {"candidate": candidate}) != before


def test_the_key_is_the_same_in_another_process():
    code = (
        "from tests.sweep.test_task_key import *\n"
        "print(task_key(**parts() | {'candidate': replace(RIDGE, parameters={'value': nested(2.0)})}))"
    )
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    candidate = replace(RIDGE, parameters={"value": nested(2.0)})
    assert told.stdout.strip() == task_key(**parts() | {"candidate": candidate})
