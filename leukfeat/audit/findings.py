"""What is said of images that are alike, and of subjects on several sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.audit.duplicates import Duplicates
from leukfeat.evaluation import Fold

__all__ = ["Finding", "Groups", "alike_findings", "subject_findings"]

Groups = list[NDArray[np.intp]]
Columns = dict[str, list[str | None]]

_N_EXAMPLES = 10
_N_NAMED = 5  # combinations that a sentence names; members of a group that an example does

_COLUMNS = {  # what images that are alike may lie across, one and several of it
    "subject": ("subject", "subjects"),
    "fold": ("fold", "folds"),
    "split": ("split", "splits"),
    "label": ("class", "classes"),
}


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that an audit found.

    Attributes
    ----------
    kind : str
        What it is, for programs: `identical_files_across_subjects` for example.
    severity : {"stop", "warn", "note"}
        Whether a comparison must not go on, must say so, or need not mention it.
    count : int
        Number of groups, pairs, subjects or images.
    sentence : str
        The same for people.
    examples : tuple of str
        The first ten, a line each.
    groups : list of numpy.ndarray of intp
        The rows that belong together; empty where a finding is not about rows.
    """

    kind: str
    severity: str
    count: int
    sentence: str
    examples: tuple[str, ...] = ()
    groups: Groups = field(default_factory=list)


@dataclass(frozen=True)
class _Likeness:
    """How images are alike."""

    kind: str
    noun: str
    unit: str
    sign: str
    severity: str


@dataclass(frozen=True, eq=False)
class _Place:
    """Where images that are alike lie."""

    kind: str
    where: str
    groups: Groups
    combinations: Counter[str] = field(default_factory=Counter)


_FILES = _Likeness("identical_files", "Identical files", "group", " = ", "stop")
_PIXELS = _Likeness("identical_pixels", "Identical pixels in different files", "group", " = ", "stop")
_NEAR = _Likeness("near_duplicates", "Near-duplicates", "pair", " ~ ", "warn")


def alike_findings(
    images: pd.DataFrame, duplicates: Duplicates, folds: Sequence[Fold] = ()
) -> Iterator[Finding]:
    """Say of images that are alike what they lie across.

    Parameters
    ----------
    images : pandas.DataFrame
        `path`, and those of `subject`, `fold`, `split` and `label` that count.
    duplicates : Duplicates
        Of the same rows.
    folds : sequence of Fold, default=()
        The planned cross-validation; its rows are those of `images`.

    Yields
    ------
    Finding
        For identical files, identical pixels and near-duplicates: what lies across subjects, folds, splits
        and classes; of the others, what is in training and test of one fold; and the rest, a mere note.
    """
    columns = {name: _texts(images[name]) for name in _COLUMNS if name in images}
    roles, names = _roles(folds, len(images)), images["path"].tolist()
    for likeness, groups in _alike(duplicates):
        for place in _places(groups, columns, roles):
            if place.groups:
                yield _alike_finding(likeness, place, names)


def _alike(duplicates: Duplicates) -> Iterator[tuple[_Likeness, Groups]]:
    yield _FILES, _grouped(duplicates.files)
    yield _PIXELS, [g for g in _grouped(duplicates.pixels) if len(set(duplicates.files[g].tolist())) > 1]
    yield _NEAR, list(duplicates.near)


def _grouped(first: NDArray[np.intp]) -> Groups:
    """List the rows of every number that stands more than once."""
    order = np.argsort(first, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(first[order])) + 1)
    return [group for group in groups if len(group) > 1]


def _texts(column: pd.Series) -> list[str | None]:
    return [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]


def _roles(folds: Sequence[Fold], n_images: int) -> NDArray[np.int8]:
    """Tell for each fold and image whether it trains (1), is tested (2) or neither (0)."""
    roles = np.zeros((len(folds), n_images), dtype=np.int8)
    for row, fold in zip(roles, folds, strict=True):
        row[fold.train], row[fold.test] = 1, 2
    return roles


