"""Nucleus in proportion to its cell."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.proportions import proportion_rows

__all__ = ["NCFeatures"]


class NCFeatures(CellFamily):
    """Nucleus in proportion to its cell: area ratio, eccentric position, width of the cytoplasm.

    Measured for each cell; the row of an image is the median over its cells.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 5), lengths
    in frame pixels. A cell without nucleus is left out; an image without nuclei is NaN in all columns.

    - Area ratio: pixels of the nucleus over pixels of the whole cell, in (0, 1]; 1 where no cytoplasm is
      seen. It is r / (1 + r) of the ratio r of nucleus to cytoplasm, which would be infinite there.
    - Centroid offset: distance of the nucleus' centroid from the cell's.
    - Width of the cytoplasm: at a pixel of the cell's outline (one of its four neighbours lies outside, or
      beyond the frame), the distance to the nearest pixel of the nucleus, that is, the number of cytoplasm
      pixels in between; 0 where the nucleus reaches the outline. Least and greatest over the outline.
    - No cytoplasm: 1 for a cell that is all nucleus, else 0.

    The nucleus-to-cytoplasm ratio is a criterion of the FAB classification of leukaemic blasts [1]_.

    References
    ----------
    .. [1] Bennett et al., 1976, "Proposals for the classification of the acute leukaemias",
       :doi:`10.1111/j.1365-2141.1976.tb03563.x`
    """

    family: ClassVar[str] = "nc"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Five columns.
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
        numpy.ndarray of float64, shape (n_views, 5)
            In frame pixels; NaN without a nucleus.
        """
        return np.asarray(proportion_rows(views.objects))


_SPECS = (
    FeatureSpec("nc_area_ratio", "nc", "1", 0, "Area of the nucleus over area of the cell."),
    FeatureSpec("nc_centroid_offset_px", "nc", "px", 1, "Distance of the centroids of nucleus and cell."),
    FeatureSpec(
        "nc_cytoplasm_width_min_px", "nc", "px", 1, "Least distance from the cell's outline to the nucleus."
    ),
    FeatureSpec(
        "nc_cytoplasm_width_max_px",
        "nc",
        "px",
        1,
        "Greatest distance from the cell's outline to the nucleus.",
    ),
    FeatureSpec("nc_no_cytoplasm", "nc", "1", 0, "1 where no cytoplasm is seen, else 0."),
)
