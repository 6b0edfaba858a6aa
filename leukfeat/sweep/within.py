"""Classes as weights of rows: what discriminant analysis averages over."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Classes"]


class Classes:
    """Shares, averages and weights of the classes of training rows.

    Parameters
    ----------
    codes : numpy.ndarray of intp, shape (n,)
        Class of each row; every class has one.
    priors : sequence of float, default=None
        Shares of the classes; None takes those among the rows.

    Attributes
    ----------
    codes : numpy.ndarray of intp, shape (n,)
        As given.
    priors : numpy.ndarray of float64, shape (n_classes,)
        They sum up to 1.
    average : numpy.ndarray of float64, shape (n_classes, n)
        Takes rows to class means.
    roots : numpy.ndarray of float64, shape (n,)
        Roots of what each row weighs in the covariance within classes.
    """

    def __init__(self, codes: NDArray[np.intp], priors: Sequence[float] | None = None) -> None:
        counts = np.bincount(codes)
        self.codes = codes
        self.priors = counts / len(codes) if priors is None else np.asarray(priors, dtype=np.float64)
        self.priors = self.priors / self.priors.sum()
        self.average = (codes == np.arange(len(counts))[:, None]) / counts[:, None]
        self.roots = np.sqrt(self.priors / counts)[codes]

    def means(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average the training rows of each class.

        Parameters
        ----------
        rows : numpy.ndarray of float64, shape (n, c)
            All training rows, some of their columns.

        Returns
        -------
        numpy.ndarray of float64, shape (n_classes, c)
            Summed up row by row, as scikit-learn does: a column that is constant within classes then leaves
            the same rounding errors, by which it is divided.
        """
        sums = [rows[self.codes == code].sum(axis=0) for code in range(len(self.priors))]
        return np.asarray(np.stack(sums) / np.bincount(self.codes)[:, None])

    def without_means(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take class means off the training rows in their inner products with others.

        Parameters
        ----------
        products : numpy.ndarray of float64, shape (r, n)
            Inner products of any rows with the training rows.

        Returns
        -------
        numpy.ndarray of float64, shape (r, n)
            Their inner products with what each training row has beside its class mean.
        """
        return np.asarray(products - (products @ self.average.T)[:, self.codes])
