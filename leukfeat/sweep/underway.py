"""Where a sweep stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leukfeat._isolation import Running
from leukfeat.sweep.fold_result import FoldResult

__all__ = ["Count", "Progress", "Underway", "Watch"]


@dataclass(frozen=True)
class Underway:
    """Where a sweep stands.

    Attributes
    ----------
    running : tuple of Running
        Tasks that run: what and for how long.
    n_failed : int
        How many have failed.
    seconds_left : float or None
        As far as it can be told from what has ended.
    """

    running: tuple[Running, ...]
    n_failed: int
    seconds_left: float | None


Progress = Callable[[int, int], None]
Watch = Callable[[Underway], None]


class Count:
    """How many fits are done, and whom to tell.

    Parameters
    ----------
    total : int
        Number of fits.
    progress : callable or None
        Called with the number of fits done and their total.
    watch : callable or None
        Called often with what runs.
    """

    def __init__(self, total: int, progress: Progress | None, watch: Watch | None) -> None:
        self._total, self._progress, self._watch = total, progress, watch
        self._done = self._failed = 0

    def add(self, results: Sequence[FoldResult]) -> None:
        """Count fits in folds."""
        self._failed += sum(bool(result.reason) for result in results)
        self._tell(len(results))

    def add_one(self, *, failed: bool) -> None:
        """Count one fit."""
        self._failed += failed
        self._tell(1)

    def report_running(self, running: Sequence[Running], seconds_left: float | None) -> None:
        """Tell what runs."""
        if self._watch is not None:
            self._watch(Underway(tuple(running), self._failed, seconds_left))

    def _tell(self, n_more: int) -> None:
        self._done += n_more
        if n_more and self._progress is not None:
            self._progress(self._done, self._total)
