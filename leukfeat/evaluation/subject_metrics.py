"""Metrics that count every subject once, however many images it has."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.curves import measure_areas
from leukfeat.evaluation.metric import Metric
from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.ratios import divide, mean_defined
from leukfeat.evaluation.weighted import WeightedFold

__all__ = ["SUBJECT_METRICS"]

Values = NDArray[np.float64]


def _accuracies(fold: FoldPredictions) -> Values:
    """Return the share of each subject's images that are predicted right."""
    return fold.by_subject.mean((fold.truth == fold.predicted).astype(np.float64))


def _accuracy(fold: WeightedFold) -> Values:
    places, n_units = fold.fold.by_subject.places, len(fold.fold.columns)
    total = np.bincount(places, weights=_accuracies(fold.fold), minlength=n_units)
    n_subjects = np.bincount(places, minlength=n_units).astype(np.float64)
    return divide(fold.weights @ total, fold.weights @ n_subjects, np.nan)


def _worst_accuracy(fold: WeightedFold) -> Values:
    """Look for subjects from the worst on until every draw has one; few are looked at."""
    accuracies, places = _accuracies(fold.fold), fold.fold.by_subject.places
    worst = np.full(len(fold.weights), np.nan)
    for subject in np.argsort(accuracies):
        waiting = np.isnan(worst)
        if not waiting.any():
            break
        worst[waiting & (fold.weights[:, places[subject]] > 0)] = accuracies[subject]
    return worst


def _roc_auc(fold: WeightedFold) -> Values:
    areas = [measure_areas(curve, fold.weights) for curve in fold.fold.subject_curves]
    return mean_defined(np.array([area.roc for area in areas]))


SUBJECT_METRICS: tuple[Metric, ...] = (
    Metric(
        "subject_accuracy",
        "Subject Accuracy",
        "Mean over the subjects of a test fold of the share of a subject's images that are predicted right.",
        _accuracy,
        needs=("subjects",),
    ),
    Metric(
        "subject_accuracy_worst",
        "Worst Subject Accuracy",
        "The smallest such share in a test fold.",
        _worst_accuracy,
        needs=("subjects",),
        interval="none",
    ),
    Metric(
        "subject_roc_auc",
        "Subject ROC AUC",
        "Area under the ROC curve of subjects ranked by their mean score; several classes: mean of each "
        "against the rest.",
        _roc_auc,
        needs=("scores", "subjects", "subjects_of_one_class"),
    ),
)
