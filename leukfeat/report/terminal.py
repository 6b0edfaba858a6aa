"""The leaderboard on a terminal."""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from leukfeat.report.inflation import SHOWN, TEXTS, inflation_caption, inflation_rows
from leukfeat.report.leaderboard import FIRST, LIKE_BEST, TITLES, format_cell, format_score
from leukfeat.report.progress import show_progress
from leukfeat.report.run_folder import Results
from leukfeat.report.tested import RANKED_BY
from leukfeat.report.verdict import headlines

__all__ = ["print_leak_check", "print_results", "print_verdict", "show_progress"]

_PLAIN = ("Precision", "Recall", "Peak Memory", "Predict ms/Image")
_TWO = ("Balanced Accuracy", "ROC AUC")  # where there is no room for four
_ROOM_FOR_ALL, _ROOM_FOR_INTERVALS = 200, 137  # columns of text
_ROOM_FOR_FOUR, _ROOM_FOR_TWO = 72, 44
_DIGITS = 5


def print_results(results: Results, console: Console) -> None:
    """Print what leaks and the verdict, then the table, then all other notes.

    Parameters
    ----------
    results : Results
        What came out.
    console : rich.console.Console
        Where to print. Intervals and the last columns are left out where there is no room.
    """
    board, above = results.leaderboard, headlines(results)
    _print_lines(above, console)
    wide = _with_room(console)
    wide.print(_table(board, wide.width))
    if (board["Like Best"] == "yes").any():
        _print_lines([LIKE_BEST], console)
    failed = board[board["Reason"] != ""]
    _print_lines(
        [f"{name}: {why}" for name, why in zip(failed["Model"], failed["Reason"], strict=True)], console
    )
    _print_notes([note for note in results.notes if note not in above], console)


def print_verdict(results: Results, console: Console) -> None:
    """Print what leaks, the best score and what it is worth, and no more.

    Parameters
    ----------
    results : Results
        What came out.
    console : rich.console.Console
        Where to print.
    """
    board, n_first = results.leaderboard, int(results.leaks) + int(results.interrupted)
    above = headlines(results)
    best = board[board["Model"] == results.best].to_dict("records")
    title = TITLES[RANKED_BY]
    scores = [f"{row['Model']}: {title.lower()} {format_score(row, title)}." for row in best]
    told = [*above[:n_first], *(scores or ["No model has a score."]), *above[n_first:]]
    _print_lines(told, console)


def print_leak_check(
    table: pd.DataFrame, protocol: str, notes: Sequence[str], console: Console, *, leaks: bool = False
) -> None:
    """Print by how much a random split inflates scores.

    Parameters
    ----------
    table : pandas.DataFrame
        As `leukfeat.comparison.LeakCheck.table` holds it.
    protocol : str
        The honest protocol.
    notes : sequence of str
        What a reader must know.
    console : rich.console.Console
        Where to print.
    leaks : bool, default=False
        Whether the honest split leaks, too: the first note then stands above the table.
    """
    above = notes[:1] if leaks else ()
    _print_lines(above, console)
    shown = Table(caption=inflation_caption(protocol), header_style="bold")
    for title in SHOWN:
        shown.add_column(title, justify="left" if title in TEXTS else "right", overflow="fold")
    for cells in inflation_rows(table):
        shown.add_row(*map(escape, cells))
    _with_room(console).print(shown)
    _print_notes(notes[len(above) :], console)


def _print_lines(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _print_notes(notes: Sequence[str], console: Console) -> None:
    _print_lines(["Notes:", *(f"- {note}" for note in notes)] if notes else [], console)


def _with_room(console: Console) -> Console:
    """Return where tables are printed: in a file, as wide as they need."""
    return console if console.is_terminal else Console(file=console.file, width=_ROOM_FOR_ALL)


def _scores_shown(width: int) -> tuple[str, ...]:
    """Choose the scores that there is room for with three digits each."""
    if width >= _ROOM_FOR_FOUR:
        return FIRST
    return _TWO if width >= _ROOM_FOR_TWO else _TWO[:1]


def _table(leaderboard: pd.DataFrame, width: int) -> Table:
    intervals, everything = width >= _ROOM_FOR_INTERVALS, width >= _ROOM_FOR_ALL
    scores = _scores_shown(width)
    more = ("Time Taken", *(_PLAIN if everything else ())) if width >= _ROOM_FOR_FOUR else ()
    table = Table(
        caption=f"{'M' if intervals else 'Intervals and m'}ore columns in leaderboard.csv.",
        header_style="bold",
    )
    table.add_column("Model", no_wrap=everything, overflow="fold")
    for title in (*scores, *more):
        table.add_column(title, justify="right", min_width=_DIGITS, overflow="fold")
    for row in leaderboard.to_dict("records"):
        cells = [
            format_score(row, title) if intervals else format_cell(title, row[title]) for title in scores
        ]
        cells += [format_cell(title, row[title]) for title in more]
        name = escape(row["Model"]) + (" *" if row["Like Best"] == "yes" else "")
        table.add_row(name, *cells, style=None if row["Kind"] in ("model", "nested") else "dim")
    return table
