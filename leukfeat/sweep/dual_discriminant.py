"""Linear discriminant analysis of more columns than rows, by inner products of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.linalg.blas import dgemm, dsyrk
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from leukfeat.sweep.discriminant import Projection, by_classes, has_shrinkage
from leukfeat.sweep.fitted import Fitted
from leukfeat.sweep.prepared import Prepared, column_blocks, read_columns, symmetric
from leukfeat.sweep.within import Classes

__all__ = ["AmbiguousRankError", "dual_estimator", "fit_dual_lda"]

_WOODBURY = "Woodbury's identity on inner products"
_ACCURACY = 1e-9  # of the least singular value kept, squared, relative


class AmbiguousRankError(ArithmeticError):
    """Singular values cannot be told from inner products."""


def fit_dual_lda(
    estimator: LinearDiscriminantAnalysis, prepared: Prepared, codes: NDArray[np.intp]
) -> Fitted | None:
    """Fit a linear discriminant analysis on more columns than rows.

    Parameters
    ----------
    estimator : sklearn.discriminant_analysis.LinearDiscriminantAnalysis
        Unfitted.
    prepared : Prepared
        Training rows and rows to predict, with their products.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows.

    Returns
    -------
    Fitted or None
        None where `fit_lda` gives None, too.

    Raises
    ------
    AmbiguousRankError
        If the solver is "svd" and the least singular value that it keeps is too small to be known from inner
        products; then the estimator is to be fitted itself.

    Notes
    -----
    With "lsqr" the covariance is (1 - s) YᵀY + s μ I, Y being the rows without their class means and with
    their weights; by Woodbury's identity its inverse needs that of an n × n matrix alone.
    """
    classes = Classes(codes, estimator.priors)
    if has_shrinkage(estimator):
        return _by_woodbury(estimator.shrinkage, prepared, classes)
    if estimator.solver == "svd" and estimator.shrinkage is None and estimator.covariance_estimator is None:
        return _by_scatter(estimator.tol, prepared, classes)
    return None


def dual_estimator(
    estimator: LinearDiscriminantAnalysis, X: NDArray[np.float64], codes: NDArray[np.intp]
) -> Any:
    """Fit a stock estimator with the solver "lsqr" without its p × p covariance.

    Parameters
    ----------
    estimator : sklearn.discriminant_analysis.LinearDiscriminantAnalysis
        Unfitted, with a number as shrinkage.
    X : numpy.ndarray of float64, shape (n, p)
        Prepared training rows.
    codes : numpy.ndarray of intp, shape (n,)
        Their classes.

    Returns
    -------
    sklearn.discriminant_analysis.LinearDiscriminantAnalysis
        With all that `predict`, `decision_function` and `predict_proba` need; it has no `covariance_`.
    """
    classes = Classes(codes, estimator.priors)
    means = classes.means(X)
    products = _row_products(X)
    solved = _Woodbury(estimator.shrinkage, products, X.shape[1], classes)
    coefficients = np.empty_like(means)
    for block in column_blocks(*X.shape):
        rows = classes.roots[:, None] * (X[:, block] - means[:, block][classes.codes])
        coefficients[:, block] = (means[:, block] - solved.weights.T @ rows) / solved.ridge
    constant = -0.5 * np.einsum("ij,ij->i", means, coefficients) + np.log(classes.priors)
    return _filled(estimator, means, coefficients, constant, classes)


def _filled(
    estimator: LinearDiscriminantAnalysis,
    means: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    constant: NDArray[np.float64],
    classes: Classes,
) -> Any:
    """Give an estimator what its own fit would have left on it."""
    model = clone(estimator)
    if len(means) == 2:
        coefficients, constant = np.diff(coefficients, axis=0), np.diff(constant)
    model.classes_ = np.arange(len(means))
    model.priors_, model.means_ = classes.priors, means
    model.coef_, model.intercept_ = coefficients, constant
    model.n_features_in_ = means.shape[1]
    model._max_components = model._n_features_out = model.n_components or len(means) - 1
    return model


def _row_products(X: NDArray[np.float64]) -> NDArray[np.float64]:
    products = np.zeros((len(X), len(X)), order="F")
    for block in column_blocks(*X.shape):
        part = read_columns(X, block)
        products = dsyrk(1.0, part.T, beta=1.0, c=products, trans=1, overwrite_c=1)
    return symmetric(products.T)


class _Woodbury:
    """The covariance's inverse: (I - Yᵀ weights Y-products) / ridge."""

    def __init__(
        self, shrinkage: float, products: NDArray[np.float64], n_columns: int, classes: Classes
    ) -> None:
        self._classes, self._kept = classes, 1 - shrinkage
        self._means = classes.average @ products
        scatter = self._within(self._within(products).T)
        self.ridge = shrinkage * scatter.trace() / n_columns
        scatter *= self._kept
        scatter[np.diag_indices_from(scatter)] += self.ridge
        factor = cho_factor(scatter, lower=True, overwrite_a=True, check_finite=False)
        self.weights = self._kept * cho_solve(factor, self._within(self._means).T, check_finite=False)
        own = np.einsum("ij,ji->i", classes.average, self.values(products))
        self._constant = -0.5 * own + np.log(classes.priors)

    def _within(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return inner products of any rows with Y from those with the training rows."""
        return np.asarray(self._classes.without_means(products) * self._classes.roots)

    def values(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return xᵀ (inverse covariance) mean, for each row x and each class."""
        straight = products @ self._classes.average.T
        return np.asarray((straight - self._within(products) @ self.weights) / self.ridge)

    def decide(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self.values(products) + self._constant)


def _by_woodbury(shrinkage: float, prepared: Prepared, classes: Classes) -> Fitted:
    n, p = prepared.train.shape
    products = np.asarray(prepared.products)
    solved = _Woodbury(shrinkage, products[:n], p, classes)
    return by_classes(_WOODBURY, lambda: solved.decide(products[n:]))


def _by_scatter(tol: float, prepared: Prepared, classes: Classes) -> Fitted:
    scatter = _Scatter(prepared, classes)
    values, axes = eigh(scatter.within, overwrite_a=True, check_finite=False, driver="evr")
    kept = values > tol**2
    noise = len(values) * np.finfo(float).eps * values[-1]
    if noise > _ACCURACY * values[kept][0]:
        raise AmbiguousRankError("its least singular value is too small for inner products")
    whiten = axes[:, kept] / values[kept]
    n_classes = len(classes.priors)
    space = Projection(scatter.others[:n_classes] @ whiten, classes, tol)
    return by_classes(
        "eigenvectors of the Gram matrix within classes",
        lambda: space.decide(scatter.others[n_classes:] @ whiten),
    )


class _Scatter:
    """Inner products of the rows without class means, standardised, in one pass over the columns.

    `within` holds those of the training rows, `others` those of class means and of rows to predict with them,
    the overall mean taken off.
    """

    def __init__(self, prepared: Prepared, classes: Classes) -> None:
        n, p = prepared.train.shape
        n_others = len(classes.priors) + len(prepared.out)
        within, others = np.zeros((n, n), order="F"), np.zeros((n, n_others), order="F")
        for block in column_blocks(n + n_others, p):
            train, out = read_columns(prepared.train, block), read_columns(prepared.out, block)
            rows, rest = _standardised(train, out, classes)
            within = dsyrk(1.0, rows.T, beta=1.0, c=within, trans=1, overwrite_c=1)
            others = dgemm(1.0, rows.T, rest.T, beta=1.0, c=others, trans_a=1, overwrite_c=1)
        self.within, self.others = symmetric(within.T), others.T


def _standardised(
    train: NDArray[np.float64], out: NDArray[np.float64], classes: Classes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    means = classes.means(train)
    centre = classes.priors @ means
    within = train - means[classes.codes]
    deviations = within.std(axis=0)
    deviations[deviations == 0] = 1.0
    within /= deviations * np.sqrt(len(train))
    rest = np.concatenate([means, out])
    rest -= centre
    rest /= deviations
    return within, rest
