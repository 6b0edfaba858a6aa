"""Ratios and means where they are defined."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["divide", "mean_defined"]


def divide(part: NDArray[np.float64], whole: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
    """Divide where there is something to divide by.

    Parameters
    ----------
    part : array of float64
        Numerator.
    whole : array of float64
        Denominator, of a shape that fits.
    otherwise : float
        The value where the denominator is 0.

    Returns
    -------
    array of float64
        The ratio.
    """
    ratio = np.full(np.broadcast_shapes(part.shape, whole.shape), otherwise)
    np.divide(part, whole, out=ratio, where=whole != 0)
    return ratio


def mean_defined(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Average over the first axis what is not NaN.

    Parameters
    ----------
    values : array of float64, shape (n, n_draws)
        By class, or by fold.
    weights : array of float64, shape (n, n_draws), default=None
        How much each counts; None lets all count the same.

    Returns
    -------
    array of float64, shape (n_draws,)
        The means; NaN where nothing is defined.
    """
    shares = np.ones_like(values) if weights is None else weights
    shares = np.where(np.isnan(values), 0.0, shares)
    return divide((np.nan_to_num(values) * shares).sum(axis=0), shares.sum(axis=0), np.nan)
