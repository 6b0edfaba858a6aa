"""How far an image lies from those that a model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_real
from leukfeat.evaluation import Pair

__all__ = ["QUANTILE", "Domain", "fit_domain"]

QUANTILE = 0.99
_MOST_NUMBERS = 40_000_000  # of a table that is looked at whole: 320 MB
_FEWEST_ROWS = 1000
_MOST_AXES = 256  # that are kept where there are more columns than `_FEW_COLUMNS`
_FEW_COLUMNS = 1024
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Domain:
    """Training features as an ellipsoid: their mean, their directions and their spread in each.

    Made by `fit_domain`.

    Attributes
    ----------
    threshold : float
        The distance above which an image lies outside: `quantile` of the distances of training images that
        were held out.
    quantile : float
        Which share of the training images lies inside.
    n_images, n_held_out : int
        On how many images the ellipsoid stands, and on how many the threshold.
    most_missing : int
        How many features may be missing: more are in hardly any training image.
    fill : numpy.ndarray of float64, shape (n_features,)
        Medians, for what could not be measured.
    kept : numpy.ndarray of intp, shape (p,)
        Places of the features that are not constant.
    mean, scale : numpy.ndarray of float64, shape (p,)
        Of these.
    axes : numpy.ndarray of float64, shape (p, r)
        Directions of the largest variances.
    variances : numpy.ndarray of float64, shape (r,)
        Along `axes`, shrunk.
    rest : float
        The variance along every other direction, shrunk.
    """

    threshold: float
    quantile: float
    n_images: int
    n_held_out: int
    most_missing: int
    fill: NDArray[np.float64]
    kept: NDArray[np.intp]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]
    variances: NDArray[np.float64]
    rest: float

    def distance(self, X: Any) -> NDArray[np.float64]:
        """Return the Mahalanobis distance of rows of features to the training images.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            As `ImageFeatures` returns them; NaN for what could not be measured.

        Returns
        -------
        numpy.ndarray of float64, shape (n_samples,)
            In standard deviations. Infinite for a row with more missing features than `most_missing`.
        """
        values = np.asarray(X)
        if values.ndim != 2 or values.shape[1] != len(self.fill):
            raise ValueError(
                f"Domain expects features of shape (n_samples, {len(self.fill)}). Got shape {values.shape}."
            )
        parts = [self._of_block(values[at : at + _BLOCK]) for at in range(0, len(values), _BLOCK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def in_domain(self, X: Any) -> NDArray[np.bool_]:
        """Return whether rows of features lie as near as the training images.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
            As for `distance`.

        Returns
        -------
        numpy.ndarray of bool, shape (n_samples,)
            Whether the distance is at most the threshold.
        """
        return self.distance(X) <= self.threshold

    def _of_block(self, X: NDArray[Any]) -> NDArray[np.float64]:
        values = X.astype(np.float64)
        missing = ~np.isfinite(values)
        values = np.where(missing, self.fill, values)[:, self.kept]
        centred = (values - self.mean) / self.scale
        along = centred @ self.axes
        beside = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        squared = (along**2 / self.variances).sum(axis=1) + beside / self.rest
        return np.where(missing.sum(axis=1) > self.most_missing, np.inf, np.sqrt(squared))


def fit_domain(X: NDArray[np.float32], folds: Sequence[Pair], quantile: float = QUANTILE) -> Domain:
    """Learn how far training images lie from each other.

    Parameters
    ----------
    X : numpy.ndarray of float, shape (n_samples, n_features)
        All training rows; NaN for what could not be measured.
    folds : sequence of (numpy.ndarray of intp, numpy.ndarray of intp)
        Rows to fit on and rows held out: whole subjects, where these are known.
    quantile : float, default=0.99
        Which share of the rows held out is to lie inside; above 0, at most 1.

    Returns
    -------
    Domain
        Of all rows, with the threshold of those held out.

    Raises
    ------
    ValueError
        If there are no rows, or none is held out.

    Notes
    -----
    Features are standardised, medians in the place of what is missing, constants left out. The covariance is
    shrunk towards a multiple of the identity by the oracle approximating shrinkage [1]_; with few columns it
    is the same as `sklearn.covariance.OAS`. Where there are more than 1,024 columns, 256 directions are kept
    and all others have one variance, the mean of theirs. Where a table has more than 40 million numbers, rows
    spread evenly over it stand for all, 1,000 at least.

    References
    ----------
    .. [1] Chen et al., 2010, :doi:`10.1109/TSP.2010.2053029`
    .. [2] Mahalanobis, 1936, "On the generalised distance in statistics", Proceedings of the National
       Institute of Sciences of India 2, 49-55
    """
    check_real("fit_domain", "quantile", quantile, low=0, high=1)
    held_out = [_ellipsoid(X[train], quantile).distance(X[test]) for train, test in folds if len(test)]
    if not held_out:
        raise ValueError("fit_domain expects folds that hold out rows. Got none.")
    distances = np.concatenate(held_out)
    known = distances[np.isfinite(distances)]
    threshold = float(np.quantile(known, quantile)) if len(known) else 0.0
    return replace(_ellipsoid(X, quantile), threshold=threshold, n_held_out=len(distances))


def _ellipsoid(X: NDArray[np.float32], quantile: float) -> Domain:
    """Return the shape of the rows, without a threshold."""
    if not len(X):
        raise ValueError("fit_domain expects training rows. Got none.")
    values = X[_spread(*X.shape)].astype(np.float64)
    missing = ~np.isfinite(values)
    values[missing] = np.nan
    fill = _medians(values, missing)
    values = np.where(missing, fill, values)
    kept = np.flatnonzero(np.ptp(values, axis=0) > 0)
    values = values[:, kept]
    mean, scale = values.mean(axis=0), values.std(axis=0)
    axes, variances, rest = _directions((values - mean) / scale)
    return Domain(
        threshold=0.0,
        quantile=quantile,
        n_images=len(X),
        n_held_out=0,
        most_missing=int(np.quantile(missing.sum(axis=1), quantile, method="higher")),
        fill=fill,
        kept=kept,
        mean=mean,
        scale=scale,
        axes=axes,
        variances=variances,
        rest=rest,
    )


def _spread(n_rows: int, n_columns: int) -> NDArray[np.intp]:
    """Choose the rows that are looked at, evenly spread."""
    n_most = max(_FEWEST_ROWS, _MOST_NUMBERS // max(n_columns, 1))
    return np.linspace(0, n_rows - 1, min(n_rows, n_most)).round().astype(np.intp)


def _medians(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the median of each column, 0 for one that is empty."""
    fill = np.zeros(values.shape[1])
    known = np.flatnonzero(~missing.all(axis=0))
    fill[known] = np.nanmedian(values[:, known], axis=0)
    return fill


