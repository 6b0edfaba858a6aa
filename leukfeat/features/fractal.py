"""Fractal dimensions of the nucleus."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.box_counting import fractal_rows

__all__ = ["FractalFeatures"]


class FractalFeatures(CellFamily):
    r"""Fractal dimensions of the outline and of the grey relief of the nucleus, by box counting.

    Measured for each cell, its nucleus being all its nucleus pixels together; the row of an image is the
    median over its cells.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 2), unitless. Both are
    least-squares slopes of :math:`\log N(s)` over :math:`\log(1/s)` for boxes of side s = 2, 4, 8 and 16
    pixels, without those above half the shorter side of the nucleus' bounding box. A nucleus with fewer than
    three sizes left, one narrower than 16 pixels, is left out; an image without any other is NaN.

    - Outline: N(s) is the number of squares of s × s pixels that hold one of the outline (one of its eight
      neighbours lies outside, or beyond the frame; holes have an outline too). 1 for a rectangle and within
      0.01 for a disc of 20 pixels' radius, more for a rough or lobed outline; less where it turns back on
      itself within a box.
    - Grey: N(s) is the number of cubes of side s from the darkest to the brightest nucleus pixel of a square,
      one level being as high as a pixel is wide, as in the differential box counting of Sarkar and Chaudhuri
      [1]_ for an image of 256 × 256 pixels. Squares reach from the centre of a pixel to that of another, s
      pixels on, so that neighbours share their border [2]_: a slope then has as many cubes on every scale. 2
      for a constant nucleus, near 2 for an even slope, towards 3 for white noise.

    A grid of boxes has to stand somewhere, and so small a region has other counts wherever it stands. N(s) is
    its mean over all positions of the grid, so that translation, rotation by 90 degrees, reflection, and a
    shift or inversion of all levels change nothing. For the outline this is the area of its dilation by a
    square, over the area of the square. For grey it is taken for one square, as :math:`1 + R(s)/s` with the
    mean range of levels R(s) over the squares that hold a nucleus pixel, as in the variation method [3]_;
    their number, which depends on the form of the nucleus, is replaced by that of a plane,
    :math:`1/s^2`, which adds exactly 2 to the slope.

    References
    ----------
    .. [1] Sarkar, Chaudhuri, 1994, "An efficient differential box-counting approach to compute fractal
       dimension of image", :doi:`10.1109/21.259692`
    .. [2] Yan, Sun, Cai, Hu, 2016, "An improved box-counting method to estimate fractal dimension of images",
       :doi:`10.11948/2016073`
    .. [3] Dubuc et al., 1989, "Evaluating the fractal dimension of surfaces", :doi:`10.1098/rspa.1989.0101`
    """

    family: ClassVar[str] = "fractal"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Two columns.
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
        numpy.ndarray of float64, shape (n_views, 2)
            Unitless; NaN without a nucleus that is large enough.
        """
        return np.asarray(fractal_rows(views.grey, views.objects))


_SPECS = (
    FeatureSpec(
        "fractal_outline_nucleus",
        "fractal",
        "1",
        0,
        "Box-counting dimension of the outline, boxes of 2 to 16 px (nucleus).",
    ),
    FeatureSpec(
        "fractal_grey_nucleus",
        "fractal",
        "1",
        0,
        "Box-counting dimension of grey as a relief, boxes of 2 to 16 px (nucleus).",
    ),
)
