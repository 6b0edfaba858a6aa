"""What came of one candidate in one fold."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FoldResult"]


def _nothing() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True)
class FoldResult:
    """One candidate in one fold.

    Attributes
    ----------
    model : str
        The candidate's name.
    repeat, fold : int
        Which fold.
    predicted : numpy.ndarray of str, shape (n_test,)
        Predicted classes; empty when it failed.
    ranking : numpy.ndarray of float64, shape (n_test,) or (n_test, n_classes)
        What the AUC ranks by: decision values or probabilities. Empty when the model has neither.
    probabilities : numpy.ndarray of float64, shape as `ranking`
        Calibrated on inner folds; empty where there are none.
    cuts : numpy.ndarray of float64, shape (2,)
        Of two classes the scores from which an image is called positive at the specificities 0.90 and 0.95 of
        the training side, chosen on inner folds; empty where there are none.
    inner_score : float
        Balanced accuracy on the inner folds; NaN where there are none.
    fit_seconds, predict_seconds : float
        Wall time of the model's one fit on the whole training side and of its predictions. Inner folds are
        not counted.
    reason : str
        Why it failed; empty when it did not.
    warnings : tuple of str
        What the libraries had to say.
    transform_seconds : float
        Wall time of the table's steps, fitted on the training side and applied to both sides. Done once for
        all models of a fold, and charged in full to each.
    peak_bytes : int
        The most memory that the task's process held, inner folds and libraries included.
    method : str
        How the model was solved.
    """

    model: str
    repeat: int
    fold: int
    predicted: NDArray[Any] = field(default_factory=_nothing)
    ranking: NDArray[np.float64] = field(default_factory=_nothing)
    probabilities: NDArray[np.float64] = field(default_factory=_nothing)
    cuts: NDArray[np.float64] = field(default_factory=_nothing)
    inner_score: float = float("nan")
    fit_seconds: float = float("nan")
    predict_seconds: float = float("nan")
    reason: str = ""
    warnings: tuple[str, ...] = ()
    transform_seconds: float = 0.0
    peak_bytes: int = 0
    method: str = ""
