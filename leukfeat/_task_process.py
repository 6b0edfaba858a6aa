"""The process of one task: bounded in threads and memory, and gone with the process that started it."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from dataclasses import dataclass, replace
from multiprocessing import connection
from pathlib import Path
from typing import Any

import psutil

from leukfeat._workers import start_worker

__all__ = [
    "Outcome",
    "be_task",
    "beyond_memory",
    "describe_error",
    "end_with_parent",
    "is_out_of_memory",
    "lead_own_group",
]

_GB = 1e9


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes
    ----------
    value : object
        What the function returned; None when it failed.
    reason : str
        Why it failed; empty when it did not.
    cause : {"", "raised", "timeout", "memory", "died"}
        The kind of failure.
    seconds : float
        Wall time, the start of the process included.
    peak_bytes : int
        The most memory its process held.
    """

    value: Any = None
    reason: str = ""
    cause: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0


def describe_error(error: BaseException) -> str:
    """Return the type and the first line of an error; the line alone where it is one of ours."""
    lines = str(error).strip().splitlines()
    said = lines[0] if lines else "no message"
    ours = type(error).__module__.startswith("leukfeat.errors")
    return said if ours else f"{type(error).__name__}: {said}"


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory was refused."""
    return isinstance(error, MemoryError) or "bad_alloc" in str(error)


def beyond_memory(limit: int) -> str:
    """Return the reason of a task that took more memory than the limit, in bytes."""
    return f"out of memory: more than {limit / _GB:.3g} GB"


def be_task(payload: bytes, result: str, memory: int, threads: int) -> None:
    """Be the process of a task.

    Parameters
    ----------
    payload : bytes
        Function and argument, pickled.
    result : str
        The file that receives what came out, pickled.
    memory : int
        Limit in bytes.
    threads : int
        Of OpenMP; everything else has one.
    """
    lead_own_group()
    end_with_parent()
    start_worker(threads)
    _limit_memory(memory)
    os.dup2(2, 1)  # what libraries print is no result of this program
    outcome = replace(_call(payload, memory), peak_bytes=_own_peak())
    _leave(outcome, Path(result))


def _call(payload: bytes, memory: int) -> Outcome:
    try:
        function, argument = pickle.loads(payload)  # noqa: S301 - written by the process that started this one
        return Outcome(function(argument))
    except Exception as error:
        if is_out_of_memory(error):
            return Outcome(reason=beyond_memory(memory), cause="memory")
        return Outcome(reason=describe_error(error), cause="raised")


def _leave(outcome: Outcome, result: Path) -> None:
    """Write what came out, whole or not at all, and go without looking back."""
    try:
        data = pickle.dumps(outcome)
    except Exception as error:
        failed = Outcome(reason=describe_error(error), cause="raised", peak_bytes=outcome.peak_bytes)
        data = pickle.dumps(failed)
    temporary = result.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(result)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def lead_own_group() -> None:
    """Lead a process group, so that a kill reaches what this process starts, and Ctrl-C does not reach it."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)


def end_with_parent() -> None:
    """Have this group killed when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        _signal_when_closed(parent.sentinel)
    else:
        threading.Thread(target=_wait_for_end, args=(parent.sentinel,), daemon=True).start()


def _signal_when_closed(sentinel: int) -> None:
    """Ask the kernel for SIGKILL to this group when the other end closes: no code can hold that up."""
    import fcntl

    fcntl.fcntl(sentinel, fcntl.F_SETOWN, -os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)  # type: ignore[attr-defined,unused-ignore]
    fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    if connection.wait([sentinel], 0):  # it closed before
        os.killpg(0, signal.SIGKILL)


def _wait_for_end(sentinel: int) -> None:
    connection.wait([sentinel])
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _limit_memory(memory: int) -> None:
    """Refuse at once what is larger than the limit by itself; what grows is found by looking."""
    if sys.platform != "linux":
        return
    import resource

    before = psutil.Process().memory_info().data  # libraries' own, most of it never touched
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = before + memory
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def _own_peak() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
