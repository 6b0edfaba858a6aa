"""Tasks in processes of their own: what each leaves, whatever it does; and that no process is left."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from threadpoolctl import threadpool_info

from leukfeat._isolation import Limits, Task, run_tasks
from leukfeat._machine_memory import limits_above, machine_memory, return_freed_memory
from leukfeat._task_process import describe_error
from leukfeat.errors import ConfigurationError
from tests.misbehaving import grow, grow_shared, start_child_and_sleep, swallow

PRELOAD = ("cv2", "leukfeat.sweep", "xgboost")
GB = 10**9


def run(tasks, *, jobs=2, seconds=60.0, memory=4 * GB, **options):
    limits = Limits(seconds, memory)
    with closing(run_tasks(tasks, jobs=jobs, limits=limits, preload=PRELOAD, **options)) as running:
        return {task.name: outcome for task, outcome in running}


def tasks_of(function, *arguments, **options):
    return [Task(place, function, argument, **options) for place, argument in enumerate(arguments)]


def thread_counts(_):
    return (cv2.getNumThreads(), *(entry["num_threads"] for entry in threadpool_info()))


def pid(_):
    return os.getpid()


def nap(seconds):
    time.sleep(seconds)
    return time.monotonic()


def stamp(path):
    started = time.monotonic()
    time.sleep(0.05)
    with Path(path).open("a") as file:
        file.write(f"{started} {time.monotonic()}\n")
    return


def unpicklable(_):
    return lambda: None


def refuse_memory(_):
    raise MemoryError


def alive(number):
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_each_task_has_a_process_of_its_own_on_one_thread():
    found = run(tasks_of(pid, *range(4)))
    pids = {outcome.value for outcome in found.values()}
    assert len(pids) == 4
    assert os.getpid() not in pids
    (counts,) = [outcome.value for outcome in run(tasks_of(thread_counts, None)).values()]
    assert set(counts) == {1}


def test_no_tasks_start_nothing():
    assert run([]) == {}


def test_what_ends_well_says_how_long_and_how_much_it_took():
    outcome = run(tasks_of(nap, 0.2), jobs=1)[0]
    assert outcome.reason == outcome.cause == ""
    assert 0.2 < outcome.seconds < 5
    assert 5e7 < outcome.peak_bytes < 1e9
    large = run(tasks_of(swallow, 0.5), jobs=1)[0]
    assert large.peak_bytes > outcome.peak_bytes + 4e8


@pytest.mark.parametrize(
    ("function", "argument", "cause", "reason"),
    [
        (int, "x", "raised", "ValueError: invalid literal for int() with base 10: 'x'"),
        (nap, 1000, "timeout", "timeout after 1 s"),
        (np.ones, 50 * GB // 8, "memory", "out of memory: more than 1 GB"),
        (grow, 50, "memory", "out of memory: more than 1 GB"),
        (grow_shared, 3, "memory", "out of memory: more than 1 GB"),
        (refuse_memory, None, "memory", "out of memory: more than 1 GB"),
        (signal.raise_signal, signal.SIGKILL, "died", "died (signal 9, SIGKILL)"),
        (signal.raise_signal, signal.SIGSEGV, "died", "died (signal 11, SIGSEGV)"),
        (os._exit, 3, "died", "died (exit code 3)"),
        (sys.exit, 7, "died", "died (exit code 7)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_fails_says_why_and_leaves_the_others_alone(function, argument, cause, reason):
    tasks = [Task("bad", function, argument), *tasks_of(abs, -1, -2)]
    found = run(tasks, seconds=1.0 if cause == "timeout" else 60.0, memory=GB)
    assert (found["bad"].cause, found["bad"].reason) == (cause, reason)
    assert [found[place].value for place in range(2)] == [1, 2]


def test_what_cannot_be_sent_back_is_a_failure():
    outcome = run(tasks_of(unpicklable, None))[0]
    assert outcome.cause == "raised"
    assert "pickle" in outcome.reason


def test_a_task_starts_after_those_it_names_and_fails_for_their_reason():
    tasks = [
        Task("last", nap, 0.0, after=("first",)),
        Task("first", nap, 0.2),
        Task("bad", int, "x"),
        Task("dependent", abs, -1, after=("bad", "first")),
        Task("its own", abs, -1, after=("dependent",)),
    ]
    found = run(tasks)
    assert found["last"].value > found["first"].value
    for name in ("dependent", "its own"):
        assert (found[name].reason, found[name].cause) == (found["bad"].reason, "raised")
        assert found[name].seconds == 0.0


def test_lower_groups_start_first_and_within_them_what_takes_longest(tmp_path):
    order = []

    def look(running, _):
        order.extend(item.label for item in running if item.label not in order)

    kinds = [("short", 0.0), ("long", 0.3)]
    tasks = [
        Task((group, kind), nap, seconds, group=group, kind=kind, label=f"{kind} {group}")
        for group in (1, 0)
        for kind, seconds in kinds
    ]
    run(tasks, jobs=1, watch=look)
    assert order == ["short 0", "long 0", "long 1", "short 1"]


def test_as_many_run_at_once_as_there_are_jobs(tmp_path):
    file = tmp_path / "stamps"
    run(tasks_of(stamp, *[file] * 6), jobs=2)
    spans = [tuple(map(float, line.split())) for line in file.read_text().splitlines()]
    together = [sum(a < end and start < b for a, b in spans) for start, end in spans]
    assert max(together) <= 3  # itself, and at most one that runs at either end


def test_two_that_are_too_large_together_run_one_after_the_other():
    found = run(tasks_of(swallow, 0.6, 0.6, 0.6), memory=GB)
    assert [outcome.reason for outcome in found.values()] == ["", "", ""]


def test_what_runs_and_what_is_left_is_told():
    told = []
    run(
        tasks_of(nap, 0.7, 0.7, label="a nap", kind="nap"),
        jobs=1,
        watch=lambda running, left: told.append(([item.label for item in running], left)),
    )
    assert told[0] == (["a nap"], None)
    assert any(labels == ["a nap"] and left is not None and 0 < left < 5 for labels, left in told)
    assert told[-1][0] == []


def test_killing_a_task_kills_what_it_started(tmp_path):
    file = tmp_path / "pids"
    outcome = run(tasks_of(start_child_and_sleep, str(file)), seconds=3.0)[0]
    assert outcome.cause == "timeout"
    for number in map(int, file.read_text().split()):
        wait_until(lambda number=number: not alive(number))


@pytest.mark.parametrize("end", ["closed", "raised"])
def test_nothing_runs_on_when_nobody_waits_any_more(tmp_path, end):
    file = tmp_path / "pids"
    tasks = [Task("sleeper", start_child_and_sleep, str(file)), Task("quick", abs, -1)]
    running = run_tasks(tasks, jobs=2, limits=Limits(memory=4 * GB), preload=PRELOAD)
    assert next(running)[0].name == "quick"
    if end == "closed":
        wait_until(file.exists)
        running.close()
    else:
        wait_until(file.exists)
        with pytest.raises(KeyboardInterrupt):
            running.throw(KeyboardInterrupt())
    for number in map(int, file.read_text().split()):
        assert not alive(number)


PROGRAM = """
import sys
from leukfeat._isolation import Limits, Task, run_tasks
from tests.misbehaving import start_child_and_sleep