def _places(groups: Groups, columns: Columns, roles: NDArray[np.int8]) -> Iterator[_Place]:
    """Sort groups by what they lie across; one may lie across several columns."""
    rest = groups
    for column, texts in columns.items():
        plural = _COLUMNS[column][1]
        across = [group for group in groups if len(_values(texts, group)) > 1]
        rest = [group for group in rest if len(_values(texts, group)) < 2]
        counts = Counter(" + ".join(_values(texts, group)) for group in across)
        yield _Place(f"across_{plural}", f" across {plural}", across, counts)
    parted = [_is_parted(roles, group) for group in rest]
    on_sides = [group for group, apart in zip(rest, parted, strict=True) if apart]
    yield _Place("across_sides", " in training and test of one fold", on_sides)
    together = [group for group, apart in zip(rest, parted, strict=True) if not apart]
    shared = _listed([_COLUMNS[column][0] for column in columns])
    yield _Place("within", f" of one {shared}" if shared else "", together)


def _values(texts: list[str | None], group: NDArray[np.intp]) -> list[str]:
    """List the known values in a group, sorted."""
    return sorted({text for row in group.tolist() if (text := texts[row]) is not None})


def _is_parted(roles: NDArray[np.int8], group: NDArray[np.intp]) -> bool:
    held = roles[:, group]
    return bool(((held == 1).any(axis=1) & (held == 2).any(axis=1)).any())


def _alike_finding(likeness: _Likeness, place: _Place, names: Sequence[str]) -> Finding:
    n_groups, n_images = len(place.groups), len(np.unique(np.concatenate(place.groups)))
    severity = "note" if place.kind == "within" else likeness.severity
    counted = f"{_counted(n_groups, likeness.unit)} of {_counted(n_images, 'image')}"
    sentence = f"{likeness.noun}{place.where}: {counted}{_most_common(place.combinations)}."
    examples = tuple(_joined(likeness.sign, names, group) for group in place.groups[:_N_EXAMPLES])
    return Finding(f"{likeness.kind}_{place.kind}", severity, n_groups, sentence, examples, place.groups)


def _most_common(combinations: Counter[str]) -> str:
    ordered = sorted(combinations.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{values}: {count}" for values, count in ordered[:_N_NAMED]]
    if len(ordered) > _N_NAMED:
        named.append(f"others: {sum(count for _, count in ordered[_N_NAMED:])}")
    return f" ({', '.join(named)})" if named else ""


def _joined(sign: str, names: Sequence[str], group: NDArray[np.intp]) -> str:
    more = f"{sign}{len(group) - _N_NAMED} more" if len(group) > _N_NAMED else ""
    return sign.join(names[row] for row in group[:_N_NAMED].tolist()) + more


def subject_findings(images: pd.DataFrame) -> Iterator[Finding]:
    """Say which subjects have images in several folds or splits.

    Parameters
    ----------
    images : pandas.DataFrame
        Those of `subject`, `fold` and `split` that count.

    Yields
    ------
    Finding
        For folds and for splits, where there are such subjects; a group holds the rows of one.
    """
    for column in ("fold", "split"):
        if {"subject", column} <= set(images):
            rows = pd.DataFrame(
                {"subject": _texts(images["subject"]), "side": _texts(images[column])}
            ).dropna()
            torn = {str(name): some for name, some in rows.groupby("subject") if some["side"].nunique() > 1}
            if torn:
                yield _subject_finding(column, torn, rows["subject"].nunique())


def _subject_finding(column: str, torn: dict[str, pd.DataFrame], n_subjects: int) -> Finding:
    sentence = f"Subjects in several {column}s: {len(torn)} of {n_subjects}."
    examples = tuple(
        f"{name}: {', '.join(f'{count} in {side}' for side, count in sorted(Counter(some['side']).items()))}"
        for name, some in list(torn.items())[:_N_EXAMPLES]
    )
    groups = [some.index.to_numpy(dtype=np.intp) for some in torn.values()]
    return Finding(f"subjects_across_{column}s", "stop", len(torn), sentence, examples, groups)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
