"""What ranks images by class, for curves and their areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline

from leukfeat.sweep.solving import Solved

__all__ = ["rank_solved", "ranking_scores"]


def ranking_scores(
    model: Any, X: NDArray[Any], classes: Sequence[str], positive: str
) -> NDArray[np.float64] | None:
    """Return what ranks images by class: never labels.

    Parameters
    ----------
    model : estimator
        Fitted, with `classes_`.
    X : numpy.ndarray, shape (n_samples, n_features)
        Rows to rank.
    classes : sequence of str
        All classes of the run, sorted, as in `model.classes_`.
    positive : str
        The positive class of two.

    Returns
    -------
    numpy.ndarray of float64, shape (n_samples,) or (n_samples, n_classes), or None
        For two classes, larger for `positive`; for several, one column per class. Decision values where the
        model has them, else probabilities; None when it has neither.

    Notes
    -----
    With several classes LDA's decision values carry an offset of their own per sample, and those of a model
    that votes one-vs-one are not of classes: a one-vs-rest ranking takes probabilities instead of either.
    """
    several = len(classes) > 2
    if hasattr(model, "decision_function") and not (several and _misleads(model)):
        values = np.asarray(model.decision_function(X), dtype=np.float64)
        return values if several or positive == classes[1] else -values
    if hasattr(model, "predict_proba"):
        values = np.asarray(model.predict_proba(X), dtype=np.float64)
        return values if several else values[:, list(classes).index(positive)]
    return None


def rank_solved(solved: Solved, estimator: Any, n_classes: int, positive: int) -> NDArray[np.float64] | None:
    """Return what ranks images by class, of a model that was solved: the same as `ranking_scores`.

    Parameters
    ----------
    solved : Solved
        Decision values and probabilities, as far as there are any.
    estimator : estimator
        Which model it is; need not be fitted.
    n_classes : int
        Number of classes.
    positive : int
        Number of the positive class of two.

    Returns
    -------
    numpy.ndarray of float64, shape (n_samples,) or (n_samples, n_classes), or None
        As `ranking_scores` returns it.
    """
    several = n_classes > 2
    if solved.decision is not None and not (several and _misleads(estimator)):
        values = np.asarray(solved.decision, dtype=np.float64)
        return values if several or positive == 1 else -values
    if solved.probability is not None:
        values = np.asarray(solved.probability, dtype=np.float64)
        return values if several else values[:, positive]
    return None


def _misleads(model: Any) -> bool:
    """Return whether a model's decision values for several classes do not rank each against the rest."""
    last = model[-1] if isinstance(model, Pipeline) else model
    estimator = getattr(last, "estimator_", last)
    one_vs_one = getattr(estimator, "decision_function_shape", "ovr") == "ovo"
    return one_vs_one or isinstance(estimator, LinearDiscriminantAnalysis)