if __name__ == "__main__":
    list(run_tasks([Task(0, start_child_and_sleep, sys.argv[1])], jobs=1, limits=Limits()))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_program(tmp_path, number):
    file, script = tmp_path / "pids", tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, str(script), str(file)],
        env=environment,
        stderr=subprocess.DEVNULL,
        # Who runs the tests in the background has the signal ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        wait_until(file.exists, 60)
        pids = list(map(int, file.read_text().split()))
        assert all(map(alive, pids))
        process.send_signal(number)
        process.wait(timeout=20)
    finally:
        process.kill()
    for task in pids:
        wait_until(lambda task=task: not alive(task))


def test_a_script_is_not_run_again_by_its_tasks(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from leukfeat._isolation import Limits, Task, run_tasks\n"
        "print('once')\n"
        "tasks = [Task(place, abs, -1) for place in range(2)]\n"
        "print([outcome.value for _, outcome in run_tasks(tasks, jobs=1, limits=Limits())])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.stdout == "once\n[1, 1]\n", ended.stderr


def test_functions_of_the_script_itself_can_be_tasks(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from leukfeat._isolation import Limits, Task, run_tasks\n"
        "def double(x):\n"
        "    print('not on stdout')\n"
        "    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    tasks = [Task(0, double, 21)]\n"
        "    print([outcome.value for _, outcome in run_tasks(tasks, jobs=1, limits=Limits())])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.stdout == "[42]\n", ended.stderr


def test_default_limits_are_an_hour_and_four_fifths_of_the_memory():
    assert Limits().seconds == 3600
    assert Limits().memory_bytes == int(0.8 * machine_memory())
    assert 0 < machine_memory() <= psutil.virtual_memory().total
    assert Limits(memory=5).memory_bytes == 5


def test_a_control_group_with_less_memory_counts(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "memory.max").write_text("1000000\n")
    (tmp_path / "a" / "b" / "memory.max").write_text("max\n")
    assert list(limits_above(tmp_path, "/a/b", "memory.max")) == [1000000]
    monkeypatch.setattr("leukfeat._machine_memory._group_limits", lambda: iter([1000000]))
    assert machine_memory() == 1000000


def test_errors_are_said_in_one_line():
    assert describe_error(ValueError("first\nsecond")) == "ValueError: first"
    assert describe_error(ValueError()) == "ValueError: no message"
    assert describe_error(ConfigurationError("as it is")) == "as it is"


def openmp_threads(_: None) -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_task_has_the_openmp_threads_it_is_given(threads):
    outcome = run([Task("threads", openmp_threads, None)], threads=threads)["threads"]
    assert set(outcome.value) == {threads}


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator is told on Linux only")
def test_freed_memory_goes_back_to_the_system():
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    blocks = [library.malloc(100_000) for _ in range(1000)]
    for block in blocks:
        ctypes.memset(block, 1, 100_000)
    for block in blocks[:-1]:  # the last holds what lies before it
        library.free(block)
    before = psutil.Process().memory_info().rss
    return_freed_memory()
    freed = before - psutil.Process().memory_info().rss
    library.free(blocks[-1])
    assert freed > 50e6
