"""Workers that start while a subcommand imports what it needs."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

from leukfeat._workers import prepare_workers

__all__ = ["start_workers"]


def start_workers(jobs: int | None, *modules: str) -> None:
    """Start the server of worker processes, unless one process does everything.

    Parameters
    ----------
    jobs : int or None
        Worker processes; 1 needs no server.
    *modules : str
        What it imports once for all workers, while this process imports the same.
    """
    if jobs != 1:
        resource_tracker.ensure_running()  # which would let interrupts through again
        with _interrupts_held():
            prepare_workers(modules)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C; a process started meanwhile never sees it, and would only print a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
