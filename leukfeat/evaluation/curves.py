"""Areas under the ROC and the precision-recall curve, of many weightings at once."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from leukfeat.evaluation.ratios import divide

__all__ = ["Areas", "Curve", "measure_areas", "trace_curve"]


@dataclass(frozen=True, eq=False)
class Curve:
    """Positives and negatives in falling order of score, cut into steps.

    A step ends with the images of one score that positives have; negatives between two such scores belong to
    the lower. Negatives below every positive are in no step. Entries are numbers of images.

    Parameters
    ----------
    positives : csr_array, shape (n_steps, n_units)
        Positives of the step.
    negatives : csr_array, shape (n_steps, n_units)
        Negatives of the step.
    tied : csr_array, shape (n_steps, n_units)
        Those negatives of the step whose score its positives have, too.
    all_negatives : array of float64, shape (n_units,)
        Negatives in any step or in none.
    """

    positives: csr_array
    negatives: csr_array
    tied: csr_array
    all_negatives: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Areas:
    """Areas under the curves of one class against the rest.

    Parameters
    ----------
    roc : array of float64, shape (n_draws,)
        Area under the ROC curve, ties counting half; NaN without positives or without negatives.
    precision_recall : array of float64, shape (n_draws,)
        Average precision; NaN without positives.
    positives : array of float64, shape (n_draws,)
        Number of positives.
    """

    roc: NDArray[np.float64]
    precision_recall: NDArray[np.float64]
    positives: NDArray[np.float64]


def trace_curve(
    positive: NDArray[np.bool_], scores: NDArray[np.float64], places: NDArray[np.intp], n_units: int
) -> Curve:
    """Sort images by score and cut their order into steps.

    Parameters
    ----------
    positive : array of bool, shape (n,)
        Which images are positive.
    scores : array of float64, shape (n,)
        Finite; larger for positives.
    places : array of intp, shape (n,)
        Unit of each image, 0 … n_units - 1.
    n_units : int
        Number of units.

    Returns
    -------
    Curve
        The steps; none without positives.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, unit, level = positive[order], places[order], _levels(scores[order])
    holds_positives = np.bincount(level, weights=ranked) > 0
    step: NDArray[np.intp] = (np.cumsum(holds_positives) - holds_positives)[level]
    shape = (int(holds_positives.sum()), n_units)
    above_last = step < shape[0]

    def count(chosen: NDArray[np.bool_]) -> csr_array:
        ones = np.ones(int(chosen.sum()))
        return csr_array((ones, (step[chosen], unit[chosen])), shape=shape)

    negatives = ~ranked & above_last
    all_negatives = np.bincount(unit, weights=~ranked, minlength=n_units).astype(np.float64)
    return Curve(count(ranked), count(negatives), count(negatives & holds_positives[level]), all_negatives)


def measure_areas(curve: Curve, weights: NDArray[np.float64]) -> Areas:
    """Measure both areas for every weighting of the units.

    Parameters
    ----------
    curve : Curve
        The steps.
    weights : array of float64, shape (n_draws, n_units)
        How often each unit counts, whole numbers; fast where the transpose is contiguous.

    Returns
    -------
    Areas
        What scikit-learn's `roc_auc_score` and `average_precision_score` give for images repeated so often.

    Notes
    -----
    Draws lie side by side in memory and every operation runs over all of them: per step, the weights of its
    positives and negatives are added up (a sparse product), then accumulated. The ROC area is the share of
    pairs of a positive and a negative ranked right [1]_; average precision is not interpolated.

    References
    ----------
    .. [1] Hanley and McNeil, 1982, :doi:`10.1148/radiology.143.1.7063747`
    """
    positives = curve.positives @ weights.T
    above = _accumulate(curve.negatives @ weights.T)
    lost = _sum_products(positives, above)
    if curve.tied.nnz:
        lost -= _sum_products(positives, curve.tied @ weights.T) / 2
    found = _accumulate(positives.copy())
    n_positive = found[-1].copy() if len(found) else np.zeros(len(weights))
    n_pairs = n_positive * (weights @ curve.all_negatives)
    above += found
    precision = np.divide(found, np.maximum(above, 1, out=above), out=found)
    return Areas(
        divide(n_pairs - lost, n_pairs, np.nan),
        divide(_sum_products(positives, precision), n_positive, np.nan),
        n_positive,
    )


def _levels(ranked_scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which of the distinct scores, from the top, each is."""
    return np.concatenate([[0], np.cumsum(np.diff(ranked_scores) != 0)])


def _accumulate(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace each row by the sum of it and those above; `numpy.cumsum` does so column by column, slowly."""
    for above, row in pairwise(rows):
        np.add(row, above, out=row)
    return rows


def _sum_products(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("sd,sd->d", first, second))
