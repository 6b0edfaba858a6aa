"""Scores of one test fold, and their mean over folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from leukfeat.evaluation.predictions import (
    FoldPredictions,
    encode_predictions,
)

__all__ = [
    "METRICS",
    "MeanScore",
    "Metric",
    "default_positive",
    "mean_scores",
    "score_predictions",
]


@dataclass(frozen=True)
class Metric:
    """One column of the leaderboard.

    Parameters
    ----------
    key : str
        Name in files.
    title : str
        Name in tables.
    description : str
        What it measures, in one sentence.
    function : callable
        Takes a `leukfeat.evaluation.predictions.FoldPredictions` and returns a float; NaN where the fold does
        not define it.
    """

    key: str
    title: str
    description: str
    function: Callable[[FoldPredictions], float]


@dataclass(frozen=True)
class MeanScore:
    """One metric over the folds of a run.

    Parameters
    ----------
    mean : float
        Unweighted mean over the folds that define it; NaN where none does.
    sd : float
        Standard deviation over these folds with n - 1 in the denominator; NaN for fewer than two.
    n_folds : int
        Number of folds that define it.
    n_undefined : int
        Number of folds that do not, left out of mean and sd.
    """

    mean: float
    sd: float
    n_folds: int
    n_undefined: int


def score_predictions(
    y_true: ArrayLike | Sequence[Any],
    y_pred: ArrayLike | Sequence[Any],
    scores: ArrayLike | None,
    classes: Sequence[Any],
    positive: Any = None,
) -> dict[str, float]:
    """Compute every metric of `METRICS` for one test fold.

    Parameters
    ----------
    y_true : array-like, shape (n,)
        True labels.
    y_pred : array-like, shape (n,)
        Predicted labels, from the model's own ``predict``.
    scores : array-like of float, shape (n,) or (n, n_classes), or None
        What ranks the images: decision values or probabilities, calibrated or not. For two classes the score
        of `positive`; for several one column per class, in the order of `classes`. None for a model without.
    classes : sequence
        All classes of the run, at least two, whether or not this fold has them.
    positive : object, optional
        The positive class of two; by default the last in sorted order. It plays no part with several classes.

    Returns
    -------
    dict of str to float
        Value by key, in the order of `METRICS`. NaN where the fold does not define it: ROC AUC without scores
        or with a single class present, precision and recall of two classes without positive images.

    Raises
    ------
    ValueError
        If there is no image, lengths or shapes do not fit, a label is not in `classes`, or scores are NaN or
        infinite.

    Notes
    -----
    A class never predicted has precision 0 and F1 0, as in scikit-learn.

    References
    ----------
    .. [1] Hanley and McNeil, 1982, :doi:`10.1148/radiology.143.1.7063747` (area under the curve from ranks)

    Examples
    --------
    >>> from leukfeat.evaluation import score_predictions
    >>> score_predictions(["a", "b", "b"], ["a", "b", "a"], [0.1, 0.9, 0.4], ["a", "b"])["roc_auc"]
    1.0
    """
    chosen = default_positive(classes) if positive is None else positive
    fold = encode_predictions(y_true, y_pred, scores, classes, chosen)
    return {metric.key: metric.function(fold) for metric in METRICS}


def mean_scores(fold_scores: Sequence[Mapping[str, float]]) -> dict[str, MeanScore]:
    """Average the scores of test folds, each fold counting the same whatever its size.

    Parameters
    ----------
    fold_scores : sequence of mapping of str to float
        One result of `score_predictions` per fold and repeat, with the same keys.

    Returns
    -------
    dict of str to MeanScore
        Mean, sd and the number of folds with and without a value, by key.

    Raises
    ------
    ValueError
        If there is no fold, or keys differ between folds.
    """
    if not fold_scores:
        raise ValueError("mean_scores expects the scores of at least one fold. Got none.")
    keys = list(fold_scores[0])
    for scores in fold_scores:
        if set(scores) != set(keys):
            raise ValueError(f"mean_scores expects the metrics {keys} in every fold. Got {list(scores)}.")
    return {key: _mean_score([scores[key] for scores in fold_scores]) for key in keys}


def default_positive(classes: Sequence[str]) -> str:
    """Return the class taken as positive unless another is named.

    Parameters
    ----------
    classes : sequence of str
        All classes of the run, at least one.

    Returns
    -------
    str
        The last in sorted order.
    """
    return max(classes)


def _accuracy(fold: FoldPredictions) -> float:
    return float(np.trace(fold.confusion) / fold.confusion.sum())


def _balanced_accuracy(fold: FoldPredictions) -> float:
    return float(_recalls(fold)[_present(fold)].mean())


def _roc_auc(fold: FoldPredictions) -> float:
    if fold.scores is None:
        return float("nan")
    if fold.positive is not None:
        return _area(fold.truth == fold.positive, fold.scores)
    areas = [_area(fold.truth == code, column) for code, column in enumerate(fold.scores.T)]
    return _mean_score(areas).mean


def _f1_weighted(fold: FoldPredictions) -> float:
    support, predicted = fold.confusion.sum(axis=1), fold.confusion.sum(axis=0)
    f1 = _ratio(2 * np.diag(fold.confusion), support + predicted)
    return float(f1 @ support / support.sum())


def _precision(fold: FoldPredictions) -> float:
    return _of_positive(fold, _ratio(np.diag(fold.confusion), fold.confusion.sum(axis=0)))


def _recall(fold: FoldPredictions) -> float:
    return _of_positive(fold, _recalls(fold))


METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "Accuracy", "Share of images predicted right.", _accuracy),
    Metric(
        "balanced_accuracy",
        "Balanced Accuracy",
        "Mean recall over the classes present in the test fold.",
        _balanced_accuracy,
    ),
    Metric(
        "roc_auc",
        "ROC AUC",
        "Area under the ROC curve of the ranking scores; several classes: mean of each against the rest.",
        _roc_auc,
    ),
    Metric("f1_weighted", "F1 Score", "F1 of each class, weighted by its number of images.", _f1_weighted),
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
)


def _area(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve from ranks, ties counting half; NaN where one side is empty."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    n_above = rankdata(scores)[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(n_above / (n_positive * n_negative))


def _present(fold: FoldPredictions) -> NDArray[np.bool_]:
    return np.asarray(fold.confusion.sum(axis=1) > 0)


def _recalls(fold: FoldPredictions) -> NDArray[np.float64]:
    return _ratio(np.diag(fold.confusion), fold.confusion.sum(axis=1))


def _of_positive(fold: FoldPredictions, by_class: NDArray[np.float64]) -> float:
    """Pick the positive class of two, NaN where it is absent, or average the present ones of several."""
    present = _present(fold)
    if fold.positive is None:
        return float(by_class[present].mean())
    return float(by_class[fold.positive]) if present[fold.positive] else float("nan")


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _mean_score(values: Sequence[float]) -> MeanScore:
    defined = np.array([value for value in values if not np.isnan(value)], dtype=np.float64)
    return MeanScore(
        mean=float(defined.mean()) if len(defined) else float("nan"),
        sd=float(defined.std(ddof=1)) if len(defined) > 1 else float("nan"),
        n_folds=len(defined),
        n_undefined=len(values) - len(defined),
    )
