"""Contiguous blocks of each class in its order of acquisition, with an embargo beside the tested one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.rows import Rows, listing

__all__ = ["Blocks", "arrange_blocks", "block_sizes", "cut_blocks"]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Images in the order of acquisition of their class, cut into blocks.

    Parameters
    ----------
    labels : array of intp, shape (n,)
        Class of each image.
    place : array of intp, shape (n,)
        Position of each image among those of its class, from 0.
    block : array of intp, shape (n,)
        Block that each image lies in, from 0.
    same : array of intp, shape (n,)
        Group of identical images, -1 for an image that has no twin.
    tested : array of intp, shape (n,)
        Fold that tests each image: its block; for identical images the first block that one of them lies in.
    """

    labels: NDArray[np.intp]
    place: NDArray[np.intp]
    block: NDArray[np.intp]
    same: NDArray[np.intp]
    tested: NDArray[np.intp]

    def training(self, fold: int, embargo: ArrayLike) -> NDArray[np.bool_]:
        """Select what may train when block `fold` of every class is tested.

        Parameters
        ----------
        fold : int
            The tested block.
        embargo : int or array of int, shape (n_classes,)
            Number of positions to leave out on either side, of all classes or of each.

        Returns
        -------
        array of bool, shape (n,)
            True where an image is more than `embargo` positions away from the tested block of its class, and
            from images tested with it for having a twin there, and so is every image identical to it.
        """
        left_out = (self.block == fold) | (self.tested == fold)
        widths = np.broadcast_to(np.asarray(embargo), (int(self.labels.max()) + 1,))
        apart = np.zeros(len(self.labels), dtype=np.bool_)
        for code in np.unique(self.labels):
            members = np.flatnonzero(self.labels == code)
            by_place = members[np.argsort(self.place[members])]
            apart[by_place] = ~_widen(left_out[by_place], int(widths[code]))
        return apart & ~self._has_twin_in(~apart)

    def _has_twin_in(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        groups = self.same[chosen]
        return np.isin(self.same, groups[groups >= 0])


def cut_blocks(rows: Rows, n_folds: int, embargo: int) -> Blocks:
    """Sort each class by its sequence and cut it into blocks whose sizes differ by one at most.

    Parameters
    ----------
    rows : Rows
        The images, each with its place in the sequence, at least `n_folds` of every class. Equal places keep
        the order of the rows.
    n_folds : int
        Number of blocks per class.
    embargo : int
        Number of positions to leave out of training on either side of a tested block.

    Returns
    -------
    Blocks
        Position, block and fold of every image.

    Raises
    ------
    ConfigurationError
        If the sequence is missing somewhere, or a class is left without training images in some fold, or a
        fold without images.
    """
    if rows.n_without_place:
        raise ConfigurationError(
            "The protocol 'blocks' needs the column 'sequence' (order of acquisition) in every row. "
            f"{rows.n_without_place} of {len(rows)} rows lack it. Fill it in, leave these rows out, or "
            "choose another protocol by name."
        )
    _require_training_images(rows, n_folds, embargo)
    blocks = arrange_blocks(rows, n_folds)
    if (rows.same >= 0).any():
        _require_room_for_twins(rows, blocks, n_folds, embargo)
    return blocks


def arrange_blocks(rows: Rows, n_folds: int) -> Blocks:
    """Cut the blocks of `cut_blocks`, whatever embargo they leave room for.

    Parameters
    ----------
    rows : Rows
        The images, each with its place in the sequence, at least `n_folds` of every class that occurs.
    n_folds : int
        Number of blocks per class.

    Returns
    -------
    Blocks
        Position, block and fold of every image.
    """
    place, block = np.empty(len(rows), dtype=np.intp), np.empty(len(rows), dtype=np.intp)
    for code in np.unique(rows.labels):
        members = np.flatnonzero(rows.labels == code)
        members = members[np.argsort(rows.sequence[members], kind="stable")]
        place[members] = np.arange(len(members))
        block[members] = np.repeat(np.arange(n_folds), block_sizes(len(members), n_folds))
    return Blocks(rows.labels, place, block, rows.same, _first_of_twins(block, rows.same))


def block_sizes(n_images: int, n_blocks: int) -> NDArray[np.intp]:
    """Divide images into blocks whose sizes differ by one at most, larger ones first.

    Parameters
    ----------
    n_images : int
        Number of images.
    n_blocks : int
        Number of blocks.

    Returns
    -------
    array of intp, shape (n_blocks,)
        Number of images in each block.
    """
    sizes = np.full(n_blocks, n_images // n_blocks, dtype=np.intp)
    sizes[: n_images % n_blocks] += 1
    return sizes


def _first_of_twins(block: NDArray[np.intp], same: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give identical images the first block that one of them lies in."""
    with_twin = same >= 0
    if not with_twin.any():
        return block
    first = np.full(int(same.max()) + 1, block.max(), dtype=np.intp)
    np.minimum.at(first, same[with_twin], block[with_twin])
    return np.where(with_twin, first[same], block)


def _widen(marked: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Mark the neighbours, too, up to `width` positions away."""
    n_before = np.concatenate([[0], np.cumsum(marked)])
    places = np.arange(len(marked))
    starts, stops = np.maximum(places - width, 0), np.minimum(places + width + 1, len(marked))
    return np.asarray(n_before[stops] > n_before[starts])


def _require_training_images(rows: Rows, n_folds: int, embargo: int) -> None:
    n_images = np.bincount(rows.labels, minlength=len(rows.classes))
    allowed = [_largest_embargo(int(n), n_folds) for n in n_images]
    if min(allowed) >= embargo:
        return
    short = [code for code, largest in enumerate(allowed) if largest < embargo]
    counts = listing([rows.classes[code] for code in short], n_images[short])
    raise ConfigurationError(
        f"With {n_folds} blocks and an embargo of {embargo} images, no training images are left in some fold "
        f"for {counts}. {_advise(n_images, n_folds, embargo)}"
    )


def _require_room_for_twins(rows: Rows, blocks: Blocks, n_folds: int, embargo: int) -> None:
    """Raise where images that follow their twins into another fold leave nothing to train or to test on."""
    for fold in range(n_folds):
        trained = np.unique(rows.labels[blocks.training(fold, embargo)])
        untrained = [name for code, name in enumerate(rows.classes) if code not in trained]
        if untrained or not (blocks.tested == fold).any():
            lack = f"training images of {listing(untrained)}" if untrained else "test images"
            raise ConfigurationError(
                f"With {n_folds} blocks and an embargo of {embargo} images, fold {fold} (counted from 0) is "
                f"left without {lack}, for identical images are kept in one fold. Use a smaller embargo (on "
                "the command line: --embargo), fewer folds (--folds), or list each image once."
            )


def _advise(n_images: NDArray[np.intp], n_folds: int, embargo: int) -> str:
    smallest = int(n_images.min())
    largest = _largest_embargo(smallest, n_folds)
    advice = f"Use at most embargo={largest} (on the command line: --embargo {largest})"
    fewer = [k for k in range(n_folds - 1, 1, -1) if _largest_embargo(smallest, k) >= embargo]
    if fewer:
        advice += f", or n_folds={fewer[0]} (--folds {fewer[0]})"
    return f"{advice}, or leave the class out (--labels)."


def _largest_embargo(n_images: int, n_folds: int) -> int:
    """Return the largest embargo that leaves a training image beside every block: one side must be longer."""
    stops = np.cumsum(block_sizes(n_images, n_folds))
    starts = stops - block_sizes(n_images, n_folds)
    return int(np.maximum(starts, n_images - stops).min()) - 1
