"""Grey-level co-occurrence texture of the nucleus."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.haralick import HARALICK_MEASURES, haralick_rows

__all__ = ["GLCMFeatures"]

_UNITS = {
    "contrast": "level^2",
    "variance": "level^2",
    "sum_average": "level",
    "sum_variance": "level^2",
    "sum_entropy": "nat",
    "entropy": "nat",
    "difference_variance": "level^2",
    "difference_entropy": "nat",
    "dissimilarity": "level",
    "cluster_shade": "level^3",
    "cluster_prominence": "level^4",
}
_AGGREGATES = {"mean": "mean", "range": "maximum less minimum"}


class GLCMFeatures(CellFamily):
    r"""Grey-level co-occurrence (Haralick) texture of the nucleus.

    Seventeen measures [1]_ [2]_ of the pairs of pixels at each distance, as mean and range over the four
    angles.

    Parameters
    ----------
    distances : tuple of int, default=(1, 2, 3)
        Offsets in pixels, each in [1, 64], none twice. Along diagonals an offset is that many rows and as
        many columns.
    n_levels : int, default=32
        Grey levels after quantisation of [0, 255] to equal steps, in [2, 256].

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 34 *
    len(distances)): for each distance, 17 measures, each as mean and range (maximum less minimum) over 0, 45,
    90 and 135 degrees. Both pixels of a pair lie in a nucleus; the pairs of all cells are pooled. An angle
    without pairs is left out; a nucleus without a single pair gives NaN. A constant region has contrast and
    entropies 0, asm and correlation 1, imc1 and imc2 0.

    Matrices are symmetric and normalised: :math:`p(i,j)` with :math:`i,j` in 0 … n_levels - 1, marginal
    :math:`p_x` with mean :math:`\mu` and variance :math:`\sigma^2`, :math:`p_{x+y}(k)`, :math:`p_{x-y}(k)`
    the distributions of :math:`i+j` and :math:`|i-j|`; logarithms are natural, :math:`H` is an entropy:

    - asm :math:`\sum p^2`, contrast :math:`\sum (i-j)^2p`, correlation :math:`\sum (i-\mu)(j-\mu)p/\sigma^2`,
      variance :math:`\sigma^2`, idm :math:`\sum p/(1+(i-j)^2)`;
    - sum_average, sum_variance, sum_entropy: mean, variance (about that mean, not about the entropy as
      misprinted in [1]_) and entropy of :math:`p_{x+y}`; difference_variance, difference_entropy: of
      :math:`p_{x-y}`;
    - entropy :math:`H(p)`; imc1 :math:`(H(p)-2H(p_x))/H(p_x)`; imc2
      :math:`\sqrt{1-\exp(-2(2H(p_x)-H(p)))}`;
    - dissimilarity :math:`\sum |i-j|p`, cluster_shade :math:`\sum (i+j-2\mu)^3p`, cluster_prominence
      :math:`\sum (i+j-2\mu)^4p`, max_probability :math:`\max p`.

    References
    ----------
    .. [1] Haralick, Shanmugam, Dinstein, 1973, "Textural features for image classification",
       :doi:`10.1109/TSMC.1973.4309314`
    .. [2] Conners, Trivedi, Harlow, 1984, "Segmentation of a high-resolution urban scene using texture
       operators", :doi:`10.1016/0734-189X(84)90197-X`
    """

    family: ClassVar[str] = "glcm"

    def __init__(self, *, distances: tuple[int, ...] = (1, 2, 3), n_levels: int = 32) -> None:
        self.distances = distances
        self.n_levels = n_levels

    def check_parameters(self) -> None:
        """Raise if a parameter is outside its range.

        Raises
        ------
        TypeError
            If a parameter has the wrong type.
        ValueError
            If it is outside its range, or a distance stands twice.
        """
        check_int("GLCMFeatures", "n_levels", self.n_levels, 2, 256)
        if not isinstance(self.distances, (tuple, list)):
            raise TypeError(self._complaint())
        for distance in self.distances:
            check_int("GLCMFeatures", "distances", distance, 1, 64)
        if not self.distances or len(set(self.distances)) < len(self.distances):
            raise ValueError(self._complaint())

    def _complaint(self) -> str:
        expected = "a tuple of distinct ints in [1, 64]"
        return f"The 'distances' parameter of GLCMFeatures must be {expected}. Got {self.distances!r}."

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            34 columns for each distance.
        """
        return tuple(
            _spec(measure, distance, aggregate)
            for distance in self.distances
            for measure in HARALICK_MEASURES
            for aggregate in _AGGREGATES
        )

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 34 * len(distances))
            NaN where the nucleus holds no pair.
        """
        distances = np.array(self.distances, dtype=np.int64)
        return np.asarray(haralick_rows(views.grey, views.objects, distances, self.n_levels))


def _spec(measure: str, distance: int, aggregate: str) -> FeatureSpec:
    text = measure.replace("_", " ")
    description = f"{_AGGREGATES[aggregate]} over four angles of {text} at distance {distance} (nucleus)."
    name = f"glcm_{measure}_d{distance}_{aggregate}"
    return FeatureSpec(name, "glcm", _UNITS.get(measure, "1"), 0, description[0].upper() + description[1:])
