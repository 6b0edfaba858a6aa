"""The base of every feature family."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from leukfeat._validation import check_cells
from leukfeat._workers import map_in_threads
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews

__all__ = ["CellFamily", "measured_rows"]

_BATCH = 16  # images that are measured together: what they share then stays in the processor's cache


class CellFamily(TransformerMixin, BaseEstimator, ABC):
    """A stateless transformer from cells to feature columns, each row independent of its batch.

    A family names itself in `family`, lists its columns in `specs` and computes the rows of a few images in
    `measure`.
    `leukfeat.testing` holds the suite that every family must pass.

    Attributes
    ----------
    family : str
        The key under which the registry knows it.
    frame_size : int or None
        The side of the frame it wants, in pixels; None takes the size that images are loaded at.
    reads_regions : bool
        Whether it looks at the region channel. `ImageFeatures` leaves it at 0 in frames that nobody wants
        segmented.
    """

    family: ClassVar[str]
    frame_size: int | None = None
    reads_regions: bool = True

    def for_scene(self, scene: str) -> "CellFamily":
        """Settle what depends on what the images show.

        Parameters
        ----------
        scene : {"masked", "cell", "field"}
            What they show.

        Returns
        -------
        CellFamily
            Itself, as a rule, or a copy with other parameters.
        """
        return self

    def provenance(self) -> dict[str, str]:
        """Say what its parameters leave open and what was found instead.

        Returns
        -------
        dict of str to str
            By parameter; nothing for most families, for a network the SHA-256 of its weights. A family made
            with these values gives the same rows.
        """
        return {}

    @abstractmethod
    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            One spec for each column of `transform`.
        """

    @abstractmethod
    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions, at least one.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, n_features)
            In frame pixels; NaN for what cannot be measured. No row depends on the other images.
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

        A few images at a time, on as many threads as there are cores; `NUMBA_NUM_THREADS` lowers that. Worker
        processes use one thread each.

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
        n_features = len(self.specs())
        rows = np.empty((len(cells), n_features), dtype=np.float32)

        def fill(start: int) -> None:
            batch = slice(start, start + _BATCH)
            rows[batch] = measured_rows(self, CellViews(cells[batch]), n_features)

        map_in_threads(fill, range(0, len(cells), _BATCH))
        return rows

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


def measured_rows(family: CellFamily, views: CellViews, n_features: int) -> NDArray[np.float64]:
    """Measure a few images.

    Parameters
    ----------
    family : CellFamily
        What to measure.
    views : CellViews
        The images, at least one.
    n_features : int
        Number of its specs.

    Returns
    -------
    numpy.ndarray of float64, shape (n_views, n_features)
        What `family.measure` returns.

    Raises
    ------
    ValueError
        If it returns an array of another shape.
    """
    rows = np.asarray(family.measure(views), dtype=np.float64)
    expected = (len(views), n_features)
    if rows.shape != expected:
        promise = f"{type(family).__name__}.measure must return a row for each image, a column for each spec"
        raise ValueError(f"{promise}: shape {expected}. Got {rows.shape}.")
    return rows
