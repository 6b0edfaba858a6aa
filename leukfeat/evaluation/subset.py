"""A part of the images for a small machine: whole subjects, or neighbours, in the classes' shares."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.blocks import block_sizes
from leukfeat.evaluation.columns import Column
from leukfeat.evaluation.grouping import count_images
from leukfeat.evaluation.rows import SPLITS, Rows, read_rows

__all__ = ["choose_subset"]

_TEST = SPLITS.index("test")


def choose_subset(
    labels: Column,
    subjects: Column | None = None,
    sequence: Column | None = None,
    *,
    folds: Column | None = None,
    split: Column | None = None,
    n_images: int,
    n_folds: int = 5,
    seed: int = 0,
) -> NDArray[np.intp]:
    """Choose about so many images, each class keeping its share.

    Parameters
    ----------
    labels : array-like, shape (n,)
        Class of each image.
    subjects : array-like, shape (n,), optional
        Subject of each image. Where any is known, subjects are taken whole or not at all; an image whose
        subject is missing stands for itself.
    sequence : array-like, shape (n,), optional
        Place of each image in the order of acquisition. Without subjects, `n_folds` runs of neighbours are
        taken from every class, one from each of its `n_folds` stretches of the sequence; so every test block
        of `make_splits` is one run, and what were neighbours are neighbours still. Images without a place
        come last.
    folds : array-like, shape (n,), optional
        Fold of each image in the manifest; every fold keeps its share of the images.
    split : array-like, shape (n,), optional
        'train', 'val' or 'test'; the test split, too, keeps its share of the images.
    n_images : int
        How many images, at most; only where one subject of each class is more, more are chosen.
    n_folds : int, default=5
        Of every class as many subjects (or images) are chosen where there are as many and they do not exceed
        `n_images`; of classes in a fold of the manifest or in the test split, one.
    seed : int, default=0
        Of the choice.

    Returns
    -------
    array of intp, shape (m,)
        Positions of the images chosen, ascending; all of them where there are no more than `n_images`.

    Raises
    ------
    ConfigurationError
        If `n_images` is below 1, columns differ in length, a label is missing, or there are fewer than two
        classes.

    Notes
    -----
    Subjects are drawn in random order. First every class gets its least number of subjects, the rarest class
    first, each from those that leave room for the others; then the class that lacks most of its share gets
    the next subject that fits, until none does.
    """
    rows = read_rows(labels, subjects, sequence, folds=folds, split=split)
    if n_images < 1:
        raise ConfigurationError(f"A limit is at least one image. Got {n_images}.")
    if n_images >= len(rows):
        return np.arange(len(rows), dtype=np.intp)
    generator = np.random.default_rng(seed)
    parts = list(_parts(rows))
    room = _shared_out(n_images, np.array([len(part) for part, _ in parts]))
    chosen = [
        part[_choose(rows.take(part), int(n), n_folds if whole else 1, generator)]
        for (part, whole), n in zip(parts, room, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def _parts(rows: Rows) -> Iterator[tuple[NDArray[np.intp], bool]]:
    """Yield the test split's images, and the others by the manifest's fold; and whether these are divided."""
    tested = rows.split == _TEST
    keys = np.where(tested, -2, rows.folds)
    for key in np.unique(keys):
        yield np.flatnonzero(keys == key), key == -1


def _shared_out(n: int, sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Share a number out in proportion: the largest remainders are rounded up, the first of equals first."""
    exact = n * sizes / max(1, sizes.sum())
    shares: NDArray[np.intp] = np.floor(exact).astype(np.intp)
    order = np.argsort(shares - exact, kind="stable")
    shares[order[: min(n, int(sizes.sum())) - int(shares.sum())]] += 1
    return shares


def _choose(rows: Rows, n_images: int, least: int, generator: np.random.Generator) -> NDArray[np.intp]:
    if n_images >= len(rows):
        return np.arange(len(rows), dtype=np.intp)
    if (rows.subjects >= 0).any():
        return _choose_subjects(rows, n_images, least, generator)
    ordered = not np.isnan(rows.sequence).all()
    chosen = []
    for members, n in _by_class(rows, n_images, least):
        if ordered:
            members = members[np.argsort(rows.sequence[members], kind="stable")]
            chosen.append(members[_runs(len(members), n, least, generator)])
        else:
            chosen.append(generator.permutation(members)[:n])
    return np.concatenate(chosen)


