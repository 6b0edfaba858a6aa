"""Mean, standard deviation and maximum that skip what could not be measured."""

from math import isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["measured_spread"]


@kernel
def measured_spread(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute mean, standard deviation and maximum of each column over its measured values.

    Parameters
    ----------
    rows : numpy.ndarray of float64, shape (n, k)
        NaN where a value could not be measured.

    Returns
    -------
    numpy.ndarray of float64, shape (k, 3)
        The deviation is divided by the number of values, and exactly 0 where all are equal. NaN where no
        value was measured.
    """
    spread = np.empty((rows.shape[1], 3))
    for j in range(rows.shape[1]):
        spread[j] = _spread(rows[:, j])
    return spread


@kernel
def _spread(values: NDArray[np.float64]) -> tuple[float, float, float]:
    n, total, squares, least, greatest = 0, 0.0, 0.0, np.inf, -np.inf
    for value in values:
        if not isnan(value):
            n, total = n + 1, total + value
            least, greatest = min(least, value), max(greatest, value)
    if n == 0:
        return nan, nan, nan
    if least == greatest:
        return least, 0.0, greatest
    mean = total / n
    for value in values:
        if not isnan(value):
            squares += (value - mean) ** 2
    return mean, sqrt(squares / n), greatest
