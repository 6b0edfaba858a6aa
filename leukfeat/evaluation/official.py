"""What the manifest itself divides: folds, a test split, or train and val."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.columns import dense
from leukfeat.evaluation.rows import SPLITS, Rows, listing

__all__ = ["TEST", "Layout", "describe_layout", "is_divided", "read_layout"]

TEST = -1
_TRAIN, _VAL, _TEST = range(len(SPLITS))


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the manifest puts each image.

    Parameters
    ----------
    kind : {'folds', 'val', 'pool'}
        'folds': the manifest's folds are tested in turn. 'val': train trains and val is tested. 'pool': all
        that is not in the test split is still to be divided.
    side : array of intp, shape (n,)
        Index of each image's side in `names`; `TEST` for the test split.
    names : tuple of str
        What the sides other than the test split are called.
    tested : tuple of int
        The sides that cross-validation tests; none of 'pool'.
    """

    kind: str
    side: NDArray[np.intp]
    names: tuple[str, ...]
    tested: tuple[int, ...]

    @property
    def pool(self) -> NDArray[np.intp]:
        """The images outside of the test split.

        Returns
        -------
        array of intp, shape (n_pool,)
            Their rows, ascending.
        """
        return np.flatnonzero(self.side != TEST)

    @property
    def test(self) -> NDArray[np.intp] | None:
        """The images of the test split.

        Returns
        -------
        array of intp, shape (n_test,), or None
            Their rows, ascending; None where there are none.
        """
        rows = np.flatnonzero(self.side == TEST)
        return rows if len(rows) else None


def is_divided(rows: Rows) -> bool:
    """Tell whether 'auto' takes the manifest's own division.

    Parameters
    ----------
    rows : Rows
        The images.

    Returns
    -------
    bool
        True where there are folds or a test split. A split into train and val alone gives one test fold where
        cross-validation gives several, and is taken by name only.
    """
    test = rows.split == _TEST
    return bool(test.any()) or _has_folds(rows, test)


def read_layout(rows: Rows, *, official: bool) -> Layout:
    """Read each image's side from the columns 'fold' and 'split'.

    Parameters
    ----------
    rows : Rows
        The images.
    official : bool
        Whether the manifest's folds, or its train and val, are kept. Its test split always is.

    Returns
    -------
    Layout
        Side of every image. An image without a split counts as one of train.

    Raises
    ------
    ConfigurationError
        If a class is in the test split alone, or `official` and the manifest divides nothing, has folds in
        some rows only, or has a single one.
    """
    test = rows.split == _TEST
    _require_training(rows, test)
    if official and _has_folds(rows, test):
        return _folds(rows, test)
    if official and not test.any():
        return _train_and_val(rows)
    return Layout("pool", np.where(test, TEST, 0), ("training",), ())


def describe_layout(rows: Rows, layout: Layout) -> Iterator[str]:
    """Say what the manifest divides, and what of it is not used.

    Parameters
    ----------
    rows : Rows
        The images.
    layout : Layout
        Their sides.

    Yields
    ------
    str
        Full sentences for the user.
    """
    if layout.kind == "folds":
        yield f"The manifest's folds are kept, each tested once: {listing(layout.names)}."
    elif layout.kind == "val":
        n_train, n_val = np.bincount(layout.side, minlength=2)
        yield (
            f"The manifest's split is the only fold: models are trained on train ({n_train} images) and "
            f"tested on val ({n_val}); there are neither folds nor a test split."
        )
    if layout.kind != "pool" and rows.n_without_subject:
        yield (
            f"The subject of {rows.n_without_subject} of {len(rows)} images is unknown: whether images of "
            "one patient are on both sides cannot be checked for them."
        )
    yield from _describe_split(rows, layout)
    yield from _describe_unused(rows, layout)


def _describe_split(rows: Rows, layout: Layout) -> Iterator[str]:
    if layout.test is not None:
        yield (
            f"The test split ({len(layout.test)} images) is in no fold: the model chosen in cross-validation "
            "is trained on all other images and scored on it once, at the end."
        )
    n_val = int((rows.split[layout.pool] == _VAL).sum())
    if n_val and layout.test is not None:
        yield f"Images of val ({n_val}) take part in cross-validation like those of train."
    n_unknown = int((rows.split == -1).sum())
    if 0 < n_unknown < len(rows) and (layout.test is not None or layout.kind == "val"):
        yield f"Images without a split ({n_unknown}) count as train."
    if layout.test is not None and 0 < rows.n_without_subject < len(rows):
        n_unknown = int((rows.subjects[layout.test] < 0).sum())
        if n_unknown and layout.kind == "pool":
            yield (
                f"The subject of {n_unknown} of {len(layout.test)} test images is unknown: whether their "
                "patients are in training, too, cannot be checked."
            )


def _describe_unused(rows: Rows, layout: Layout) -> Iterator[str]:
    if layout.kind != "pool":
        return
    advice = "protocol='official' takes it (on the command line: --protocol official)."
    if _has_folds(rows, layout.side == TEST):
        yield f"The column 'fold' is not used; {advice}"
    if layout.test is None and {_TRAIN, _VAL} <= set(rows.split.tolist()):
        yield f"The column 'split' has no test images and is not used; {advice}"


def _has_folds(rows: Rows, test: NDArray[np.bool_]) -> bool:
    return bool((rows.folds[~test] >= 0).any())


def _require_training(rows: Rows, test: NDArray[np.bool_]) -> None:
    n_images = np.bincount(rows.labels[~test], minlength=len(rows.classes))
    missing = [name for name, n in zip(rows.classes, n_images, strict=True) if n == 0]
    if missing:
        raise ConfigurationError(
            f"All images of {listing(missing)} are in the test split, so nothing can be trained on them. "
            "Leave the class out (on the command line: --labels), or correct the column 'split'."
        )


def _folds(rows: Rows, test: NDArray[np.bool_]) -> Layout:
    n_missing = int((rows.folds[~test] < 0).sum())
    if n_missing:
        raise ConfigurationError(
            "The protocol 'official' needs the column 'fold' in every row outside of the test split. "
            f"{n_missing} of {int((~test).sum())} rows lack it. Fill it in, leave these rows out, or choose "
            "another protocol by name."
        )
    known, side = dense(np.where(test, TEST, rows.folds))
    names = tuple(rows.fold_names[code] for code in known)
    if len(names) < 2:
        raise ConfigurationError(
            f"The protocol 'official' needs two folds at least in the column 'fold'. Got one: "
            f"{listing(names)}. Fill in others, or choose another protocol by name."
        )
    return Layout("folds", side, names, tuple(range(len(names))))


def _train_and_val(rows: Rows) -> Layout:
    val = rows.split == _VAL
    if not val.any() or val.all():
        raise ConfigurationError(
            "The protocol 'official' needs the column 'fold', or a 'split' with images in 'test' or in both "
            "'train' and 'val'. Fill one of them in, or choose another protocol by name."
        )
    return Layout("val", val.astype(np.intp), ("train", "val"), (1,))
