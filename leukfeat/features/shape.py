"""Size and form of nucleus and cell."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.form import CELL_MEASURES, NUCLEUS_MEASURES, form_rows

__all__ = ["ShapeFeatures"]

_MEASURES = {
    "area": ("px^2", 2, "Number of pixels"),
    "perimeter": ("px", 1, "Length of the outline by the Crofton formula in four directions, holes included"),
    "equivalent_diameter": ("px", 1, "Diameter of the disc of equal area"),
    "major_axis": ("px", 1, "Major axis of the ellipse with the same second moments"),
    "minor_axis": ("px", 1, "Minor axis of the ellipse with the same second moments"),
    "eccentricity": ("1", 0, "Eccentricity of the ellipse with the same second moments"),
    "extent": ("1", 0, "Area over area of the bounding box"),
    "solidity": ("1", 0, "Area over area of the convex hull"),
    "convexity": ("1", 0, "Perimeter of the convex hull over perimeter"),
    "roundness": ("1", 0, "4 pi area over perimeter squared"),
    "feret_max": ("px", 1, "Greatest caliper diameter"),
    "feret_min": ("px", 1, "Least caliper diameter"),
    "enclosing_circle_ratio": ("1", 0, "Area over area of the smallest enclosing circle"),
    "euler_number": ("1", 0, "Number of lobes less number of holes, with 8-connectivity"),
    **{f"hu{i}": ("1", 0, f"Hu's invariant {i}, as -sign(h) log10 |h|") for i in range(1, 8)},
}
_BY_REGION = {"nucleus": NUCLEUS_MEASURES, "cell": CELL_MEASURES}


class ShapeFeatures(CellFamily):
    r"""Size and form of nucleus and cell.

    Measured for each cell, its nucleus being all its nucleus pixels together; the row of an image is the
    median over its cells.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 33), in
    frame pixels: 21 columns of the nucleus, 12 of the cell. An image without cells is NaN in all of them; a
    cell without nucleus counts for the columns of the cell only, and an image without nuclei is NaN in those
    of the nucleus.

    With area :math:`A` (number of pixels) and perimeter :math:`P` (Crofton formula in four directions [1]_,
    holes included):

    - equivalent diameter :math:`\sqrt{4A/\pi}`, roundness :math:`4\pi A/P^2` (about 1 for a disc);
    - major and minor axis :math:`4\sqrt{\lambda}` from the eigenvalues :math:`\lambda` of the covariance of
      the coordinates, to which each pixel, a unit square, adds 1/12; eccentricity
      :math:`\sqrt{1-\lambda_2/\lambda_1}`;
    - extent: :math:`A` over the area of the upright bounding box;
    - solidity: :math:`A` over the number of pixels of the filled convex hull (pixels with their centre in the
      hull of the edges' midpoints, as in scikit-image); convexity: the perimeter of that filled hull over
      :math:`P`, both by the Crofton formula, so that a convex region has exactly 1, and a notch counts as far
      as rows, columns or diagonals cross it; lobes that lie apart may have more than 1;
    - Feret diameters: greatest and least distance of parallel tangents of the hull of the pixels' corners;
    - enclosing-circle ratio: :math:`A` over the area of the smallest circle round the pixels' corners;
    - Euler number: 8-connected lobes less holes;
    - Hu's seven invariants [2]_ of the mask as :math:`-\mathrm{sign}(h)\log_{10}|h|`, computed in exact
      integers; NaN where :math:`h` is zero, as for shapes with symmetries. The seventh changes its sign with
      reflection.

    References
    ----------
    .. [1] Legland, Kiêu, Devaux, 2007, :doi:`10.5566/ias.v26.p83-92`
    .. [2] Hu, 1962, :doi:`10.1109/TIT.1962.1057692`
    """

    family: ClassVar[str] = "shape"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            21 columns of the nucleus, then 12 of the cell.
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
        numpy.ndarray of float64, shape (n_views, 33)
            In frame pixels; NaN for what cannot be measured.
        """
        return np.asarray(form_rows(views.objects, views.nucleus_forms, views.cell_forms))


def _spec(region: str, measure: str) -> FeatureSpec:
    unit, power, text = _MEASURES[measure]
    suffix = "_px" if power else ""
    return FeatureSpec(f"shape_{measure}_{region}{suffix}", "shape", unit, power, f"{text} ({region}).")


_SPECS = tuple(_spec(region, measure) for region, measures in _BY_REGION.items() for measure in measures)