def _by_class(rows: Rows, n_images: int, least: int) -> list[tuple[NDArray[np.intp], int]]:
    """Return each class' images and how many of them are wanted: its share, or `least` where that fits."""
    members = [np.flatnonzero(rows.labels == code) for code in np.unique(rows.labels)]
    sizes = np.array([len(positions) for positions in members])
    least = max(1, min(least, n_images // len(members)))
    wanted = np.maximum(_shared_out(n_images, sizes), np.minimum(least, sizes))
    while wanted.sum() > n_images and wanted.max() > least:
        wanted[np.argmax(wanted)] -= 1
    return list(zip(members, wanted.tolist(), strict=True))


def _runs(n: int, n_wanted: int, n_runs: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Choose runs of neighbours, one from each stretch of places 0 … n - 1."""
    n_runs = min(n_runs, n_wanted)
    lengths, stretches = block_sizes(n_wanted, n_runs), block_sizes(n, n_runs)
    begins = np.cumsum(stretches) - stretches + generator.integers(0, stretches - lengths + 1)
    return np.concatenate([np.arange(b, b + k) for b, k in zip(begins, lengths, strict=True)])


def _choose_subjects(
    rows: Rows, n_images: int, least: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Choose the images of whole subjects; an image without one is a subject by itself."""
    alone = rows.subjects < 0
    subjects = rows.subjects.copy()
    subjects[alone] = len(rows.subject_names) + np.arange(int(alone.sum()))
    counts = count_images(subjects, rows.labels)
    counts = counts[:, counts.any(axis=0)]
    choice = _Choice(counts, n_images, generator.permutation(len(counts)))
    choice.cover(least)
    choice.fill()
    return np.flatnonzero(choice.chosen[subjects])


class _Choice:
    """Subjects chosen so far, in an order of their own, `counts` images of each class each."""

    def __init__(self, counts: NDArray[np.int64], n_images: int, order: NDArray[np.intp]) -> None:
        self.counts, self.order = counts, order
        self.sizes = counts.sum(axis=1)
        self.room = n_images
        self.wanted = n_images * counts.sum(axis=0) / counts.sum()
        self.chosen = np.zeros(len(counts), dtype=np.bool_)

    def cover(self, least: int) -> None:
        """Choose `least` subjects of each class, or all there are; one even where there is no room."""
        present = self.counts > 0
        available = present.sum(axis=0)
        for goal in (1, least):
            for code in np.argsort(available, kind="stable"):
                while present[self.chosen, code].sum() < min(goal, available[code]):
                    missing = np.maximum(np.minimum(least, available) - present[self.chosen].sum(axis=0), 0)
                    if not self._take_one(present[:, code], int(missing.sum()), forced=goal == 1):
                        break

    def fill(self) -> None:
        """Choose the next subject that fits for the class that lacks most of its share, until none does."""
        while True:
            lacking = 1 - self.counts[self.chosen].sum(axis=0) / self.wanted
            codes = [code for code in np.argsort(-lacking, kind="stable") if lacking[code] > 0]
            fits = ~self.chosen & (self.sizes <= self.room)
            found = next((code for code in codes if (fits & (self.counts[:, code] > 0)).any()), None)
            if found is None:
                return
            self._take(self._first(fits & (self.counts[:, found] > 0)))

    def _take_one(self, holds: NDArray[np.bool_], n_missing: int, *, forced: bool) -> bool:
        """Take a subject that leaves room for the others that are missing, else the smallest."""
        free = holds & ~self.chosen
        modest = free & (self.sizes * max(1, n_missing) <= self.room)
        smallest = free & (self.sizes == self.sizes[free].min())
        subject = self._first(modest if modest.any() else smallest)
        if self.sizes[subject] > self.room and not forced:
            return False
        self._take(subject)
        return True

    def _take(self, subject: int) -> None:
        self.chosen[subject] = True
        self.room -= int(self.sizes[subject])

    def _first(self, among: NDArray[np.bool_]) -> int:
        return int(self.order[among[self.order]][0])
