"""Splits: which images train and which are tested, by protocol."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice, check_int
from leukfeat.evaluation.columns import Column
from leukfeat.evaluation.folds import Drawn, Fold, Recipe, draw_folds, given_folds
from leukfeat.evaluation.plan import PROTOCOLS, Plan, make_plan
from leukfeat.evaluation.rows import read_rows

__all__ = ["PROTOCOLS", "Fold", "Splits", "carry_out", "make_splits"]


@dataclass(frozen=True, eq=False)
class Splits:
    """The folds of a run, and what its reader has to know of them.

    Parameters
    ----------
    protocol : str
        What was done: 'official', 'grouped', 'blocks' or 'random', never 'auto'.
    folds : tuple of Fold
        Every row outside of `test` is tested once in each repeat; where the manifest has only train and val,
        the rows of val are.
    notes : tuple of str
        Full sentences for the user.
    leaks : bool
        Whether images of one subject are, or must be taken to be, on both sides. If so, the first note
        is the warning that every output prints on its first line.
    test : array of intp, shape (n_test,), or None
        Rows of the manifest's test split, ascending, in no fold: to be scored once, at the end, by the model
        chosen in cross-validation, trained on all other rows. None where there are none.
    plan : Plan
        What the folds were made from; `inner_splits`, `resampling_units` and `embargo_series` read it.
    """

    protocol: str
    folds: tuple[Fold, ...]
    notes: tuple[str, ...]
    leaks: bool
    test: NDArray[np.intp] | None
    plan: Plan


def make_splits(
    labels: Column,
    *,
    subjects: Column | None = None,
    sequence: Column | None = None,
    folds: Column | None = None,
    split: Column | None = None,
    same: Column | None = None,
    protocol: str = "auto",
    n_folds: int = 5,
    n_repeats: int = 1,
    embargo: int = 37,
    seed: int = 0,
    allow_leaks: bool = False,
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
    folds : array-like of str, shape (n,), optional
        Fold of each image in the manifest, any text, for 'official'. Folds are numbered in natural order.
    split : array-like of str, shape (n,), optional
        'train', 'val' or 'test'; what is missing counts as train. Under every protocol images of test are in
        no fold.
    same : array-like, shape (n,), optional
        Group of identical images; -1 or a missing value for an image without a twin. Images of one group are
        never on both sides: under 'random' all go to the fold of the first, under 'blocks' to the first of
        their blocks, and none trains where another is tested or lies within the embargo. Where whole subjects
        are dealt they must be of one subject, and the manifest's own division must not part them; see
        `allow_leaks`.
    protocol : {'auto', 'official', 'grouped', 'blocks', 'random'}, default='auto'
        'official' tests the manifest's folds in turn. Without folds, but with a test split, all other images,
        those of val included, are divided by 'grouped' where there are subjects, else by 'blocks'. With train
        and val alone, train trains and val is the only test fold. 'grouped' keeps subjects whole and spreads
        the classes evenly. 'blocks' cuts the sequence of each class into contiguous blocks; test fold k is
        block k of every class, and `embargo` images of the class on either side of it are left out of
        training. 'random' splits by image and leaks. 'auto' is 'official' where there are folds or a test
        split, else 'grouped' where there are subjects, else 'blocks' where every image has its place in the
        sequence, else an error.
    n_folds : int, default=5
        Number of folds, at least 2; the manifest's folds have their own number.
    n_repeats : int, default=1
        How often images are dealt anew, at least 1; for 'grouped' and 'random', by name or within 'official'.
        Blocks and the manifest's folds are the same each time: under 'auto' they are used once and a note
        says so.
    embargo : int, default=37
        Images left out on either side of a tested block, at least 0; for 'blocks' alone.
    seed : int, default=0
        Of the shuffles of 'grouped' and 'random', in [0, 2**32 - 1]; 'blocks' has none.
    allow_leaks : bool, default=False
        Whether to go on, with a warning, where a subject or identical images are on both sides of the
        manifest's own division, or identical images are of two subjects. 'random' always goes on.

    Returns
    -------
    Splits
        The folds, their protocol and notes, and the test split. Every training side holds every class; a test
        side may lack one under 'grouped' where subjects have several classes, or under 'official', and then a
        note says so.

    Raises
    ------
    TypeError
        If a number is not an int.
    ValueError
        If a number or the protocol is out of range.
    ConfigurationError
        If the images do not allow the protocol: lengths differ, there are fewer than two classes, labels,
        subjects, folds or places in the sequence are missing, a class has too few images or subjects for
        `n_folds`, the embargo leaves a class without training images, images of one patient are on both
        sides, or repeats of one and the same division were asked for.

    Examples
    --------
    >>> from leukfeat.evaluation import make_splits
    >>> splits = make_splits(["a", "a", "b", "b"], subjects=["p1", "p2", "p3", "p4"], n_folds=2)
    >>> splits.notes
    ('Whole subjects are kept apart: 4 subjects in 2 folds.',)
    """
    check_choice("make_splits", "protocol", protocol, PROTOCOLS)
    recipe = Recipe(
        n_folds=check_int("make_splits", "n_folds", n_folds, low=2),
        n_repeats=check_int("make_splits", "n_repeats", n_repeats, low=1),
        embargo=check_int("make_splits", "embargo", embargo, low=0),
        seed=check_int("make_splits", "seed", seed, low=0, high=2**32 - 1),
    )
    rows = read_rows(labels, subjects, sequence, folds=folds, split=split, same=same)
    return carry_out(make_plan(rows, protocol, recipe, allow_leaks=allow_leaks))


def carry_out(plan: Plan) -> Splits:
    """Make the folds of a plan.

    Parameters
    ----------
    plan : Plan
        How images are divided.

    Returns
    -------
    Splits
        The folds, with what is to be said of them.

    Raises
    ------
    ConfigurationError
        If the images do not allow it.
    """
    layout, pool = plan.layout, plan.layout.pool
    drawn = _draw(plan)
    first = drawn.notes[:1] if drawn.leaks else ()
    return Splits(
        protocol=plan.protocol,
        folds=tuple(Fold(fold.repeat, fold.fold, pool[fold.train], pool[fold.test]) for fold in drawn.folds),
        notes=(*first, *plan.warnings, *drawn.notes[len(first) :], *plan.remarks),
        leaks=drawn.leaks or bool(plan.warnings),
        test=layout.test,
        plan=plan,
    )


def _draw(plan: Plan) -> Drawn:
    layout, rows = plan.layout, plan.rows.take(plan.layout.pool)
    if plan.how == "manifest":
        return given_folds(rows, layout.side[layout.pool], layout.names, layout.tested)
    return draw_folds(rows, plan.how, plan.recipe)
