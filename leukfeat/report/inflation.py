"""The table of a leak check, in the same words wherever it is shown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leukfeat.report.leaderboard import TITLES, format_cell

__all__ = ["SHOWN", "TEXTS", "inflation_caption", "inflation_markdown", "inflation_rows"]

SHOWN = ("model", "metric", "random", "honest", "inflation")
TEXTS = ("model", "metric")


def inflation_caption(protocol: str) -> str:
    """Say what the columns are.

    Parameters
    ----------
    protocol : str
        The honest protocol.

    Returns
    -------
    str
        One sentence.
    """
    return f"inflation = random − honest, with its interval at 95 %; honest is {protocol!r}."


def inflation_rows(table: pd.DataFrame) -> list[list[str]]:
    """Write the cells for people.

    Parameters
    ----------
    table : pandas.DataFrame
        As `leukfeat.comparison.LeakCheck.table` holds it.

    Returns
    -------
    list of list of str
        Of each row those of `SHOWN`; a dash for what has no number.
    """
    return [
        [
            row["model"],
            TITLES[row["metric"]],
            *(format_cell(name, row[name]) for name in ("random", "honest")),
            _gain(row["inflation"], row["low"], row["high"]),
        ]
        for row in table.to_dict("records")
    ]


def _gain(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:+.3f}" if np.isnan(low) else f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"


def inflation_markdown(table: pd.DataFrame, protocol: str, notes: Sequence[str], *, leaks: bool) -> str:
    """Write the table as Markdown.

    Parameters
    ----------
    table : pandas.DataFrame
        As `leukfeat.comparison.LeakCheck.table` holds it.
    protocol : str
        The honest protocol.
    notes : sequence of str
        What a reader must know.
    leaks : bool
        Whether the honest split leaks, too: the first note then stands on the first line.

    Returns
    -------
    str
        What leaks, the caption, the table, and the other notes.
    """
    above = notes[:1] if leaks else ()
    rule = [" --- " if title in TEXTS else " ---: " for title in SHOWN]
    lines = [" | ".join(cells) for cells in (SHOWN, *inflation_rows(table))]
    rows = [f"| {line} |" for line in lines]
    blocks = [*above, inflation_caption(protocol), "\n".join([rows[0], f"|{'|'.join(rule)}|", *rows[1:]])]
    if others := notes[len(above) :]:
        blocks.append("\n".join(f"- {note}" for note in others))
    return "\n\n".join(blocks) + "\n"
