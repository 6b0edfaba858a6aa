"""Metrics of calibrated probabilities."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.metric import Metric
from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.ratios import divide
from leukfeat.evaluation.weighted import WeightedFold

__all__ = ["N_BINS", "PROBABILITY_METRICS", "claims"]

N_BINS = 15

Values = NDArray[np.float64]


def _matrix(fold: FoldPredictions) -> Values:
    """Return the probability of every class, shape (n, n_classes)."""
    values = fold.probabilities
    if values is None:
        raise ValueError("Metrics of probabilities need them. Got none.")
    if fold.positive is None:
        return values
    both = np.empty((len(fold), 2))
    both[:, fold.positive], both[:, 1 - fold.positive] = values, 1 - values
    return both


def _log_loss(fold: WeightedFold) -> Values:
    """Clip as scikit-learn does, so that a certain error costs 36 and not infinity."""
    probabilities, truth = _matrix(fold.fold), fold.fold.truth
    tiny = np.finfo(np.float64).eps
    of_truth = np.clip(probabilities[np.arange(len(truth)), truth], tiny, 1 - tiny)
    return fold.mean(-np.log(of_truth))


def _brier(fold: WeightedFold) -> Values:
    wrong = _matrix(fold.fold) - np.eye(fold.fold.n_classes)[fold.fold.truth]
    return fold.mean((wrong**2).sum(axis=1) / (2 if fold.fold.n_classes == 2 else 1))


def _ece(fold: WeightedFold) -> Values:
    """Add up, over the bins, how far the outcomes of a bin are from what was claimed of them."""
    claimed, happened = claims(fold.fold)
    bins = np.digitize(claimed, np.linspace(0, 1, N_BINS + 1)[1:-1], right=True)
    table = np.zeros((len(claimed), N_BINS))
    table[np.arange(len(claimed)), bins] = claimed - happened
    return divide(np.abs(fold.total(table)).sum(axis=1), fold.n_images, np.nan)


def claims(fold: FoldPredictions) -> tuple[Values, NDArray[np.bool_]]:
    """Return what is claimed of each image, and whether it is so.

    Parameters
    ----------
    fold : FoldPredictions
        With probabilities.

    Returns
    -------
    claimed : array of float64, shape (n,)
        Probability of the positive class; of several classes that of the most probable one.
    happened : array of bool, shape (n,)
        Whether that class is the true one.
    """
    probabilities = _matrix(fold)
    if fold.positive is not None:
        return probabilities[:, fold.positive], fold.truth == fold.positive
    return probabilities.max(axis=1), fold.truth == probabilities.argmax(axis=1)


PROBABILITY_METRICS: tuple[Metric, ...] = (
    Metric(
        "log_loss",
        "Log Loss",
        "Mean negative logarithm of the probability given to the true class.",
        _log_loss,
        greater_is_better=False,
        needs=("probabilities",),
        bounds=(0.0, float("inf")),
    ),
    Metric(
        "brier",
        "Brier",
        "Mean squared error of the positive class's probability; several classes: summed over the classes.",
        _brier,
        greater_is_better=False,
        needs=("probabilities",),
        bounds=(0.0, 2.0),
    ),
    Metric(
        "ece",
        "ECE",
        f"Expected calibration error over {N_BINS} bins of equal width: mean gap between the probability of "
        "the positive class (several: of the most probable one) and how often it is true.",
        _ece,
        greater_is_better=False,
        needs=("probabilities",),
        interval="centred",
    ),
)
