"""What a metric is, and what it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice
from leukfeat.evaluation.predictions import FoldPredictions
from leukfeat.evaluation.weighted import WeightedFold

__all__ = ["NEEDS", "Metric", "explain_absence", "has"]


@dataclass(frozen=True)
class Metric:
    """One column of the leaderboard.

    Parameters
    ----------
    key : str
        Name in files.
    title : str
        Name in tables.
    description : str
        What it measures, in one sentence.
    function : callable
        Takes a `leukfeat.evaluation.weighted.WeightedFold` and returns one float per draw; NaN where the fold
        does not define it. Called only with folds that have what it needs.
    greater_is_better : bool or None, default=True
        None for what is not a merit.
    needs : tuple of str, default=()
        Keys of `NEEDS`.
    interval : {"percentile", "centred", "none"}, default="percentile"
        What is made of the draws. Resampling repeats images, which adds to gaps that count as positive
        whatever their sign: draws of such a metric are moved to have its value as their mean. No draw goes
        below a minimum: it gets no interval.
    bounds : tuple of float, default=(0.0, 1.0)
        The smallest and the largest value that there can be.
    """

    key: str
    title: str
    description: str
    function: Callable[[WeightedFold], NDArray[np.float64]]
    greater_is_better: bool | None = True
    needs: tuple[str, ...] = ()
    interval: str = "percentile"
    bounds: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        check_choice("Metric", "interval", self.interval, ("percentile", "centred", "none"))


@dataclass(frozen=True)
class Need:
    """Something that not every fold has.

    Parameters
    ----------
    reason : str
        Why there is no value without it, a full sentence.
    held_by : callable
        Takes a `leukfeat.evaluation.predictions.FoldPredictions`; returns whether the fold has it.
    of_problem : bool, default=True
        Whether it is a matter of the images, which all folds must then have, not of the model.
    """

    reason: str
    held_by: Callable[[FoldPredictions], bool]
    of_problem: bool = True


def _knows_subjects(fold: FoldPredictions) -> bool:
    """Whether each image has a subject, and each subject is resampled as a whole."""
    if fold.subjects is None or fold.subjects.min() < 0:
        return False
    return _one_each(fold.subjects, fold.units)


def _one_each(groups: NDArray[np.intp], values: NDArray[np.intp]) -> bool:
    """Whether all members of each group have the same value."""
    pairs = np.unique(np.column_stack([groups, values]), axis=0)
    return len(pairs) == len(np.unique(groups))


NEEDS: dict[str, Need] = {
    "two_classes": Need("It is defined for two classes only.", lambda fold: fold.n_classes == 2),
    "several_classes": Need(
        "It is defined for three classes or more only: with two it would equal ROC AUC.",
        lambda fold: fold.n_classes > 2,
    ),
    "scores": Need(
        "The model has nothing that ranks images.",
        lambda fold: fold.scores is not None,
        of_problem=False,
    ),
    "probabilities": Need(
        "The model has no calibrated probabilities.",
        lambda fold: fold.probabilities is not None,
        of_problem=False,
    ),
    "cut_90": Need(
        "No threshold was chosen on the training folds.",
        lambda fold: not np.isnan(fold.cuts.get(90, np.nan)),
        of_problem=False,
    ),
    "cut_95": Need(
        "No threshold was chosen on the training folds.",
        lambda fold: not np.isnan(fold.cuts.get(95, np.nan)),
        of_problem=False,
    ),
    "subjects": Need("The subjects of the images are not known.", _knows_subjects),
    "subjects_of_one_class": Need(
        "Subjects have images of several classes.",
        lambda fold: fold.subjects is not None and _one_each(fold.subjects, fold.truth),
    ),
}


def has(fold: FoldPredictions, metric: Metric) -> bool:
    """Return whether a fold has what a metric needs.

    Parameters
    ----------
    fold : FoldPredictions
        The predictions.
    metric : Metric
        The metric.

    Returns
    -------
    bool
        Whether the metric's function may be called.
    """
    return all(NEEDS[need].held_by(fold) for need in metric.needs)


def explain_absence(folds: Sequence[FoldPredictions], metric: Metric) -> str:
    """Say why no fold of a model has a value.

    Parameters
    ----------
    folds : sequence of FoldPredictions
        All test folds of a model.
    metric : Metric
        The metric.

    Returns
    -------
    str
        A full sentence; empty where folds have what the metric needs. What is a matter of the images is
        needed in every fold, what is a matter of the model in one.
    """
    for key in metric.needs:
        need = NEEDS[key]
        held = [need.held_by(fold) for fold in folds]
        if not (all(held) if need.of_problem else any(held)):
            return need.reason
    return ""
