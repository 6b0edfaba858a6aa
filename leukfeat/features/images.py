"""From image files to a feature table."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from leukfeat.errors import ImageError
from leukfeat.features.cells import CellFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellView
from leukfeat.imaging import LoadCells, check_paths

__all__ = ["ImageFeatures"]


class ImageFeatures(TransformerMixin, BaseEstimator):
    """Image files to feature columns in source pixels.

    Parameters
    ----------
    load : LoadCells, default=None
        How files become cells; None takes `LoadCells()`.
    features : CellFeatures, default=None
        What is measured; None takes `CellFeatures()`.

    Attributes
    ----------
    load_ : LoadCells
        Fitted: its `scene_` is settled.
    families_ : tuple of CellFamily
        In the order of their columns.

    Raises
    ------
    leukfeat.errors.ImageError
        By `transform`, at the first file that cannot be used; it names the path. `iterate` yields it instead.

    Notes
    -----
    Input: paths (list, array or Series of strings, or a frame with a column `path`). Output: float32, shape
    (n_samples, n_features). Each image is read, decoded and measured on its own, so memory does not grow with
    their number beyond the rows. A column of length power p is multiplied by scale^p, where scale is
    the number of source pixels per frame pixel. What cannot be measured is NaN.
    """

    def __init__(self, load: LoadCells | None = None, features: CellFeatures | None = None) -> None:
        self.load = load
        self.features = features

    def fit(self, X: Any, y: Any = None) -> Self:
        """Settle the scene and check the parameters.

        Parameters
        ----------
        X : sequence of str, or pandas.DataFrame with a column `path`
            Image files.
        y : object, default=None
            Ignored.

        Returns
        -------
        ImageFeatures
            Itself.
        """
        features = CellFeatures() if self.features is None else clone(self.features)
        features.check_parameters()
        paths = check_paths("ImageFeatures", X)
        load = LoadCells() if self.load is None else clone(self.load)
        self.load_ = load.fit(paths)
        self.families_: tuple[CellFamily, ...] = features.resolve()
        self._length_powers = {family: _length_powers(family) for family in self.families_}
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Measure images.

        Parameters
        ----------
        X : sequence of str, or pandas.DataFrame with a column `path`
            Image files.

        Returns
        -------
        numpy.ndarray of float32, shape (n_samples, n_features)
            In source pixels; NaN for what cannot be measured.
        """
        check_is_fitted(self)
        paths = check_paths("ImageFeatures", X)
        rows = np.empty((len(paths), len(self.specs())), dtype=np.float32)
        for index, (_, row) in enumerate(self.iterate(paths)):
            if isinstance(row, ImageError):
                raise row
            rows[index] = row
        return rows

    def iterate(self, X: Any) -> Iterator[tuple[str, NDArray[np.float32] | ImageError]]:
        """Measure images one by one and go on after a bad file.

        Parameters
        ----------
        X : sequence of str, or pandas.DataFrame with a column `path`
            Image files.

        Yields
        ------
        path : str
            The file.
        row : numpy.ndarray of float32, shape (n_features,), or ImageError
            Its row, or why there is none.
        """
        check_is_fitted(self)
        for path in check_paths("ImageFeatures", X):
            try:
                rgb = self.load_.decode(self.load_.read(path), path)
                yield path, np.concatenate(self.measure(rgb))
            except ImageError as error:
                yield path, error

    def measure(
        self, rgb: NDArray[np.uint8], families: Sequence[CellFamily] | None = None
    ) -> list[NDArray[np.float32]]:
        """Measure one decoded image, framed once for each size that a family asks for.

        Parameters
        ----------
        rgb : numpy.ndarray of uint8, shape (height, width, 3)
            Red, green, blue.
        families : sequence of CellFamily, default=None
            What to measure; None takes all.

        Returns
        -------
        list of numpy.ndarray of float32
            The row of each family, in source pixels.
        """
        check_is_fitted(self)
        views: dict[int, tuple[CellView, float]] = {}
        rows = []
        for family in self.families_ if families is None else families:
            size = family.frame_size or self.load_.size
            if size not in views:
                cell, scale = self.load_.cell(rgb, size)
                views[size] = CellView(cell), scale
            view, scale = views[size]
            powers = self._length_powers.get(family)
            factors = scale ** (_length_powers(family) if powers is None else powers)
            rows.append((family.measure(view) * factors).astype(np.float32))
        return rows

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            One spec for each column of `transform`.
        """
        check_is_fitted(self)
        return tuple(spec for family in self.families_ for spec in family.specs())

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        numpy.ndarray of object, shape (n_features,)
            The names in `specs`.
        """
        return np.array([spec.name for spec in self.specs()], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "families_")


def _length_powers(family: CellFamily) -> NDArray[np.int64]:
    """Return the power of a length in each column of a family."""
    return np.array([spec.length_power for spec in family.specs()])
