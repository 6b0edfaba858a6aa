"""Bright and dark spots in the nucleus."""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellView
from leukfeat.kernels.bounding_box import bounding_box
from leukfeat.kernels.spots import rounded_up_deviation, spot_statistics
from leukfeat.kernels.top_hat import DIAMETERS, MARGIN, interior, top_hats

__all__ = ["ChromatinFeatures"]


class ChromatinFeatures(CellFamily):
    r"""Bright and dark spots in the nucleus' grey, at three sizes.

    White top-hats [1]_ show what is bright and narrow (nucleoli, pale spaces between the chromatin), black
    top-hats what is dark and narrow (clumped chromatin); both are criteria of the FAB classification of
    leukaemic blasts [2]_.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 18): three
    measures of the white, then of the black top-hats, by octagons 5, 9 and 15 frame pixels wide.

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

    def measure(self, view: CellView) -> NDArray[np.float64]:
        """Compute the row of one image.

        Parameters
        ----------
        view : CellView
            The image and its regions.

        Returns
        -------
        numpy.ndarray of float64, shape (18,)
            NaN where no nucleus has an interior.
        """
        nuclei = [_measured(view.grey[item.box], item.nucleus) for item in view.objects]
        held = [nucleus for nucleus in nuclei if nucleus.n_pixels]
        if not held:
            return np.full(len(_SPECS), np.nan)
        n_pixels = sum(nucleus.n_pixels for nucleus in held)
        totals = sum((nucleus.statistics for nucleus in held), start=_NOTHING)
        return np.asarray(totals / (len(held), n_pixels, n_pixels), dtype=np.float64).ravel()


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
_NOTHING = np.zeros((len(_KINDS) * len(DIAMETERS), len(_MEASURES)), dtype=np.int64)
# The interior begins two pixels inside the nucleus' bounding box.
_PADDING = MARGIN - 2


class _Nucleus(NamedTuple):
    """Pixels of one nucleus' interior; spots, spot pixels and sum of each top-hat, shape (6, 3)."""

    n_pixels: int
    statistics: NDArray[np.int64]


def _measured(grey: NDArray[np.uint8], nucleus: NDArray[np.uint8]) -> _Nucleus:
    box = bounding_box(nucleus)
    levels, inside = _padded(grey[box]), interior(_padded(nucleus[box]))
    n_pixels = int(np.count_nonzero(inside))
    if n_pixels == 0:
        return _Nucleus(0, _NOTHING)
    threshold = max(1, rounded_up_deviation(levels, inside))
    return _Nucleus(n_pixels, spot_statistics(top_hats(levels, inside), threshold))


def _padded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape
    padded = np.zeros((height + 2 * _PADDING, width + 2 * _PADDING), dtype=np.uint8)
    padded[_PADDING : _PADDING + height, _PADDING : _PADDING + width] = image
    return padded
