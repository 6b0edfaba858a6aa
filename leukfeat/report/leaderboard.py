"""The leaderboard: a row for each model, made of statistics alone, as a table, as Markdown and as JSON."""

import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from leukfeat.evaluation import METRICS
from leukfeat.report.statistics import Statistics
from leukfeat.sweep import Candidate, FoldResult
from leukfeat.sweep.runner import INTERRUPTED

__all__ = [
    "FIRST",
    "LIKE_BEST",
    "TITLES",
    "build_leaderboard",
    "format_cell",
    "format_score",
    "leaderboard_markdown",
    "leaderboard_rows",
    "shown_metrics",
]

FIRST = ("Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score")  # as LazyPredict's users know them
LIKE_BEST = "Models marked * cannot be told from the best model (paired bootstrap, Holm, 5 %)."
TITLES = {metric.key: metric.title for metric in METRICS}
_SECONDS = ("Time Taken", "Transform Time", "Fit Time", "Predict Time")
_MB = 1e6
_SPECIAL = re.compile(r"([\\`*_|~$]|(?<=\])\()")  # what Markdown obeys inside a line


def build_leaderboard(
    candidates: Sequence[Candidate], results: Sequence[FoldResult], statistics: Statistics
) -> pd.DataFrame:
    """Rank candidates by balanced accuracy, then ROC AUC.

    Parameters
    ----------
    candidates : sequence of Candidate
        In any order.
    results : sequence of FoldResult
        Of every candidate and fold.
    statistics : Statistics
        Of their predictions.

    Returns
    -------
    pandas.DataFrame
        One row per candidate. `Model`; `Accuracy`, `Balanced Accuracy`, `ROC AUC` and `F1 Score` (weighted),
        means over folds; `Time Taken` (seconds: `Transform Time`, `Fit Time` and `Predict Time` together,
        mean over folds; what models share is charged in full to each); `Like Best` (`best`, `yes` for a model
        that cannot be told from it, else empty); the other metrics; of each metric the interval,
        `<metric> Low` and `<metric> High`, and the standard deviation over folds, `<metric> SD`;
        `Transform Time` (the table's steps), `Fit Time` and `Predict Time` in seconds; `Predict ms/Image`;
        `Peak Memory` (MB, the most that the process of any fold held, libraries included); `Kind` (model,
        nested, shortcut or chance); `Reason`, why a row has no numbers. A candidate that failed in any fold
        has none and stands last.
    """
    rows = [
        _row(item, [result for result in results if result.model == item.name], statistics)
        for item in candidates
    ]
    order = pd.DataFrame(rows).sort_values(
        ["Balanced Accuracy", "ROC AUC", "Model"], ascending=[False, False, True], na_position="last"
    )
    return order.reset_index(drop=True)


def _row(candidate: Candidate, results: Sequence[FoldResult], statistics: Statistics) -> dict[str, object]:
    failed = _failure(results)
    table = statistics.estimates
    own = table[table["model"] == candidate.name].set_index("metric")
    numbers = own[["value", "low", "high", "sd"]] * (1.0 if failed is None else np.nan)
    values = {TITLES[str(key)]: float(value) for key, value in numbers["value"].items()}
    spread = {
        f"{TITLES[str(key)]} {name}": float(value)
        for name, column in (("Low", "low"), ("High", "high"), ("SD", "sd"))
        for key, value in numbers[column].items()
    }
    return {
        "Model": candidate.name,
        **{title: values.get(title, np.nan) for title in FIRST},
        "Time Taken": _mean_seconds(results, "transform_seconds", "fit_seconds", "predict_seconds"),
        "Like Best": _likeness(candidate.name, statistics),
        **{title: value for title, value in values.items() if title not in FIRST},
        **spread,
        "Transform Time": _mean_seconds(results, "transform_seconds"),
        "Fit Time": _mean_seconds(results, "fit_seconds"),
        "Predict Time": _mean_seconds(results, "predict_seconds"),
        "Predict ms/Image": _milliseconds_per_image(results),
        "Peak Memory": max(item.peak_bytes for item in results) / _MB or np.nan,
        "Kind": candidate.kind,
        "Reason": _reason(failed),
    }


def _failure(results: Sequence[FoldResult]) -> FoldResult | None:
    """Return the first fold that failed, else the first that was not reached."""
    failed = [item for item in results if item.reason]
    own = [item for item in failed if item.reason != INTERRUPTED]
    return next(iter(own or failed), None)


