"""The leaderboard as Markdown and JSON, with what a reader must know first."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

__all__ = ["SHOWN_COLUMNS", "format_cell", "leaderboard_markdown", "leaderboard_rows"]

SHOWN_COLUMNS = (
    "Model",
    "Accuracy",
    "Balanced Accuracy",
    "ROC AUC",
    "F1 Score",
    "Time Taken",
    "Accuracy SD",
    "Balanced Accuracy SD",
    "ROC AUC SD",
    "F1 Score SD",
    "Precision",
    "Recall",
    "Fit Seconds",
    "Predict ms/Image",
)
_SECONDS = ("Time Taken", "Fit Seconds")


def format_cell(column: str, value: Any) -> str:
    """Format one value of a leaderboard for people.

    Parameters
    ----------
    column : str
        Its column.
    value : object
        A number or a text.

    Returns
    -------
    str
        Three digits, seconds of one and above with two; a dash for what has no number.
    """
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    return f"{value:.2f}" if column in _SECONDS and value >= 1 else f"{value:.3f}"


def leaderboard_markdown(leaderboard: pd.DataFrame, notes: Sequence[str]) -> str:
    """Write a leaderboard as Markdown.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.sweep.build_leaderboard` returns it.
    notes : sequence of str
        What a reader must know, first; a warning of leaks stands on the first line.

    Returns
    -------
    str
        Notes, table, and the reasons of rows without numbers.
    """
    header = f"| {' | '.join(SHOWN_COLUMNS)} |"
    rule = f"|{'|'.join(' --- ' if column == 'Model' else ' ---: ' for column in SHOWN_COLUMNS)}|"
    rows = [
        "| " + " | ".join(_escape(format_cell(column, row[column])) for column in SHOWN_COLUMNS) + " |"
        for row in leaderboard.to_dict("records")
    ]
    failed = leaderboard[leaderboard["Reason"] != ""]
    reasons = [
        f"- {_escape(name)}: {_escape(why)}"
        for name, why in zip(failed["Model"], failed["Reason"], strict=True)
    ]
    blocks = ["\n".join(f"{note}  " for note in notes), "\n".join([header, rule, *rows])]
    if reasons:
        blocks.append("Rows without numbers:\n\n" + "\n".join(reasons))
    return "\n\n".join(blocks) + "\n"


def leaderboard_rows(leaderboard: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a leaderboard as JSON holds it.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.sweep.build_leaderboard` returns it.

    Returns
    -------
    list of dict
        One per row; None where there is no number.
    """
    return [
        {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }
        for row in leaderboard.to_dict("records")
    ]


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
