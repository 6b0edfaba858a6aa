"""A run folder as one dictionary: all that a report says, before it is laid out."""

from pathlib import Path
from typing import Any

from leukfeat._version import __version__
from leukfeat.report.board import board_metrics, board_rows
from leukfeat.report.counts import confusions, count_data, count_subjects
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.opening import opening
from leukfeat.report.pairwise import compare_all
from leukfeat.report.plain import plain, records
from leukfeat.report.reproduce import reproduce_command
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.statistics import Statistics, summarize_predictions

__all__ = ["summarise"]

_CANDIDATES = ("model",)


def summarise(
    run: SavedRun | str | Path, statistics: Statistics | None = None, *, pairs: bool = True
) -> dict[str, Any]:
    """Summarise a run from its stored predictions, without fitting anything.

    Parameters
    ----------
    run : SavedRun, str or pathlib.Path
        A run folder.
    statistics : Statistics, default=None
        Of its predictions, where they are known already; None computes them.
    pairs : bool, default=True
        Whether every two rows are compared.

    Returns
    -------
    dict
        Of texts, numbers, lists and dictionaries, as JSON holds them: `title`, `version`, `run`, `verdict`,
        `warnings`, `metrics`, `leaderboard`, `tests`, `against_shortcuts`, `confusions`, `subjects`,
        `ablation`, `thumbnails`, `embargos`, `stages`, `data`, `failed`, `notes`, `environment`, `reproduce`
        and `missing`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is no run folder, or its files cannot be read.
    """
    saved = run if isinstance(run, SavedRun) else SavedRun.read(run)
    predictions = saved.predictions
    known = summarize_predictions(predictions) if statistics is None else statistics
    classes = [str(name) for name in predictions.attrs["classes"]]
    rows, data = board_rows(saved, known), count_data(predictions, classes)
    verdict, warnings, notes = opening(saved, known, rows, data)
    found = plain(
        {
            "title": saved.name,
            "version": __version__,
            "run": _describe(saved, classes),
            "verdict": verdict,
            "warnings": warnings,
            "metrics": board_metrics(known, predictions.attrs["ranked_by"]),
            "leaderboard": rows,
            "tests": records(compare_all(predictions)) if pairs else [],
            "against_shortcuts": records(known.against_shortcuts),
            "confusions": confusions(predictions, classes),
            "subjects": count_subjects(known, predictions),
            "ablation": [] if saved.ablation is None else records(saved.ablation),
            "thumbnails": [] if saved.thumbnails is None else records(saved.thumbnails),
            "embargos": saved.outcome.get("embargos") or [],
            "stages": saved.record.get("seconds", {}),
            "data": data,
            "failed": records(saved.errors),
            "notes": notes,
            "environment": _environment(saved),
            "reproduce": reproduce_command(
                saved.record, [row["model"] for row in rows if row["kind"] in _CANDIDATES], saved.name
            ),
            "missing": list(saved.missing),
        }
    )
    return dict(found)


def _describe(saved: SavedRun, classes: list[str]) -> dict[str, Any]:
    attrs = saved.predictions.attrs
    return {
        "protocol": attrs.get("protocol", ""),
        "leaks": bool(saved.outcome.get("leaks", False)),
        "ablated": saved.ablation is not None,
        "audited": "audit" in saved.record,
        "interrupted": bool(saved.outcome.get("interrupted", False)),
        "classes": classes,
        "positive": attrs["positive"],
        "ranked_by": attrs["ranked_by"],
        "ranked_title": TITLES[attrs["ranked_by"]],
        "n_draws": attrs["n_draws"],
        "seed": attrs["seed"],
        "source": saved.record.get("source", ""),
    }


def _environment(saved: SavedRun) -> dict[str, Any]:
    record = saved.record
    features = record.get("features", {})
    return {
        "settings": record.get("settings", {}),
        "versions": record.get("versions", {}),
        "machine": record.get("machine", {}),
        "images": record.get("images", {}),
        "features": {key: features.get(key) for key in ("columns", "scene", "size", "hash")},
        "families": [item.get("name", "") for item in features.get("families", [])],
        "methods": record.get("methods", {}),
        "warnings": record.get("warnings", {}),
        "fits": record.get("fits", {}),
    }
