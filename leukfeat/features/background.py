"""Colour of the bare slide."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.color_statistics import lab_rows
from leukfeat.kernels.lighter_pixels import lighter_pixels

__all__ = ["BackgroundFeatures"]

_MEASURES = {"mean": "Mean", "sd": "Standard deviation"}
_CHANNELS = {"lab_l": "CIE L*", "lab_a": "CIE a*", "lab_b": "CIE b*"}


class BackgroundFeatures(CellFamily):
    """Colour of the slide between the cells: a probe, not a description of cells.

    Slide, stain and exposure show in the background, no cell does: of the pixels outside the white cells the
    lighter of two classes counts, which leaves out red cells. A model that predicts the class from
    these columns alone has found a shortcut in how the images were taken, open to every other model of the
    same images. Meant for that question and for quality control; no default.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 6), in CIE
    units: mean and standard deviation (divided by n) of L*, a* and b*, computed from sRGB with the white
    point D65 [1]_, over the pixels outside all regions whose green, which red cells absorb, lies above Otsu's
    threshold [2]_ (over all of them where they are of one level). An image without a pixel outside its cells
    gives NaN.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, sRGB; CIE 15:2004, Colorimetry.
    .. [2] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
    """

    family: ClassVar[str] = "background"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            6 columns: mean and standard deviation of each channel.
        """
        return _SPECS

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 6)
            NaN without pixels outside the cells.
        """
        statistics = lab_rows(lighter_pixels(views.outside_pixels))
        return np.asarray(statistics[:, :, : len(_MEASURES)].reshape(len(views), -1))


_SPECS = tuple(
    FeatureSpec(
        f"background_{measure}_{channel}",
        "background",
        "CIE unit",
        0,
        f"{text} of {name} of the slide between the cells.",
    )
    for channel, name in _CHANNELS.items()
    for measure, text in _MEASURES.items()
)
