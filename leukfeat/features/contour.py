"""Outline of the nucleus."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.contour import CONTOUR_MEASURES, contour_rows
from leukfeat.kernels.fourier_descriptors import HARMONICS

__all__ = ["ContourFeatures"]


class ContourFeatures(CellFamily):
    r"""Outline of the nucleus: Fourier descriptors, roughness, concavities.

    Measured for each cell on the largest 8-connected lobe of its nucleus; of equals, on the one whose first
    pixel is met first row by row. The row of an image is the median over its cells.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 12), unitless. A cell
    whose nucleus is absent or has no lobe of two pixels is left out; an image without any other is NaN in all
    columns. Rotation by 90 degrees, reflection and translation change nothing beyond rounding.

    The outline is the closed polygon through the centres of the lobe's outer boundary pixels (Moore tracing,
    as in [1]_), clockwise as images are seen, of length L; holes do not count. As a function
    :math:`z(s) = x + iy` of the arc length it has the Fourier coefficients :math:`Z_k` [2]_ [3]_, computed in
    closed form for the polygon, without resampling; :math:`Z_0` is its centre, and :math:`Z_1` alone is a
    circle.

    - Fourier descriptors :math:`|Z_k|/|Z_1|`, k = -4 … -1 (m4 … m1), 2 … 5 (p2 … p5). :math:`Z_{-1}` makes
      an ellipse of the circle; an outline of n lobes has large :math:`Z_{1-n}` and :math:`Z_{1+n}`.
    - Roughness: root-mean-square distance of z(s) from what these harmonics make of it, k = -4 … 5, over
      :math:`|Z_1|`; by Parseval's theorem the root of the variance of z less all :math:`|Z_k|^2`.
    - Radial variation: standard deviation over mean of the distance from the lobe's centroid to the pixels of
      the polygon, each counting with half its two edges [4]_.
    - Concavities: the arcs of the polygon between neighbouring corners of its convex hull. Depth is the
      greatest distance of the arc from the side of the hull. Counted are those at least 1.5 pixels and 5 % of
      the lobe's equivalent diameter deep; concavity_depth is the deepest of all over that diameter, 0 for a
      convex lobe.

    Roughness and descriptors are NaN for an outline with :math:`Z_1 = 0`.

    References
    ----------
    .. [1] Suzuki, Abe, 1985, "Topological structural analysis of digitized binary images by border
       following", :doi:`10.1016/0734-189X(85)90016-7`
    .. [2] Granlund, 1972, "Fourier preprocessing for hand print character recognition",
       :doi:`10.1109/TC.1972.5008926`
    .. [3] Kuhl, Giardina, 1982, "Elliptic Fourier features of a closed contour",
       :doi:`10.1016/0146-664X(82)90034-X`
    .. [4] Kilday, Palmieri, Fox, 1993, "Classifying mammographic lesions using computerized image analysis",
       IEEE Transactions on Medical Imaging 12, 664-669.
    """

    family: ClassVar[str] = "contour"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Twelve columns.
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
        numpy.ndarray of float64, shape (n_views, 12)
            Unitless; NaN without a nucleus.
        """
        return np.asarray(contour_rows(views.objects))


_TEXTS = (
    "Coefficient of variation of the distance from centroid to outline",
    "Root-mean-square distance of the outline from harmonics -4 … 5, over the size of harmonic 1",
    *(f"Size of Fourier harmonic {order} over that of harmonic 1" for order in HARMONICS if order != 1),
    "Number of concavities at least 1.5 px and 5 % of the equivalent diameter deep",
    "Depth of the deepest concavity over the equivalent diameter",
)
_SPECS = tuple(
    FeatureSpec(f"contour_{measure}_nucleus", "contour", "1", 0, f"{text} (nucleus).")
    for measure, text in zip(CONTOUR_MEASURES, _TEXTS, strict=True)
)
