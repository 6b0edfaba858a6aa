"""What models say of training images that they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

__all__ = ["HeldOut", "join_held_out"]


@dataclass(frozen=True)
class HeldOut:
    """The training side of a fold as inner folds saw it.

    Attributes
    ----------
    truth : numpy.ndarray of intp, shape (n,)
        Classes as numbers: their place among all classes; of two classes 1 for the positive one.
    ranking : numpy.ndarray of float64, shape (n,) or (n, n_classes), or None
        As `leukfeat.sweep.ranking.rank_solved` gives them.
    balanced_accuracy : float
        Of the predicted classes, over all inner folds at once.
    """

    truth: NDArray[np.intp]
    ranking: NDArray[np.float64] | None
    balanced_accuracy: float


def join_held_out(
    truth: Sequence[NDArray[np.intp]],
    predicted: Sequence[NDArray[np.intp]],
    rankings: Sequence[NDArray[np.float64] | None],
    positive: int | None,
) -> HeldOut:
    """Put together what inner folds held out.

    Parameters
    ----------
    truth, predicted : sequence of numpy.ndarray of intp
        Numbers of the classes in each inner fold.
    rankings : sequence of numpy.ndarray of float64, or None in their place
        What ranks the images of each inner fold.
    positive : int or None
        Number of the positive class of two; None with several.

    Returns
    -------
    HeldOut
        In the order of the inner folds.
    """
    codes = np.concatenate(truth)
    known = [ranking for ranking in rankings if ranking is not None]
    return HeldOut(
        truth=codes if positive is None else (codes == positive).astype(np.intp),
        ranking=np.concatenate(known) if len(known) == len(rankings) else None,
        balanced_accuracy=float(balanced_accuracy_score(codes, np.concatenate(predicted))),
    )
