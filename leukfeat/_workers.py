"""Worker processes that run one thread each."""

import gc
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import Any, TypeVar

from leukfeat._validation import check_int
from leukfeat.errors import LeukfeatError

__all__ = [
    "NOT_STARTED",
    "allowed_threads",
    "available_cores",
    "check_jobs",
    "map_in_threads",
    "map_in_workers",
    "one_thread",
    "prepare_workers",
    "start_worker",
    "worker_context",
]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_AHEAD = 4  # tasks in flight per worker: enough to keep it busy, few enough to keep memory flat
_preloaded: set[str] = set()  # what the server of worker processes was told to import
NOT_STARTED = (
    "A worker process died. As a rule the machine ran out of memory: use fewer jobs. Or a script "
    "starts workers on import: put its work below `if __name__ == '__main__':`, or use jobs=1."
)
_for_life: list[Any] = []  # what a worker holds until it ends
_one_thread_blocks: list[None] = []  # one entry for each block of `one_thread` that this process is in


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
    """Hold OpenCV, BLAS, OpenMP and `map_in_threads` to one thread inside the block."""
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    _one_thread_blocks.append(None)
    try:
        with threadpool_limits(1):
            yield
    finally:
        _one_thread_blocks.pop()
        cv2.setNumThreads(before)


def map_in_threads(function: Callable[[_Task], None], tasks: Sequence[_Task]) -> None:
    """Call a function that runs compiled code for each task, on as many threads as are allowed.

    Parameters
    ----------
    function : callable
        Safe to call from several threads at once; what it finds it writes where it belongs.
    tasks : sequence
        Each is a few milliseconds of work without the interpreter's lock.

    Notes
    -----
    One thread per core, no more than `NUMBA_NUM_THREADS`, which joblib's workers set; one inside
    `one_thread`. The first task is done before the others begin: what is not compiled yet is compiled once.
    """
    n_threads = min(allowed_threads(), len(tasks) - 1)
    if n_threads < 2:
        for task in tasks:
            function(task)
        return
    function(tasks[0])
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(function, tasks[1:]):
            pass


def allowed_threads() -> int:
    """Return how many threads compiled code may use: one inside `one_thread`, else one per core or fewer."""
    if _one_thread_blocks:
        return 1
    from numba import config

    return min(available_cores(), int(config.NUMBA_NUM_THREADS))


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
    executor = ProcessPoolExecutor(jobs, mp_context=worker_context(preload), initializer=start_worker)
    try:
        yield from _in_order(executor, function, tasks, jobs * _AHEAD)
    except BrokenProcessPool as error:
        raise LeukfeatError(NOT_STARTED) from error
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
        Modules that it imports once for all workers. A server that lacks some of them is replaced, unless
        processes of it run.

    Returns
    -------
    bool
        Whether this system has such servers.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return False
    if not _preloaded.issuperset(preload) and not multiprocessing.active_children():
        _preloaded.update(preload)
        _stop_server()
    multiprocessing.get_context("forkserver").set_forkserver_preload(sorted(_preloaded))
    with _safe_path():
        forkserver.ensure_running()
    return True


def _stop_server() -> None:
    """End the server that runs, if one does; the next one that is needed is started with all modules."""
    stop = getattr(getattr(forkserver, "_forkserver", None), "_stop", None)
    if stop is not None:
        stop()


def worker_context(preload: tuple[str, ...]) -> Any:
    """Return what starts worker processes; where there are servers of them, theirs, with modules imported."""
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


def start_worker(openmp_threads: int = 1) -> None:
    """Hold this process to one thread for life, but for OpenMP, which may be given more."""
    from threadpoolctl import threadpool_limits

    gc.freeze()  # modules are never garbage: collections need not look at them again and again
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"  # where it is imported later, if at all
    _one_thread_blocks.append(None)
    _for_life.append(threadpool_limits(1))
    if openmp_threads > 1:
        _for_life.append(threadpool_limits(openmp_threads, user_api="openmp"))
