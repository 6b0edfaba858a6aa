"""The cells of an image as a population."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.population import population_rows

__all__ = ["PopulationFeatures"]


class PopulationFeatures(CellFamily):
    r"""Number of cells in an image, and how size, roundness and nuclear share vary among them.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 11), in
    frame pixels. Number and area fraction of an image without cells are 0; its other columns are NaN. Columns
    of the nuclear share are NaN without nuclei.

    - Number of cells: 4-connected components of the foreground; area fraction: foreground pixels over all
      pixels.
    - Mean, standard deviation (divided by n: 0 for one cell) and maximum over the cells of size (area),
      roundness :math:`4\pi A/P^2` of the cell with its Crofton perimeter [1]_, and area ratio of nucleus to
      cell, the last over the cells that have a nucleus.

    References
    ----------
    .. [1] Legland, Kiêu, Devaux, 2007, :doi:`10.5566/ias.v26.p83-92`
    """

    family: ClassVar[str] = "population"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Eleven columns.
        """
        return _SPECS

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of several images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 11)
            Number and area fraction are 0 without cells, all else NaN.
        """
        n_pixels = views.cells.shape[1] * views.cells.shape[2]
        forms = views.nucleus_forms, views.cell_forms
        return np.asarray(population_rows(*forms, views.objects.bounds, n_pixels))


_QUANTITIES = {
    "size": ("px^2", 2, "cell area"),
    "roundness": ("1", 0, "cell roundness"),
    "nc_ratio": ("1", 0, "area of the nucleus over area of the cell"),
}
_AGGREGATES = {"mean": "Mean", "sd": "Standard deviation", "max": "Maximum"}


def _spec(quantity: str, aggregate: str) -> FeatureSpec:
    unit, power, text = _QUANTITIES[quantity]
    name = f"population_{quantity}_{aggregate}" + ("_px" if power else "")
    return FeatureSpec(name, "population", unit, power, f"{_AGGREGATES[aggregate]} of {text} over the cells.")


_SPECS = (
    FeatureSpec("population_n_cells", "population", "1", 0, "Number of cells."),
    FeatureSpec("population_area_fraction", "population", "1", 0, "Share of the frame that cells cover."),
    *(_spec(quantity, aggregate) for quantity in _QUANTITIES for aggregate in _AGGREGATES),
)
