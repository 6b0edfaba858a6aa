"""The predictions of one test fold, encoded and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from leukfeat.evaluation.curves import Curve, trace_curve
from leukfeat.evaluation.labels import encode_labels, number_classes, shorten
from leukfeat.evaluation.subjects import Subjects, group_subjects

__all__ = ["FoldPredictions", "encode_predictions"]

_SUM_TOLERANCE = 1e-3  # of probabilities: some models compute them in single precision


@dataclass(frozen=True, eq=False)
class FoldPredictions:
    """What every metric is computed from.

    Parameters
    ----------
    truth : array of intp, shape (n,)
        Index of the true class.
    predicted : array of intp, shape (n,)
        Index of the predicted class.
    units : array of intp, shape (n,)
        Number of the unit that is resampled, the same in all folds: a column of the matrix of multiplicities.
    n_classes : int
        Number of classes, at least 2.
    positive : int or None
        Index of the positive class; None for several classes.
    scores : array of float64, shape (n,) or (n, n_classes), default=None
        Ranking scores: of the positive class for two classes, one column per class for several. None for a
        model without.
    probabilities : array of float64, shape (n,) or (n, n_classes), default=None
        Calibrated probabilities, likewise.
    cuts : mapping of int to float, default={}
        For two classes, by specificity in per cent, the score from which on an image is called positive,
        chosen on the training side; NaN where there is none.
    subjects : array of intp, shape (n,), default=None
        Number of each image's subject; -1 where it is not known.
    """

    truth: NDArray[np.intp]
    predicted: NDArray[np.intp]
    units: NDArray[np.intp]
    n_classes: int
    positive: int | None
    scores: NDArray[np.float64] | None = None
    probabilities: NDArray[np.float64] | None = None
    cuts: Mapping[int, float] = field(default_factory=dict)
    subjects: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """Numbers of the units that are in this fold, ascending."""
        return np.unique(self.units)

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Index of each image's unit in `columns`."""
        return np.searchsorted(self.columns, self.units)

    @cached_property
    def membership(self) -> csr_array:
        """Which images are of which unit: 1 or 0, shape (n_units, n)."""
        n = len(self)
        return csr_array((np.ones(n), (self.places, np.arange(n))), shape=(len(self.columns), n))

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """The ranking of the positive class, for several of each, against the rest; none without scores."""
        return () if self.scores is None else self._trace(self.truth, self.scores, self.places)

    @cached_property
    def by_subject(self) -> Subjects:
        """The subjects of the fold, each within one unit."""
        if self.subjects is None:
            raise ValueError("Images cannot be grouped by subjects that are not known.")
        return group_subjects(self.subjects, self.places)

    @cached_property
    def subject_curves(self) -> tuple[Curve, ...]:
        """The same as `curves` of subjects, by their mean score; each subject has one class."""
        if self.scores is None:
            return ()
        subjects = self.by_subject
        return self._trace(self.truth[subjects.first], subjects.mean(self.scores), subjects.places)

    def _trace(
        self, truth: NDArray[np.intp], scores: NDArray[np.float64], places: NDArray[np.intp]
    ) -> tuple[Curve, ...]:
        targets = range(self.n_classes) if self.positive is None else (self.positive,)
        columns = scores.reshape(len(truth), -1).T
        return tuple(
            trace_curve(truth == target, column, places, len(self.columns))
            for target, column in zip(targets, columns, strict=True)
        )


def encode_predictions(
    y_true: ArrayLike | Sequence[Any],
    y_pred: ArrayLike | Sequence[Any],
    scores: ArrayLike | None,
    classes: Sequence[Any],
    positive: Any,
    *,
    probabilities: ArrayLike | None = None,
    cuts: Mapping[int, float] | None = None,
    subjects: ArrayLike | None = None,
    units: ArrayLike | None = None,
) -> FoldPredictions:
    """Check the predictions of one test fold and turn them into numbers.

    Parameters
    ----------
    y_true : array-like, shape (n,)
        True labels.
    y_pred : array-like, shape (n,)
        Predicted labels.
    scores : array-like of float, shape (n,) or (n, n_classes), or None
        Ranking scores.
    classes : sequence
        All classes of the run, at least two.
    positive : object
        One of `classes`; plays no part with several.
    probabilities : array-like of float, shape (n,) or (n, n_classes), default=None
        Calibrated probabilities: of the positive class for two classes, of each for several.
    cuts : mapping of int to float, default=None
        See `FoldPredictions`.
    subjects : array-like of int, shape (n,), default=None
        Number of each image's subject; -1 where it is not known.
    units : array-like of int, shape (n,), default=None
        Number of the unit that is resampled; None takes all images as one.

    Returns
    -------
    FoldPredictions
        The same, encoded.

    Raises
    ------
    ValueError
        If there is no image, lengths or shapes do not fit, a label is not in `classes`, scores are NaN or
        infinite, or probabilities are none.
    """
    codes = number_classes(classes)
    if positive not in codes:
        raise ValueError(f"The positive class must be one of {shorten(list(codes))}. Got {positive!r}.")
    truth, predicted = encode_labels("y_true", y_true, codes), encode_labels("y_pred", y_pred, codes)
    if len(truth) != len(predicted) or len(truth) == 0:
        raise ValueError(
            "score_predictions expects as many predicted as true labels, at least one. "
            f"Got {len(truth)} true and {len(predicted)} predicted labels."
        )
    n, n_classes = len(truth), len(codes)
    return FoldPredictions(
        truth=truth,
        predicted=predicted,
        units=np.zeros(n, dtype=np.intp) if units is None else np.asarray(units, dtype=np.intp),
        n_classes=n_classes,
        positive=codes[positive] if n_classes == 2 else None,
        scores=None if scores is None else _check_scores("scores", scores, n, n_classes),
        probabilities=None if probabilities is None else _check_probabilities(probabilities, n, n_classes),
        cuts={} if cuts is None else cuts,
        subjects=None if subjects is None else np.asarray(subjects, dtype=np.intp),
    )


def _check_scores(name: str, scores: ArrayLike, n_images: int, n_classes: int) -> NDArray[np.float64]:
    array = np.asarray(scores, dtype=np.float64)
    shape = (n_images,) if n_classes == 2 else (n_images, n_classes)
    if array.shape != shape:
        meaning = "one of the positive class" if n_classes == 2 else "one of each class"
        raise ValueError(
            f"score_predictions expects {name} of shape {shape}, {meaning} per image. "
            f"Got shape {array.shape}."
        )
    if not np.isfinite(array).all():
        kind = "NaN" if np.isnan(array).any() else "infinite"
        n_bad = int((~np.isfinite(array)).reshape(n_images, -1).any(axis=1).sum())
        raise ValueError(
            f"The model returned {kind} {name} for {n_bad} of {n_images} images. "
            "Look for extreme values in its features."
        )
    return array


def _check_probabilities(values: ArrayLike, n_images: int, n_classes: int) -> NDArray[np.float64]:
    array = _check_scores("probabilities", values, n_images, n_classes)
    if array.min() < 0 or array.max() > 1:
        raise ValueError(f"Probabilities must be in [0, 1]. Got {array.min():g} to {array.max():g}.")
    if array.ndim == 2 and (worst := np.abs(array.sum(axis=1) - 1).max()) > _SUM_TOLERANCE:
        raise ValueError(f"Probabilities of the classes must add up to 1. They miss it by {worst:g}.")
    return array
