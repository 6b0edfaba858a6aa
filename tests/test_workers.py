"""Worker processes: results in order, one thread each, a bounded number of tasks ahead, a clear end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from leukfeat._workers import (
    allowed_threads,
    available_cores,
    check_jobs,
    map_in_threads,
    map_in_workers,
    one_thread,
    prepare_workers,
)
from leukfeat.errors import LeukfeatError

_AHEAD_PER_WORKER = 4


def thread_counts(_: object = None) -> tuple[int, ...]:
    """Return how many threads OpenCV and each BLAS and OpenMP library would use."""
    return (cv2.getNumThreads(), *(entry["num_threads"] for entry in threadpool_info()))


def probe(task: int) -> tuple[int, int, tuple[int, ...]]:
    """Return the task, the process and its threads; even tasks take longer."""
    time.sleep(0.02 if task % 2 == 0 else 0.0)
    return task, os.getpid(), thread_counts()


def fail_with_note(task: int) -> int:
    error = LookupError(f"task {task}")
    error.add_note("about the image a.png")
    raise error


class Tasks:
    """Count what was taken from an endless supply."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self):
        return self

    def __next__(self) -> int:
        self.taken += 1
        return self.taken


def test_workers_give_results_in_order_on_one_thread_and_take_few_tasks_ahead():
    tasks = Tasks()
    results = map_in_workers(probe, tasks, jobs=2)
    assert tasks.taken == 0
    first = [next(results) for _ in range(12)]
    assert [task for task, _, _ in first] == list(range(1, 13))
    assert tasks.taken - len(first) <= 2 * _AHEAD_PER_WORKER
    assert os.getpid() not in {process for _, process, _ in first}
    assert {count for _, _, counts in first for count in counts} == {1}
    results.close()


def test_an_error_in_a_worker_keeps_its_type_and_its_note():
    with pytest.raises(LookupError, match="task 1") as caught:
        list(map_in_workers(fail_with_note, [1], jobs=2))
    assert caught.value.__notes__ == ["about the image a.png"]


def test_a_worker_that_dies_ends_with_a_clear_error():
    with pytest.raises(LeukfeatError, match=r"worker process died.*use fewer jobs") as caught:
        list(map_in_workers(os._exit, [9], jobs=2))
    assert caught.value.__cause__ is not None


def test_a_script_without_guard_is_told_what_to_do(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import math\n"
        "from leukfeat._workers import map_in_workers\n"
        "print(list(map_in_workers(math.factorial, [3], jobs=2)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment)  # noqa: S603
    assert ended.returncode != 0
    assert "if __name__ == '__main__':" in ended.stderr


def test_one_job_runs_in_this_process_and_lazily():
    tasks = Tasks()
    results = map_in_workers(probe, tasks, jobs=1)
    first = [next(results) for _ in range(3)]
    assert [task for task, _, _ in first] == [1, 2, 3]
    assert {process for _, process, _ in first} == {os.getpid()}
    assert {count for _, _, counts in first for count in counts} == {1}
    assert tasks.taken == 3
    results.close()


@pytest.mark.parametrize("end", ["exhausted", "closed", "failed"])
def test_one_job_restores_the_threads_however_it_ends(end):
    with restored_threads():
        before = thread_counts()
        if end == "failed":
            with pytest.raises(LookupError):
                list(map_in_workers(fail_with_note, [1], jobs=1))
        else:
            results = map_in_workers(thread_counts, [1, 2], jobs=1)
            assert set(next(results)) == {1}
            results.close() if end == "closed" else list(results)
        assert thread_counts() == before


def test_one_thread_restores_the_previous_settings():
    with restored_threads():
        before = thread_counts()
        assert before[0] == 2
        with one_thread():
            assert set(thread_counts()) == {1}
            with one_thread():
                assert set(thread_counts()) == {1}
            assert set(thread_counts()) == {1}
        assert thread_counts() == before


def test_threads_call_each_task_once_and_one_first_alone(monkeypatch):
    monkeypatch.setattr("leukfeat._workers.allowed_threads", lambda: 3)
    done, running, at_once = [], [], []

    def work(task):
        running.append(task)
        at_once.append((task, len(running)))
        time.sleep(0.01)
        running.remove(task)
        done.append(task)

    map_in_threads(work, range(9))
    assert done[0] == 0
    assert at_once[0] == (0, 1)
    assert sorted(done) == list(range(9))
    assert 1 < max(n for _, n in at_once) <= 3
    map_in_threads(work, ())


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr("leukfeat._workers.allowed_threads", lambda: 2)
    with pytest.raises(LookupError, match="task"):
        map_in_threads(fail_with_note, range(4))


def test_one_thread_holds_compiled_code_to_one():
    before = allowed_threads()
    assert 1 <= before <= available_cores()
    with one_thread():
        assert allowed_threads() == 1
        with one_thread():
            assert allowed_threads() == 1
        assert allowed_threads() == 1
    assert allowed_threads() == before
    assert list(map_in_workers(threads_allowed, [1, 2], jobs=2)) == [1, 1]


def test_joblibs_limit_of_numba_holds(tmp_path):
    code = "from leukfeat._workers import allowed_threads; print(allowed_threads())"
    environment = os.environ | {"NUMBA_NUM_THREADS": "1"}
    asked = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert asked.stdout == "1\n"


def threads_allowed(_: object) -> int:
    return allowed_threads()


def restored_threads():
    """Set two threads everywhere, and the former numbers at the end."""
    from contextlib import ExitStack

    stack = ExitStack()
    stack.callback(cv2.setNumThreads, cv2.getNumThreads())
    cv2.setNumThreads(2)
    stack.enter_context(threadpool_limits(2))
    return stack


def test_no_tasks_give_no_results():
    assert list(map_in_workers(probe, [], jobs=1)) == []


def test_jobs_default_to_the_cores_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4, 5}, raising=False)
    assert available_cores() == 3
    assert check_jobs("extract", None) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1


@pytest.mark.parametrize(
    ("jobs", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError)]
)
def test_jobs_must_be_a_positive_int(jobs, error):
    with pytest.raises(error, match="'jobs' parameter of extract"):
        check_jobs("extract", jobs)
    assert check_jobs("extract", 3) == 3


def test_workers_do_not_import_from_the_current_folder(tmp_path):
    (tmp_path / "numbers.py").write_text("raise RuntimeError('imported from the current folder')\n")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from leukfeat._workers import map_in_workers\n"
        "if __name__ == '__main__':\n"
        "    print(list(map_in_workers(abs, [-1, -2], jobs=2, preload=('leukfeat.features',))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[1, 2]\n", done.stderr
    assert done.stderr == ""


def test_a_server_of_workers_can_be_started_ahead_of_them():
    assert prepare_workers(("leukfeat.errors",))
    assert [task for task, _, _ in map_in_workers(probe, range(3), jobs=2)] == [0, 1, 2]
