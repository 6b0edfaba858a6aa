"""Support vector machines on a Gram matrix that BLAS makes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk
from sklearn.base import clone
from sklearn.svm import SVC

from leukfeat.sweep.fitted import Fitted, Scores
from leukfeat.sweep.prepared import Prepared, symmetric

__all__ = ["FEWEST_COLUMNS", "LARGEST_GRAM", "fit_svc"]

FEWEST_COLUMNS = 48  # below, libsvm computes the rows that it looks at in less time than BLAS all of them
LARGEST_GRAM = 1 << 31  # bytes: 16,384 rows
_KERNELS = ("rbf", "linear", "poly")
_MEGABYTE = 1 << 20
_ROWS_BYTES = 1 << 22  # of a block of rows of the matrix that is worked on at a time: it stays in the cache


def fit_svc(estimator: SVC, prepared: Prepared, codes: NDArray[np.intp]) -> Fitted | None:
    """Fit an SVC on the float64 Gram matrix of its kernel.

    Parameters
    ----------
    estimator : sklearn.svm.SVC
        Unfitted.
    prepared : Prepared
        Training rows and rows to predict.
    codes : numpy.ndarray of intp, shape (n,)
        Classes of the training rows.

    Returns
    -------
    Fitted or None
        None where this is not faster, not equal, or too large; then the estimator is to be fitted itself.

    Notes
    -----
    libsvm rounds each value of a kernel to float32 as it optimises, whether it has computed it or is given
    it. A value next to the middle of two such numbers may be rounded to either: one in 10⁸ or so.
    """
    n, p = prepared.train.shape
    enough = prepared.products is not None or p >= FEWEST_COLUMNS
    small = 8 * n * n <= LARGEST_GRAM
    plain = estimator.kernel in _KERNELS and estimator.probability in (False, "deprecated")
    return _GramSVC(estimator, prepared, codes) if enough and small and plain else None


class _GramSVC:
    method = "Gram matrix"

    def __init__(self, estimator: SVC, prepared: Prepared, codes: NDArray[np.intp]) -> None:
        self._prepared = prepared
        gram = _products_of(prepared)
        squares = gram.diagonal().copy()
        self._kernel = _Kernel(estimator, squares, prepared.train.shape[1])
        self._kernel.apply(gram, squares)
        if estimator.kernel == "rbf":
            np.fill_diagonal(gram, 1.0)
        room = max(
            estimator.cache_size, gram.nbytes / _MEGABYTE
        )  # its rows are float32: twice what they take
        given = {"kernel": "precomputed", "cache_size": room}
        self._model = clone(estimator).set_params(**given).fit(gram, codes)

    def predict(self) -> NDArray[np.intp]:
        """Return the class of each row to predict."""
        n, m = len(self._prepared.train), len(self._prepared.out)
        size = max(1, 16 * _ROWS_BYTES // (8 * n))
        predicted, decisions = [], []
        for start in range(0, m, size):
            block = self._across(slice(start, min(start + size, m)))
            predicted.append(self._model.predict(block))
            decisions.append(self._model.decision_function(block))
        self._decision = np.concatenate(decisions)
        return np.asarray(np.concatenate(predicted), dtype=np.intp)

    def scores(self) -> tuple[Scores, Scores]:
        """Return decision values; an SVC has no probabilities."""
        return self._decision, None

    def _across(self, rows: slice) -> NDArray[np.float64]:
        """Return the kernel between some rows to predict and the training rows."""
        out, products = np.asarray(self._prepared.out[rows]), self._prepared.products
        if products is None:
            block = out @ np.asarray(self._prepared.train).T
        else:
            n = len(self._prepared.train)
            block = np.array(products[n + rows.start : n + rows.stop])
        self._kernel.apply(block, np.einsum("ij,ij->i", out, out))
        return block


def _products_of(prepared: Prepared) -> NDArray[np.float64]:
    """Return a writable copy of the inner products of the training rows."""
    if prepared.products is not None:
        return np.array(prepared.products[: len(prepared.train)])
    train = np.asarray(prepared.train)
    return symmetric(dsyrk(1.0, train.T, trans=1).T)


class _Kernel:
    """Turns inner products into values of a kernel, in place."""

    def __init__(self, estimator: SVC, squares: NDArray[np.float64], n_columns: int) -> None:
        self._name = estimator.kernel
        self._degree, self._coef0 = estimator.degree, estimator.coef0
        self._gamma = _gamma(estimator.gamma, squares, n_columns)
        self._squares = squares

    def apply(self, products: NDArray[np.float64], squares: NDArray[np.float64]) -> None:
        """Change products between rows, whose own are `squares`, and the training rows."""
        size = max(1, _ROWS_BYTES // products[0].nbytes)
        for start in range(0, len(products), size):
            rows = slice(start, start + size)
            if self._name == "rbf":
                self._rbf(products[rows], squares[rows])
            elif self._name == "poly":
                self._poly(products[rows])

    def _rbf(self, block: NDArray[np.float64], squares: NDArray[np.float64]) -> None:
        block *= 2
        block -= squares[:, None]
        block -= self._squares
        np.minimum(block, 0, out=block)
        block *= self._gamma
        np.exp(block, out=block)

    def _poly(self, block: NDArray[np.float64]) -> None:
        block *= self._gamma
        block += self._coef0
        np.power(block, self._degree, out=block)


def _gamma(gamma: Any, squares: NDArray[np.float64], n_columns: int) -> float:
    """Return the kernel's width as scikit-learn does; prepared columns have a mean of zero."""
    if gamma == "auto":
        return 1.0 / n_columns
    if gamma == "scale":
        variance = float(squares.sum()) / (len(squares) * n_columns)
        return 1.0 / (n_columns * variance) if variance else 1.0
    return float(gamma)
