"""A split into train, val and test that anyone can make again."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat._tables import normal_path
from leukfeat.datasets.manifest import SPLITS
from leukfeat.errors import ConfigurationError

__all__ = ["split_at_random"]


def split_at_random(
    manifest: pd.DataFrame,
    shares: Sequence[int] = (60, 20, 20),
    *,
    seed: int = 0,
    root: str | Path | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Split a manifest into train, val and test, whole subjects where there are any.

    Parameters
    ----------
    manifest : pandas.DataFrame
        A manifest without `split`.
    shares : sequence of int, default=(60, 20, 20)
        Of train, val and test, adding up to 100; each class is divided so, as nearly as whole subjects allow.
    seed : int, default=0
        Another seed, another split.
    root : str or pathlib.Path, default=None
        The data set's folder: an image without a subject is told by its path from there.

    Returns
    -------
    manifest : pandas.DataFrame
        A copy with the column `split`.
    notes : tuple of str
        What was done, in full sentences.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If there is a split or shares do not add up.

    Notes
    -----
    Subjects (images without one) of a class are taken in the order of the SHA-256 of seed and name, and each
    goes where most images are lacking. That depends neither on the order of rows nor on the machine.
    """
    if len(shares) != len(SPLITS) or min(shares) < 0 or sum(shares) != 100:
        raise ConfigurationError(f"Three shares that add up to 100 are expected (60/20/20). Got {shares}.")
    if "split" in manifest and manifest["split"].notna().any():
        raise ConfigurationError("The data set has a split already. Leave out --split to keep it.")
    units = _units(manifest, root)
    labels = ["" if missing else str(label) for label, missing in _labels(manifest)]
    classes = _class_of(units, labels)
    side: dict[str, str] = {}
    for label in sorted(set(classes.values())):
        members = Counter(unit for unit in units if classes[unit] == label)
        side.update(_divide(members, shares, seed))
    return manifest.assign(split=[side[unit] for unit in units]), tuple(_notes(manifest, shares, seed))


def _units(manifest: pd.DataFrame, root: str | Path | None) -> list[str]:
    subjects = (
        manifest["subject"] if "subject" in manifest else pd.Series(None, index=manifest.index, dtype=object)
    )
    paths = [normal_path(path) for path in manifest["path"]]
    base = None if root is None else normal_path(root)
    named = [path.relative_to(base) if base and path.is_relative_to(base) else path for path in paths]
    return [
        f"image {path.as_posix()}" if missing else f"subject {subject}"
        for path, subject, missing in zip(named, subjects, subjects.isna(), strict=True)
    ]


def _labels(manifest: pd.DataFrame) -> Iterator[tuple[object, bool]]:
    column = manifest["label"] if "label" in manifest else pd.Series(None, index=manifest.index, dtype=object)
    return zip(column, column.isna(), strict=True)


def _class_of(units: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Return the class that most images of each unit have, the first in sorted order of those."""
    counts: dict[str, Counter[str]] = {}
    for unit, label in zip(units, labels, strict=True):
        counts.setdefault(unit, Counter())[label] += 1
    return {unit: min(held, key=lambda label: (-held[label], label)) for unit, held in counts.items()}


def _divide(members: Counter[str], shares: Sequence[int], seed: int) -> dict[str, str]:
    order = sorted(members, key=lambda unit: hashlib.sha256(f"{seed} {unit}".encode()).digest())
    lacking = np.array(shares, dtype=float) / 100 * members.total()
    wanted = {place for place, share in enumerate(shares) if share}
    side: dict[str, str] = {}
    for place, unit in enumerate(order):
        empty = wanted - {SPLITS.index(split) for split in side.values()}
        choices = sorted(empty if len(order) - place <= len(empty) else wanted)
        chosen = max(choices, key=lambda choice: (lacking[choice], choice))  # rather test than val
        side[unit] = SPLITS[chosen]
        lacking[chosen] -= members[unit]
    return side


def _notes(manifest: pd.DataFrame, shares: Sequence[int], seed: int) -> tuple[str, ...]:
    listed = "/".join(map(str, shares))
    if "subject" in manifest and manifest["subject"].notna().all():
        return (f"Split {listed} by whole subjects (seed {seed}).",)
    leak = (
        f"Split {listed} by single images (seed {seed}): subjects are unknown, so images of one patient may "
        "lie on both sides, and scores on the test split are inflated."
    )
    return (
        (leak, "Blocks of the acquisition leak less: leave out --split.")
        if "sequence" in manifest
        else (leak,)
    )
