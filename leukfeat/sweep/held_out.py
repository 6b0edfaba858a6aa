"""What models say of training images that they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import Pipeline

from leukfeat.sweep.ranking import ranking_scores

__all__ = ["HeldOut", "hold_out"]


@dataclass(frozen=True)
class HeldOut:
    """The training side of a fold as inner folds saw it.

    Attributes
    ----------
    truth : numpy.ndarray of intp, shape (n,)
        Classes as numbers: their place among all classes; of two classes 1 for the positive one.
    ranking : numpy.ndarray of float64, shape (n,) or (n, n_classes), or None
        As `leukfeat.sweep.ranking.ranking_scores` gives them.
    balanced_accuracy : float
        Of the predicted classes, over all inner folds at once.
    """

    truth: NDArray[np.intp]
    ranking: NDArray[np.float64] | None
    balanced_accuracy: float


def hold_out(
    pipeline: Pipeline,
    values: NDArray[Any],
    labels: NDArray[Any],
    pairs: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    classes: Sequence[str],
    positive: str,
) -> HeldOut:
    """Fit anew on each inner training side and predict what it leaves out.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        The model; it is cloned.
    values : numpy.ndarray, shape (n_samples, n_features)
        The table.
    labels : numpy.ndarray of str, shape (n_samples,)
        True classes.
    pairs : sequence of (numpy.ndarray of intp, numpy.ndarray of intp)
        Rows to fit on and rows held out.
    classes : sequence of str
        All classes, sorted.
    positive : str
        The positive class of two.

    Returns
    -------
    HeldOut
        In the order of the pairs.
    """
    predicted, rankings = [], []
    for fit, held_out in pairs:
        model = clone(pipeline).fit(values[fit], labels[fit])
        predicted.append(model.predict(values[held_out]))
        rankings.append(ranking_scores(model, values[held_out], classes, positive))
    truth = labels[np.concatenate([held_out for _, held_out in pairs])]
    numbers = truth == positive if len(classes) == 2 else np.searchsorted(np.asarray(classes), truth)
    known = [ranking for ranking in rankings if ranking is not None]
    return HeldOut(
        truth=np.asarray(numbers, dtype=np.intp),
        ranking=np.concatenate(known) if len(known) == len(rankings) else None,
        balanced_accuracy=float(balanced_accuracy_score(truth, np.concatenate(predicted))),
    )
