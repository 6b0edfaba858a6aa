"""What a run's summary and its drawings make: one HTML page."""

from collections.abc import Mapping, Sequence
from typing import Any

from leukfeat.report.board import MEASURED
from leukfeat.report.inline_figures import InlineFigure
from leukfeat.report.layout import axis_of, render_template
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.pictures import Picture

__all__ = ["render"]

_SHOWN_FIRST = ("accuracy", "balanced_accuracy", "roc_auc", "f1_weighted")
_MOST_SUBJECTS, _MOST_FAILED = 500, 200  # rows of a table that a page bears
_LEVEL = 0.05
_ROOM = 2.5  # how many times as wide as the models' an axis may be
_CONTENTS = (
    *(("verdict", "Verdict"), ("warnings", "Warnings"), ("leaderboard", "Leaderboard"), ("tests", "Tests")),
    *(("curves", "Curves"), ("confusion", "Confusion"), ("calibration", "Calibration")),
    *(("subjects", "Patients"), ("families", "Families"), ("cells", "Cells"), ("time", "Time")),
    *(("data", "Data"), ("environment", "Environment")),
)
_WARNINGS = {  # by kind, how a warning begins
    "leak": "Leak",
    "interrupted": "Interrupted",
    "audit": "Audit",
    "shortcut": "Shortcut",
    "failed": "Failed",
    "missing": "Missing",
}


def render(
    summary: Mapping[str, Any],
    drawings: Mapping[str, Sequence[InlineFigure]] | None = None,
    pictures: Sequence[Picture] = (),
    undrawn: Mapping[str, str] | None = None,
) -> str:
    """Lay out the summary of a run as one page that needs nothing else.

    Parameters
    ----------
    summary : mapping
        As `leukfeat.report.summary.summarise` returns it.
    drawings : mapping of str to sequence of InlineFigure, default=None
        By section: `curves`, `calibration`, `subjects` and `families`.
    pictures : sequence of Picture, default=()
        Cells.
    undrawn : mapping of str to str, default=None
        By section, why there is nothing to see.

    Returns
    -------
    str
        HTML. Every text of the run stands in it as text.
    """
    rows = summary["leaderboard"]
    stages = [seconds for seconds in summary["stages"].values() if seconds is not None]
    return render_template(
        "report.html",
        summary=summary,
        contents=_CONTENTS,
        warning_names=_WARNINGS,
        shown_first=_SHOWN_FIRST,
        measured=MEASURED,
        titles=TITLES,
        nothing={"value": None, "low": None, "high": None},
        resampled=_resampled(summary),
        axes={metric["key"]: _axis(rows, metric["key"]) for metric in summary["metrics"]},
        any_failed=any(row["reason"] for row in rows),
        any_measured=any(row["measured"]["time"] is not None for row in rows),
        row_class=_row_class,
        matrix=_matrix(summary),
        ordered_confusions=_order_confusions(summary),
        ablation=_order_ablation(summary["ablation"]),
        ablation_axis=_ablation_axis(summary["ablation"]),
        drawings=dict(drawings or {}),
        undrawn=dict(undrawn or {}),
        thumbnails=_by_kind(pictures),
        longest_stage=max(stages, default=0.0),
        most_subjects=_MOST_SUBJECTS,
        most_failed=_MOST_FAILED,
    )


def _resampled(summary: Mapping[str, Any]) -> str:
    """Name what a bootstrap resamples."""
    if summary["data"]["subjects"] and not summary["data"]["without_subject"]:
        return "patients"
    return "runs of neighbouring images" if summary["run"]["protocol"] == "blocks" else "images"


def _row_class(row: Mapping[str, Any]) -> str:
    if row["reason"]:
        return "failed"
    if row["mark"] == "best":
        return "best"
    return "" if row["kind"] in ("model", "nested") else "weak"


def _axis(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[float, float] | None:
    """Return the range of a metric's intervals, not so wide that those of the models are squeezed."""
    models = axis_of(_ends([row for row in rows if row["kind"] in ("model", "nested")], key))
    others = axis_of(_ends([row for row in rows if row["kind"] != "chance"], key))
    if models is None or others is None:
        return models or others
    room = _ROOM * (models[1] - models[0])
    return max(others[0], models[1] - room), min(others[1], models[0] + room)


def _ends(rows: Sequence[Mapping[str, Any]], key: str) -> list[float | None]:
    return [row["scores"].get(key, {}).get(name) for row in rows for name in ("value", "low", "high")]


def _order_ablation(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put the family first that is missed most, and those without a number last."""
    known = sorted((row for row in rows if row["difference"] is not None), key=lambda row: -row["difference"])
    unknown = [row for row in rows if row["difference"] is None]
    return [{"reason": "", **row} for row in (*known, *unknown)]


def _ablation_axis(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    names = ("difference", "difference_low", "difference_high")
    return axis_of([0.0, *(row[name] for row in rows for name in names)])


def _matrix(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Arrange the pairs as a square: how far the row is ahead of the column."""
    pairs = {(pair["first"], pair["second"]): pair for pair in summary["tests"]}
    known = {name for pair in pairs for name in pair}
    names = [row["model"] for row in summary["leaderboard"] if row["model"] in known]
    return {
        "names": names,
        "rows": [(first, [_cell(pairs, first, second) for second in names]) for first in names],
    }


def _cell(pairs: Mapping[tuple[str, str], Any], first: str, second: str) -> dict[str, Any] | None:
    if first == second:
        return None
    pair = pairs.get((first, second))
    sign = 1 if pair is not None else -1
    found = pair if pair is not None else pairs[second, first]
    p, difference = found["p_holm"], found["difference"]
    return {
        "difference": None if difference is None else sign * difference,
        "sure": p is not None and p < _LEVEL,
    }


def _order_confusions(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Put the best model first, and leave out rows that failed."""
    found = {item["model"]: item for item in summary["confusions"]}
    order = [row["model"] for row in summary["leaderboard"] if not row["reason"]]
    best = summary["verdict"]["best"]
    return [found[name] for name in sorted(order, key=lambda name: name != best) if name in found]


def _by_kind(pictures: Sequence[Picture]) -> list[tuple[str, list[Picture]]]:
    kinds = dict.fromkeys(picture.kind for picture in pictures)
    return [(kind, [picture for picture in pictures if picture.kind == kind]) for kind in kinds]
