"""Tasks in processes of their own, under limits of time and memory that hold."""

import contextlib
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import connection
from pathlib import Path
from types import ModuleType
from typing import Any

from leukfeat._machine_memory import machine_memory
from leukfeat._task_member import Member, Task
from leukfeat._task_process import Outcome, be_task, beyond_memory
from leukfeat._workers import worker_context

__all__ = ["Limits", "Outcome", "Running", "Task", "bare_main", "run_tasks"]

_SECONDS_BETWEEN_LOOKS = 0.04  # a process that fills memory as fast as it can takes 0.1 GB meanwhile
_SECONDS_BETWEEN_REPORTS = 0.5
_SHARE_OF_MACHINE = 0.8


@dataclass(frozen=True)
class Limits:
    """What a task may take.

    Parameters
    ----------
    seconds : float, default=3600
        Wall time of one task.
    memory : int, default=None
        Bytes of all running tasks together; None takes four fifths of the machine's.
    """

    seconds: float = 3600.0
    memory: int | None = None

    @property
    def memory_bytes(self) -> int:
        """The limit of memory as a number."""
        return int(_SHARE_OF_MACHINE * machine_memory()) if self.memory is None else self.memory


@dataclass(frozen=True)
class Running:
    """A task under way.

    Attributes
    ----------
    label : str
        For people.
    seconds : float
        Since its start.
    """

    label: str
    seconds: float


Watch = Callable[[Sequence[Running], float | None], None]


