"""Splits that keep subjects apart; scores of their test folds, with intervals and tests."""

from leukfeat.evaluation.embargos import EMBARGOS, embargo_series
from leukfeat.evaluation.inner import InnerSplits, Pair, inner_splits
from leukfeat.evaluation.intervals import Estimate, estimate
from leukfeat.evaluation.labels import default_positive
from leukfeat.evaluation.metric import Metric
from leukfeat.evaluation.metrics import METRICS, score_predictions
from leukfeat.evaluation.model_tests import Difference, adjust_holm, compare_estimates, corrected_t
from leukfeat.evaluation.predictions import FoldPredictions, encode_predictions
from leukfeat.evaluation.resampling import draw_multiplicities, find_strata
from leukfeat.evaluation.splits import PROTOCOLS, Fold, Splits, make_splits
from leukfeat.evaluation.units import resampling_units
from leukfeat.evaluation.widening import measure_widening

__all__ = [
    "EMBARGOS",
    "METRICS",
    "PROTOCOLS",
    "Difference",
    "Estimate",
    "Fold",
    "FoldPredictions",
    "InnerSplits",
    "Metric",
    "Pair",
    "Splits",
    "adjust_holm",
    "compare_estimates",
    "corrected_t",
    "default_positive",
    "draw_multiplicities",
    "embargo_series",
    "encode_predictions",
    "estimate",
    "find_strata",
    "inner_splits",
    "make_splits",
    "measure_widening",
    "resampling_units",
    "score_predictions",
]
