"""Nuclei within many cells at once.

Otsu's threshold [1]_ of every cell from one two-dimensional histogram, cell against level.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["nuclei_of_cells"]

_N_LEVELS = 64
_CONTRAST = 18
_SEPARABILITY = 0.75


def nuclei_of_cells(dark: NDArray[np.uint8], labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the darker part of every cell, or all of a cell whose two parts hardly differ.

    Parameters
    ----------
    dark : array of uint8, shape (height, width)
        Image in which chromatin is darkest.
    labels : array of int32, shape (height, width)
        Number of each pixel's cell; 0 is background.

    Returns
    -------
    array of uint8, shape (height, width)
        1 in nuclei, else 0.
    """
    step = 256 // _N_LEVELS
    where = np.flatnonzero(labels)
    cells, levels = labels.ravel()[where], dark.ravel()[where] // step
    n_cells = int(labels.max()) + 1
    counts = np.bincount(cells * _N_LEVELS + levels, minlength=n_cells * _N_LEVELS)
    nuclei = np.zeros(labels.size, dtype=np.uint8)
    nuclei[where] = levels <= _thresholds(counts.reshape(n_cells, _N_LEVELS).astype(np.float64), step)[cells]
    return nuclei.reshape(labels.shape)


def _thresholds(counts: NDArray[np.float64], step: int) -> NDArray[np.int64]:
    """Return the last dark level of each row; the last level of all where the classes hardly differ."""
    levels = np.arange(_N_LEVELS)
    weight, moment = np.cumsum(counts, axis=1), np.cumsum(counts * levels, axis=1)
    n, total = np.maximum(weight[:, -1:], 1), moment[:, -1:]
    lighter = (total - moment) / np.maximum(n - weight, 1)
    difference = lighter - moment / np.maximum(weight, 1)
    between = weight * (n - weight) / n**2 * difference**2
    best = np.argmax(between, axis=1)
    rows = np.arange(len(counts))
    variance = (counts @ levels**2) / n[:, 0] - (total / n)[:, 0] ** 2
    distinct = between[rows, best] >= _SEPARABILITY * np.maximum(variance, 1e-9)
    distinct &= difference[rows, best] * step >= _CONTRAST
    return np.where(distinct, best, _N_LEVELS - 1)
