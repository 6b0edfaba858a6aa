"""Nuclei within many cells at once: Otsu's threshold [1]_ of every cell.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.otsu import otsu_by_row
from leukfeat.kernels.touching_cells import count_levels_by_cell, darker_parts

__all__ = ["nuclei_of_cells"]

_STEP = 4
_CONTRAST = 18
_SEPARABILITY = 0.75


def nuclei_of_cells(
    dark: NDArray[np.uint8], runs: NDArray[np.int64], labels: NDArray[np.int32], n_cells: int
) -> NDArray[np.uint64]:
    """Mark the darker part of every cell, or all of a cell whose two parts hardly differ.

    Parameters
    ----------
    dark : array of uint8, shape (size, size)
        Image in which chromatin is darkest.
    runs : array of int64, shape (n, 3)
        Row, start and stop of the cells' pixels.
    labels : array of int32, shape (size, size)
        Number of the cell of each pixel of the runs.
    n_cells : int
        Highest number of a cell.

    Returns
    -------
    array of uint64, shape (n_words, size)
        The mask.
    """
    counts = count_levels_by_cell(dark, labels, runs, n_cells, _STEP)
    thresholds = otsu_by_row(counts, _SEPARABILITY, _CONTRAST / _STEP)
    return np.asarray(darker_parts(dark, labels, runs, _STEP * thresholds + _STEP - 1))
