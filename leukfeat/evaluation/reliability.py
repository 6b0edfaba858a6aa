"""Whether what is claimed with a probability happens as often as that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.probability_metrics import claims
from leukfeat.evaluation.ratios import divide
from leukfeat.evaluation.weighted import weigh
from leukfeat.evaluation.widening import CONFIDENCE

__all__ = ["Reliability", "measure_reliability"]


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability curve over bins of equal width.

    Parameters
    ----------
    edges : array of float64, shape (n_bins + 1,)
        From 0 to 1; a probability on an edge is in the bin below it.
    claimed : array of float64, shape (n_bins,)
        Mean probability in the bin; NaN for an empty one.
    happened : array of float64, shape (n_bins,)
        How often the class was the true one; NaN for an empty bin.
    low, high : array of float64, shape (n_bins,)
        Percentile interval of `happened` at 95 %; NaN where there is none.
    n_predictions : array of float64, shape (n_bins,)
        Predictions in the bin, those of all repeats.
    """

    edges: NDArray[np.float64]
    claimed: NDArray[np.float64]
    happened: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_predictions: NDArray[np.float64]


def measure_reliability(
    folds: Sequence[FoldPredictions],
    multiplicities: NDArray[np.integer],
    widening: float = 1.0,
    n_bins: int = 10,
) -> Reliability:
    """Count, in bins of probability, how often what was claimed is so.

    Parameters
    ----------
    folds : sequence of FoldPredictions
        With probabilities; all folds and repeats are counted together.
    multiplicities : array of int, shape (n_draws, n_units)
        How often each unit counts in each draw; see `leukfeat.evaluation.draw_multiplicities`.
    widening : float, default=1.0
        See `leukfeat.evaluation.measure_widening`.
    n_bins : int, default=10
        Number of bins.

    Returns
    -------
    Reliability
        Of the positive class; of several classes, of the most probable one [1]_.

    References
    ----------
    .. [1] Guo et al., 2017, https://proceedings.mlr.press/v70/guo17a.html
    """
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    ones = np.ones((1, multiplicities.shape[1]), dtype=np.uint16)
    n, claimed, happened = _sums(folds, ones, edges)
    n_drawn, _, happened_drawn = _sums(folds, multiplicities, edges)
    value = divide(happened, n, np.nan)[0]
    draws = divide(happened_drawn, n_drawn, np.nan)
    low, high = _interval(value, draws, widening)
    return Reliability(edges, divide(claimed, n, np.nan)[0], value, low, high, n[0])


def _sums(
    folds: Sequence[FoldPredictions], multiplicities: NDArray[np.integer], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add up predictions, their probabilities and what happened, shape (3, n_draws, n_bins)."""
    n_bins = len(edges) - 1
    total = np.zeros((3, len(multiplicities), n_bins))
    for fold in folds:
        claimed, happened = claims(fold)
        table = np.zeros((3, len(fold), n_bins))
        bins = np.digitize(claimed, edges[1:-1], right=True)
        table[:, np.arange(len(fold)), bins] = np.ones(len(fold)), claimed, happened
        weighted = weigh(fold, multiplicities)
        total += [weighted.total(part) for part in table]
    return total


def _interval(
    value: NDArray[np.float64], draws: NDArray[np.float64], widening: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = np.full_like(value, np.nan), np.full_like(value, np.nan)
    if np.isinf(widening):
        return low, high
    spread = np.clip(value + widening * (draws - value), 0.0, 1.0)
    for place in np.flatnonzero((~np.isnan(spread)).any(axis=0)):
        defined = spread[~np.isnan(spread[:, place]), place]
        low[place], high[place] = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return low, high
