"""The union of feature families."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_unique_names
from leukfeat.features.family import CellFamily
from leukfeat.features.registry import DEFAULT_FAMILIES, FAMILIES
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews

__all__ = ["CellFeatures"]


class CellFeatures(CellFamily):
    """Several feature families side by side.

    Parameters
    ----------
    families : sequence of str or CellFamily, default=None
        Names from `leukfeat.features.FAMILIES`, or families with parameters of their own; None takes
        `leukfeat.features.DEFAULT_FAMILIES`.

    Raises
    ------
    ValueError
        If a name is unknown, or two families make a column of the same name.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, n_features), in frame
    pixels. What a family cannot measure is NaN.

    Examples
    --------
    >>> from leukfeat.features import CellFeatures, GLCMFeatures
    >>> CellFeatures([GLCMFeatures(distances=(1,)), "shape"]).get_feature_names_out()[0]
    'glcm_asm_d1_mean'
    """

    family = "cells"

    def __init__(self, families: Sequence[str | CellFamily] | None = None) -> None:
        self.families = families

    def resolve(self) -> tuple[CellFamily, ...]:
        """Make the families.

        Returns
        -------
        tuple of CellFamily
            In the order of their columns.
        """
        wanted = DEFAULT_FAMILIES if self.families is None else self.families
        if isinstance(wanted, (str, CellFamily)) or not len(wanted):
            raise TypeError(f"CellFeatures expects a list of at least one family. Got {wanted!r}.")
        check_unique_names(
            "CellFeatures", [item for item in wanted if isinstance(item, str)], FAMILIES, "family"
        )
        return tuple(FAMILIES[item]() if isinstance(item, str) else item for item in wanted)

    def check_parameters(self) -> None:
        """Raise if a family is unknown, its parameters are wrong or two columns share a name."""
        for family in self.resolve():
            if not isinstance(family, CellFamily):
                raise TypeError(f"CellFeatures expects names of families, or instances. Got {family!r}.")
            family.check_parameters()
        names = [spec.name for spec in self.specs()]
        if len(set(names)) < len(names):
            repeated = sorted({name for name in names if names.count(name) > 1})[0]
            raise ValueError(f"CellFeatures would make the column {repeated!r} twice. Drop one family.")

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns of all families, in order.

        Returns
        -------
        tuple of FeatureSpec
            One spec for each column of `transform`.
        """
        return tuple(spec for family in self.resolve() for spec in family.specs())

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images, family after family.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, n_features)
            In frame pixels; NaN for what cannot be measured.
        """
        return np.concatenate([family.measure(views) for family in self.resolve()], axis=1)
