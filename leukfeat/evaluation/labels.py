"""Labels as numbers."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["default_positive", "encode_labels", "number_classes", "shorten"]


def default_positive(classes: Sequence[str]) -> str:
    """Return the class taken as positive unless another is named.

    Parameters
    ----------
    classes : sequence of str
        All classes of the run, at least one.

    Returns
    -------
    str
        The last in sorted order.
    """
    return max(classes)


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
            f"Scores need at least two distinct classes. Got {shorten(list(classes)) or 'none'}."
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
            f"Labels in {name} must be among the classes {shorten(list(codes))}. Got {shorten(unknown)}."
        )
    return np.array([codes[label] for label in array], dtype=np.intp)


def shorten(labels: Sequence[Any], limit: int = 10) -> str:
    """Write labels for a message.

    Parameters
    ----------
    labels : sequence
        What to write.
    limit : int, default=10
        How many at most.

    Returns
    -------
    str
        For example ``'a', 'b' and 3 more``.
    """
    shown = ", ".join(repr(label) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown} and {len(labels) - limit} more"
