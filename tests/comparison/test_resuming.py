"""Runs that end before they are done, how they go on, and models that end badly."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.errors import LeukfeatError
from leukfeat.sweep import CORE
from tests.misbehaving import (
    FussyOutside,
    Gluttonous,
    PredictsNaN,
    Raising,
    SelfKilling,
    Sleeping,
    candidate_of,
    compare_counted,
)
from tests.tables import make_table

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
SETTINGS = Settings(n_folds=3)
N_FIRST = 9  # chance and two shortcuts in three folds come before all models
TIMES = ["Time Taken", "Transform Time", "Fit Time", "Predict Time", "Predict ms/Image", "Peak Memory"]

PROGRAM = """
import sys
from pathlib import Path
from tests.misbehaving import compare_counted

if __name__ == "__main__":
    sys.exit(130 if compare_counted(Path(sys.argv[1])).results.interrupted else 0)
"""


def start(folder):
    """Start a comparison of its own that counts its fits."""
    (folder / "program.py").write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with (folder / "stderr").open("w") as told:
        return subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, str(folder / "program.py"), str(folder)],
            env=environment,
            stderr=told,
            # Who runs the tests in the background has the signal ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


def n_fits(folder):
    return sum(len(list((folder / name).iterdir())) for name in ("First", "Second"))


def n_tasks(folder):
    return len(list((folder / "run" / "tasks").glob("*.npz")))


def wait_for_tasks(folder, number, process):
    deadline = time.monotonic() + 120
    while n_tasks(folder) < number:
        assert process.poll() is None, (folder / "stderr").read_text()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path, draw_figures):
    make_table(n=60).write(tmp_path / "table.parquet")
    return tmp_path


def test_a_run_that_was_killed_goes_on_where_it_was(folder):
    process = start(folder)
    wait_for_tasks(folder, N_FIRST + 2, process)
    process.kill()
    process.wait()
    assert not (folder / "run" / "leaderboard.csv").exists()
    kept = {path: path.stat().st_mtime_ns for path in (folder / "run" / "tasks").glob("*.npz")}
    found = compare_counted(folder)
    assert found.fits["found"] == len(kept) >= N_FIRST + 2
    assert all(path.stat().st_mtime_ns == changed for path, changed in kept.items())
    counted = n_fits(folder)
    assert 24 <= counted <= 24 + 4  # three folds, each with three inner ones; what was under way is done anew
    first = (folder / "run" / "leaderboard.csv").read_bytes()
    again = compare_counted(folder)
    assert again.fits == {"fitted": 0, "found": 18}  # with chance and two shortcuts
    assert n_fits(folder) == counted
    assert (folder / "run" / "leaderboard.csv").read_bytes() == first
    assert all(path.suffix == ".npz" for path in (folder / "run" / "tasks").iterdir())
    whole = compare_counted(folder, "never killed")
    pd.testing.assert_frame_equal(
        again.results.leaderboard.drop(columns=TIMES), whole.results.leaderboard.drop(columns=TIMES)
    )


def test_ctrl_c_leaves_the_leaderboard_of_what_is_done(folder):
    process = start(folder)
    wait_for_tasks(folder, N_FIRST + 4, process)  # the first model whole, and one fold of the next
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130, (folder / "stderr").read_text()
    board = pd.read_csv(folder / "run" / "leaderboard.csv", keep_default_na=False).set_index("Model")
    assert board.loc["First", "Reason"] == ""
    assert float(board.loc["First", "Balanced Accuracy"]) > 0.5
    assert set(board["Reason"].drop("Background only")) == {"", "interrupted"}
    assert compare_counted(folder).results.interrupted is False


def interrupting_at(number):
    def progress(stage, done, total):
        if stage == "sweep" and done == number:
            raise KeyboardInterrupt

    return progress


def test_what_is_done_is_ranked_and_the_rest_says_interrupted(write, tmp_path):
    source, candidates = write(), (RIDGE, CORE[2])
    stopped = compare(
        source,
        tmp_path / "run",
        SETTINGS,
        candidates=candidates,
        jobs=1,
        progress=interrupting_at(N_FIRST + 4),
    )
    board = stopped.results.leaderboard.set_index("Model")
    done = board[board["Reason"] == ""]
    assert stopped.results.interrupted
    assert set(board["Reason"].drop("Background only")) == {"", "interrupted"}
    assert done["Balanced Accuracy"].notna().all()
    assert {"Chance", "Area only", stopped.results.best} <= set(done.index)
    assert (done["Kind"] == "model").sum() == 1
    assert "Run the same command again" in stopped.results.notes[0]
    assert (stopped.folder / "leaderboard.md").is_file()
    assert not (stopped.folder / "models").exists()
    assert json.loads((stopped.folder / "leaderboard.json").read_text())["interrupted"]
    whole = compare(source, tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)
    assert whole.fits["found"] == N_FIRST + 4
    assert not whole.results.interrupted
    alone = compare(source, tmp_path / "other", SETTINGS, candidates=candidates, jobs=1)
    pd.testing.assert_frame_equal(
        whole.results.leaderboard.drop(columns=TIMES), alone.results.leaderboard.drop(columns=TIMES)
    )


def test_ctrl_c_before_one_model_is_done_leaves_the_earlier_run(write, tmp_path):
    source = write()
    compare(source, tmp_path / "run", SETTINGS, candidates=(RIDGE,), jobs=1)
    before = (tmp_path / "run" / "leaderboard.csv").read_bytes()
    options = {"candidates": (CORE[2],), "jobs": 1, "progress": interrupting_at(N_FIRST + 1)}
    with pytest.raises(KeyboardInterrupt, match="finished tasks are kept"):
        compare(source, tmp_path / "run", replace(SETTINGS, seed=1), **options)
    assert (tmp_path / "run" / "leaderboard.csv").read_bytes() == before


def test_one_more_model_costs_that_model(write, tmp_path):
    source = write()
    first = compare(source, tmp_path / "run", SETTINGS, candidates=(RIDGE,), jobs=1)
    second = compare(source, tmp_path / "run", SETTINGS, candidates=(RIDGE, CORE[2]), jobs=1)
    assert first.fits["found"] == 0
    assert second.fits == {"fitted": 3, "found": first.fits["fitted"]}
    rows = [run.results.leaderboard.set_index("Model").loc["RidgeClassifier"] for run in (first, second)]
    names = ["Balanced Accuracy", "ROC AUC", *TIMES]
    pd.testing.assert_series_equal(rows[0][names], rows[1][names])


def test_a_folder_with_tasks_of_ones_own_is_refused(write, tmp_path):
    (tmp_path / "run" / "tasks").mkdir(parents=True)
    (tmp_path / "run" / "tasks" / "todo.txt").write_text("mine")
    with pytest.raises(LeukfeatError, match="something else than a run"):
        compare(write(), tmp_path / "run", SETTINGS, candidates=(RIDGE,), jobs=1)


BAD = {
    Sleeping: "timeout after 8 s",
    Gluttonous: "out of memory: more than 2 GB",
    Raising: "RuntimeError: first line",
    PredictsNaN: "the model returned NaN, or what is no class, for 60 of 60 images",
    SelfKilling: "died (signal 9, SIGKILL)",
}


def test_five_bad_models_are_five_rows_with_five_reasons(write, tmp_path):
    source, settings = write(), replace(SETTINGS, n_folds=2)
    candidates = (RIDGE, *map(candidate_of, BAD))
    run = compare(source, tmp_path / "run", settings, candidates=candidates, jobs=2, timeout=8, memory=2)
    board = run.results.leaderboard.set_index("Model")
    for model, reason in BAD.items():
        assert board.loc[model.__name__, "Reason"] == f"fold 0: {reason}"
    alone = compare(source, tmp_path / "alone", settings, candidates=(RIDGE,), jobs=2).results.leaderboard
    others = board.drop(index=[model.__name__ for model in BAD]).reset_index()[alone.columns]
    pd.testing.assert_frame_equal(others.drop(columns=TIMES), alone.drop(columns=TIMES))
    assert (run.folder / "leaderboard.md").read_text().count("out of memory") == 1


def test_a_best_model_that_fails_on_all_other_images_is_said(write, tmp_path):
    table = make_table(effect=2.0)
    split = np.where(table.frame["subject"].isin(("0-0", "0-1", "1-0", "1-1")), "test", "train")
    candidates = (candidate_of(FussyOutside),)
    run = compare(write(table, split=split), tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)
    assert run.results.best == "FussyOutside"
    assert run.results.test is None
    told = [note for note in run.results.notes if note.startswith("The test split is not scored")]
    assert len(told) == 1
    assert "RuntimeError: too many rows" in told[0]
    assert (run.folder / "leaderboard.csv").is_file()


@pytest.mark.parametrize(("name", "value"), [("timeout", -1), ("timeout", "1"), ("memory", -2.0)])
def test_limits_are_checked_before_any_work(write, tmp_path, name, value):
    with pytest.raises((TypeError, ValueError), match=f"'{name}' parameter of compare"):
        compare(write(), tmp_path / "run", SETTINGS, **{name: value})
    assert not (tmp_path / "run").exists()
