"""The last step of every pipeline: a stock estimator that speaks the user's labels."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["CellClassifier"]


def _estimator_has(name: str) -> Any:
    def check(classifier: "CellClassifier") -> bool:
        return hasattr(getattr(classifier, "estimator_", classifier.estimator), name)

    return check


def _has_probabilities(classifier: "CellClassifier") -> bool:
    return hasattr(classifier, "calibration_") or bool(_estimator_has("predict_proba")(classifier))


class CellClassifier(ClassifierMixin, BaseEstimator):
    """A stock classifier fitted on class numbers, answering in labels.

    Parameters
    ----------
    estimator : estimator
        Any scikit-learn classifier, XGBoost's included, which wants the labels 0 … k - 1.
    weigh_samples : bool, default=False
        Whether `fit` hands it sample weights that make the classes weigh the same; for estimators without
        `class_weight`.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone.
    classes_ : numpy.ndarray, shape (n_classes,)
        The labels, sorted; number i of `estimator_` is `classes_[i]`.
    n_features_in_ : int
        Number of columns seen in `fit`.
    calibration_ : Calibration
        Only of a model that a comparison keeps: what `predict_proba` makes of the estimator's scores.
    domain_ : object
        Only of a model that a comparison keeps: how far rows of the whole feature table, before any step, lie
        from those it was fitted on; a `leukfeat.scoring.Domain`.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from leukfeat.sweep import CellClassifier
    >>> CellClassifier(SVC()).fit([[0.0], [1.0]], ["blast", "lymphocyte"]).predict([[0.9]])
    array(['lymphocyte'], dtype='<U10')
    """

    def __init__(self, estimator: Any, weigh_samples: bool = False) -> None:
        self.estimator = estimator
        self.weigh_samples = weigh_samples

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the estimator.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Finite numbers.
        y : array-like, shape (n_samples,)
            Labels.

        Returns
        -------
        CellClassifier
            Itself.
        """
        for name in ("calibration_", "domain_"):  # which are of an earlier fit
            self.__dict__.pop(name, None)
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        encoder = LabelEncoder()
        codes = encoder.fit_transform(y)
        self.classes_ = encoder.classes_
        if len(self.classes_) < 2:
            raise ValueError(
                f"CellClassifier needs at least two classes. Got one class: {self.classes_[0]!r}."
            )
        weights = {"sample_weight": compute_sample_weight("balanced", codes)} if self.weigh_samples else {}
        self.estimator_ = clone(self.estimator).fit(X, codes, **weights)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels by the estimator's own `predict`.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        numpy.ndarray, shape (n_samples,)
            Labels.
        """
        X = self._checked(X)
        codes = self.estimator_.predict(X)
        return np.asarray(self.classes_[np.asarray(codes, dtype=np.intp)])

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return the estimator's decision values.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        numpy.ndarray of float, shape (n_samples,) or (n_samples, n_classes)
            For two classes, larger for `classes_[1]`.
        """
        X = self._checked(X)
        return np.asarray(self.estimator_.decision_function(X))

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return calibrated probabilities of a model that a comparison keeps, else the estimator's own.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        numpy.ndarray of float, shape (n_samples, n_classes)
            In the order of `classes_`. The most probable class need not be the one that `predict` names.
        """
        X = self._checked(X)
        if hasattr(self, "calibration_"):
            return np.asarray(self.calibration_.predict_proba(self.estimator_, X))
        return np.asarray(self.estimator_.predict_proba(X))

    def _checked(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=np.float64, reset=False))
