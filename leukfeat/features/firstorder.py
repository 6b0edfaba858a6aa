"""First-order statistics of grey."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.first_order import FIRST_ORDER_MEASURES, first_order_rows

__all__ = ["FirstOrderFeatures"]

_REGIONS = ("nucleus", "cytoplasm")
_GREY = "grey level"
_MEASURES = {
    "mean": (_GREY, 0, "Mean"),
    "variance": (f"{_GREY}^2", 0, "Variance"),
    "skewness": ("1", 0, "Skewness"),
    "kurtosis": ("1", 0, "Excess kurtosis"),
    "median": (_GREY, 0, "Median"),
    "min": (_GREY, 0, "Minimum"),
    "p10": (_GREY, 0, "10th percentile"),
    "p90": (_GREY, 0, "90th percentile"),
    "max": (_GREY, 0, "Maximum"),
    "iqr": (_GREY, 0, "Interquartile range"),
    "range": (_GREY, 0, "Maximum less minimum"),
    "mean_absolute_deviation": (_GREY, 0, "Mean absolute deviation from the mean"),
    "robust_mean_absolute_deviation": (
        _GREY,
        0,
        "Mean absolute deviation from the mean of what lies within the 10th and 90th percentile",
    ),
    "median_absolute_deviation": (_GREY, 0, "Mean absolute deviation from the median"),
    "coefficient_of_variation": ("1", 0, "Standard deviation over mean"),
    "quartile_coefficient_of_dispersion": ("1", 0, "Interquartile range over sum of the quartiles"),
    "energy": (f"{_GREY}^2 px^2", 2, "Sum of squares over the pixels"),
    "rms": (_GREY, 0, "Root of the mean square"),
}


class FirstOrderFeatures(CellFamily):
    r"""First-order statistics of grey, in nucleus and cytoplasm.

    The 18 intensity statistics of the Image Biomarker Standardisation Initiative (IBSI) [1]_, of the Rec. 601
    luma of the pixels of all cells together.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 36), in
    grey levels of [0, 255]: 18 columns of the nucleus, 18 of the cytoplasm. A region without pixels gives
    NaN. A constant region has variance, skewness, kurtosis and deviations 0. A region that is black
    throughout has neither a coefficient of variation nor a quartile coefficient of dispersion: NaN; nor has a
    region without a level in :math:`[P_{10}, P_{90}]` (two pixels, say) a robust deviation.

    With :math:`x` the :math:`N` grey levels of a region, :math:`\mu` their mean, :math:`m_k` their central
    moments (divided by :math:`N`) and :math:`P_q` their percentiles (linear between order statistics):

    - variance :math:`m_2`, skewness :math:`m_3/m_2^{3/2}`, excess kurtosis :math:`m_4/m_2^2-3`;
    - interquartile range :math:`P_{75}-P_{25}`, range :math:`\max x-\min x`;
    - mean absolute deviation from :math:`\mu`; robust: the same of the levels in :math:`[P_{10}, P_{90}]`,
      from their own mean; median absolute deviation: the *mean* of :math:`|x-P_{50}|`, as IBSI has it;
    - coefficient of variation :math:`\sqrt{m_2}/\mu`, quartile coefficient of dispersion
      :math:`(P_{75}-P_{25})/(P_{75}+P_{25})`;
    - energy :math:`\sum x^2`, a sum over pixels that grows with the area; root mean square :math:`\sqrt{\sum
      x^2/N}`.

    References
    ----------
    .. [1] Zwanenburg et al., 2020, "The Image Biomarker Standardization Initiative",
       :doi:`10.1148/radiol.2020191145`
    """

    family: ClassVar[str] = "firstorder"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            18 columns of the nucleus, then 18 of the cytoplasm.
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
        numpy.ndarray of float64, shape (n_views, 36)
            In grey levels; NaN for a region without pixels.
        """
        return np.asarray(first_order_rows(views.nucleus_pixels, views.cytoplasm_pixels))


def _spec(region: str, measure: str) -> FeatureSpec:
    unit, power, text = _MEASURES[measure]
    description = f"{text} of grey ({region})."
    return FeatureSpec(f"firstorder_{measure}_{region}", "firstorder", unit, power, description)


_SPECS = tuple(_spec(region, measure) for region in _REGIONS for measure in FIRST_ORDER_MEASURES)
