"""One test fold under many weightings of its units: the row of ones, or the draws of a bootstrap."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.curves import Areas, measure_areas
from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.ratios import divide

__all__ = ["WeightedFold", "weigh"]


@dataclass(frozen=True, eq=False)
class WeightedFold:
    """What a metric is a function of.

    Parameters
    ----------
    fold : FoldPredictions
        The predictions.
    weights : array of float64, shape (n_draws, n_units)
        How often each unit of the fold counts, whole numbers, by `fold.columns`.
    """

    fold: FoldPredictions
    weights: NDArray[np.float64]

    @cached_property
    def confusion(self) -> NDArray[np.float64]:
        """Number of images by true (axis 1) and predicted class (axis 2), shape (n_draws, n, n)."""
        fold, n = self.fold, self.fold.n_classes
        cell = (fold.places * n + fold.truth) * n + fold.predicted
        counts = np.bincount(cell, minlength=len(fold.columns) * n * n).reshape(-1, n * n)
        return (self.weights @ counts.astype(np.float64)).reshape(-1, n, n)

    @cached_property
    def areas(self) -> tuple[Areas, ...]:
        """Areas under the curves, in the order of `fold.curves`."""
        return tuple(measure_areas(curve, self.weights) for curve in self.fold.curves)

    @cached_property
    def n_images(self) -> NDArray[np.float64]:
        """Number of images, shape (n_draws,)."""
        return np.asarray(self.confusion.sum(axis=(1, 2)))

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up a value of every image.

        Parameters
        ----------
        values : array of float64, shape (n,) or (n, k)
            By image.

        Returns
        -------
        array of float64, shape (n_draws,) or (n_draws, k)
            The sums.
        """
        return np.asarray(self.weights @ (self.fold.membership @ values))

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average a value of every image.

        Parameters
        ----------
        values : array of float64, shape (n,)
            By image.

        Returns
        -------
        array of float64, shape (n_draws,)
            The means; NaN for a draw without images.
        """
        return divide(self.total(values), self.n_images, np.nan)


def weigh(fold: FoldPredictions, multiplicities: NDArray[np.integer]) -> WeightedFold:
    """Pick the multiplicities of a fold's units.

    Parameters
    ----------
    fold : FoldPredictions
        The predictions.
    multiplicities : array of int, shape (n_draws, n_units)
        How often each unit of the run counts in each draw.

    Returns
    -------
    WeightedFold
        The fold with weights laid out so that draws are neighbours in memory.
    """
    return WeightedFold(fold, multiplicities.T[fold.columns].astype(np.float64).T)
