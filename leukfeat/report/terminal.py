"""Progress and the leaderboard on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from leukfeat.report.leaderboard import format_cell

__all__ = ["print_leaderboard", "show_progress"]

_SCORES = ("Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score")
_PLAIN = ("Precision", "Recall", "Fit Seconds", "Predict ms/Image")
_STAGES = {"extract": "Images", "sweep": "Fits", "refit": "Models to keep", "synthesize": "Synthetic cells"}
_SECONDS_BETWEEN_LINES = 10.0
_ROOM_FOR_ALL, _ROOM_FOR_SPREAD = 160, 104  # columns of text


def print_leaderboard(leaderboard: pd.DataFrame, notes: Sequence[str], console: Console) -> None:
    """Print notes, table and the reasons of rows without numbers.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.sweep.build_leaderboard` returns it.
    notes : sequence of str
        What a reader must know; stands on top.
    console : rich.console.Console
        Where to print. Standard deviations and the last columns are left out where there is no room.
    """
    for note in notes:
        console.print(note, markup=False, highlight=False)
    wide = console if console.is_terminal else Console(file=console.file, width=_ROOM_FOR_ALL)
    wide.print(_table(leaderboard, wide.width))
    failed = leaderboard[leaderboard["Reason"] != ""]
    for name, reason in zip(failed["Model"], failed["Reason"], strict=True):
        console.print(f"{name}: {reason}", markup=False, highlight=False)


@contextmanager
def show_progress(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress: bars on a terminal, a line every ten seconds elsewhere.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it, standard error as a rule.

    Yields
    ------
    callable
        To be called with the stage, the number of pieces done and their total.
    """
    if not console.is_terminal:
        yield _LineProgress(console)
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_STAGES.get(stage, stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


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


def _table(leaderboard: pd.DataFrame, width: int) -> Table:
    spread, everything = width >= _ROOM_FOR_SPREAD, width >= _ROOM_FOR_ALL
    table = Table(caption=None if everything else "More columns in leaderboard.csv.", header_style="bold")
    table.add_column("Model", no_wrap=everything, overflow="fold")
    for title in (*_SCORES, "Time Taken", *(_PLAIN if everything else ())):
        table.add_column(title, justify="right")
    for row in leaderboard.to_dict("records"):
        cells = [_score(row, title, spread) for title in _SCORES]
        cells += [format_cell(title, row[title]) for title in ("Time Taken", *(_PLAIN if everything else ()))]
        table.add_row(escape(row["Model"]), *cells, style=None if row["Kind"] == "model" else "dim")
    return table


def _score(row: dict[Any, Any], title: str, spread: bool) -> str:
    value = format_cell(title, row[title])
    deviation = format_cell(title, row[f"{title} SD"])
    return f"{value} ± {deviation}" if spread and deviation != "–" else value
