"""How far long work is: bars and a live table of tasks on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from leukfeat.sweep import Underway

__all__ = ["ShownProgress", "show_progress"]

_STAGES = {
    "verify": "Files",
    "register": "Files",
    "convert": "Images",
    "extract": "Images",
    "audit": "Images that look alike",
    "sweep": "Fits",
    "ablation": "Fits without a family",
    "refit": "Models to keep",
    "score": "Images",
    "honest split": "Honest fits",
    "random split": "Random fits",
    "synthesize": "Synthetic cells",
}
_SECONDS_BETWEEN_LINES = 10.0


class ShownProgress(Protocol):
    """What long work calls."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take the stage, the number of pieces done and their total."""

    def watch(self, stage: str, underway: Underway) -> None:
        """Take the stage and the tasks that run."""


@contextmanager
def show_progress(console: Console) -> Iterator[ShownProgress]:
    """Show progress: bars and the running tasks on a terminal, a line every ten seconds elsewhere.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it, standard error as a rule.

    Yields
    ------
    ShownProgress
        To be called with the stage, the number of pieces done and their total.
    """
    if not console.is_terminal:
        yield _LineProgress(console)
        return
    with _Bars(console) as bars:
        yield _LiveProgress(bars)


class _LineProgress:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        self._console.print(f"{_STAGES.get(stage, stage)}: {done} of {total}", markup=False, highlight=False)

    def watch(self, stage: str, underway: Underway) -> None:
        """Say nothing: lines come with what is done."""


class _LiveProgress:
    def __init__(self, bars: "_Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._bars.update(self._task(stage), completed=done, total=total)
        if done == total:
            self._bars.underway = None

    def watch(self, stage: str, underway: Underway) -> None:
        self._bars.update(self._task(stage), left=underway.seconds_left)
        self._bars.underway = underway

    def _task(self, stage: str) -> TaskID:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(_STAGES.get(stage, stage), total=None)
        return self._tasks[stage]


class _TimeLeft(TimeRemainingColumn):
    """What the tasks themselves tell, where they do: they take too long and differ too much for a rate."""

    def render(self, task: Task) -> Text:
        left = task.fields.get("left")
        if left is None or task.finished:
            return super().render(task)
        return Text(f"about {_clock(left)} left", style="progress.remaining")


class _Rate(ProgressColumn):
    """Pieces per second, where there are several."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed or 0.0
        return Text(f"{speed:.0f}/s" if speed >= 1 else "", style="progress.data.speed")


class _Bars(Progress):
    """Bars, and below them the tasks that run."""

    underway: Underway | None = None

    def __init__(self, console: Console) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), _TimeLeft()
        super().__init__(*columns, console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        underway = self.underway  # another thread may change it
        if underway is not None:
            yield _running_table(underway)


def _running_table(underway: Underway) -> Table:
    table = Table.grid(padding=(0, 2))
    for task in underway.running:
        table.add_row(f"  {escape(task.label)}", _clock(task.seconds))
    if underway.n_failed:
        table.add_row(f"  failed: {underway.n_failed}", "")
    return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
