"""Leaks undone: what is the same is brought to one side."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from leukfeat.audit.report import Audit

__all__ = ["merge_leaks"]

Texts = list[str | None]

_SPLITS = ("train", "val", "test")
_N_NAMED = 10  # joined subjects that a note names


def merge_leaks(manifest: pd.DataFrame, audit: Audit) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Bring identical images, and whole subjects, to one side.

    Subjects that share identical images become one, named like `"20+21"`. What belongs together but lies in
    several of the manifest's folds moves to the fold that holds most of its images, the first of these in
    sorted order. What lies in several splits moves to `train`, or where none of it is there to `val`: what
    was trained on is never tested. Near-duplicates stay where they are.

    Parameters
    ----------
    manifest : pandas.DataFrame
        The rows that were audited, in the same order.
    audit : Audit
        Tells which images are identical.

    Returns
    -------
    manifest : pandas.DataFrame
        A copy, with other entries in `subject`, `fold` and `split` where need be.
    notes : tuple of str
        What was done, in full sentences. Identical images without a subject share no column that could keep
        them together in a cross-validation: the `same` of `leukfeat.evaluation.make_splits` does.
    """
    pixels = audit.duplicates.pixels
    subjects, folds = (_texts(manifest, name) for name in ("subject", "fold"))
    splits = _known_splits(_texts(manifest, "split"))
    clusters = _clusters(pixels, subjects)
    names, joined = _join(subjects, clusters)
    settled, to_split = _settle(splits, clusters, _first_split)
    # An image that comes from the test split had no fold to be tested in.
    wanting = [before != after for before, after in zip(splits, settled, strict=True)]
    gathered, to_fold = _settle(folds, clusters, _largest, wanting)
    merged = manifest.copy()
    for name, before, after in (
        ("subject", subjects, names),
        ("split", splits, settled),
        ("fold", folds, gathered),
    ):
        if after != before:
            merged[name] = pd.Series(after, index=manifest.index, dtype=object)
    return merged, tuple(_notes(joined, to_split, to_fold, _n_without_subject(pixels, subjects)))


def _texts(manifest: pd.DataFrame, name: str) -> Texts:
    if name not in manifest:
        return [None] * len(manifest)
    column = manifest[name]
    return [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]


def _known_splits(splits: Texts) -> Texts:
    """Count images without a split as those of train, as make_splits does, where others have one."""
    return splits if all(name is None for name in splits) else [name or "train" for name in splits]


def _clusters(pixels: NDArray[np.intp], subjects: Texts) -> list[NDArray[np.intp]]:
    """List the rows that belong together, by an image or a subject that they share, directly or not."""
    n_rows = len(pixels)
    first: dict[str | None, int] = {}
    same_subject = [row if name is None else first.setdefault(name, row) for row, name in enumerate(subjects)]
    rows = np.tile(np.arange(n_rows), 2)
    others = np.concatenate([pixels, np.array(same_subject, dtype=np.intp)])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, others)), shape=(n_rows, n_rows))
    _, numbers = connected_components(graph, directed=False)
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def _join(subjects: Texts, clusters: Sequence[NDArray[np.intp]]) -> tuple[Texts, list[str]]:
    """Give each cluster one name; return the names of those that had several, too."""
    names, joined = list(subjects), []
    for cluster in clusters:
        known = [row for row in cluster.tolist() if subjects[row] is not None]
        several = sorted({str(subjects[row]) for row in known})
        if len(several) > 1:
            joined.append("+".join(several))
            for row in known:
                names[row] = joined[-1]
    return names, sorted(joined)


def _settle(
    sides: Texts,
    clusters: Sequence[NDArray[np.intp]],
    choose: Callable[[Counter[str]], str],
    wanting: Sequence[bool] | None = None,
) -> tuple[Texts, Counter[str]]:
    """Bring each cluster to one side, with it the rows that want one; count those that moved, by side."""
    settled, moved = list(sides), Counter[str]()
    for cluster in clusters:
        held = Counter(side for row in cluster.tolist() if (side := sides[row]) is not None)
        if not held:
            continue
        chosen = choose(held)
        for row in cluster.tolist():
            takes_part = sides[row] is not None or (wanting is not None and wanting[row])
            if takes_part and sides[row] != chosen:
                settled[row] = chosen
                moved[chosen] += 1
    return settled, moved


def _first_split(held: Counter[str]) -> str:
    return min(held, key=_SPLITS.index)


def _largest(held: Counter[str]) -> str:
    return min(held, key=lambda side: (-held[side], side))


def _n_without_subject(pixels: NDArray[np.intp], subjects: Texts) -> int:
    """Count the groups of identical images of which one has no subject."""
    counts = np.bincount(pixels, minlength=len(pixels))
    groups = {int(first) for first, name in zip(pixels, subjects, strict=True) if name is None}
    return sum(counts[first] > 1 for first in groups)


def _notes(
    joined: Sequence[str], to_split: Counter[str], to_fold: Counter[str], n_without_subject: int
) -> Iterator[str]:
    if joined:
        more = f" and {len(joined) - _N_NAMED} more" if len(joined) > _N_NAMED else ""
        yield f"Subjects that share identical images are one: {', '.join(joined[:_N_NAMED])}{more}."
    for what, moved in (("split", to_split), ("fold", to_fold)):
        for side, count in sorted(moved.items()):
            yield f"Images moved to the {what} {side!r}, where what belongs with them is: {count}."
    if n_without_subject:
        groups = f"{n_without_subject} group{'' if n_without_subject == 1 else 's'}"
        yield f"Identical images without a subject are kept in one fold: {groups}."
