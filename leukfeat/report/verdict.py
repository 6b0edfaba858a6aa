"""What a table says in a sentence or two."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from leukfeat.report.statistics import Statistics

if TYPE_CHECKING:
    from leukfeat.report.run_folder import Results

__all__ = ["headlines", "verdict"]

_NOTHING = 1e-12  # what a difference of two means that are equal may be


def headlines(results: "Results") -> tuple[str, ...]:
    """Choose the notes that stand above a table.

    Parameters
    ----------
    results : Results
        What came out, its notes complete.

    Returns
    -------
    tuple of str
        That images leak, if they do; that the run was interrupted, if it was; then the verdict. Each is one
        of the notes.
    """
    first = results.notes[: int(results.leaks) + int(results.interrupted)]
    return (*first, *(note for note in verdict(results.statistics) if note in results.notes))


def verdict(statistics: Statistics) -> tuple[str, ...]:
    """Say how far the best model is ahead of shortcuts, and which models cannot be told from it.

    Parameters
    ----------
    statistics : Statistics
        Of a run.

    Returns
    -------
    tuple of str
        Full sentences; none where no model has a score.
    """
    return () if statistics.best is None else (*_shortcuts(statistics), *_rivals(statistics))


def _shortcuts(statistics: Statistics) -> Iterator[str]:
    table = statistics.against_shortcuts
    if table.empty:
        return
    row = table.iloc[0]
    difference, low, high = (float(row[name]) for name in ("difference", "low", "high"))
    if abs(difference) < _NOTHING:
        how = f"equal, 0.000{_between(low, high)} apart, to"
    elif difference > 0:
        how = f"{difference:.3f}{_between(low, high)} ahead of"
    else:
        how = f"{-difference:.3f}{_between(0.0 - high, 0.0 - low)} behind"
    metric = row["metric"].replace("_", " ")
    p = "" if np.isnan(row["p"]) else f" (p = {row['p']:.3g})"
    yield f"{row['best']} is {how} the best shortcut, {row['shortcut']}, in {metric}{p}."


def _between(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" [{low:.3f}, {high:.3f}]"


def _rivals(statistics: Statistics) -> Iterator[str]:
    pairs = statistics.pairs
    alike = list(pairs.loc[pairs["like_best"], "model"])
    if alike:
        yield f"Cannot be told from {statistics.best}: {', '.join(alike)}."
