"""What a split is made from: class, subject and place in the sequence of every image, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukfeat.errors import ConfigurationError

__all__ = ["Column", "Rows", "advise_folds", "listing", "read_rows", "require_images"]

Column = ArrayLike | Sequence[Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """The images to split.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes, sorted.
    labels : array of intp, shape (n,)
        Index of each image's class in `classes`.
    subjects : array of intp, shape (n,)
        Number of each image's subject, 0 … n_subjects - 1; -1 where it is missing.
    sequence : array of float64, shape (n,)
        Place of each image in the order of acquisition; NaN where it is missing.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.intp]
    subjects: NDArray[np.intp]
    sequence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_without_subject(self) -> int:
        """Number of images whose subject is missing.

        Returns
        -------
        int
            From 0 to n.
        """
        return int((self.subjects < 0).sum())

    @property
    def n_without_place(self) -> int:
        """Number of images whose place in the sequence is missing.

        Returns
        -------
        int
            From 0 to n.
        """
        return int(np.isnan(self.sequence).sum())


def read_rows(labels: Column, subjects: Column | None, sequence: Column | None) -> Rows:
    """Check the columns of `make_splits` and turn them into numbers.

    Parameters
    ----------
    labels : array-like, shape (n,)
        Class of each image; told apart by their text.
    subjects : array-like, shape (n,), optional
        Subject of each image; told apart by their text.
    sequence : array-like, shape (n,), optional
        Place of each image in the order of acquisition.

    Returns
    -------
    Rows
        The same, encoded. A column that is not given is missing in every row.

    Raises
    ------
    ConfigurationError
        If lengths differ, a label is missing, there are fewer than two classes, or a place is no number.
    """
    label_values = _one_dimensional("labels", labels)
    n_rows = len(label_values)
    classes, codes = _encode(label_values)
    n_unlabelled = int((codes < 0).sum())
    if n_unlabelled:
        raise ConfigurationError(
            f"make_splits expects a label in every row. {n_unlabelled} of {n_rows} are missing. "
            "Fill them in or leave these rows out."
        )
    if len(classes) < 2:
        raise ConfigurationError(
            f"make_splits expects at least two classes. Got {listing(classes) or 'no rows'}. "
            "Check the labels and the choice of classes (on the command line: --labels)."
        )
    subject_values = [None] * n_rows if subjects is None else _one_dimensional("subjects", subjects, n_rows)
    places = np.full(n_rows, np.nan) if sequence is None else _read_sequence(sequence, n_rows)
    return Rows(classes, codes, _encode(subject_values)[1], places)


def require_images(rows: Rows, n_folds: int) -> None:
    """Raise unless every class has an image for every fold.

    Parameters
    ----------
    rows : Rows
        The images to split.
    n_folds : int
        Number of folds.

    Raises
    ------
    ConfigurationError
        If a class has fewer images than `n_folds`; the message has the counts and says what works.
    """
    n_images = np.bincount(rows.labels, minlength=len(rows.classes))
    if n_images.min() < n_folds:
        raise ConfigurationError(
            f"{n_folds} folds need at least {n_folds} images of every class. "
            f"Got {listing(rows.classes, n_images)}. {advise_folds(int(n_images.min()))}"
        )


def advise_folds(largest: int) -> str:
    """Say which number of folds works.

    Parameters
    ----------
    largest : int
        The largest number of folds that works; below 2, none does.

    Returns
    -------
    str
        One sentence.
    """
    if largest < 2:
        return "No number of folds works: leave the smallest class out (on the command line: --labels)."
    return (
        f"The largest number that works is n_folds={largest} (on the command line: --folds {largest}); "
        "or leave the smallest class out (--labels)."
    )


def listing(classes: Sequence[str], counts: ArrayLike | None = None) -> str:
    """Write classes, with their counts where given, for a message.

    Parameters
    ----------
    classes : sequence of str
        Names.
    counts : array-like of int, shape (n_classes,), optional
        One number per class.

    Returns
    -------
    str
        For example ``'blast': 12, 'lymphocyte': 30``.
    """
    if counts is None:
        return ", ".join(repr(name) for name in classes)
    return ", ".join(
        f"{name!r}: {int(count)}" for name, count in zip(classes, np.asarray(counts), strict=True)
    )


def _one_dimensional(name: str, values: Column, n_rows: int | None = None) -> list[Any]:
    array = np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise ConfigurationError(f"make_splits expects {name} of shape (n,). Got shape {array.shape}.")
    if n_rows is not None and len(array) != n_rows:
        raise ConfigurationError(
            f"make_splits expects labels and {name} of one length. "
            f"Got {n_rows} labels and {len(array)} {name}."
        )
    return list(array)


def _encode(values: Sequence[Any]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Give the distinct texts numbers in sorted order, -1 where a value is missing."""
    texts = [None if _is_missing(value) else str(value) for value in values]
    names = tuple(sorted({text for text in texts if text is not None}))
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    return names, np.array([numbers.get(text, -1) for text in texts], dtype=np.intp)


def _read_sequence(sequence: Column, n_rows: int) -> NDArray[np.float64]:
    values = _one_dimensional("sequence", sequence, n_rows)
    try:
        return np.array(
            [np.nan if _is_missing(value) else float(value) for value in values], dtype=np.float64
        )
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"make_splits expects numbers in sequence, the order of acquisition, or NaN. Got: {error}."
        ) from error


def _is_missing(value: Any) -> bool:
    """Recognise None, blank text, and NaN, NaT and NA, which do not equal themselves."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    equal = value == value
    return not (isinstance(equal, (bool, np.bool_)) and bool(equal))
