"""Progress and the leaderboard on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from leukfeat.report.leaderboard import FIRST, LIKE_BEST, TITLES, format_cell, format_score

__all__ = ["print_leaderboard", "print_leak_check", "show_progress"]

_PLAIN = ("Precision", "Recall", "Fit Seconds", "Predict ms/Image")
_STAGES = {
    "extract": "Images",
    "compare": "Images that look alike",
    "sweep": "Fits",
    "refit": "Models to keep",
    "honest split": "Honest fits",
    "random split": "Random fits",
    "synthesize": "Synthetic cells",
}
_SECONDS_BETWEEN_LINES = 10.0
_ROOM_FOR_ALL, _ROOM_FOR_INTERVALS = 200, 137  # columns of text


def print_leaderboard(leaderboard: pd.DataFrame, notes: Sequence[str], console: Console) -> None:
    """Print notes, table and the reasons of rows without numbers.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.report.leaderboard.build_leaderboard` returns it.
    notes : sequence of str
        What a reader must know; stands on top.
    console : rich.console.Console
        Where to print. Intervals and the last columns are left out where there is no room.
    """
    for note in notes:
        console.print(note, markup=False, highlight=False)
    wide = console if console.is_terminal else Console(file=console.file, width=_ROOM_FOR_ALL)
    wide.print(_table(leaderboard, wide.width))
    failed = leaderboard[leaderboard["Reason"] != ""]
    if (leaderboard["Like Best"] == "yes").any():
        console.print(LIKE_BEST, markup=False, highlight=False)
    for name, reason in zip(failed["Model"], failed["Reason"], strict=True):
        console.print(f"{name}: {reason}", markup=False, highlight=False)


def print_leak_check(table: pd.DataFrame, protocol: str, notes: Sequence[str], console: Console) -> None:
    """Print by how much a random split inflates scores.

    Parameters
    ----------
    table : pandas.DataFrame
        As `leukfeat.comparison.LeakCheck.table` holds it.
    protocol : str
        The honest protocol.
    notes : sequence of str
        What a reader must know; stands on top.
    console : rich.console.Console
        Where to print.
    """
    for note in notes:
        console.print(note, markup=False, highlight=False)
    wide = console if console.is_terminal else Console(file=console.file, width=_ROOM_FOR_ALL)
    shown = Table(caption="Inflation: random less honest, with its interval at 95 %.", header_style="bold")
    shown.add_column("Model", overflow="fold")
    shown.add_column("Metric")
    for title in ("random", protocol, "Inflation"):
        shown.add_column(title, justify="right")
    for row in table.to_dict("records"):
        gain = f"{row['inflation']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
        gain = "–" if pd.isna(row["inflation"]) else gain
        scores = [format_cell(name, row[name]) for name in ("random", "honest")]
        shown.add_row(escape(row["model"]), TITLES[row["metric"]], *scores, gain)
    wide.print(shown)


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
    intervals, everything = width >= _ROOM_FOR_INTERVALS, width >= _ROOM_FOR_ALL
    more = ("Time Taken", *(_PLAIN if everything else ()))
    table = Table(
        caption=f"{'M' if intervals else 'Intervals and m'}ore columns in leaderboard.csv.",
        header_style="bold",
    )
    table.add_column("Model", no_wrap=everything, overflow="fold")
    for title in (*FIRST, *more):
        table.add_column(title, justify="right")
    for row in leaderboard.to_dict("records"):
        cells = [format_score(row, title) if intervals else format_cell(title, row[title]) for title in FIRST]
        cells += [format_cell(title, row[title]) for title in more]
        name = escape(row["Model"]) + (" *" if row["Like Best"] == "yes" else "")
        table.add_row(name, *cells, style=None if row["Kind"] in ("model", "nested") else "dim")
    return table
