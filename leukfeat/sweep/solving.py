"""Candidates on prepared arrays: by the fastest way that equals scikit-learn's."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight

from leukfeat._machine_memory import return_freed_memory
from leukfeat.evaluation import Pair
from leukfeat.sweep.boosting import few_histograms, needs_no_more, once_binned
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.discriminant import fit_lda, has_shrinkage
from leukfeat.sweep.dual_discriminant import AmbiguousRankError, dual_estimator, fit_dual_lda
from leukfeat.sweep.fitted import Fitted, Stock
from leukfeat.sweep.gram import fit_svc
from leukfeat.sweep.prepared import Prepared, release
from leukfeat.sweep.ridge import fit_ridge, fit_ridge_cv

__all__ = ["Solved", "solve", "stock"]


@dataclass(frozen=True)
class Solved:
    """What a candidate says of the rows to predict.

    Attributes
    ----------
    predicted : numpy.ndarray, shape (m,)
        Classes as numbers, if the model does as it should.
    decision : numpy.ndarray of float64, shape (m,) or (m, k), or None
        The stock estimator's decision values; None where it has none.
    probability : numpy.ndarray of float64, shape (m, n_classes), or None
        The stock estimator's probabilities; None where it has none.
    fit_seconds, predict_seconds : float
        Wall time of the fit and of predicting classes; the preparation is not counted.
    method : str
        By what it was fitted: "stock", or what gives the same faster.
    """

    predicted: NDArray[Any]
    decision: NDArray[np.float64] | None
    probability: NDArray[np.float64] | None
    fit_seconds: float
    predict_seconds: float
    method: str


def solve(
    candidate: Candidate,
    prepared: Prepared,
    codes: NDArray[np.intp],
    *,
    n_classes: int,
    seed: int,
    shape: tuple[int, int] | None = None,
    cv: Sequence[Pair] | None = None,
) -> Solved:
    """Fit a candidate on prepared training rows and predict the others.

    Parameters
    ----------
    candidate : Candidate
        The model.
    prepared : Prepared
        Training rows and rows to predict.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows, 0 … n_classes - 1; each has one row at least.
    n_classes : int
        Number of classes.
    seed : int
        Of what is random in the model.
    shape : tuple of int, default=None
        Numbers of rows and columns that its parameters are chosen for; None takes those of the training rows.
    cv : sequence of (numpy.ndarray of intp, numpy.ndarray of intp), default=None
        For RidgeClassifierCV: positions among the training rows to fit on and held out. None leaves one out
        at a time, unless the candidate says otherwise.

    Returns
    -------
    Solved
        Classes equal those of the stock pipeline, decision values and probabilities to 1e-8 of their scale.

    Raises
    ------
    ValueError
        If a class has no training row.
    """
    _check(codes, n_classes)
    estimator = _build(candidate, n_classes, seed, shape or prepared.train.shape, cv)
    started = time.perf_counter()
    fitted = _fit(estimator, prepared, codes, candidate.balance == "sample_weight")
    between = time.perf_counter()
    predicted = fitted.predict()
    ended = time.perf_counter()
    decision, probability = fitted.scores()
    return Solved(predicted, decision, probability, between - started, ended - between, fitted.method)


def stock(
    candidate: Candidate,
    X: NDArray[np.float64],
    codes: NDArray[np.intp],
    *,
    n_classes: int,
    seed: int,
    shape: tuple[int, int] | None = None,
    cv: Sequence[Pair] | None = None,
) -> Any:
    """Fit a candidate's stock estimator on prepared rows, to be kept.

    Parameters
    ----------
    candidate : Candidate
        The model.
    X : numpy.ndarray of float64, shape (n, p)
        Prepared training rows.
    codes : numpy.ndarray of intp, shape (n,)
        Their classes, 0 … n_classes - 1.
    n_classes : int
        Number of classes.
    seed : int
        Of what is random in the model.
    shape : tuple of int, default=None
        Numbers of rows and columns that its parameters are chosen for; None takes those of the training rows.
    cv : sequence of (numpy.ndarray of intp, numpy.ndarray of intp), default=None
        As for `solve`.

    Returns
    -------
    estimator
        Fitted by its own `fit`, but for LinearDiscriminantAnalysis with shrinkage on more columns than rows:
        it is given equal coefficients, for its own `fit` would make a p × p matrix.
    """
    _check(codes, n_classes)
    estimator = _build(candidate, n_classes, seed, shape or X.shape, cv)
    is_lda = type(estimator) is LinearDiscriminantAnalysis
    if is_lda and X.shape[1] > len(X) and has_shrinkage(estimator):
        return dual_estimator(estimator, X, codes)
    return _fit_itself(estimator, X, codes, candidate.balance == "sample_weight")


def _check(codes: NDArray[np.intp], n_classes: int) -> None:
    lacking = np.flatnonzero(np.bincount(codes, minlength=n_classes) == 0)
    if len(lacking):
        raise ValueError(f"Every class needs a training row. Class {lacking[0]} of {n_classes} has none.")


def _build(
    candidate: Candidate, n_classes: int, seed: int, shape: tuple[int, ...], cv: Sequence[Pair] | None
) -> Any:
    estimator = candidate.build(n_classes, seed, (shape[0], shape[1]))
    if type(estimator) is RidgeClassifierCV and cv is not None:
        estimator.set_params(cv=list(cv))
    return estimator


def _fit(estimator: Any, prepared: Prepared, codes: NDArray[np.intp], weigh: bool) -> Fitted:
    """Fit by the fast way where there is one."""
    method = "stock"
    try:
        fast = None if weigh else _fit_fast(estimator, prepared, codes)
    except AmbiguousRankError as reason:
        fast, method = None, f"stock: {reason}"
    if fast is not None:
        return fast
    if needs_no_more(estimator):
        method = f"stock, {_save_histograms(estimator, prepared)}"
    return Stock(_fit_itself(estimator, prepared.train, codes, weigh), prepared, method)


def _save_histograms(estimator: Any, prepared: Prepared) -> str:
    """Have XGBoost hold few histograms, and of a wide table no more than these and the bins."""
    is_wide = prepared.products is not None
    parameters, how = few_histograms(wide=is_wide)
    if is_wide:
        parameters["callbacks"] = [once_binned(lambda: _let_go(prepared))]
    estimator.set_params(**parameters)
    return how


def _let_go(prepared: Prepared) -> None:
    """Hold neither the training rows nor what it took to put them into bins."""
    release(prepared.train)
    return_freed_memory()


def _fit_fast(estimator: Any, prepared: Prepared, codes: NDArray[np.intp]) -> Fitted | None:
    kind = type(estimator)
    if kind is SVC:
        return fit_svc(estimator, prepared, codes)
    if kind is RidgeClassifier:
        return fit_ridge(estimator, prepared, codes)
    if kind is RidgeClassifierCV and (estimator.cv is None or isinstance(estimator.cv, list)):
        return fit_ridge_cv(estimator, prepared, codes, estimator.cv)
    if kind is LinearDiscriminantAnalysis:
        fit = fit_lda if prepared.products is None else fit_dual_lda
        return fit(estimator, prepared, codes)
    return None


def _fit_itself(estimator: Any, X: NDArray[np.float64], codes: NDArray[np.intp], weigh: bool) -> Any:
    weights = {"sample_weight": compute_sample_weight("balanced", codes)} if weigh else {}
    return estimator.fit(np.asarray(X), codes, **weights)
