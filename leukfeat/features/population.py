"""The cells of an image as a population."""

from math import nan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellObject, CellView
from leukfeat.kernels.form import FORM_MEASURES
from leukfeat.kernels.spread import measured_spread

__all__ = ["PopulationFeatures"]


_AREA, _ROUNDNESS = FORM_MEASURES.index("area"), FORM_MEASURES.index("roundness")


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

    def measure(self, view: CellView) -> NDArray[np.float64]:
        """Compute the row of one image.

        Parameters
        ----------
        view : CellView
            The image and its regions.

        Returns
        -------
        numpy.ndarray of float64, shape (11,)
            Number and area fraction are 0 without cells, all else NaN.
        """
        cells = np.array([_cell(item) for item in view.objects], dtype=np.float64).reshape(
            -1, len(_QUANTITIES)
        )
        row = np.empty(len(_SPECS))
        row[0], row[1] = len(cells), cells[:, 0].sum() / view.region.size
        row[2:] = measured_spread(cells).ravel()
        return row


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


def _cell(item: CellObject) -> tuple[float, float, float]:
    """Size, roundness and nuclear share of one cell."""
    area, roundness = item.cell_form[_AREA], item.cell_form[_ROUNDNESS]
    nucleus = item.nucleus_form
    return area, roundness, nan if nucleus is None else nucleus[_AREA] / area
