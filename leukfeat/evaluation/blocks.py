"""Contiguous blocks of each class in its order of acquisition, with an embargo beside the tested one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.rows import Rows, listing

__all__ = ["Blocks", "cut_blocks"]


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
        Block of each image, from 0.
    """

    labels: NDArray[np.intp]
    place: NDArray[np.intp]
    block: NDArray[np.intp]

    def training(self, fold: int, embargo: int) -> NDArray[np.bool_]:
        """Select what may train when block `fold` of every class is tested.

        Parameters
        ----------
        fold : int
            The tested block.
        embargo : int
            Number of positions to leave out on either side.

        Returns
        -------
        array of bool, shape (n,)
            True where an image is more than `embargo` positions away from the tested block of its class.
        """
        tested = self.block == fold
        apart = np.zeros(len(self.labels), dtype=np.bool_)
        for code in np.unique(self.labels):
            members = self.labels == code
            first, last = self.place[members & tested].min(), self.place[members & tested].max()
            apart |= members & ((self.place < first - embargo) | (self.place > last + embargo))
        return apart


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
        Position and block of every image.

    Raises
    ------
    ConfigurationError
        If the sequence is missing somewhere, or a class is left without training images in some fold.
    """
    if rows.n_without_place:
        raise ConfigurationError(
            "The protocol 'blocks' needs the column 'sequence' (order of acquisition) in every row. "
            f"{rows.n_without_place} of {len(rows)} rows lack it. Fill it in, leave these rows out, or "
            "choose another protocol by name."
        )
    _require_training_images(rows, n_folds, embargo)
    place, block = np.empty(len(rows), dtype=np.intp), np.empty(len(rows), dtype=np.intp)
    for code in range(len(rows.classes)):
        members = np.flatnonzero(rows.labels == code)
        members = members[np.argsort(rows.sequence[members], kind="stable")]
        place[members] = np.arange(len(members))
        block[members] = np.repeat(np.arange(n_folds), _block_sizes(len(members), n_folds))
    return Blocks(rows.labels, place, block)


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


def _advise(n_images: NDArray[np.intp], n_folds: int, embargo: int) -> str:
    smallest = int(n_images.min())
    largest = _largest_embargo(smallest, n_folds)
    advice = f"Use embargo={largest} at most (on the command line: --embargo {largest})"
    fewer = [k for k in range(n_folds - 1, 1, -1) if _largest_embargo(smallest, k) >= embargo]
    if fewer:
        advice += f", or n_folds={fewer[0]} (--folds {fewer[0]})"
    return f"{advice}, or leave the class out (--labels)."


def _largest_embargo(n_images: int, n_folds: int) -> int:
    """Return the largest embargo that leaves a training image beside every block: one side must be longer."""
    stops = np.cumsum(_block_sizes(n_images, n_folds))
    starts = stops - _block_sizes(n_images, n_folds)
    return int(np.maximum(starts, n_images - stops).min()) - 1


def _block_sizes(n_images: int, n_folds: int) -> NDArray[np.intp]:
    sizes = np.full(n_folds, n_images // n_folds, dtype=np.intp)
    sizes[: n_images % n_folds] += 1
    return sizes
