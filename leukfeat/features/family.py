"""The base of every feature family."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from leukfeat._validation import check_cells
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellView

__all__ = ["CellFamily"]

_BATCH = 16  # images whose views are held at a time


class CellFamily(TransformerMixin, BaseEstimator, ABC):
    """A stateless transformer from cells to feature columns, each row independent of its batch.

    A family names itself in `family`, lists its columns in `specs` and computes one row in `measure`.
    `leukfeat.testing` holds the suite that every family must pass.

    Attributes
    ----------
    family : str
        The key under which the registry knows it.
    frame_size : int or None
        The side of the frame it wants, in pixels; None takes the size that images are loaded at.
    """

    family: ClassVar[str]
    frame_size: int | None = None

    @abstractmethod
    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            One spec for each column of `transform`.
        """

    @abstractmethod
    def measure(self, view: CellView) -> NDArray[np.float64]:
        """Compute the row of one image.

        Parameters
        ----------
        view : CellView
            The image and its regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_features,)
            In frame pixels; NaN for what cannot be measured.
        """

    def check_parameters(self) -> None:
        """Raise if a parameter is outside its range."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the input; nothing is learned.

        Parameters
        ----------
        X : numpy.ndarray of uint8, shape (n_samples, size, size, 4)
            Cells.
        y : object, default=None
            Ignored.

        Returns
        -------
        CellFamily
            Itself.
        """
        self.check_parameters()
        check_cells(type(self).__name__, X)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the columns of each image.

        Parameters
        ----------
        X : numpy.ndarray of uint8, shape (n_samples, size, size, 4)
            Cells.

        Returns
        -------
        numpy.ndarray of float32, shape (n_samples, n_features)
            In frame pixels; NaN for what cannot be measured.
        """
        self.check_parameters()
        cells = check_cells(type(self).__name__, X)
        rows = np.empty((len(cells), len(self.specs())), dtype=np.float32)
        for start in range(0, len(cells), _BATCH):
            batch = slice(start, start + _BATCH)
            rows[batch] = self.measure_each([CellView(cell) for cell in cells[batch]])
        return rows

    def measure_each(self, views: Sequence[CellView]) -> NDArray[np.float64]:
        """Compute the rows of several images, each as `measure` does.

        Parameters
        ----------
        views : sequence of CellView
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, n_features)
            In frame pixels; NaN for what cannot be measured.
        """
        if not views:
            return np.empty((0, len(self.specs())))
        return np.array([self.measure(view) for view in views], dtype=np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns.

        Parameters
        ----------
        input_features : object, default=None
            Ignored: cells have no names.

        Returns
        -------
        numpy.ndarray of object, shape (n_features,)
            The names in `specs`.
        """
        return np.array([spec.name for spec in self.specs()], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return True
