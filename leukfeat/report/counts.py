"""How many images of what were tested, and what became of them."""

from typing import Any

import numpy as np
import pandas as pd

from leukfeat.report.explore import count_images
from leukfeat.report.plain import plain, records
from leukfeat.report.statistics import Statistics

__all__ = ["confusions", "count_data", "count_subjects"]


def count_data(predictions: pd.DataFrame, classes: list[str]) -> dict[str, Any]:
    """Count the tested images by class, test fold and subject.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As `predictions.parquet` holds them.
    classes : list of str
        All classes, sorted.

    Returns
    -------
    dict
        `images`, `subjects` (None where none is known), `without_subject`, `folds`, `repeats`, `by_class`,
        `by_fold` (of the first repeat) and `by_subject` (`images`, and `of_class` in the order of `classes`).
    """
    tested = predictions.drop_duplicates(["path", "repeat", "fold"])
    images = tested[tested["repeat"] == tested["repeat"].min()]
    if images["subject"].isna().all():
        images = images.drop(columns="subject")
    known = "subject" in images
    found = plain(
        {
            "images": len(images),
            "subjects": int(images["subject"].nunique()) if known else None,
            "without_subject": int(images["subject"].isna().sum()) if known else len(images),
            "folds": len(tested[["repeat", "fold"]].drop_duplicates()),
            "repeats": int(tested["repeat"].nunique()),
            "by_class": records(count_images(images)),
            "by_fold": _count_by(images, "fold", classes),
            "by_subject": _count_by(images, "subject", classes) if known else [],
        }
    )
    return dict(found)


def _count_by(images: pd.DataFrame, column: str, classes: list[str]) -> list[dict[str, Any]]:
    """Count images, those of each class in the order of `classes`, and subjects by a column."""
    found = []
    for value, rows in images.dropna(subset=column).groupby(column, sort=True):
        counts = rows["label"].astype(str).value_counts()
        found.append(
            {
                column: value,
                "images": len(rows),
                "of_class": [int(counts.get(name, 0)) for name in classes],
                "subjects": int(rows["subject"].nunique()) if "subject" in rows else None,
            }
        )
    return found


def confusions(predictions: pd.DataFrame, classes: list[str]) -> list[dict[str, Any]]:
    """Count what each model took for what, over all test folds.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As `predictions.parquet` holds them.
    classes : list of str
        All classes, sorted.

    Returns
    -------
    list of dict
        `model`, `counts` and `rates` (of the true class; None for a class without images): a list per true
        class of one entry per predicted class.
    """
    found = []
    n = len(classes)
    for model, rows in predictions.groupby("model", sort=False):
        truth, predicted = (
            pd.Categorical(rows[name].astype(str), categories=classes).codes.astype(np.intp)
            for name in ("label", "predicted")
        )
        counts = np.bincount(truth * n + predicted, minlength=n * n).reshape(n, n)
        with np.errstate(invalid="ignore"):
            rates = counts / counts.sum(axis=1, keepdims=True)
        found.append({"model": str(model), "counts": plain(counts), "rates": plain(rates)})
    return found


def count_subjects(statistics: Statistics, predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """List how well the best model does on each subject, the worst first.

    Parameters
    ----------
    statistics : Statistics
        Of the run.
    predictions : pandas.DataFrame
        As `predictions.parquet` holds them.

    Returns
    -------
    list of dict
        `subject`, `classes` (of its images), `n_images`, `accuracy`; none without subjects.
    """
    own = statistics.subjects[statistics.subjects["model"] == statistics.best]
    if own.empty:
        return []
    labels = predictions.groupby("subject")["label"].agg(lambda values: sorted(set(map(str, values))))
    table = own.assign(classes=own["subject"].map(labels)).sort_values(
        ["accuracy", "n_images", "subject"], ascending=[True, False, True]
    )
    return records(table[["subject", "classes", "n_images", "accuracy"]])
