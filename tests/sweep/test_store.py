"""Finished tasks: what comes back is what was kept, and only where nothing that decides it differs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from leukfeat._isolation import Limits
from leukfeat.sweep import CORE, FoldResult, TaskStore
from leukfeat.sweep.store import holds_tasks_only

KEY = "0" * 64
LIMITS = Limits(10.0, 1000)
RIDGE = CORE[3]


def result(**changes):
    scores = np.array([0.1, -np.inf, 1e-300])
    told = {"warnings": ("a", "b"), "fit_seconds": 0.1, "method": "stock", "peak_bytes": 3}
    return FoldResult("m", 1, 2, np.array(["blast", "x", "é"]), scores, scores, scores[:2], **told, **changes)


def assert_equal(one, other):
    for name in ("predicted", "ranking", "probabilities", "cuts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype
    names = ("inner_score", "fit_seconds", "predict_seconds", "transform_seconds", "peak_bytes")
    np.testing.assert_array_equal(*([getattr(item, name) for name in names] for item in (one, other)))
    assert (one.reason, one.warnings, one.method) == (other.reason, other.warnings, other.method)


def test_what_comes_back_is_what_was_kept(tmp_path):
    store = TaskStore(tmp_path / "run" / "tasks")
    assert store.read(KEY, LIMITS) is None
    store.write(KEY, result(inner_score=0.5), "", LIMITS)
    found = store.read(KEY, LIMITS)
    assert_equal(found, result(inner_score=0.5))
    assert (found.model, found.repeat, found.fold) == ("", 0, 0)
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.npz"]


@given(scores=hnp.arrays(np.float64, st.integers(0, 5)), seconds=st.floats(), said=st.text(max_size=20))
def test_any_numbers_come_back(tmp_path_factory, scores, seconds, said):
    store = TaskStore(tmp_path_factory.mktemp("tasks"))
    kept = FoldResult("m", 0, 0, scores, scores, fit_seconds=seconds, reason=said)
    store.write(KEY, kept, "raised", LIMITS)
    assert_equal(store.read(KEY, LIMITS), kept)


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[: len(b) // 2], lambda b: b[:-1], lambda b: b"x" * 9]
)
def test_a_damaged_file_is_no_task(tmp_path, caplog, damage):
    store = TaskStore(tmp_path)
    store.write(KEY, result(), "", LIMITS)
    path = tmp_path / f"{KEY}.npz"
    path.write_bytes(damage(path.read_bytes()))
    assert store.read(KEY, LIMITS) is None
    assert "done anew" in caplog.text


def test_a_file_under_another_name_is_no_task(tmp_path):
    store = TaskStore(tmp_path)
    store.write(KEY, result(), "", LIMITS)
    (tmp_path / f"{KEY}.npz").rename(tmp_path / f"{'1' * 64}.npz")
    assert store.read("1" * 64, LIMITS) is None


@pytest.mark.parametrize(
    ("cause", "now", "is_tried_again"),
    [
        ("timeout", Limits(10.0, 1000), False),
        ("timeout", Limits(11.0, 1), True),
        ("timeout", Limits(9.0, 5000), False),
        ("memory", Limits(5.0, 1001), True),
        ("memory", Limits(50.0, 1000), False),
        ("raised", Limits(50.0, 5000), False),
        ("died", Limits(50.0, 5000), False),
    ],
)
def test_failures_of_limits_are_tried_again_when_they_are_wider(tmp_path, cause, now, is_tried_again):
    store = TaskStore(tmp_path)
    store.write(KEY, result(reason="why"), cause, LIMITS)
    assert (store.read(KEY, now) is None) == is_tried_again


def test_what_cannot_be_written_stops_nothing(tmp_path, caplog):
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / f"{KEY}.npz").mkdir()
    store = TaskStore(tmp_path / "tasks")
    store.write(KEY, result(), "", LIMITS)
    assert "not kept" in caplog.text


def test_forgetting_leaves_what_others_have_written(tmp_path):
    earlier, later = TaskStore(tmp_path / "run" / "tasks"), TaskStore(tmp_path / "run" / "tasks")
    earlier.write(KEY, result(), "", LIMITS)
    later.write("1" * 64, result(), "", LIMITS)
    later.forget()
    assert [path.name for path in later.folder.iterdir()] == [f"{KEY}.npz"]
    earlier.forget()
    assert not (tmp_path / "run").exists()


def test_the_workplace_goes_and_that_of_a_dead_run_too(tmp_path):
    store = TaskStore(tmp_path / "tasks")
    (store.folder / "work-999999999").mkdir(parents=True)
    (store.folder / "work-1").mkdir()  # whose process lives
    with store.workplace() as place:
        assert place.is_dir()
        assert sorted(path.name for path in store.folder.iterdir()) == sorted(["work-1", place.name])
    assert [path.name for path in store.folder.iterdir()] == ["work-1"]


def test_a_folder_of_tasks_is_told_from_others(tmp_path):
    store = TaskStore(tmp_path / "tasks")
    store.write(KEY, result(), "", LIMITS)
    (store.folder / f".{KEY}.npz.12.tmp").touch()
    (store.folder / "work-12").mkdir()
    assert holds_tasks_only(store.folder)
    (store.folder / "mine.npz").touch()
    assert not holds_tasks_only(store.folder)
    assert not holds_tasks_only(tmp_path / "absent")
