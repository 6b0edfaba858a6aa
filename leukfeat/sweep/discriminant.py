"""Linear discriminant analysis without decompositions that nobody looks at."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, svd
from scipy.special import expit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.extmath import softmax

from leukfeat.sweep.fitted import ByDecision, Fitted
from leukfeat.sweep.prepared import Prepared
from leukfeat.sweep.within import Classes

__all__ = ["LEAST_SHRINKAGE", "Projection", "by_classes", "fit_lda", "has_shrinkage"]

LEAST_SHRINKAGE = 1e-3  # below, what scikit-learn's least squares leave out of a covariance may matter


def fit_lda(
    estimator: LinearDiscriminantAnalysis, prepared: Prepared, codes: NDArray[np.intp]
) -> Fitted | None:
    """Fit a linear discriminant analysis on no more columns than rows.

    Parameters
    ----------
    estimator : sklearn.discriminant_analysis.LinearDiscriminantAnalysis
        Unfitted.
    prepared : Prepared
        Training rows and rows to predict.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows.

    Returns
    -------
    Fitted or None
        None for the solver "eigen", a covariance estimator, and "lsqr" without a number of at least
        `LEAST_SHRINKAGE` as shrinkage; then the estimator is to be fitted itself.

    Notes
    -----
    For "svd" the matrix whose singular values are asked for is first made square by a QR decomposition;
    scikit-learn decomposes it whole.
    """
    if estimator.covariance_estimator is not None:
        return None
    classes = Classes(codes, estimator.priors)
    if estimator.solver == "svd" and estimator.shrinkage is None:
        return _by_svd(estimator.tol, prepared, classes)
    return _by_covariance(estimator.shrinkage, prepared, classes) if has_shrinkage(estimator) else None


def has_shrinkage(estimator: LinearDiscriminantAnalysis) -> bool:
    """Return whether the solver is "lsqr" with a number as shrinkage that makes every direction count.

    Parameters
    ----------
    estimator : sklearn.discriminant_analysis.LinearDiscriminantAnalysis
        Whose parameters are looked at.

    Returns
    -------
    bool
        Whether solving by Cholesky factors equals scikit-learn's least squares.
    """
    plain = estimator.solver == "lsqr" and estimator.covariance_estimator is None
    number = estimator.shrinkage is not None and not isinstance(estimator.shrinkage, str)
    return plain and number and estimator.shrinkage >= LEAST_SHRINKAGE


def by_classes(method: str, decide: Callable[[], NDArray[np.float64]]) -> Fitted:
    """Return a model from one function for each class, as scikit-learn reports it.

    Parameters
    ----------
    method : str
        By what it was fitted.
    decide : callable
        Returns the value of each row to predict for each class, shape (m, n_classes).

    Returns
    -------
    Fitted
        Of two classes its decision values are their difference.
    """

    def decision() -> NDArray[np.float64]:
        values = decide()
        return values[:, 1] - values[:, 0] if values.shape[1] == 2 else values

    return ByDecision(method, decision, _probability)


def _probability(decision: NDArray[np.float64]) -> NDArray[np.float64]:
    if decision.ndim > 1:
        return np.asarray(softmax(decision))
    positive = expit(decision)
    return np.column_stack([1 - positive, positive])


class Projection:
    """Classes in the space that the solver "svd" spans between them.

    Parameters
    ----------
    means : numpy.ndarray of float64, shape (n_classes, rank)
        Class means, the overall mean taken off, where the scatter within classes is the unit matrix.
    classes : Classes
        Their shares.
    tol : float
        As scikit-learn's.
    """

    def __init__(self, means: NDArray[np.float64], classes: Classes, tol: float) -> None:
        scale = len(classes.codes) * classes.priors / max(1, len(means) - 1)
        _, values, axes = svd(np.sqrt(scale)[:, None] * means, full_matrices=False)
        self._axes = axes[values > tol * values[0]].T
        self._means = means @ self._axes
        self._constant = -0.5 * (self._means**2).sum(axis=1) + np.log(classes.priors)

    def decide(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value of each row for each class.

        Parameters
        ----------
        rows : numpy.ndarray of float64, shape (m, rank)
            In the space of the means.

        Returns
        -------
        numpy.ndarray of float64, shape (m, n_classes)
            Larger for likelier classes.
        """
        return np.asarray(rows @ self._axes @ self._means.T + self._constant)


def _by_svd(tol: float, prepared: Prepared, classes: Classes) -> Fitted:
    train = np.asarray(prepared.train)
    means = classes.means(train)
    centre = classes.priors @ means
    within = train - means[classes.codes]
    deviations = within.std(axis=0)
    deviations[deviations == 0] = 1.0
    within /= deviations * np.sqrt(len(train))
    _, values, axes = svd(np.linalg.qr(within, mode="r"), full_matrices=False)
    rank = int((values > tol).sum())
    whiten = (axes[:rank] / deviations).T / values[:rank]
    space = Projection((means - centre) @ whiten, classes, tol)
    return by_classes("QR, then SVD", lambda: space.decide((np.asarray(prepared.out) - centre) @ whiten))


def _by_covariance(shrinkage: float, prepared: Prepared, classes: Classes) -> Fitted:
    train = np.asarray(prepared.train)
    means = classes.means(train)
    within = train - means[classes.codes]
    within *= classes.roots[:, None]
    covariance = within.T @ within
    spread = covariance.trace() / len(covariance)
    covariance *= 1 - shrinkage
    covariance[np.diag_indices_from(covariance)] += shrinkage * spread
    factor = cho_factor(covariance, lower=True, overwrite_a=True, check_finite=False)
    coefficients = cho_solve(factor, means.T, check_finite=False)
    constant = -0.5 * np.einsum("ij,ji->i", means, coefficients) + np.log(classes.priors)
    return by_classes(
        "Cholesky factors of the covariance",
        lambda: np.asarray(prepared.out) @ coefficients + constant,
    )