def run_tasks(
    tasks: Sequence[Task],
    *,
    jobs: int,
    limits: Limits,
    threads: int = 1,
    preload: tuple[str, ...] = (),
    watch: Watch | None = None,
) -> Generator[tuple[Task, Outcome]]:
    """Run each task in a process of its own and yield what came of it, as they end.

    Parameters
    ----------
    tasks : sequence of Task
        Those that name others in `after` start when these have ended well, and fail for their reason else.
    jobs : int
        How many run at once.
    limits : Limits
        A task that takes longer is killed, with every process that it started. When those that run take more
        memory together, the largest is stopped, and starts anew when no other runs; one that takes more by
        itself is killed.
    threads : int, default=1
        Of OpenMP in each task; everything else has one.
    preload : tuple of str, default=()
        Modules that the fork server imports once for all tasks.
    watch : callable, default=None
        Called twice a second and at every change with what runs, and the seconds left where that is known.

    Yields
    ------
    tuple of Task and Outcome
        None is lost: a process that dies leaves its signal or exit code as the reason.

    Notes
    -----
    However this generator ends, no process of it goes on: closed, interrupted, by SIGTERM; when this process
    is killed, the tasks' processes are ended by the system (on Linux) or by themselves.
    """
    if not tasks:
        return
    with tempfile.TemporaryDirectory(prefix="leukfeat-") as folder, _ended_by_sigterm():
        crew = _Crew(tasks, jobs, threads, limits, worker_context(preload), Path(folder), watch)
        try:
            while crew.is_busy:
                crew.start()
                yield from crew.ended()
        finally:
            crew.stop()


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process as an exception does, which stops what runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Crew:
    """The tasks that wait and those that run."""

    def __init__(
        self,
        tasks: Sequence[Task],
        jobs: int,
        threads: int,
        limits: Limits,
        context: Any,
        folder: Path,
        watch: Watch | None,
    ) -> None:
        self._waiting = {task.name: task for task in tasks}
        self._awaited = {name for task in tasks for name in task.after}
        self._jobs, self._threads, self._limits, self._context = jobs, threads, limits, context
        self._memory = limits.memory_bytes
        self._folder, self._watch = folder, watch
        self._running: list[Member] = []
        self._done: set[Hashable] = set()
        self._failed: dict[Hashable, Outcome] = {}
        self._alone: set[Hashable] = set()
        self._seconds: dict[str, list[float]] = {}
        self._n_started, self._reported = 0, 0.0

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting or self._running)

    def start(self) -> None:
        """Start what can be started."""
        while len(self._running) < self._jobs and (task := self._next()) is not None:
            del self._waiting[task.name]
            self._n_started += 1
            result = self._folder / str(self._n_started)
            self._running.append(Member(task, self._launch(task, result), result))
            self._report()

    def ended(self) -> Iterator[tuple[Task, Outcome]]:
        """Wait a moment; yield what has ended, by itself or by force, and what cannot start any more."""
        ready = set(connection.wait([member.process.sentinel for member in self._running], self._pause()))
        finished = [
            (member, member.outcome()) for member in self._running if member.process.sentinel in ready
        ]
        self._running = [member for member in self._running if member.process.sentinel not in ready]
        finished += self._beyond_limits()
        for member, outcome in finished:
            self._note(member.task, outcome)
            yield member.task, outcome
        yield from self._impossible()
        if finished or time.monotonic() - self._reported > _SECONDS_BETWEEN_REPORTS:
            self._report()

    def stop(self) -> None:
        """End everything that runs."""
        for member in self._running:
            member.end()
        self._running = []

    def _pause(self) -> float:
        return _SECONDS_BETWEEN_LOOKS if self._running else 0.0

    def _next(self) -> Task | None:
        if any(member.task.name in self._alone for member in self._running):
            return None
        ready = [task for task in self._waiting.values() if self._done.issuperset(task.after)]
        in_company = [task for task in ready if task.name not in self._alone]
        if not in_company and self._running:
            return None
        return min(in_company or ready, key=self._rank, default=None)

    def _rank(self, task: Task) -> tuple[int, bool, float]:
        """Order by group, then what others wait for, then what takes longest, or nobody knows how long."""
        return task.group, task.name not in self._awaited, -self._expected(task.kind, float("inf"))

    def _expected(self, kind: str, unknown: float) -> float:
        known = self._seconds.get(kind)
        return sum(known) / len(known) if known else unknown

    def _launch(self, task: Task, result: Path) -> Any:
        payload = pickle.dumps((task.function, task.argument))
        process = self._context.Process(
            target=be_task, args=(payload, str(result), self._memory, self._threads), name=task.label or None
        )
        with contextlib.nullcontext() if b"__main__" in payload else bare_main():
            process.start()
        return process

    def _beyond_limits(self) -> list[tuple[Member, Outcome]]:
        """Kill what takes too long or too much."""
        late = Outcome(reason=f"timeout after {self._limits.seconds:g} s", cause="timeout")
        found = {member: late for member in self._running if member.seconds > self._limits.seconds}
        held = {member: member.memory() for member in self._running}
        if sum(held.values()) > self._memory:
            largest = max(held, key=lambda member: held[member])
            if held[largest] > self._memory or len(held) == 1:
                found.setdefault(largest, Outcome(reason=beyond_memory(self._memory), cause="memory"))
            elif largest not in found:
                self._put_off(largest)
        return [(member, self._kill(member, outcome)) for member, outcome in found.items()]

    def _kill(self, member: Member, outcome: Outcome) -> Outcome:
        member.end()
        self._running.remove(member)
        return member.timed(outcome)

    def _put_off(self, member: Member) -> None:
        """Stop a task that is too large beside the others; it starts anew when none runs."""
        self._kill(member, Outcome())
        self._alone.add(member.task.name)
        self._waiting[member.task.name] = member.task

    def _note(self, task: Task, outcome: Outcome) -> None:
        if outcome.reason:
            self._failed[task.name] = outcome
            return
        self._done.add(task.name)
        self._seconds.setdefault(task.kind, []).append(outcome.seconds)

    def _impossible(self) -> Iterator[tuple[Task, Outcome]]:
        """Give up the tasks that wait for one that has failed."""
        for task in list(self._waiting.values()):
            failed = next((self._failed[name] for name in task.after if name in self._failed), None)
            if failed is not None:
                del self._waiting[task.name]
                outcome = replace(failed, seconds=0.0, peak_bytes=0)
                self._failed[task.name] = outcome
                yield task, outcome

    def _report(self) -> None:
        self._reported = time.monotonic()
        if self._watch is not None:
            running = [Running(member.task.label, member.seconds) for member in self._running]
            self._watch(running, self._seconds_left())

    def _seconds_left(self) -> float | None:
        known = [seconds for of_kind in self._seconds.values() for seconds in of_kind]
        if not known:
            return None
        mean = sum(known) / len(known)
        waiting = sum(self._expected(task.kind, mean) for task in self._waiting.values())
        running = [self._expected(item.task.kind, mean) - item.seconds for item in self._running]
        return (waiting + sum(max(0.0, left) for left in running)) / self._jobs


@contextlib.contextmanager
def bare_main() -> Iterator[None]:
    """Keep a process started inside the block from running the script that started this one."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before
