"""Local binary patterns of the nucleus."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.riu2 import neighbourhood, riu2_shares

__all__ = ["LBPFeatures"]


class LBPFeatures(CellFamily):
    r"""Rotation-invariant uniform local binary patterns of the nucleus.

    The share of each riu2 code [1]_ among the nucleus' pixels, at two scales.

    Parameters
    ----------
    neighbourhoods : tuple of (int, int), default=((8, 1), (16, 2))
        Number of points in [4, 32] and radius in [1, 16] pixels of each, none twice.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 28) by
    default: points + 2 shares for each neighbourhood, which sum to 1. Pixels of all nuclei are pooled; their
    neighbours are read from the whole frame, also outside the nucleus. Pixels nearer to the frame's border
    than the radius are left out; without a pixel left the columns are NaN.

    A neighbour, interpolated bilinearly, counts as 1 if it is at least as bright as the centre. Codes 0 …
    points are the number of ones of patterns with at most two changes round the circle; code points + 1 is
    any other pattern. A constant region has code points throughout. Interpolation is exact: positions are
    rounded to five decimals as in scikit-image, and the products are integers. scikit-image's
    `local_binary_pattern` rounds them in floating point, so its codes differ at pixels where an interpolated
    neighbour equals the centre.

    References
    ----------
    .. [1] Ojala, Pietikäinen, Mäenpää, 2002, "Multiresolution gray-scale and rotation invariant texture
       classification with local binary patterns", :doi:`10.1109/TPAMI.2002.1017623`
    """

    family: ClassVar[str] = "lbp"

    def __init__(self, *, neighbourhoods: tuple[tuple[int, int], ...] = ((8, 1), (16, 2))) -> None:
        self.neighbourhoods = neighbourhoods

    def check_parameters(self) -> None:
        """Raise if a parameter is outside its range.

        Raises
        ------
        TypeError
            If the neighbourhoods are not pairs of ints.
        ValueError
            If one is outside its range or stands twice, or there is none.
        """
        if not _are_pairs(self.neighbourhoods):
            raise TypeError(self._complaint())
        for n_points, radius in self.neighbourhoods:
            check_int("LBPFeatures", "neighbourhoods", n_points, 4, 32)
            check_int("LBPFeatures", "neighbourhoods", radius, 1, 16)
        if not self.neighbourhoods or len(set(map(tuple, self.neighbourhoods))) < len(self.neighbourhoods):
            raise ValueError(self._complaint())

    def _complaint(self) -> str:
        expected = "a tuple of distinct (points, radius) pairs"
        return (
            f"The 'neighbourhoods' parameter of LBPFeatures must be {expected}. Got {self.neighbourhoods!r}."
        )

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Points + 2 columns for each neighbourhood.
        """
        return tuple(
            _spec(n_points, radius, code)
            for n_points, radius in self.neighbourhoods
            for code in range(n_points + 2)
        )

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, n_features)
            NaN where no pixel of a nucleus is far enough from the frame's border.
        """
        circles = (neighbourhood(n_points, radius) for n_points, radius in self.neighbourhoods)
        return np.concatenate([riu2_shares(views.grey, views.objects, circle) for circle in circles], axis=1)


def _are_pairs(neighbourhoods: object) -> bool:
    if not isinstance(neighbourhoods, (tuple, list)):
        return False
    return all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in neighbourhoods)


def _spec(n_points: int, radius: int, code: int) -> FeatureSpec:
    name = f"lbp_riu2_p{n_points}_r{radius}_b{code:02d}"
    pattern = f"{code} ones in a uniform pattern" if code <= n_points else "a pattern that is not uniform"
    text = f"Share of pixels with {pattern}, {n_points} neighbours at radius {radius} (nucleus)."
    return FeatureSpec(name, "lbp", "1", 0, text)