def _directions(Z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the largest directions of standardised rows, their shrunk variances and that of all others."""
    n, p = Z.shape
    if p == 0:
        return np.empty((0, 0)), np.empty(0), 1.0
    found, axes = _eigen(Z)
    mean_square, mean = (found**2).sum() / p**2, found.sum() / p
    excess = (n + 1) * (mean_square - mean**2 / p)
    weight = 1.0 if excess <= 0 else min((mean_square + mean**2) / excess, 1.0)
    shrunk = (1 - weight) * found + weight * mean
    n_kept = len(shrunk) if p <= _FEW_COLUMNS else min(_MOST_AXES, len(shrunk))
    n_others = p - n_kept
    if not n_others:
        return axes, shrunk, 1.0  # no direction is left for it
    others = shrunk[n_kept:].sum() + (p - len(shrunk)) * weight * mean
    return np.ascontiguousarray(axes[:, :n_kept]), shrunk[:n_kept], float(others / n_others)


def _eigen(Z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return eigenvalues of the covariance, largest first, and their vectors; without zeros where n < p."""
    n, p = Z.shape
    if p <= n:
        values, vectors = np.linalg.eigh(Z.T @ Z / n)
        return np.maximum(values[::-1], 0), np.ascontiguousarray(vectors[:, ::-1])
    values, vectors = np.linalg.eigh(Z @ Z.T / n)
    positive = values > values[-1] * n * np.finfo(np.float64).eps
    values, vectors = values[positive][::-1], vectors[:, positive][:, ::-1]
    return values, Z.T @ (vectors / np.sqrt(n * values))
