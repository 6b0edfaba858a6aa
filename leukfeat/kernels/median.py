"""Medians that skip what could not be measured."""

from math import nan

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["median_rows"]

_FEW = 64


@kernel
def median_rows(rows: NDArray[np.float64], bounds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the median of each column over the measured values of each image's cells.

    Parameters
    ----------
    rows : numpy.ndarray of float64, shape (n_cells, k)
        NaN where a value could not be measured.
    bounds : numpy.ndarray of int64, shape (n_images + 1,)
        Number of cells before each image, and of all.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, k)
        NaN where no value was measured.
    """
    medians = np.empty((bounds.shape[0] - 1, rows.shape[1]))
    values = np.empty(rows.shape[0])
    for image in range(medians.shape[0]):
        for column in range(rows.shape[1]):
            n = 0
            for cell in range(bounds[image], bounds[image + 1]):
                if not np.isnan(rows[cell, column]):
                    values[n] = rows[cell, column]
                    n += 1
            medians[image, column] = _middle(values[:n])
    return medians


@kernel
def _middle(values: NDArray[np.float64]) -> float:
    """Median of the values, which are sorted in place."""
    n = values.shape[0]
    if n == 0:
        return nan
    _sort(values)
    if n % 2:
        return values[n // 2]
    return (values[n // 2 - 1] + values[n // 2]) / 2.0


@kernel
def _sort(values: NDArray[np.float64]) -> None:
    """Sort in place; few values by insertion, as the general way costs more before it begins."""
    if values.shape[0] > _FEW:
        values.sort()
        return
    for i in range(1, values.shape[0]):
        value, j = values[i], i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
