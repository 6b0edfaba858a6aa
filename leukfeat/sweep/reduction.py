"""Wide embeddings to few columns, inside the fold."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from leukfeat._validation import check_int
from leukfeat.errors import ConfigurationError

__all__ = ["ReduceColumns", "embedding_columns", "n_components"]

_PREFIX = "emb_"


class ReduceColumns(TransformerMixin, BaseEstimator):
    """Principal components of some columns in their place; the others pass.

    Parameters
    ----------
    n_components : int, default=64
        How many components at most; never more than columns, or than rows that it is fitted on.
    columns : sequence of int, default=None
        Which columns; None takes all.

    Attributes
    ----------
    columns_ : numpy.ndarray of intp
        The columns that are reduced.
    imputer_ : SimpleImputer
        Fitted to them: medians for what is missing.
    scaler_ : StandardScaler
        Fitted to them, imputed.
    pca_ : PCA
        Fitted to them, standardised.

    Notes
    -----
    Input: float, shape (n_samples, n_features); NaN for what is missing, which passes. Output: float64, shape
    (n_samples, n_features - n_columns + n_components): what passes first, in order, then the components. Of
    each component the largest loading is positive.
    """

    def __init__(self, n_components: int = 64, columns: Sequence[int] | None = None) -> None:
        self.n_components = n_components
        self.columns = columns

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the components.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Training rows.
        y : object, default=None
            Ignored.

        Returns
        -------
        ReduceColumns
            Itself.
        """
        wanted = check_int(type(self).__name__, "n_components", self.n_components, 1)
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        every = range(values.shape[1]) if self.columns is None else self.columns
        self.columns_ = np.asarray(list(every), dtype=np.intp)
        self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True)
        imputed = self.imputer_.fit_transform(values[:, self.columns_])
        self.scaler_ = StandardScaler()
        standardised = self.scaler_.fit_transform(imputed)
        self.pca_ = PCA(min(wanted, *standardised.shape), random_state=0).fit(standardised)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Replace the columns by their components.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            Rows.

        Returns
        -------
        numpy.ndarray of float64, shape (n_samples, n_features_out)
            What passes, then the components.
        """
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        imputed = self.imputer_.transform(values[:, self.columns_])
        components = self.pca_.transform(self.scaler_.transform(imputed))
        return np.hstack([np.delete(values, self.columns_, axis=1), components])

    def __sklearn_tags__(self) -> Any:
        """Say that NaN is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input; None numbers them.

        Returns
        -------
        numpy.ndarray of object, shape (n_features_out,)
            Those that pass, then `pca_000`, `pca_001`, …
        """
        check_is_fitted(self)
        seen = getattr(self, "feature_names_in_", [f"x{index}" for index in range(self.n_features_in_)])
        names = np.asarray(seen if input_features is None else input_features, dtype=object)
        components = [f"pca_{index:03d}" for index in range(self.pca_.n_components_)]
        return np.concatenate([np.delete(names, self.columns_), np.array(components, dtype=object)])


def n_components(text: str | None) -> int | None:
    """Read the option `--reduce`.

    Parameters
    ----------
    text : str or None
        `pca:64`, or None.

    Returns
    -------
    int or None
        The number of components; None for nothing to reduce.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it says anything else.
    """
    if text is None:
        return None
    method, _, number = text.partition(":")
    if method != "pca" or not number.isdecimal() or int(number) == 0:
        raise ConfigurationError(f"Embeddings are reduced by pca:N, with N of at least 1. Got {text!r}.")
    return int(number)


def embedding_columns(names: Sequence[str]) -> tuple[int, ...]:
    """Return where the columns of networks stand.

    Parameters
    ----------
    names : sequence of str
        Of all features.

    Returns
    -------
    tuple of int
        Their places.
    """
    return tuple(place for place, name in enumerate(names) if name.startswith(_PREFIX))
