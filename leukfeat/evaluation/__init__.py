"""Splits that keep subjects apart, and the scores of their test folds."""

from leukfeat.evaluation.metrics import (
    METRICS,
    MeanScore,
    Metric,
    default_positive,
    mean_scores,
    score_predictions,
)
from leukfeat.evaluation.splits import PROTOCOLS, Fold, Splits, make_splits

__all__ = [
    "METRICS",
    "PROTOCOLS",
    "Fold",
    "MeanScore",
    "Metric",
    "Splits",
    "default_positive",
    "make_splits",
    "mean_scores",
    "score_predictions",
]
