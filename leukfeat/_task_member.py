"""A task, and its process as seen from outside: what it holds, how it ends, what it leaves."""

import contextlib
import os
import pickle
import signal
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from leukfeat._task_process import Outcome

__all__ = ["Member", "Task", "describe_death", "end_group"]

_SECONDS_BETWEEN_CENSUSES = 0.5
_SECONDS_TO_DIE = 10.0


@dataclass(frozen=True)
class Task:
    """A call in a process of its own.

    Parameters
    ----------
    name : hashable
        By which others name it in `after`.
    function : callable
        Importable; given the argument.
    argument : object
        Pickled.
    after : tuple of hashable, default=()
        Tasks that must have ended well before.
    group : int, default=0
        Tasks of a lower group are started first.
    kind : str, default=""
        Tasks of one kind take about as long; within a group, behind what others wait for, those that take
        longest are started first.
    label : str, default=""
        For people.
    """

    name: Hashable
    function: Callable[[Any], Any]
    argument: Any
    after: tuple[Hashable, ...] = ()
    group: int = 0
    kind: str = ""
    label: str = ""


@dataclass(eq=False)
class Member:
    """A task's process."""

    task: Task
    process: Any
    result: Path
    started: float = field(default_factory=time.monotonic)
    peak: int = 0
    _census: float = 0.0
    _known: list[psutil.Process] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Wall time since its start."""
        return time.monotonic() - self.started

    def memory(self) -> int:
        """Return the bytes held now, by the processes that it started, too."""
        now = time.monotonic()
        if now - self._census > _SECONDS_BETWEEN_CENSUSES:
            self._census, self._known = now, _family(self.process.pid)
        held = sum(_private_bytes(process) for process in self._known)
        self.peak = max(self.peak, held)
        return held

    def end(self) -> None:
        """Kill it, and whatever it started."""
        end_group(self.process)

    def outcome(self) -> Outcome:
        """Read what an ended process left."""
        code = self.process.exitcode
        self.end()  # what it started may still run
        try:
            outcome: Outcome = pickle.loads(self.result.read_bytes())  # noqa: S301 - written by our own process
        except Exception:
            outcome = Outcome(reason=describe_death(code), cause="died")
        return self.timed(outcome)

    def timed(self, outcome: Outcome) -> Outcome:
        """Return an outcome with its wall time and peak memory; what it left is removed."""
        self.result.unlink(missing_ok=True)
        peak = max(self.peak, outcome.peak_bytes)
        return replace(outcome, seconds=self.seconds, peak_bytes=peak)


def end_group(process: Any) -> None:
    """Kill a process that leads its group, and whatever it started; wait until it is gone."""
    family = _family(process.pid)
    with contextlib.suppress(ProcessLookupError, PermissionError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
    process.join(_SECONDS_TO_DIE)


def describe_death(code: int | None) -> str:
    """Say how a process ended that left no result."""
    if code is not None and code < 0:
        try:
            return f"died (signal {-code}, {signal.Signals(-code).name})"
        except ValueError:
            return f"died (signal {-code})"
    return f"died (exit code {code})"


def _family(pid: int) -> list[psutil.Process]:
    """Return a process and all that it started, as far as they still live."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _private_bytes(process: psutil.Process) -> int:
    """Return the memory that ends with a process, shared memory included: without files mapped into it."""
    try:
        return _held_bytes(Path(f"/proc/{process.pid}/status").read_text())
    except (OSError, ValueError, IndexError):  # it has ended, or the system is another one
        pass
    try:
        info = process.memory_info()
    except psutil.Error:
        return 0
    return int(info.rss - getattr(info, "shared", 0))


def _held_bytes(status: str) -> int:
    """Add up what Linux says a process holds of its own, and of memory that processes share."""
    kilobytes = [
        line.split()[1] for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:"))
    ]
    if not kilobytes:
        raise ValueError("This kernel does not say.")
    return 1024 * sum(map(int, kilobytes))
