"""Ridge classifiers by Cholesky factors of the smaller of two matrices."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from leukfeat.evaluation import Pair
from leukfeat.sweep.fitted import ByDecision, Fitted, choose
from leukfeat.sweep.prepared import Prepared, symmetric

__all__ = ["fit_ridge", "fit_ridge_cv"]


def fit_ridge(estimator: RidgeClassifier, prepared: Prepared, codes: NDArray[np.intp]) -> Fitted | None:
    """Fit a ridge classifier.

    Parameters
    ----------
    estimator : sklearn.linear_model.RidgeClassifier
        Unfitted.
    prepared : Prepared
        Training rows and rows to predict.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows.

    Returns
    -------
    Fitted or None
        None for other solvers than "auto" and "cholesky", `positive` coefficients and penalties that are not
        one positive number; then the estimator is to be fitted itself.
    """
    alpha = np.asarray(estimator.alpha)
    if estimator.solver not in ("auto", "cholesky") or estimator.positive or alpha.ndim or alpha <= 0:
        return None
    rows = _rows(estimator, prepared, codes)
    return _fitted(rows, float(alpha), prepared, rows.method)


def fit_ridge_cv(
    estimator: RidgeClassifierCV,
    prepared: Prepared,
    codes: NDArray[np.intp],
    cv: Sequence[Pair] | None,
) -> Fitted | None:
    """Fit a ridge classifier whose penalty is chosen by leave-one-out, or on inner folds.

    Parameters
    ----------
    estimator : sklearn.linear_model.RidgeClassifierCV
        Unfitted; its `cv` is not looked at.
    prepared : Prepared
        Training rows and rows to predict.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows.
    cv : sequence of (numpy.ndarray of intp, numpy.ndarray of intp), or None
        Positions among the training rows to fit on and held out; None leaves one out at a time.

    Returns
    -------
    Fitted or None
        None for a `scoring` of its own, `store_cv_results`, penalties that are not positive and inner folds
        without some class; then the estimator is to be fitted itself.

    Notes
    -----
    As in scikit-learn leave-one-out compares mean squared errors, and inner folds compare the mean of their
    accuracies; both are weighted, and the weights are those of the whole training side.
    """
    alphas = np.atleast_1d(np.asarray(estimator.alphas, dtype=np.float64))
    lacking = cv is not None and any(len(np.unique(codes[fit])) <= codes.max() for fit, _ in cv)
    if estimator.scoring is not None or estimator.store_cv_results or (alphas <= 0).any() or lacking:
        return None
    rows = _rows(estimator, prepared, codes)
    if cv is None:
        errors = [rows.leave_one_out(alpha) for alpha in alphas]
        best = alphas[int(np.argmax([np.mean(-(error**2)) for error in errors]))]
        return _fitted(rows, float(best), prepared, f"leave-one-out by {rows.method}")
    accuracies = [_accuracies(rows, fit, held_out, codes, alphas) for fit, held_out in cv]
    best = alphas[int(np.argmax(np.average(np.transpose(accuracies), axis=1)))]
    return _fitted(rows, float(best), prepared, f"inner folds by {rows.method}")


def _fitted(rows: "_Rows", alpha: float, prepared: Prepared, method: str) -> Fitted:
    rule = rows.solve(alpha)
    return ByDecision(method, lambda: rule.of_out(prepared))


def _accuracies(
    rows: "_Rows",
    fit: NDArray[np.intp],
    held_out: NDArray[np.intp],
    codes: NDArray[np.intp],
    alphas: NDArray[np.float64],
) -> list[float]:
    """Return the weighted share of held-out rows that each penalty gets right."""
    truth, weights, fitted = codes[held_out], rows.weights[held_out], rows.take(fit)
    chosen = (choose(fitted.solve(float(alpha)).of_train(held_out)) for alpha in alphas)
    return [accuracy_score(truth, predicted, sample_weight=weights) for predicted in chosen]


def _rows(estimator: Any, prepared: Prepared, codes: NDArray[np.intp]) -> "_Rows":
    """Return the training rows with their weights and targets, -1 or 1 for each class."""
    if estimator.class_weight:
        weights = compute_sample_weight(estimator.class_weight, codes)
    else:
        weights = np.ones(len(codes))
    targets = np.where(codes[:, None] == np.arange(codes.max() + 1), 1.0, -1.0)
    targets = targets[:, 1:] if targets.shape[1] == 2 else targets
    kind = _Columns if prepared.products is None else _Products
    return kind(prepared, np.arange(len(codes)), weights, targets, estimator.fit_intercept)


class _Rule(Protocol):
    """Decision values of fitted ridges, of rows to predict or of training rows."""

    def of_out(self, prepared: Prepared) -> NDArray[np.float64]: ...

    def of_train(self, rows: NDArray[np.intp]) -> NDArray[np.float64]: ...


class _Rows(ABC):
    """Rows to fit on, centred and scaled by the roots of their weights."""

    method: str

    def __init__(
        self,
        prepared: Prepared,
        rows: NDArray[np.intp],
        weights: NDArray[np.float64],
        targets: NDArray[np.float64],
        intercept: bool,
    ) -> None:
        self.prepared, self.rows = prepared, rows
        self.weights, self.targets, self.intercept = weights, targets, intercept
        self.roots = np.sqrt(weights)
        # The share of each row in the means that are taken off; none without an intercept.
        self.shares = weights / weights.sum() if intercept else np.zeros_like(weights)
        self.offset = self.shares @ targets
        self.scaled = self.roots[:, None] * (targets - self.offset)
        self.centre()

    def take(self, rows: NDArray[np.intp]) -> "_Rows":
        """Return some of all training rows, with the weights they have here."""
        return type(self)(self.prepared, rows, self.weights[rows], self.targets[rows], self.intercept)

    @abstractmethod
    def centre(self) -> None:
        """Make the matrix that every penalty is added to."""

    @abstractmethod
    def solve(self, alpha: float) -> _Rule:
        """Fit with a penalty."""

    @abstractmethod
    def leave_one_out(self, alpha: float) -> NDArray[np.float64]:
        """Return how far each row lies from what all others predict of it, scaled like the targets."""

    def _without_mean(self, diagonal: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
        """Correct the diagonal of an inverse for the intercept, which is fitted anew without each row."""
        if not self.intercept:
            return diagonal
        return np.asarray(diagonal - scale * self.weights / self.weights.sum())


class _Columns(_Rows):
    """No more columns than rows: the matrix is that of the columns."""

    method = "Cholesky factors of the covariance"

    def centre(self) -> None:
        rows = np.asarray(self.prepared.train)[self.rows]
        self.mean = self.shares @ rows
        rows -= self.mean
        rows *= self.roots[:, None]
        self.X = rows
        self.moments = rows.T @ rows

    def solve(self, alpha: float) -> "_Coefficients":
        factor = _factor(self.moments, alpha)
        coefficients = cho_solve((factor, True), self.X.T @ self.scaled, check_finite=False)
        return _Coefficients(self, coefficients)

    def leave_one_out(self, alpha: float) -> NDArray[np.float64]:
        inverse = _inverse(self.moments, alpha)
        projected = self.X @ inverse
        residuals = self.scaled - projected @ (self.X.T @ self.scaled)
        diagonal = 1 - np.einsum("ij,ij->i", projected, self.X)
        return np.asarray(residuals / self._without_mean(diagonal, 1.0)[:, None])


class _Coefficients:
    def __init__(self, rows: _Columns, coefficients: NDArray[np.float64]) -> None:
        self._train, self._coefficients = rows.prepared.train, coefficients
        self._intercept = rows.offset - rows.mean @ coefficients

    def of_out(self, prepared: Prepared) -> NDArray[np.float64]:
        return _ravelled(np.asarray(prepared.out) @ self._coefficients + self._intercept)

    def of_train(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return _ravelled(np.asarray(self._train)[rows] @ self._coefficients + self._intercept)


class _Products(_Rows):
    """More columns than rows: the matrix is that of the rows, and the columns are not looked at again."""

    method = "Cholesky factors of the Gram matrix"

    def centre(self) -> None:
        products = self.between(self.rows)
        self.pull = self.shares @ products
        products -= self.pull
        products -= (products @ self.shares)[:, None]
        products *= self.roots
        products *= self.roots[:, None]
        self.gram = products

    def between(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the inner products of training rows with these rows."""
        products = np.asarray(self.prepared.products)
        return products[np.ix_(rows, self.rows)]

    def solve(self, alpha: float) -> "_Weights":
        factor = _factor(self.gram, alpha)
        return _Weights(
            self, self.roots[:, None] * cho_solve((factor, True), self.scaled, check_finite=False)
        )

    def leave_one_out(self, alpha: float) -> NDArray[np.float64]:
        inverse = _inverse(self.gram, alpha)
        # The roots of the weights are an eigenvector of the centred matrix, its eigenvalue zero.
        diagonal = self._without_mean(inverse.diagonal().copy(), 1 / alpha)
        return np.asarray((inverse @ self.scaled) / diagonal[:, None])


class _Weights:
    def __init__(self, rows: _Products, weights: NDArray[np.float64]) -> None:
        self._rows, self._weights = rows, weights

    def of_out(self, prepared: Prepared) -> NDArray[np.float64]:
        # All training rows were fitted on, in their order.
        return self._of(np.asarray(prepared.products)[len(self._weights) :])

    def of_train(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return self._of(self._rows.between(rows))

    def _of(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        # The means that centring takes off a row's products sum up to nothing: so do the weights.
        return _ravelled((products - self._rows.pull) @ self._weights + self._rows.offset)


def _factor(matrix: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return the lower Cholesky factor of a symmetric matrix with a penalty on its diagonal."""
    penalised = matrix.copy(order="F")
    penalised[np.diag_indices_from(penalised)] += alpha
    return np.asarray(cholesky(penalised, lower=True, overwrite_a=True, check_finite=False))


def _inverse(matrix: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    inverse, _ = dpotri(_factor(matrix, alpha), lower=1, overwrite_c=1)
    return symmetric(inverse)


def _ravelled(decision: NDArray[np.float64]) -> NDArray[np.float64]:
    return decision[:, 0] if decision.shape[1] == 1 else decision
