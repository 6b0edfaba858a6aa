"""Probabilities and cut-offs from scores of images that a model was not fitted on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

__all__ = ["SPECIFICITIES", "Calibration", "calibrated_probabilities", "cut_offs", "fit_calibration"]

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


@dataclass(frozen=True, eq=False)
class Calibration:
    """Platt's sigmoids, one class against the rest, and of which scores they are.

    Parameters
    ----------
    slopes, offsets : numpy.ndarray of float64, shape (1,) or (n_classes,)
        Of the sigmoids 1 / (1 + exp(slope × score + offset)); one for two classes.
    method : {"decision_function", "predict_proba"}, default="decision_function"
        Which of an estimator's answers are the scores.
    positive : int, default=1
        Number of the positive class of two; plays no part with several.
    """

    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    method: str = "decision_function"
    positive: int = 1

    def scores(self, estimator: Any, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what ranks rows by class.

        Parameters
        ----------
        estimator : estimator
            Fitted on the numbers of classes.
        X : numpy.ndarray of float64, shape (m, n_features)
            Rows.

        Returns
        -------
        numpy.ndarray of float64, shape (m,) or (m, n_classes)
            For two classes, larger for the positive one.
        """
        values = np.asarray(getattr(estimator, self.method)(X), dtype=np.float64)
        if len(self.slopes) > 1:
            return values
        if self.method == "predict_proba":
            return values[:, self.positive]
        return values if self.positive == 1 else -values

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn scores into probabilities.

        Parameters
        ----------
        scores : numpy.ndarray of float64, shape (m,) or (m, n_classes)
            As `scores` returns them.

        Returns
        -------
        numpy.ndarray of float64, shape (m,) or (m, n_classes)
            Probability of the positive class of two, or of each class. Where every sigmoid gives 0, all
            classes are equally probable.
        """
        columns = scores.reshape(len(scores), -1)
        each: NDArray[np.float64] = expit(-(self.slopes * columns + self.offsets))
        if scores.ndim == 1:
            return each[:, 0]
        total = each.sum(axis=1, keepdims=True)
        equal = np.full_like(each, 1 / each.shape[1])
        return np.asarray(np.divide(each, total, out=equal, where=total != 0))

    def predict_proba(self, estimator: Any, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of every class.

        Parameters
        ----------
        estimator : estimator
            Fitted on the numbers of classes.
        X : numpy.ndarray of float64, shape (m, n_features)
            Rows.

        Returns
        -------
        numpy.ndarray of float64, shape (m, n_classes)
            In the order of the numbers.
        """
        found = self.probabilities(self.scores(estimator, X))
        if found.ndim == 2:
            return found
        pair = (1 - found, found) if self.positive == 1 else (found, 1 - found)
        return np.column_stack(pair)


def fit_calibration(
    held_out: NDArray[np.float64],
    truth: NDArray[np.intp],
    method: str = "decision_function",
    positive: int = 1,
) -> Calibration:
    """Fit Platt's sigmoids, one class against the rest.

    These are the sigmoids of scikit-learn's `CalibratedClassifierCV` with `ensemble=False` on given inner
    folds: they are fitted to the scores that the inner folds held out, for those of the model fitted on all.

    Parameters
    ----------
    held_out : numpy.ndarray of float64, shape (n,) or (n, n_classes)
        Scores of training images by models that had not seen them; of the positive class for two classes.
    truth : numpy.ndarray of intp, shape (n,)
        Their classes, as numbers; 1 is the positive class of two.
    method : {"decision_function", "predict_proba"}, default="decision_function"
        Which of an estimator's answers the scores are.
    positive : int, default=1
        Number of the positive class of two for that estimator.

    Returns
    -------
    Calibration
        Takes scores to probabilities.

    References
    ----------
    .. [1] Platt, 1999, "Probabilistic outputs for support vector machines and comparisons to regularized
       likelihood methods", Advances in Large Margin Classifiers, 61-74
    """
    model = FrozenEstimator(_Scores(np.unique(truth)))
    everything = np.arange(len(truth))
    calibrated = CalibratedClassifierCV(model, ensemble=False, cv=[(everything, everything)])
    calibrated.fit(held_out.reshape(len(held_out), -1), truth)
    sigmoids = calibrated.calibrated_classifiers_[0].calibrators
    slopes, offsets = (np.array([getattr(item, name) for item in sigmoids]) for name in ("a_", "b_"))
    return Calibration(slopes, offsets, method, positive)


def calibrated_probabilities(
    held_out: NDArray[np.float64],
    truth: NDArray[np.intp],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Turn scores into probabilities by the sigmoids of `fit_calibration`.

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
    """
    return fit_calibration(held_out, truth).probabilities(scores)


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
