"""The predictions of one test fold, encoded and checked."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FoldPredictions", "encode_labels", "encode_predictions", "number_classes"]


@dataclass(frozen=True, eq=False)
class FoldPredictions:
    """What every metric is computed from.

    Parameters
    ----------
    truth : array of intp, shape (n,)
        Index of the true class.
    confusion : array of int64, shape (n_classes, n_classes)
        Number of images by true class (rows) and predicted class (columns).
    scores : array of float64, shape (n,) or (n, n_classes), or None
        Ranking scores: of the positive class for two classes, one column per class for several.
    positive : int or None
        Index of the positive class; None for several classes.
    """

    truth: NDArray[np.intp]
    confusion: NDArray[np.int64]
    scores: NDArray[np.float64] | None
    positive: int | None


def encode_predictions(
    y_true: ArrayLike | Sequence[Any],
    y_pred: ArrayLike | Sequence[Any],
    scores: ArrayLike | None,
    classes: Sequence[Any],
    positive: Any,
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

    Returns
    -------
    FoldPredictions
        The same, encoded.

    Raises
    ------
    ValueError
        If there is no image, lengths or shapes do not fit, a label is not in `classes`, or scores are NaN or
        infinite.
    """
    codes = number_classes(classes)
    if positive not in codes:
        raise ValueError(f"The positive class must be one of {_shorten(list(codes))}. Got {positive!r}.")
    truth, predicted = encode_labels("y_true", y_true, codes), encode_labels("y_pred", y_pred, codes)
    if len(truth) != len(predicted) or len(truth) == 0:
        raise ValueError(
            "score_predictions expects as many predicted as true labels, at least one. "
            f"Got {len(truth)} true and {len(predicted)} predicted labels."
        )
    confusion = np.zeros((len(codes), len(codes)), dtype=np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    return FoldPredictions(
        truth=truth,
        confusion=confusion,
        scores=None if scores is None else _check_scores(scores, len(truth), len(codes)),
        positive=codes[positive] if len(codes) == 2 else None,
    )


def number_classes(classes: Sequence[Any]) -> dict[Hashable, int]:
    """Give every class its index.

    Parameters
    ----------
    classes : sequence
        All classes of the run.

    Returns
    -------
    dict of object to int
        Index by class, in the order given.

    Raises
    ------
    ValueError
        If there are fewer than two, or one stands twice.
    """
    codes: dict[Hashable, int] = {label: code for code, label in enumerate(classes)}
    if len(codes) < 2 or len(codes) != len(classes):
        raise ValueError(
            f"Scores need at least two distinct classes. Got {_shorten(list(classes)) or 'none'}."
        )
    return codes


def encode_labels(
    name: str, labels: ArrayLike | Sequence[Any], codes: Mapping[Hashable, int]
) -> NDArray[np.intp]:
    """Replace labels by the index of their class.

    Parameters
    ----------
    name : str
        Which labels, for the message.
    labels : array-like, shape (n,)
        Labels.
    codes : mapping of object to int
        Index by class.

    Returns
    -------
    array of intp, shape (n,)
        Indices.

    Raises
    ------
    ValueError
        If they are not one-dimensional, or one is not a class.
    """
    array = np.asarray(labels, dtype=object)
    if array.ndim != 1:
        raise ValueError(f"Scores need {name} of shape (n,). Got shape {array.shape}.")
    unknown = [label for label in dict.fromkeys(array) if label not in codes]
    if unknown:
        raise ValueError(
            f"Labels in {name} must be among the classes {_shorten(list(codes))}. Got {_shorten(unknown)}."
        )
    return np.array([codes[label] for label in array], dtype=np.intp)


def _check_scores(scores: ArrayLike, n_images: int, n_classes: int) -> NDArray[np.float64]:
    array = np.asarray(scores, dtype=np.float64)
    shape = (n_images,) if n_classes == 2 else (n_images, n_classes)
    if array.shape != shape:
        meaning = "one of the positive class" if n_classes == 2 else "one of each class"
        raise ValueError(
            f"score_predictions expects scores of shape {shape}, {meaning} per image. "
            f"Got shape {array.shape}."
        )
    if not np.isfinite(array).all():
        kind = "NaN" if np.isnan(array).any() else "infinite"
        n_bad = int((~np.isfinite(array)).reshape(n_images, -1).any(axis=1).sum())
        raise ValueError(
            f"The model returned {kind} scores for {n_bad} of {n_images} images. "
            "Look for extreme values in its features."
        )
    return array


def _shorten(labels: Sequence[Any], limit: int = 10) -> str:
    shown = ", ".join(repr(label) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown} and {len(labels) - limit} more"
