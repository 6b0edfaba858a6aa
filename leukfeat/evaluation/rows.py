"""What a split is made from: class, subject, place and side of every image, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.columns import Column, as_list, dense, encode, in_natural_order, read_numbers

__all__ = ["SPLITS", "Rows", "advise_folds", "listing", "read_rows", "require_images", "shorten"]

SPLITS = ("train", "val", "test")
_NO_GROUP = ("-1", "-1.0")


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
    subject_names : tuple of str, length n_subjects
        Names of the subjects, sorted.
    sequence : array of float64, shape (n,)
        Place of each image in the order of acquisition; NaN where it is missing.
    folds : array of intp, shape (n,)
        Index of the manifest's fold in `fold_names`; -1 where it is missing.
    fold_names : tuple of str
        Names of the manifest's folds in natural order.
    split : array of intp, shape (n,)
        Index of the manifest's split in ('train', 'val', 'test'); -1 where it is missing.
    same : array of intp, shape (n,)
        Number of the group of identical images, 0 … n_groups - 1; -1 for an image that has no twin.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.intp]
    subjects: NDArray[np.intp]
    subject_names: tuple[str, ...]
    sequence: NDArray[np.float64]
    folds: NDArray[np.intp]
    fold_names: tuple[str, ...]
    split: NDArray[np.intp]
    same: NDArray[np.intp]

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

    def take(self, chosen: NDArray[np.intp]) -> "Rows":
        """Keep some images.

        Parameters
        ----------
        chosen : array of intp, shape (m,)
            Which, in this order.

        Returns
        -------
        Rows
            Classes and folds keep their numbers; subjects and groups of identical images get new ones, in
            the same order.
        """
        known, subjects = dense(self.subjects[chosen])
        return replace(
            self,
            labels=self.labels[chosen],
            subjects=subjects,
            subject_names=tuple(self.subject_names[number] for number in known),
            sequence=self.sequence[chosen],
            folds=self.folds[chosen],
            split=self.split[chosen],
            same=_with_twins(self.same[chosen]),
        )


def read_rows(
    labels: Column,
    subjects: Column | None = None,
    sequence: Column | None = None,
    *,
    folds: Column | None = None,
    split: Column | None = None,
    same: Column | None = None,
) -> Rows:
    """Check the columns of `make_splits` and turn them into numbers.

    Parameters
    ----------
    labels : array-like, shape (n,)
        Class of each image; told apart by their text.
    subjects : array-like, shape (n,), optional
        Subject of each image; told apart by their text.
    sequence : array-like, shape (n,), optional
        Place of each image in the order of acquisition.
    folds : array-like, shape (n,), optional
        Fold of each image in the manifest; told apart by their text.
    split : array-like, shape (n,), optional
        'train', 'val' or 'test'.
    same : array-like, shape (n,), optional
        Group of identical images; -1 where an image has no twin.

    Returns
    -------
    Rows
        The same, encoded. A column that is not given is missing in every row.

    Raises
    ------
    ConfigurationError
        If lengths differ, a label is missing, there are fewer than two classes, a place is no number, or a
        split is unknown.
    """
    classes, codes = encode(as_list("labels", labels))
    n_rows = len(codes)
    _check_labels(classes, codes)
    subject_names, subject_codes = encode(as_list("subjects", subjects, n_rows))
    fold_names, fold_codes = in_natural_order(*encode(as_list("folds", folds, n_rows)))
    groups = [None if str(value) in _NO_GROUP else value for value in as_list("same", same, n_rows)]
    return Rows(
        classes=classes,
        labels=codes,
        subjects=subject_codes,
        subject_names=subject_names,
        sequence=read_numbers("sequence", as_list("sequence", sequence, n_rows)),
        folds=fold_codes,
        fold_names=fold_names,
        split=_read_split(split, n_rows),
        same=_with_twins(encode(groups)[1]),
    )


def require_images(rows: Rows, n_folds: int, what: str = "images") -> None:
    """Raise unless every class has an image for every fold.

    Parameters
    ----------
    rows : Rows
        The images to split.
    n_folds : int
        Number of folds.
    what : str, default='images'
        What is counted, for the message.

    Raises
    ------
    ConfigurationError
        If a class has fewer images than `n_folds`; the message has the counts and says what works.
    """
    n_images = np.bincount(rows.labels, minlength=len(rows.classes))
    if n_images.min() < n_folds:
        raise ConfigurationError(
            f"{n_folds} folds need at least {n_folds} {what} of every class. "
            f"Got {listing(rows.classes, n_images)}. {advise_folds(int(n_images.min()), len(rows.classes))}"
        )


def advise_folds(largest: int, n_classes: int) -> str:
    """Say which number of folds works.

    Parameters
    ----------
    largest : int
        The largest number of folds that works; below 2, none does.
    n_classes : int
        Number of classes; of more than two, the smallest may be left out.

    Returns
    -------
    str
        One sentence.
    """
    if largest < 2 and n_classes > 2:
        return "No number of folds works: leave the smallest class out (on the command line: --labels)."
    if largest < 2:
        return "No number of folds works."
    other = "; or leave the smallest class out (--labels)" if n_classes > 2 else ""
    works = f"n_folds={largest} (on the command line: --folds {largest})"
    return f"The largest number that works is {works}{other}."


def listing(names: Sequence[str], counts: ArrayLike | None = None) -> str:
    """Write names, with their counts where given, for a message.

    Parameters
    ----------
    names : sequence of str
        Names.
    counts : array-like of int, shape (n_names,), optional
        One number per name.

    Returns
    -------
    str
        For example ``'blast': 12, 'lymphocyte': 30``.
    """
    if counts is None:
        return ", ".join(repr(name) for name in names)
    return ", ".join(f"{name!r}: {int(count)}" for name, count in zip(names, np.asarray(counts), strict=True))


def shorten(names: Sequence[str], limit: int = 10) -> str:
    """Write names for a message, the first of them where there are many.

    Parameters
    ----------
    names : sequence of str
        Names.
    limit : int, default=10
        How many are written.

    Returns
    -------
    str
        For example ``'p1', 'p2' and 71 more``.
    """
    shown = listing(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def _check_labels(classes: tuple[str, ...], codes: NDArray[np.intp]) -> None:
    n_unlabelled = int((codes < 0).sum())
    if n_unlabelled:
        raise ConfigurationError(
            f"make_splits expects a label in every row. {n_unlabelled} of {len(codes)} are missing. "
            "Fill them in or leave these rows out."
        )
    if len(classes) < 2:
        raise ConfigurationError(
            f"make_splits expects at least two classes. Got {listing(classes) or 'no rows'}. "
            "Check the labels and the choice of classes (on the command line: --labels)."
        )


def _read_split(split: Column | None, n_rows: int) -> NDArray[np.intp]:
    names, codes = encode(as_list("split", split, n_rows))
    unknown = [name for name in names if name not in SPLITS]
    if unknown:
        raise ConfigurationError(f"make_splits expects {listing(SPLITS)} in split. Got {shorten(unknown)}.")
    numbers = np.array([*map(SPLITS.index, names), -1], dtype=np.intp)  # the last answers for -1
    return numbers[codes]


def _with_twins(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give numbers to the groups of two images or more; who is alone has none."""
    sizes = np.bincount(groups[groups >= 0], minlength=1)
    return dense(np.where((groups >= 0) & (sizes[groups] > 1), groups, -1))[1]
