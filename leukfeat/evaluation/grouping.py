"""Whole subjects dealt to folds, the classes spread evenly."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.rows import Rows, advise_folds, listing

__all__ = ["assign_subjects", "count_images"]


def assign_subjects(rows: Rows, n_folds: int, seed: int) -> NDArray[np.intp]:
    """Give every subject the fold that tests it.

    scikit-learn's StratifiedGroupKFold decides. It balances images and can leave a fold without a class that
    has subjects enough; where that happens, subjects are dealt class by class, the rarest class first, and
    the better of the two assignments is kept. Where every subject has one class, every fold then holds every
    class. The order of the rows plays no part.

    Parameters
    ----------
    rows : Rows
        The images, each with its subject.
    n_folds : int
        Number of folds.
    seed : int
        Of the shuffle among subjects, in [0, 2**32 - 1].

    Returns
    -------
    array of intp, shape (n,)
        The fold that tests each image, 0 … n_folds - 1.

    Raises
    ------
    ConfigurationError
        If subjects are missing, a class has fewer subjects than `n_folds`, or one fold holds all images of a
        class.

    References
    ----------
    .. [1] Sechidis et al., 2011, :doi:`10.1007/978-3-642-23808-6_10` (dealing, the rarest class first)
    """
    if rows.n_without_subject:
        raise ConfigurationError(
            "The protocol 'grouped' needs the column 'subject' (patient) in every row. "
            f"{rows.n_without_subject} of {len(rows)} rows lack it. Fill it in, leave these rows out, or "
            "choose another protocol by name."
        )
    counts = count_images(rows.subjects, rows.labels)
    _require_subjects(rows, counts, n_folds)
    fold_of_subject = _assign(rows, counts, n_folds, seed)
    if _flaws(counts, fold_of_subject, n_folds)[0]:
        raise ConfigurationError(_explain_overlap(rows, counts, n_folds, seed))
    return fold_of_subject[rows.subjects]


def count_images(group: NDArray[np.intp], labels: NDArray[np.intp]) -> NDArray[np.int64]:
    """Count the images of every group (subject or fold) and class.

    Parameters
    ----------
    group : array of intp, shape (n,)
        Group of each image, 0 … n_groups - 1.
    labels : array of intp, shape (n,)
        Class of each image, 0 … n_classes - 1.

    Returns
    -------
    array of int64, shape (n_groups, n_classes)
        Number of images.
    """
    counts = np.zeros((int(group.max()) + 1, int(labels.max()) + 1), dtype=np.int64)
    np.add.at(counts, (group, labels), 1)
    return counts


def _require_subjects(rows: Rows, counts: NDArray[np.int64], n_folds: int) -> None:
    n_subjects = (counts > 0).sum(axis=0)
    if n_subjects.min() < n_folds:
        advice = advise_folds(int(n_subjects.min()), len(rows.classes))
        raise ConfigurationError(
            f"{n_folds} folds of whole subjects need at least {n_folds} subjects of every class. "
            f"Got {listing(rows.classes, n_subjects)}. {advice}"
        )


def _explain_overlap(rows: Rows, counts: NDArray[np.int64], n_folds: int, seed: int) -> str:
    """Say that subjects of several classes hinder these folds, and which number of folds works."""
    n_subjects = (counts > 0).sum(axis=0)
    possible = range(int(n_subjects.min()), 1, -1)
    works = (k for k in possible if not _flaws(counts, _assign(rows, counts, k, seed), k)[0])
    return (
        f"{n_folds} folds of whole subjects leave no training images of a class in some fold, for subjects "
        f"have images of several classes. Subjects of each class: {listing(rows.classes, n_subjects)}. "
        f"{advise_folds(next(works, 0), len(rows.classes))}"
    )


def _assign(rows: Rows, counts: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.intp]:
    balanced = _balance(rows, n_folds, seed)
    if not any(_flaws(counts, balanced, n_folds)):
        return balanced
    dealt = _deal(counts, n_folds, seed)
    return min(balanced, dealt, key=lambda fold_of: _flaws(counts, fold_of, n_folds))


def _balance(rows: Rows, n_folds: int, seed: int) -> NDArray[np.intp]:
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    fold_of_subject = np.empty(int(rows.subjects.max()) + 1, dtype=np.intp)
    for fold, (_, test) in enumerate(folds.split(rows.labels, rows.labels, rows.subjects)):
        fold_of_subject[rows.subjects[test]] = fold
    return fold_of_subject


def _deal(counts: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.intp]:
    """Deal the rarest class first, its largest subject first, to the fold with fewest images of the class."""
    shuffled = np.random.default_rng(seed).permutation(len(counts))
    fold_of_subject = np.full(len(counts), -1, dtype=np.intp)
    held = np.zeros((n_folds, counts.shape[1]), dtype=np.int64)
    while len(waiting := shuffled[fold_of_subject[shuffled] < 0]):
        n_waiting = (counts[waiting] > 0).sum(axis=0)
        rarest = int(np.argmin(np.where(n_waiting > 0, n_waiting, len(counts) + 1)))
        subject = waiting[np.argmax(counts[waiting, rarest])]
        fold = np.lexsort((held.sum(axis=1), held[:, rarest]))[0]
        fold_of_subject[subject] = fold
        held[fold] += counts[subject]
    return fold_of_subject


def _flaws(
    counts: NDArray[np.int64], fold_of_subject: NDArray[np.intp], n_folds: int
) -> tuple[int, int, int]:
    """Count classes that one fold holds alone, folds without images, and absences of a class from a fold."""
    held = np.zeros((n_folds, counts.shape[1]), dtype=np.int64)
    np.add.at(held, fold_of_subject, counts)
    present = held > 0
    return int((present.sum(axis=0) == 1).sum()), int((~present.any(axis=1)).sum()), int((~present).sum())