def _reason(failed: FoldResult | None) -> str:
    if failed is None:
        return ""
    return INTERRUPTED if failed.reason == INTERRUPTED else f"fold {failed.fold}: {failed.reason}"


def _mean_seconds(results: Sequence[FoldResult], *names: str) -> float:
    if any(item.reason for item in results):
        return float("nan")
    return float(np.mean([sum(getattr(item, name) for name in names) for item in results]))


def _likeness(model: str, statistics: Statistics) -> str:
    if model == statistics.best:
        return "best"
    pairs = statistics.pairs
    return "yes" if pairs.loc[pairs["model"] == model, "like_best"].any() else ""


def _milliseconds_per_image(results: Sequence[FoldResult]) -> float:
    if any(item.reason for item in results):
        return float("nan")
    seconds = sum(item.predict_seconds for item in results)
    return 1000 * seconds / sum(len(item.predicted) for item in results)


def shown_metrics(leaderboard: pd.DataFrame) -> list[str]:
    """List the metrics of a leaderboard.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `build_leaderboard` returns it.

    Returns
    -------
    list of str
        Their titles, the first four first.
    """
    others = [title for title in TITLES.values() if title in leaderboard and title not in FIRST]
    return [*FIRST, *others]


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
        Three digits, seconds of one and above with two, memory with none; a dash for what has no number.
    """
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    if column == "Peak Memory":
        return f"{value:.0f}"
    return f"{value:.2f}" if column in _SECONDS and value >= 1 else f"{value:.3f}"


def format_score(row: dict[Any, Any], title: str) -> str:
    """Format a score with its interval.

    Parameters
    ----------
    row : dict
        A row of a leaderboard.
    title : str
        The metric.

    Returns
    -------
    str
        Such as `0.970 [0.953, 0.981]`.
    """
    value = format_cell(title, row[title])
    low, high = (format_cell(title, row.get(f"{title} {end}", math.nan)) for end in ("Low", "High"))
    return value if "–" in (value, low) else f"{value} [{low}, {high}]"


def leaderboard_markdown(leaderboard: pd.DataFrame, notes: Sequence[str], above: Sequence[str] = ()) -> str:
    """Write a leaderboard as Markdown.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `build_leaderboard` returns it.
    notes : sequence of str
        What a reader must know.
    above : sequence of str, default=()
        Which of the notes stand above the table; a warning of leaks stands on the first line.

    Returns
    -------
    str
        Table, the reasons of rows without numbers, and the other notes.
    """
    metrics = shown_metrics(leaderboard)
    columns = ["Model", *FIRST, "Time Taken", *metrics[len(FIRST) :], "Predict ms/Image"]
    rule = f"|{'|'.join(' --- ' if column == 'Model' else ' ---: ' for column in columns)}|"
    rows = [
        "| " + " | ".join(_cell(row, column, metrics) for column in columns) + " |"
        for row in leaderboard.to_dict("records")
    ]
    failed = leaderboard[leaderboard["Reason"] != ""]
    reasons = [
        f"- {_escape(name)}: {_escape(why)}"
        for name, why in zip(failed["Model"], failed["Reason"], strict=True)
    ]
    table = "\n".join([f"| {' | '.join(columns)} |", rule, *rows])
    blocks = ["\n".join(f"{_escape(note)}  " for note in above), table] if above else [table]
    if (leaderboard["Like Best"] == "yes").any():
        blocks.append(LIKE_BEST.replace("*", "\\*"))
    if reasons:
        blocks.append("Rows without numbers:\n\n" + "\n".join(reasons))
    if others := [f"- {_escape(note)}" for note in notes if note not in above]:
        blocks.append("Notes:\n\n" + "\n".join(others))
    return "\n\n".join(blocks) + "\n"


def _cell(row: dict[Any, Any], column: str, metrics: Sequence[str]) -> str:
    if column == "Model":
        return _escape(str(row["Model"])) + (" *" if row["Like Best"] == "yes" else "")
    return format_score(row, column) if column in metrics else format_cell(column, row[column])


def leaderboard_rows(leaderboard: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a leaderboard as JSON holds it.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `build_leaderboard` returns it.

    Returns
    -------
    list of dict
        One per row; None where there is no number, or no text.
    """
    return [
        {str(key): None if _is_nothing(value) else value for key, value in row.items()}
        for row in leaderboard.to_dict("records")
    ]


def _is_nothing(value: Any) -> bool:
    return value == "" or (isinstance(value, float) and math.isnan(value))


def _escape(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", escape(" ".join(text.split()), quote=False))
