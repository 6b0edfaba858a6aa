"""How subcommands tell what a manifest holds."""

from typing import Any

import pandas as pd

__all__ = ["describe_manifest", "manifest_sentence"]


def describe_manifest(frame: pd.DataFrame) -> dict[str, Any]:
    """Count what a manifest holds, as JSON.

    Parameters
    ----------
    frame : pandas.DataFrame
        A manifest.

    Returns
    -------
    dict
        `images`, `classes`, `columns` and, where there are any, `unlabelled` images, `subjects`, `folds` and
        `splits`.
    """
    counts: dict[str, Any] = {
        "images": len(frame),
        "classes": _by_value(frame, "label"),
        "columns": list(frame.columns),
    }
    n_unlabelled = int(frame["label"].isna().sum()) if "label" in frame else len(frame)
    if n_unlabelled:
        counts["unlabelled"] = n_unlabelled
    if "subject" in frame:
        counts["subjects"] = int(frame["subject"].nunique())
    for name, column in (("folds", "fold"), ("splits", "split")):
        if column in frame:
            counts[name] = _by_value(frame, column)
    return counts


def manifest_sentence(summary: dict[str, Any]) -> str:
    """Write what a manifest holds as a sentence.

    Parameters
    ----------
    summary : dict
        `manifest`, the file, and what `describe_manifest` counts.

    Returns
    -------
    str
        For people.
    """
    classes = ", ".join(f"{name} {count}" for name, count in summary["classes"].items())
    unlabelled = f", {summary['unlabelled']} without a label" if "unlabelled" in summary else ""
    subjects = f", {summary['subjects']} subjects" if summary.get("subjects") else ""
    return f"{summary['manifest']}: {summary['images']} images{subjects} ({classes}{unlabelled})."


def _by_value(frame: pd.DataFrame, column: str) -> dict[str, int]:
    if column not in frame:
        return {}
    return {str(name): int(count) for name, count in frame[column].value_counts().sort_index().items()}
