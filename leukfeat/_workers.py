"""Worker processes that run one thread each."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import Any, TypeVar

from leukfeat._validation import check_int
from leukfeat.errors import LeukfeatError

__all__ = ["available_cores", "check_jobs", "map_in_workers", "one_thread", "prepare_workers"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_AHEAD = 4  # tasks in flight per worker: enough to keep it busy, few enough to keep memory flat
_for_life: list[Any] = []  # what a worker holds until it ends


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_jobs(owner: str, jobs: int | None) -> int:
    """Return the number of worker processes: `jobs`, or one per core for None."""
    return available_cores() if jobs is None else check_int(owner, "jobs", jobs, 1, 1024)


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold OpenCV, BLAS and OpenMP to one thread inside the block."""
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before)


def map_in_workers(
    function: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
    *,
    jobs: int,
    preload: tuple[str, ...] = (),
) -> Iterator[_Result]:
    """Yield `function(task)` for each task, in the order of the tasks, each worker on one thread.

    Parameters
    ----------
    function : callable
        Pickled with each task, so it must be light.
    tasks : iterable
        Consumed as workers become free, so that memory does not grow with their number.
    jobs : int
        Number of processes; 1 runs in this process.
    preload : tuple of str, default=()
        Modules that the fork server imports once for all workers.

    Yields
    ------
    object
        The results.

    Raises
    ------
    leukfeat.errors.LeukfeatError
        If a worker dies, for want of memory as a rule, or cannot start.
    """
    if jobs == 1:
        with one_thread():
            for task in tasks:
                yield function(task)
        return
    executor = ProcessPoolExecutor(jobs, mp_context=_context(preload), initializer=_start_worker)
    try:
        yield from _in_order(executor, function, tasks, jobs * _AHEAD)
    except BrokenProcessPool as error:
        raise LeukfeatError(
            "A worker process died. As a rule the machine ran out of memory: use fewer jobs. Or a script "
            "starts workers on import: put its work below `if __name__ == '__main__':`, or use jobs=1."
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _in_order(
    executor: Executor, function: Callable[[_Task], _Result], tasks: Iterable[_Task], ahead: int
) -> Iterator[_Result]:
    waiting: deque[Future[_Result]] = deque()
    for task in tasks:
        waiting.append(executor.submit(function, task))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def prepare_workers(preload: tuple[str, ...]) -> bool:
    """Start the server that forks workers, which imports while this process goes on.

    Parameters
    ----------
    preload : tuple of str
        Modules that it imports once for all workers; one that already runs keeps its own.

    Returns
    -------
    bool
        Whether this system has such servers.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return False
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(preload))
    with _safe_path():
        forkserver.ensure_running()
    return True


def _context(preload: tuple[str, ...]) -> Any:
    if not prepare_workers(preload):
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("forkserver")


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep a Python started inside the block from importing what lies in the current folder."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _start_worker() -> None:
    limits = one_thread()
    limits.__enter__()
    _for_life.append(limits)
