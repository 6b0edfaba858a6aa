"""Splits: which images train and which are tested, by protocol."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from leukfeat._validation import check_choice, check_int
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.blocks import cut_blocks
from leukfeat.evaluation.grouping import assign_subjects, count_images
from leukfeat.evaluation.rows import Column, Rows, read_rows, require_images

__all__ = ["PROTOCOLS", "Fold", "Splits", "make_splits"]

PROTOCOLS = ("auto", "grouped", "blocks", "random")


@dataclass(frozen=True, eq=False)
class Fold:
    """One pair of training and test images.

    Parameters
    ----------
    repeat : int
        Which repetition of the cross-validation, from 0.
    fold : int
        Which fold of that repetition, from 0.
    train : array of intp, shape (n_train,)
        Rows to fit on, ascending.
    test : array of intp, shape (n_test,)
        Rows to score, ascending; none of them is in `train`.
    """

    repeat: int
    fold: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Splits:
    """The folds of a run, and what its reader has to know of them.

    Parameters
    ----------
    protocol : str
        What was done: 'grouped', 'blocks' or 'random', never 'auto'.
    folds : tuple of Fold
        Every row is tested once in each repeat.
    notes : tuple of str
        Full sentences for the user.
    leaks : bool
        Whether images of one subject are, or must be taken to be, on both sides. If so, the first note
        is the warning that every output prints on its first line.
    """

    protocol: str
    folds: tuple[Fold, ...]
    notes: tuple[str, ...]
    leaks: bool


def make_splits(
    labels: Column,
    *,
    subjects: Column | None = None,
    sequence: Column | None = None,
    protocol: str = "auto",
    n_folds: int = 5,
    embargo: int = 37,
    seed: int = 0,
) -> Splits:
    """Divide images into folds for cross-validation.

    Parameters
    ----------
    labels : array-like of str, shape (n,)
        Class of each image; other labels are told apart by their text.
    subjects : array-like of str, shape (n,), optional
        Patient of each image; None, NaN, NA and blank text are missing. One name is one subject, whatever
        the class.
    sequence : array-like of float, shape (n,), optional
        Order of acquisition within each class; None, NaN and NA are missing. Equal values keep the order of
        the rows.
    protocol : {'auto', 'grouped', 'blocks', 'random'}, default='auto'
        'grouped' keeps subjects whole and spreads the classes evenly. 'blocks' cuts the sequence of each
        class into contiguous blocks; test fold k is block k of every class, and `embargo` images of the class
        on either side of it are left out of training. 'random' splits by image and leaks. 'auto' is 'grouped'
        where there are subjects, else 'blocks' where every image has its place in the sequence, else an
        error.
    n_folds : int, default=5
        Number of folds, at least 2.
    embargo : int, default=37
        Images left out on either side of a tested block, at least 0; for 'blocks' alone.
    seed : int, default=0
        Of the shuffles of 'grouped' and 'random', in [0, 2**32 - 1]; 'blocks' has none.

    Returns
    -------
    Splits
        The folds, their protocol and notes. Every training side holds every class; a test side may lack one
        under 'grouped' where subjects have several classes, and then a note says so.

    Raises
    ------
    TypeError
        If a number is not an int.
    ValueError
        If a number or the protocol is out of range.
    ConfigurationError
        If the images do not allow the protocol: lengths differ, there are fewer than two classes, labels,
        subjects or places in the sequence are missing, a class has too few images or subjects for `n_folds`,
        or the embargo leaves a class without training images.

    Examples
    --------
    >>> from leukfeat.evaluation import make_splits
    >>> splits = make_splits(["a", "a", "b", "b"], subjects=["p1", "p2", "p3", "p4"], n_folds=2)
    >>> splits.notes
    ('Whole subjects are kept apart: 4 subjects in 2 folds.',)
    """
    check_choice("make_splits", "protocol", protocol, PROTOCOLS)
    n_folds = check_int("make_splits", "n_folds", n_folds, low=2)
    embargo = check_int("make_splits", "embargo", embargo, low=0)
    seed = check_int("make_splits", "seed", seed, low=0, high=2**32 - 1)
    rows = read_rows(labels, subjects, sequence)
    chosen = _choose_protocol(rows) if protocol == "auto" else protocol
    require_images(rows, n_folds)
    if chosen == "grouped":
        return _grouped(rows, n_folds, seed)
    if chosen == "blocks":
        return _blocks(rows, n_folds, embargo)
    return _random(rows, n_folds, seed)


def _choose_protocol(rows: Rows) -> str:
    if rows.n_without_subject < len(rows):
        return "grouped"
    if not rows.n_without_place:
        return "blocks"
    raise ConfigurationError(
        "The protocol 'auto' needs the column 'subject' (patient) or 'sequence' (order of acquisition). "
        f"Of {len(rows)} rows, {rows.n_without_subject} lack 'subject' and {rows.n_without_place} lack "
        "'sequence'. Fill in one of them, or ask for a split by image, which leaks, with protocol='random' "
        "(on the command line: --protocol random)."
    )


def _grouped(rows: Rows, n_folds: int, seed: int) -> Splits:
    fold_of_image = assign_subjects(rows, n_folds, seed)
    folds = tuple(
        Fold(0, fold, np.flatnonzero(fold_of_image != fold), np.flatnonzero(fold_of_image == fold))
        for fold in range(n_folds)
    )
    n_subjects = len(np.unique(rows.subjects))
    note = f"Whole subjects are kept apart: {n_subjects} subjects in {n_folds} folds."
    return Splits("grouped", folds, (note, *_note_absences(rows, fold_of_image)), leaks=False)


def _blocks(rows: Rows, n_folds: int, embargo: int) -> Splits:
    blocks = cut_blocks(rows, n_folds, embargo)
    folds = tuple(
        Fold(0, fold, np.flatnonzero(blocks.training(fold, embargo)), np.flatnonzero(blocks.block == fold))
        for fold in range(n_folds)
    )
    note = (
        f"Contiguous blocks per class with an embargo of {embargo} image{'' if embargo == 1 else 's'}; "
        "neighbours further apart may still be related."
    )
    warning = _warn_of_subjects(rows, folds)
    return Splits("blocks", folds, (*warning, note), leaks=bool(warning))


def _random(rows: Rows, n_folds: int, seed: int) -> Splits:
    stratified = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    folds = tuple(
        Fold(0, fold, train.astype(np.intp), test.astype(np.intp))
        for fold, (train, test) in enumerate(stratified.split(rows.labels, rows.labels))
    )
    warning = "Random split by image: images of one patient are on both sides; scores are inflated."
    return Splits("random", folds, (warning,), leaks=True)


def _note_absences(rows: Rows, fold_of_image: NDArray[np.intp]) -> Iterator[str]:
    """Name the classes that some test folds lack, and what their scores leave out."""
    effect = "one-vs-rest averages omit it" if len(rows.classes) > 2 else "ROC AUC is undefined"
    absent = count_images(fold_of_image, rows.labels) == 0
    for code, name in enumerate(rows.classes):
        folds = np.flatnonzero(absent[:, code])
        if len(folds):
            where = f"test fold{'' if len(folds) == 1 else 's'} {', '.join(map(str, folds))}"
            yield f"Class {name!r} is absent from {where} (counted from 0); {effect} there."


def _warn_of_subjects(rows: Rows, folds: tuple[Fold, ...]) -> tuple[str, ...]:
    """Warn where blocks put images of one known subject on both sides."""
    shared = [np.intersect1d(rows.subjects[fold.train], rows.subjects[fold.test]) for fold in folds]
    split = np.unique(np.concatenate(shared))
    n_split, n_subjects = int((split >= 0).sum()), len(np.unique(rows.subjects[rows.subjects >= 0]))
    if not n_split:
        return ()
    return (
        f"Blocks part known subjects: images of {n_split} of {n_subjects} subjects are on both sides; "
        "scores are inflated.",
    )
