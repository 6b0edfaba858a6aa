"""Colour statistics of nucleus and cytoplasm."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.color_statistics import color_rows

__all__ = ["ColorFeatures"]

_REGIONS = ("nucleus", "cytoplasm")
_MEASURES = {"mean": "Mean", "sd": "Standard deviation", "skewness": "Skewness"}
_CHANNELS = {
    "hsv_h": ("degree", "hue (circular)"),
    "hsv_s": ("1", "saturation"),
    "hsv_v": ("1", "value"),
    "lab_l": ("CIE unit", "CIE L*"),
    "lab_a": ("CIE unit", "CIE a*"),
    "lab_b": ("CIE unit", "CIE b*"),
    "od_r": ("1", "optical density of red"),
    "od_g": ("1", "optical density of green"),
    "od_b": ("1", "optical density of blue"),
}


class ColorFeatures(CellFamily):
    r"""Colour statistics of nucleus and cytoplasm in HSV, Lab and optical density.

    Mean, standard deviation and skewness of nine channels, of the pixels of all cells together.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 54). A
    region without pixels gives NaN. A constant channel has standard deviation and skewness 0.

    - HSV: saturation and value in [0, 1]. Hue in degrees, of the pixels that are not grey (NaN where all
      are), with circular statistics [1]_: with :math:`R` the length of the mean unit vector and :math:`d` the
      deviations from its direction, mean direction in [0, 360), standard deviation :math:`\sqrt{-2\ln R}` in
      degrees, skewness :math:`\overline{\sin 2d}/(1-R)^{3/2}`.
    - Lab: CIE L*a*b* from sRGB, white point D65 [2]_.
    - Optical density of red, green and blue: :math:`-\log_{10}((v+1)/256)` [3]_.

    Standard deviations are divided by n; the skewness is :math:`m_3/m_2^{3/2}` with central moments
    :math:`m_k`.

    References
    ----------
    .. [1] Fisher, 1993, "Statistical Analysis of Circular Data", :doi:`10.1017/CBO9780511564345`
    .. [2] IEC 61966-2-1:1999, sRGB; CIE 15:2004, Colorimetry.
    .. [3] Ruifrok, Johnston, 2001, "Quantification of histochemical staining by color deconvolution", Anal
       Quant Cytol Histol 23, 291-299.
    """

    family: ClassVar[str] = "color"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            27 columns of the nucleus, then 27 of the cytoplasm; mean, standard deviation, skewness of each
            channel.
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
        numpy.ndarray of float64, shape (n_views, 54)
            NaN for a region without pixels.
        """
        return np.asarray(color_rows(views.nucleus_pixels, views.cytoplasm_pixels))


def _spec(region: str, channel: str, measure: str) -> FeatureSpec:
    unit, text = _CHANNELS[channel]
    description = f"{_MEASURES[measure]} of {text} ({region})."
    return FeatureSpec(
        f"color_{measure}_{channel}_{region}", "color", "1" if measure == "skewness" else unit, 0, description
    )


_SPECS = tuple(
    _spec(region, channel, measure) for region in _REGIONS for channel in _CHANNELS for measure in _MEASURES
)
