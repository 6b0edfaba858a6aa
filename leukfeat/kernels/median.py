"""Medians that skip what could not be measured."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["measured_median"]


def measured_median(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the median of each column over its measured values.

    Parameters
    ----------
    rows : numpy.ndarray of float64, shape (n, k)
        NaN where a value could not be measured.

    Returns
    -------
    numpy.ndarray of float64, shape (k,)
        NaN where no value was measured.
    """
    medians: NDArray[np.float64] = np.full(rows.shape[1], np.nan)
    measured = ~np.isnan(rows)
    for column in np.flatnonzero(measured.any(axis=0)):
        medians[column] = np.median(rows[measured[:, column], column])
    return medians
