"""How the cells of an image vary among each other."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.form import FORM_MEASURES
from leukfeat.kernels.spread import measured_spread

__all__ = ["population_rows"]

_AREA, _ROUNDNESS = FORM_MEASURES.index("area"), FORM_MEASURES.index("roundness")


@kernel
def population_rows(
    nucleus_forms: NDArray[np.float64],
    cell_forms: NDArray[np.float64],
    bounds: NDArray[np.int64],
    n_pixels: int,
) -> NDArray[np.float64]:
    """Count the cells of each image, and compute how size, roundness and nuclear share spread.

    Parameters
    ----------
    nucleus_forms, cell_forms : numpy.ndarray of float64, shape (n_cells, 14)
        Their forms; see `leukfeat.kernels.form.measure_forms`.
    bounds : numpy.ndarray of int64, shape (n_images + 1,)
        Number of cells before each image, and of all.
    n_pixels : int
        Of an image.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 11)
        Number of cells, share of the pixels that they cover; mean, standard deviation and maximum of size, of
        roundness and of the area of the nucleus over that of the cell, see `measured_spread`.
    """
    cells = np.empty((cell_forms.shape[0], 3))
    for cell in range(cells.shape[0]):
        area = cell_forms[cell, _AREA]
        cells[cell, 0], cells[cell, 1] = area, cell_forms[cell, _ROUNDNESS]
        cells[cell, 2] = nucleus_forms[cell, _AREA] / area
    rows = np.empty((bounds.shape[0] - 1, 11))
    for image in range(rows.shape[0]):
        own = cells[bounds[image] : bounds[image + 1]]
        rows[image, 0], rows[image, 1] = own.shape[0], own[:, 0].sum() / n_pixels
        rows[image, 2:] = measured_spread(own).ravel()
    return rows
