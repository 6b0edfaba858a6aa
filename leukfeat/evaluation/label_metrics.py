"""Metrics of predicted labels: functions of the confusion matrix."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.metric import Metric
from leukfeat.evaluation.ratios import divide
from leukfeat.evaluation.weighted import WeightedFold

__all__ = ["LABEL_METRICS"]

Values = NDArray[np.float64]


def _hits(fold: WeightedFold) -> Values:
    return np.diagonal(fold.confusion, axis1=1, axis2=2)


def _support(fold: WeightedFold) -> Values:
    return np.asarray(fold.confusion.sum(axis=2))


def _n_predicted(fold: WeightedFold) -> Values:
    return np.asarray(fold.confusion.sum(axis=1))


def _recalls(fold: WeightedFold) -> Values:
    return divide(_hits(fold), _support(fold), 0.0)


def _precisions(fold: WeightedFold) -> Values:
    return divide(_hits(fold), _n_predicted(fold), 0.0)


def _f1s(fold: WeightedFold) -> Values:
    return divide(2 * _hits(fold), _support(fold) + _n_predicted(fold), 0.0)


def _mean_present(fold: WeightedFold, by_class: Values) -> Values:
    """Average over the classes that have images in the draw."""
    present = _support(fold) > 0
    return divide((by_class * present).sum(axis=1), present.sum(axis=1).astype(np.float64), np.nan)


def _of_positive(fold: WeightedFold, by_class: Values) -> Values:
    """Pick the positive class of two, NaN where it is absent, or average the present ones of several."""
    positive = fold.fold.positive
    if positive is None:
        return _mean_present(fold, by_class)
    return np.where(_support(fold)[:, positive] > 0, by_class[:, positive], np.nan)


def _accuracy(fold: WeightedFold) -> Values:
    return divide(_hits(fold).sum(axis=1), fold.n_images, np.nan)


def _balanced_accuracy(fold: WeightedFold) -> Values:
    return _mean_present(fold, _recalls(fold))


def _f1_weighted(fold: WeightedFold) -> Values:
    return divide((_f1s(fold) * _support(fold)).sum(axis=1), fold.n_images, np.nan)


def _f1_macro(fold: WeightedFold) -> Values:
    return _mean_present(fold, _f1s(fold))


def _f1_positive(fold: WeightedFold) -> Values:
    return _of_positive(fold, _f1s(fold))


def _precision(fold: WeightedFold) -> Values:
    return _of_positive(fold, _precisions(fold))


def _recall(fold: WeightedFold) -> Values:
    return _of_positive(fold, _recalls(fold))


def _mcc(fold: WeightedFold) -> Values:
    """Return 0 where all predictions are one class, NaN where all images are."""
    n, support, predicted = fold.n_images, _support(fold), _n_predicted(fold)
    covariance = _hits(fold).sum(axis=1) * n - (support * predicted).sum(axis=1)
    spread_of_truth = n**2 - (support**2).sum(axis=1)
    spread = np.sqrt(spread_of_truth) * np.sqrt(n**2 - (predicted**2).sum(axis=1))
    return np.where(spread_of_truth > 0, divide(covariance, spread, 0.0), np.nan)


LABEL_METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "Accuracy", "Share of images predicted right.", _accuracy),
    Metric(
        "balanced_accuracy",
        "Balanced Accuracy",
        "Mean recall over the classes present in the test fold.",
        _balanced_accuracy,
    ),
    Metric("f1_weighted", "F1 Score", "F1 of each class, weighted by its number of images.", _f1_weighted),
    Metric("f1_macro", "F1 Macro", "Mean F1 over the classes present in the test fold.", _f1_macro),
    Metric("f1_positive", "F1 Positive", "F1 of the positive class.", _f1_positive, needs=("two_classes",)),
    Metric(
        "precision",
        "Precision",
        "Share of positives among images predicted positive; several classes: mean over those present.",
        _precision,
    ),
    Metric(
        "recall",
        "Recall",
        "Share of positive images that are found; several classes: mean over those present.",
        _recall,
    ),
    Metric(
        "mcc",
        "MCC",
        "Matthews' correlation of true and predicted classes; 0 where one class is always predicted.",
        _mcc,
        bounds=(-1.0, 1.0),
    ),
)
