"""Metrics of what ranks images: areas under curves, and sensitivity at thresholds."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.metric import Metric
from leukfeat.evaluation.ratios import divide, mean_defined
from leukfeat.evaluation.weighted import WeightedFold

__all__ = ["RANKING_METRICS"]

Values = NDArray[np.float64]


def _roc_areas(fold: WeightedFold) -> Values:
    return np.array([areas.roc for areas in fold.areas], dtype=np.float64)


def _roc_auc(fold: WeightedFold) -> Values:
    return mean_defined(_roc_areas(fold))


def _roc_auc_weighted(fold: WeightedFold) -> Values:
    return mean_defined(_roc_areas(fold), np.array([areas.positives for areas in fold.areas]))


def _pr_auc(fold: WeightedFold) -> Values:
    return mean_defined(np.array([areas.precision_recall for areas in fold.areas]))


def _prevalence(fold: WeightedFold) -> Values:
    shares = divide(fold.confusion.sum(axis=2), fold.n_images[:, None], np.nan).T
    if fold.fold.positive is not None:
        return np.asarray(shares[fold.fold.positive])
    return mean_defined(np.where(shares > 0, shares, np.nan))


def _sensitivity(fold: WeightedFold, *, specificity: int) -> Values:
    scores, truth = fold.fold.scores, fold.fold.truth
    if scores is None:
        raise ValueError("A threshold needs scores to be compared with. Got none.")
    positive = truth == fold.fold.positive
    found = positive & (scores >= fold.fold.cuts[specificity])
    n_found, n_positive = fold.total(np.column_stack([found, positive]).astype(np.float64)).T
    return divide(n_found, n_positive, np.nan)


def _at_specificity(specificity: int) -> Metric:
    return Metric(
        f"sensitivity_at_specificity_{specificity}",
        f"Sensitivity at Specificity 0.{specificity}",
        "Share of positive images found at the threshold that has this specificity on the training folds.",
        partial(_sensitivity, specificity=specificity),
        needs=("two_classes", "scores", f"cut_{specificity}"),
    )


RANKING_METRICS: tuple[Metric, ...] = (
    Metric(
        "roc_auc",
        "ROC AUC",
        "Area under the ROC curve of the ranking scores; several classes: mean of each against the rest.",
        _roc_auc,
        needs=("scores",),
    ),
    Metric(
        "roc_auc_weighted",
        "ROC AUC Weighted",
        "Area under the ROC curve of each class against the rest, weighted by its number of images.",
        _roc_auc_weighted,
        needs=("several_classes", "scores"),
    ),
    Metric(
        "pr_auc",
        "PR AUC",
        "Average precision of the ranking scores; several classes: mean of each against the rest.",
        _pr_auc,
        needs=("scores",),
    ),
    Metric(
        "prevalence",
        "Prevalence",
        "Share of positive images, the PR AUC of chance; several classes: mean over those present.",
        _prevalence,
        greater_is_better=None,
    ),
    _at_specificity(90),
    _at_specificity(95),
)
