"""Folds inside a training side, for calibration, thresholds and nested selection."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.blocks import arrange_blocks
from leukfeat.evaluation.by_image import assign_images
from leukfeat.evaluation.columns import dense
from leukfeat.evaluation.grouping import assign_subjects
from leukfeat.evaluation.rows import Rows, listing, require_images
from leukfeat.evaluation.splits import Splits

__all__ = ["InnerSplits", "Pair", "inner_splits"]

Pair = tuple[NDArray[np.intp], NDArray[np.intp]]
_HELD_OUT = {"subjects": "subjects", "folds": "folds", "blocks": "images", "images": "different images"}


@dataclass(frozen=True, eq=False)
class InnerSplits:
    """Folds inside the training side of a fold.

    Parameters
    ----------
    train : array of intp, shape (n_train,)
        The rows that were divided, ascending.
    pairs : list of (array of intp, array of intp), or None
        Rows to fit on and rows held out, ascending, numbered as those of `Splits`. Every row of `train` is
        held out once, and every class is among the rows to fit on. None where no division allows that.
    note : str
        Why there are none, or what differs from what was asked for; empty where nothing does.
    """

    train: NDArray[np.intp]
    pairs: list[Pair] | None
    note: str

    @property
    def positions(self) -> list[Pair] | None:
        """The pairs as positions in `train`, as scikit-learn's `cv` takes them.

        Returns
        -------
        list of (array of intp, array of intp), or None
            The same division.
        """
        if self.pairs is None:
            return None
        return [
            (np.searchsorted(self.train, fit), np.searchsorted(self.train, held_out))
            for fit, held_out in self.pairs
        ]


def inner_splits(splits: Splits, train: NDArray[np.intp], n_inner: int = 3, seed: int = 0) -> InnerSplits:
    """Divide the training side of a fold in the spirit of its protocol.

    Whole subjects are held out under 'grouped', and under 'official' where each image has one; else, where
    folds are the manifest's, whole folds of it. Under 'blocks', and without these two, contiguous blocks of
    each class in the order of what is left are held out, with the embargo of the outer folds. Under 'random',
    and where nothing is known, single images are held out, each class spread evenly. Where a class
    has too few subjects, folds or images, there are fewer inner folds, two at least.

    Parameters
    ----------
    splits : Splits
        The outer folds.
    train : array of intp, shape (n_train,)
        The rows to divide, ascending: those that a fold trains on, or part of them.
    n_inner : int, default=3
        Number of inner folds, at least 2.
    seed : int, default=0
        Of the shuffles, in [0, 2**32 - 1]; blocks have none.

    Returns
    -------
    InnerSplits
        The pairs, or why there are none.

    Raises
    ------
    TypeError
        If a number is not an int.
    ValueError
        If a number is out of range, or `train` is not ascending.

    Notes
    -----
    The embargo is cut for a class to a quarter of its images outside of the largest inner block, so that at
    least half of them remain to fit on, and the note says so.

    Examples
    --------
    >>> from leukfeat.evaluation import inner_splits, make_splits
    >>> splits = make_splits(list("aaabbb"), subjects=list("uvwxyz"), n_folds=3)
    >>> inner = inner_splits(splits, splits.folds[0].train)
    >>> inner.note
    '2 inner folds instead of 3: the training side has too few subjects of a class.'
    """
    n_inner = check_int("inner_splits", "n_inner", n_inner, low=2)
    seed = check_int("inner_splits", "seed", seed, low=0, high=2**32 - 1)
    train = np.asarray(train, dtype=np.intp)
    if train.ndim != 1 or (np.diff(train) <= 0).any():
        raise ValueError("inner_splits expects train as ascending rows, shape (n_train,).")
    rows, reason = splits.plan.rows.take(train), ""
    for kind in _kinds(splits, rows):
        basis = _by_fold(splits, rows, train) if kind == "folds" else rows
        for n_folds in range(n_inner, 1, -1):
            try:
                pairs, notes = _divide(basis, kind, n_folds, splits.plan.recipe.embargo, seed)
            except ConfigurationError:
                continue
            whole = [(train[fit], train[held_out]) for fit, held_out in pairs]
            general = _describe(splits, kind, n_folds, n_inner)
            return InnerSplits(train, whole, " ".join((*general, *notes)))
        reason = _explain(basis, kind)
    return InnerSplits(train, None, reason)


def _kinds(splits: Splits, rows: Rows) -> tuple[str, ...]:
    """List what may be held out, the best first."""
    plan = splits.plan
    named = {"grouped": ("subjects",), "blocks": ("blocks",), "random": ("images",)}
    if plan.how != "manifest":
        return named[plan.how]
    if not rows.n_without_subject:
        return ("subjects",)
    folds = ("folds",) if plan.layout.kind == "folds" else ()
    blocks = () if rows.n_without_place else ("blocks",)
    return (*folds, *blocks, "images")


def _by_fold(splits: Splits, rows: Rows, train: NDArray[np.intp]) -> Rows:
    """Take the manifest's folds for subjects, so that they are held out whole."""
    layout = splits.plan.layout
    known, folds = dense(layout.side[train])
    return replace(rows, subjects=folds, subject_names=tuple(layout.names[code] for code in known))


def _divide(rows: Rows, kind: str, n_folds: int, embargo: int, seed: int) -> tuple[list[Pair], list[str]]:
    require_images(rows, n_folds)
    if kind == "blocks":
        return _hold_out_blocks(rows, n_folds, embargo)
    fold = (assign_images if kind == "images" else assign_subjects)(rows, n_folds, seed)
    pairs = [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(n_folds)]
    return pairs, []


def _hold_out_blocks(rows: Rows, n_folds: int, embargo: int) -> tuple[list[Pair], list[str]]:
    blocks = arrange_blocks(rows, n_folds)
    n_images = np.bincount(rows.labels, minlength=len(rows.classes))
    allowed = np.minimum(embargo, (n_images + n_images // -n_folds) // 4)
    pairs = [
        (np.flatnonzero(blocks.training(fold, allowed)), np.flatnonzero(blocks.tested == fold))
        for fold in range(n_folds)
    ]
    if any(len(np.unique(rows.labels[fit])) < len(rows.classes) or not len(out) for fit, out in pairs):
        raise ConfigurationError("Identical images leave nothing to fit on, or nothing to hold out.")
    return pairs, [_cut(embargo)] if (allowed < embargo).any() else []


def _cut(embargo: int) -> str:
    """Say that the embargo is cut, in the same words whatever the fold, so that it is said once of all."""
    return f"The embargo of {embargo} images is cut inside training sides, to a quarter of a class at most."


def _describe(splits: Splits, kind: str, n_folds: int, n_inner: int) -> Iterator[str]:
    if kind == "images" and splits.plan.how != "random":
        yield (
            "Inner folds divide single images, for neither subjects nor folds nor places in the sequence are "
            "known on the training side: calibration and thresholds may be too sure."
        )
    if n_folds < n_inner:
        few = _HELD_OUT[kind]
        yield f"{n_folds} inner folds instead of {n_inner}: the training side has too few {few} of a class."


def _explain(rows: Rows, kind: str) -> str:
    """Say why nothing can be held out."""
    what = _HELD_OUT[kind]
    counted = rows.subjects if kind in ("subjects", "folds") else np.arange(len(rows))
    numbers = [len(np.unique(counted[rows.labels == code])) for code in range(len(rows.classes))]
    return (
        f"No inner folds: even each of two needs {what} of every class beside those that it holds out. "
        f"On the training side there are: {listing(rows.classes, numbers)}."
    )
