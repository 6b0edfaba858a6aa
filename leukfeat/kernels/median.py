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
    if not len(rows):
        return np.full(rows.shape[1], np.nan)
    if len(rows) == 1:
        return rows[0]
    # NaN sorts last: the middle of the measured values stands where their number says.
    ordered = np.sort(rows, axis=0)
    measured = np.count_nonzero(~np.isnan(rows), axis=0)
    columns = np.arange(rows.shape[1])
    lower, upper = ordered[(measured - 1) // 2, columns], ordered[measured // 2, columns]
    return np.asarray((lower + upper) / 2.0, dtype=np.float64)
