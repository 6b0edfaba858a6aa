"""What a fitted model says of rows of features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from leukfeat.sweep import ranking_scores

__all__ = ["Answers", "ask"]


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of a model for some images.

    Attributes
    ----------
    predicted : numpy.ndarray, shape (n,)
        Labels, by the model's own `predict`.
    probabilities : numpy.ndarray of float64, shape (n, n_classes), or None
        In the order of its classes; None for a model without.
    scores : numpy.ndarray of float64, shape (n,) or (n, n_classes), or None
        What ranks images: for two classes larger for the positive one; None for a model without.
    """

    predicted: NDArray[Any]
    probabilities: NDArray[np.float64] | None
    scores: NDArray[np.float64] | None


def ask(model: Pipeline, X: NDArray[np.float32], positive: Any) -> Answers:
    """Ask a model, each step gone through once.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        Fitted, from rows of features to classes: what stands behind `images` in an artifact.
    X : numpy.ndarray of float32, shape (n, n_features)
        At least one row.
    positive : object
        The positive class of two; plays no part with several.

    Returns
    -------
    Answers
        Equal to those of `predict`, `predict_proba` and `leukfeat.sweep.ranking_scores`.
    """
    prepared = model[:-1].transform(X) if len(model.steps) > 1 else X
    last = model[-1]
    predicted = np.asarray(last.predict(prepared))
    calibration = getattr(last, "calibration_", None)
    if calibration is None:
        classes = list(last.classes_)
        probabilities = np.asarray(last.predict_proba(prepared)) if hasattr(last, "predict_proba") else None
        return Answers(predicted, probabilities, ranking_scores(last, prepared, classes, positive))
    scores = calibration.scores(last.estimator_, np.asarray(prepared, dtype=np.float64))
    found = calibration.probabilities(scores)
    if found.ndim == 1:
        found = np.column_stack((1 - found, found) if calibration.positive == 1 else (found, 1 - found))
    return Answers(predicted, found, scores)
