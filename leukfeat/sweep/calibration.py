"""Probabilities and cut-offs from scores of images that a model was not fitted on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

__all__ = ["SPECIFICITIES", "calibrated_probabilities", "cut_offs"]

SPECIFICITIES = (0.90, 0.95)


class _Scores(ClassifierMixin, BaseEstimator):
    """Takes scores for features: what scikit-learn's calibration asks of a model fitted elsewhere."""

    def __init__(self, classes: NDArray[Any] | None = None) -> None:
        self.classes = classes
        self.classes_ = classes

    def fit(self, X: Any, y: Any) -> "_Scores":
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.decision_function(X)  # asked for by scikit-learn's checks, never called

    def decision_function(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return X[:, 0] if X.shape[1] == 1 else X


def calibrated_probabilities(
    held_out: NDArray[np.float64],
    truth: NDArray[np.intp],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Turn scores into probabilities by Platt's sigmoid, one class against the rest.

    This is scikit-learn's `CalibratedClassifierCV` with `ensemble=False` on given inner folds: the sigmoid is
    fitted to the scores that the inner folds held out, and applied to those of the model fitted on all.

    Parameters
    ----------
    held_out : numpy.ndarray of float64, shape (n,) or (n, n_classes)
        Scores of training images by models that had not seen them; of the positive class for two classes.
    truth : numpy.ndarray of intp, shape (n,)
        Their classes, as numbers; 1 is the positive class of two.
    scores : numpy.ndarray of float64, shape (m,) or (m, n_classes)
        Scores to turn into probabilities.

    Returns
    -------
    numpy.ndarray of float64, shape (m,) or (m, n_classes)
        Probability of the positive class of two, or of each class.

    References
    ----------
    .. [1] Platt, 1999, "Probabilistic outputs for support vector machines and comparisons to regularized
       likelihood methods", Advances in Large Margin Classifiers, 61-74
    """
    model = FrozenEstimator(_Scores(np.unique(truth)))
    everything = np.arange(len(truth))
    calibrated = CalibratedClassifierCV(model, ensemble=False, cv=[(everything, everything)])
    calibrated.fit(held_out.reshape(len(held_out), -1), truth)
    probabilities = np.asarray(calibrated.predict_proba(scores.reshape(len(scores), -1)))
    return probabilities[:, 1] if scores.ndim == 1 else probabilities


def cut_offs(held_out: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Find the least score from which on an image may be called positive at each of `SPECIFICITIES`.

    Parameters
    ----------
    held_out : numpy.ndarray of float64, shape (n,)
        Scores of training images by models that had not seen them.
    positive : numpy.ndarray of bool, shape (n,)
        Which of them are positive; at least one is not.

    Returns
    -------
    numpy.ndarray of float64, shape (2,)
        Of the negative images at least 90 % and 95 % have a lower score.
    """
    negatives = np.sort(held_out[~positive])
    # An image is called positive from the cut-off on: the cut-off lies just above a negative image.
    places = [int(np.ceil(share * len(negatives) - 1e-9)) - 1 for share in SPECIFICITIES]
    return np.nextafter(negatives[places], np.inf)
