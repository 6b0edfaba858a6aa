"""ROC and precision-recall curves averaged over test folds, with bands of a bootstrap over units."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.ratios import divide, mean_defined
from leukfeat.evaluation.widening import CONFIDENCE

__all__ = ["CurveBand", "precision_recall_band", "roc_band"]

_GRID = np.linspace(0.0, 1.0, 201)
_BLOCK = 2**21  # weights held at once
_Trace = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

_TINY = 1e-9  # the smallest recall that is asked for: at 0 precision is not defined


@dataclass(frozen=True, eq=False)
class CurveBand:
    """A curve of one class against the rest, averaged over test folds.

    Parameters
    ----------
    x : array of float64, shape (201,)
        False positive rate, or recall.
    value : array of float64, shape (201,)
        True positive rate, or precision: the unweighted mean over the folds that define it; NaN without any.
    low, high : array of float64, shape (201,)
        Pointwise percentile band of the draws at 95 %; NaN where there is none.
    """

    x: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def roc_band(
    folds: Sequence[FoldPredictions],
    multiplicities: NDArray[np.integer],
    target: int = 0,
    widening: float = 1.0,
) -> CurveBand:
    """Average the ROC curves of test folds at equal false positive rates.

    Parameters
    ----------
    folds : sequence of FoldPredictions
        With scores.
    multiplicities : array of int, shape (n_draws, n_units)
        How often each unit counts in each draw; see `leukfeat.evaluation.draw_multiplicities`.
    target : int, default=0
        Which class stands against the rest; of two classes it is always the positive one.
    widening : float, default=1.0
        See `leukfeat.evaluation.measure_widening`.

    Returns
    -------
    CurveBand
        Vertical averages and their band [1]_, whose edges rise as every ROC curve does: where widening would
        let them fall, the band is the wider one. Folds, and draws of a fold, without positives or without
        negatives are left out.

    References
    ----------
    .. [1] Fawcett, 2006, :doi:`10.1016/j.patrec.2005.10.010`
    """
    band = _band(folds, multiplicities, target, widening, _true_positive_rates)
    low = np.minimum.accumulate(band.low[::-1])[::-1]
    return replace(band, low=low, high=np.maximum.accumulate(band.high))


def precision_recall_band(
    folds: Sequence[FoldPredictions],
    multiplicities: NDArray[np.integer],
    target: int = 0,
    widening: float = 1.0,
) -> CurveBand:
    """Average the precision-recall curves of test folds at equal recalls.

    Parameters
    ----------
    folds, multiplicities, target, widening
        As `roc_band` takes them.

    Returns
    -------
    CurveBand
        Of each recall the precision at the highest threshold that reaches it, not interpolated: the area
        under the curve is the average precision.
    """
    return _band(folds, multiplicities, target, widening, _precisions)


def _band(
    folds: Sequence[FoldPredictions],
    multiplicities: NDArray[np.integer],
    target: int,
    widening: float,
    trace: _Trace,
) -> CurveBand:
    ones = np.ones((1, multiplicities.shape[1]), dtype=np.uint16)
    value = _mean_curves(folds, ones, target, trace)[0]
    drawn = _mean_curves(folds, multiplicities, target, trace)
    low, high = (np.full(len(_GRID), np.nan) for _ in range(2))
    defined = drawn[~np.isnan(drawn).any(axis=1)]
    if len(defined) and not np.isinf(widening):
        spread = np.clip(value + widening * (defined - value), 0.0, 1.0)
        low, high = np.quantile(spread, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return CurveBand(_GRID.copy(), value, low, high)


def _mean_curves(
    folds: Sequence[FoldPredictions], multiplicities: NDArray[np.integer], target: int, trace: _Trace
) -> NDArray[np.float64]:
    """Return the mean curve of every draw, shape (n_draws, 201)."""
    n_draws = len(multiplicities)
    curves = np.full((len(folds), n_draws, len(_GRID)), np.nan)
    for number, fold in enumerate(folds):
        for start, positives, negatives in _counts(fold, multiplicities, target):
            for place, (found, lost) in enumerate(zip(positives, negatives, strict=True)):
                if found[-1] and lost[-1]:
                    curves[number, start + place] = trace(found, lost)
    flat = curves.reshape(len(folds), -1)
    return mean_defined(flat).reshape(n_draws, len(_GRID))


def _counts(
    fold: FoldPredictions, multiplicities: NDArray[np.integer], target: int
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield, for blocks of draws, how many positives and negatives score at least each distinct score."""
    if fold.scores is None:
        raise ValueError("Curves need scores. Got none.")
    if fold.positive is not None:
        positive, scores = fold.truth == fold.positive, fold.scores
    else:
        positive, scores = fold.truth == target, fold.scores[:, target]
    order = np.argsort(-scores, kind="stable")
    ranked, ends = positive[order], np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    block = max(1, _BLOCK // len(fold))
    for start in range(0, len(multiplicities), block):
        weights = multiplicities[start : start + block][:, fold.units[order]].astype(np.float64)
        found = np.cumsum(weights * ranked, axis=1)[:, ends]
        yield start, found, np.cumsum(weights, axis=1)[:, ends] - found


def _true_positive_rates(found: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
    rates = (np.concatenate([[0.0], counts]) / counts[-1] for counts in (lost, found))
    false_positive, true_positive = rates
    curve: NDArray[np.float64] = np.interp(_GRID, false_positive, true_positive)
    return curve


def _precisions(found: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.searchsorted(found, np.maximum(_GRID, _TINY) * found[-1] * (1 - _TINY))
    precision: NDArray[np.float64] = divide(found, found + lost, np.nan)[places]
    return precision
