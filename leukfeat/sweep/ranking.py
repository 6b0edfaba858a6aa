"""What ranks images by class, for curves and their areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline

from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.solving import Solved

__all__ = ["rank_solved", "ranking_method", "ranking_scores"]


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
    method = ranking_method(model, len(classes))
    if method is None:
        return None
    values = _asked(model, method, X)
    if several:
        return values
    if method == "predict_proba":
        return values[:, list(classes).index(positive)]
    return values if positive == classes[1] else -values


def ranking_method(model: Any, n_classes: int) -> str | None:
    """Return which of a model's answers rank images by class.

    Parameters
    ----------
    model : estimator
        Fitted.
    n_classes : int
        Number of classes.

    Returns
    -------
    {"decision_function", "predict_proba"} or None
        The estimator's own, never calibrated; None when it has neither.
    """
    estimator = _estimator(model)
    if hasattr(estimator, "decision_function") and not (n_classes > 2 and _misleads(model)):
        return "decision_function"
    return "predict_proba" if hasattr(estimator, "predict_proba") else None


def _asked(model: Any, method: str, X: NDArray[Any]) -> NDArray[np.float64]:
    """Ask a model for the answers of its estimator, for a calibrated model's own are others."""
    last = _last(model)
    if not hasattr(last, "calibration_"):
        return np.asarray(getattr(model, method)(X), dtype=np.float64)
    prepared = model[:-1].transform(X) if isinstance(model, Pipeline) else X
    return np.asarray(getattr(last.estimator_, method)(prepared), dtype=np.float64)


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
    estimator = _estimator(model)
    one_vs_one = getattr(estimator, "decision_function_shape", "ovr") == "ovo"
    return one_vs_one or isinstance(estimator, LinearDiscriminantAnalysis)


def _last(model: Any) -> Any:
    return model[-1] if isinstance(model, Pipeline) else model


def _estimator(model: Any) -> Any:
    """Return what a model decides by: inside a pipeline, and inside a CellClassifier."""
    last = _last(model)
    return getattr(last, "estimator_", last) if isinstance(last, CellClassifier) else last
