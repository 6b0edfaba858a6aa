"""Folds dealt by subject, by block or by image, and folds that the manifest gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.blocks import cut_blocks
from leukfeat.evaluation.by_image import assign_images
from leukfeat.evaluation.grouping import assign_subjects
from leukfeat.evaluation.rows import Rows, listing, require_images

__all__ = ["Drawn", "Fold", "Recipe", "draw_folds", "given_folds"]


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


@dataclass(frozen=True)
class Recipe:
    """How folds are dealt.

    Parameters
    ----------
    n_folds, n_repeats, embargo, seed : int
        As in `make_splits`.
    """

    n_folds: int
    n_repeats: int
    embargo: int
    seed: int


@dataclass(frozen=True, eq=False)
class Drawn:
    """Folds, and what there is to say of them.

    Parameters
    ----------
    folds : tuple of Fold
        Their rows count from 0 among those that were divided.
    notes : tuple of str
        Full sentences; the first is a warning where `leaks`.
    leaks : bool
        Whether images of one subject are, or must be taken to be, on both sides.
    """

    folds: tuple[Fold, ...]
    notes: tuple[str, ...]
    leaks: bool


def draw_folds(rows: Rows, how: str, recipe: Recipe) -> Drawn:
    """Deal images to folds.

    Parameters
    ----------
    rows : Rows
        The images to divide.
    how : {'grouped', 'blocks', 'random'}
        By subject, by block or by image.
    recipe : Recipe
        How many folds, and by which seed.

    Returns
    -------
    Drawn
        Every image is tested once in each repeat.

    Raises
    ------
    ConfigurationError
        If the images do not allow it.
    """
    require_images(rows, recipe.n_folds)
    return {"grouped": _grouped, "blocks": _blocks, "random": _random}[how](rows, recipe)


def given_folds(rows: Rows, side: NDArray[np.intp], names: Sequence[str], tested: Sequence[int]) -> Drawn:
    """Make folds of the sides that a manifest puts its images on.

    Parameters
    ----------
    rows : Rows
        The images.
    side : array of intp, shape (n,)
        Side of each image, an index in `names`.
    names : sequence of str
        What each side is called.
    tested : sequence of int
        The sides that are tested, each while all others train.

    Returns
    -------
    Drawn
        One fold for each of `tested`.

    Raises
    ------
    ConfigurationError
        If a tested side has no images, or all images of a class are on it.
    """
    folds = tuple(
        Fold(0, number, np.flatnonzero(side != code), np.flatnonzero(side == code))
        for number, code in enumerate(tested)
    )
    for fold, code in zip(folds, tested, strict=True):
        _require_both_sides(rows, fold, names[code])
    return Drawn(folds, tuple(_name_absences(rows, folds, [repr(names[code]) for code in tested])), False)


def _grouped(rows: Rows, recipe: Recipe) -> Drawn:
    folds = [
        fold
        for repeat in range(recipe.n_repeats)
        for fold in _divide(assign_subjects(rows, recipe.n_folds, _seed(recipe, repeat)), recipe, repeat)
    ]
    anew = f", dealt anew {recipe.n_repeats} times" if recipe.n_repeats > 1 else ""
    n_subjects = len(rows.subject_names)
    note = f"Whole subjects are kept apart: {n_subjects} subjects in {recipe.n_folds} folds{anew}."
    return Drawn(tuple(folds), (note, *_name_absences(rows, folds)), False)


def _blocks(rows: Rows, recipe: Recipe) -> Drawn:
    embargo = recipe.embargo
    blocks = cut_blocks(rows, recipe.n_folds, embargo)
    folds = tuple(
        Fold(0, fold, np.flatnonzero(blocks.training(fold, embargo)), np.flatnonzero(blocks.tested == fold))
        for fold in range(recipe.n_folds)
    )
    note = (
        f"Contiguous blocks per class with an embargo of {embargo} image{'' if embargo == 1 else 's'}; "
        "neighbours further apart may still be related."
    )
    warning = _warn_of_subjects(rows, folds)
    return Drawn(folds, (*warning, note, *_name_absences(rows, folds)), bool(warning))


def _random(rows: Rows, recipe: Recipe) -> Drawn:
    folds = tuple(
        fold
        for repeat in range(recipe.n_repeats)
        for fold in _divide(assign_images(rows, recipe.n_folds, _seed(recipe, repeat)), recipe, repeat)
    )
    warning = "Random split by image: images of one patient are on both sides; scores are inflated."
    return Drawn(folds, (warning, *_name_absences(rows, folds)), True)


def _divide(fold_of_image: NDArray[np.intp], recipe: Recipe, repeat: int) -> Iterator[Fold]:
    for fold in range(recipe.n_folds):
        yield Fold(repeat, fold, np.flatnonzero(fold_of_image != fold), np.flatnonzero(fold_of_image == fold))


def _seed(recipe: Recipe, repeat: int) -> int:
    """Give every repeat a seed of its own that no other run's first repeat is likely to have."""
    if repeat == 0:
        return recipe.seed
    return int(np.random.SeedSequence((recipe.seed, repeat)).generate_state(1)[0])


def _require_both_sides(rows: Rows, fold: Fold, name: str) -> None:
    if not len(fold.test):
        raise ConfigurationError(f"No image is left in the manifest's {name!r}. Give it images.")
    trained = np.unique(rows.labels[fold.train])
    missing = [label for code, label in enumerate(rows.classes) if code not in trained]
    if missing:
        raise ConfigurationError(
            f"No training images are left for {listing(missing)} when the manifest's {name!r} is tested. "
            "Spread each class over two folds at least, leave the class out (on the command line: --labels), "
            "or choose another protocol by name."
        )


def _name_absences(rows: Rows, folds: Sequence[Fold], names: Sequence[str] | None = None) -> Iterator[str]:
    """Name the classes that some test folds lack, and what their scores leave out."""
    effect = "one-vs-rest averages omit it" if len(rows.classes) > 2 else "ROC AUC is undefined"
    present = np.zeros((len(folds), len(rows.classes)), dtype=np.bool_)
    for number, fold in enumerate(folds):
        present[number, rows.labels[fold.test]] = True
    for code, name in enumerate(rows.classes):
        absent = [fold for fold, there in zip(folds, present[:, code], strict=True) if not there]
        if absent:
            yield f"Class {name!r} is absent from {_where(absent, folds, names)}; {effect} there."


def _where(absent: Sequence[Fold], folds: Sequence[Fold], names: Sequence[str] | None) -> str:
    if folds[-1].repeat > 0:
        return f"{len(absent)} of {len(folds)} test folds"
    plural = "" if len(absent) == 1 else "s"
    if names is not None:
        return f"the manifest's test fold{plural} {', '.join(names[fold.fold] for fold in absent)}"
    return f"test fold{plural} {', '.join(str(fold.fold) for fold in absent)} (counted from 0)"


def _warn_of_subjects(rows: Rows, folds: Sequence[Fold]) -> tuple[str, ...]:
    """Warn where blocks put images of one known subject on both sides."""
    shared = [np.intersect1d(rows.subjects[fold.train], rows.subjects[fold.test]) for fold in folds]
    split = np.unique(np.concatenate(shared))
    n_split, n_subjects = int((split >= 0).sum()), len(rows.subject_names)
    if not n_split:
        return ()
    return (
        f"Blocks part known subjects: images of {n_split} of {n_subjects} subjects are on both sides; "
        "scores are inflated.",
    )
