"""Bright and dark spots in the nucleus."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.spots import chromatin_rows
from leukfeat.kernels.top_hat import DIAMETERS

__all__ = ["ChromatinFeatures"]


class ChromatinFeatures(CellFamily):
    r"""Bright and dark spots in the nucleus' grey, at three sizes.

    White top-hats [1]_ show what is bright and narrow (nucleoli, pale spaces between the chromatin), black
    top-hats what is dark and narrow (clumped chromatin); both are criteria of the FAB classification of
    leukaemic blasts [2]_.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 18): three
    measures of the white, then of the black top-hats, by octagons 5, 9 and 15 frame pixels wide. Which
    structures of a nucleus these are depends on the magnification, and on how much the frame reduces it.

    Measured in the interior of the nucleus: the pixels around which an octagon 5 pixels wide lies in the
    nucleus. The rim, two pixels wide and blurred with what surrounds it, would be a bright ring. A cell whose
    nucleus has no interior is left out; an image without any is NaN in all columns.

    The white top-hat is grey less its opening, the black one the closing of grey less grey. Erosions and
    dilations ignore pixels outside the interior, each nucleus by itself: the outline is not taken for a spot.
    A spot is an 8-connected component of the pixels whose top-hat is at least the standard deviation of grey
    in that nucleus' interior, rounded up to an integer, and at least 1: pale and dark stains, soft and sharp
    images are measured by their own contrast.

    - count: number of spots, mean over the nuclei;
    - area: pixels in spots over pixels of the interior, all nuclei together;
    - strength: mean top-hat over all pixels of the interior, all nuclei together.

    A constant nucleus has no spots: 0 in all columns. A constant added to grey changes nothing; the negative
    swaps white and black.

    References
    ----------
    .. [1] Serra, 1982, "Image Analysis and Mathematical Morphology", Academic Press, ISBN 978-0-12-637240-3
    .. [2] Bennett et al., 1976, "Proposals for the classification of the acute leukaemias",
       :doi:`10.1111/j.1365-2141.1976.tb03563.x`
    """

    family: ClassVar[str] = "chromatin"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Nine columns of white top-hats, then nine of black ones.
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
        numpy.ndarray of float64, shape (n_views, 18)
            NaN where no nucleus has an interior.
        """
        return np.asarray(chromatin_rows(views.grey, views.objects))


_KINDS = {"tophat": "bright", "blackhat": "dark"}
_MEASURES = {
    "count": ("1", "Number of {kind} spots narrower than {diameter} px, mean over the nuclei"),
    "area": ("1", "Share of the pixels off the rim that lie in {kind} spots narrower than {diameter} px"),
    "strength": ("grey level", "Mean contrast of what is {kind} and narrower than {diameter} px"),
}


def _spec(kind: str, diameter: int, measure: str) -> FeatureSpec:
    unit, text = _MEASURES[measure]
    description = f"{text.format(kind=_KINDS[kind], diameter=diameter)} (nucleus)."
    return FeatureSpec(f"chromatin_{kind}_{measure}_d{diameter}", "chromatin", unit, 0, description)


_SPECS = tuple(
    _spec(kind, diameter, measure) for kind in _KINDS for diameter in DIAMETERS for measure in _MEASURES
)
