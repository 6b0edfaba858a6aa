"""The rows of a leaderboard in full: scores from predictions, times as they were measured."""

import math
from typing import Any

import pandas as pd

from leukfeat.evaluation import METRICS
from leukfeat.report.leaderboard import FIRST
from leukfeat.report.plain import plain
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.statistics import Statistics

__all__ = ["MEASURED", "board_metrics", "board_rows"]

MEASURED = {  # by key, title and unit of what was measured while fitting
    "time": ("Time Taken", "s"),
    "transform": ("Transform Time", "s"),
    "fit": ("Fit Time", "s"),
    "predict": ("Predict Time", "s"),
    "per_image": ("Predict ms/Image", "ms"),
    "memory": ("Peak Memory", "MB"),
}


def board_metrics(statistics: Statistics, ranked_by: str) -> list[dict[str, Any]]:
    """List the metrics that a leaderboard shows.

    Parameters
    ----------
    statistics : Statistics
        Of a run.
    ranked_by : str
        Key of the metric that models are ranked by.

    Returns
    -------
    list of dict
        `key`, `title`, `description`, `greater_is_better` and `bounds`: what models are ranked by, then those
        that everyone knows, then all others.
    """
    shown = set(statistics.estimates["metric"])
    order = sorted(METRICS, key=lambda item: (item.key != ranked_by, item.title not in FIRST))
    return [
        {
            "key": metric.key,
            "title": metric.title,
            "description": metric.description,
            "greater_is_better": metric.greater_is_better,
            "bounds": plain(metric.bounds),
        }
        for metric in order
        if metric.key in shown
    ]


def board_rows(run: SavedRun, statistics: Statistics) -> list[dict[str, Any]]:
    """Put together the rows of a leaderboard, best first.

    Parameters
    ----------
    run : SavedRun
        The run.
    statistics : Statistics
        Of its predictions.

    Returns
    -------
    list of dict
        `model`, `kind`, `mark` (`best`, `like best` or nothing), `reason` (why there are no numbers),
        `scores` (by metric `value`, `low`, `high`, `sd`, `reason`) and `measured` (by key of `MEASURED`; None
        where it is not known).
    """
    stored = {str(row["Model"]): row for row in run.outcome.get("rows", [])}
    table = {str(model): rows for model, rows in statistics.estimates.groupby("model", sort=False)}
    alike = set(statistics.pairs.loc[statistics.pairs["like_best"].astype(bool), "model"])
    rows = []
    for model, kind in run.predictions.attrs["kinds"].items():
        reason = str(stored.get(model, {}).get("Reason") or "")
        scores = _scores(table[model], bool(reason))
        rows.append(
            {
                "model": model,
                "kind": kind,
                "mark": "best" if model == statistics.best else "like best" if model in alike else "",
                "reason": reason or _reason(scores),
                "scores": scores,
                "measured": plain(
                    {key: stored.get(model, {}).get(title) for key, (title, _) in MEASURED.items()}
                ),
            }
        )
    return sorted(rows, key=lambda row: _rank(row, run.predictions.attrs["ranked_by"]))


def _scores(table: pd.DataFrame, failed: bool) -> dict[str, dict[str, Any]]:
    columns = ["value", "low", "high", "sd"]
    numbers = table.assign(**dict.fromkeys(columns, math.nan)) if failed else table
    return {
        str(row["metric"]): plain({name: row[name] for name in (*columns, "reason")})
        for row in numbers.to_dict("records")
    }


def _reason(scores: dict[str, dict[str, Any]]) -> str:
    """Say why a row has no number at all; empty where it has one."""
    if any(score["value"] is not None for score in scores.values()):
        return ""
    return next((score["reason"] for score in scores.values()), "There is no prediction of it.")


def _rank(row: dict[str, Any], ranked_by: str) -> tuple[float, float, str]:
    """Sort by the ranking metric, then ROC AUC, then name, rows without numbers last."""
    values = [row["scores"].get(key, {}).get("value") for key in (ranked_by, "roc_auc")]
    first, second = (math.inf if value is None else -value for value in values)
    return first, second, str(row["model"])
