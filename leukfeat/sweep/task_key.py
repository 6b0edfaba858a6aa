"""What decides what comes of a task, as one digest."""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import joblib
import numpy as np

from leukfeat.evaluation import Fold, InnerSplits, Pair
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.data import SweepData
from leukfeat.sweep.sources import modules_within, split_source
from leukfeat.sweep.tuning import Tuning

__all__ = ["task_key"]

_LIBRARIES = ("leukfeat", "numpy", "scipy", "scikit-learn", "xgboost")
_ROOTS = {"leukfeat", "numpy", "scipy", "sklearn", "xgboost", *sys.stdlib_module_names}


def task_key(
    data: SweepData, candidate: Candidate, fold: Fold, inner: InnerSplits | None, tuning: Tuning
) -> str:
    """Return the digest of all that decides what comes of a candidate in a fold.

    Parameters
    ----------
    data : SweepData
        The table, and the seed.
    candidate : Candidate
        Its class and parameters count, its name does not; of classes that none of the libraries of leukfeat
        ships, in the parameters too, the files that they are written in and the versions of their packages.
    fold : Fold
        Its rows count, its number does not.
    inner : InnerSplits or None
        How the training side is divided for calibration.
    tuning : Tuning
        How models that choose a parameter divide their rows.

    Returns
    -------
    str
        SHA-256, hexadecimal, of these and of the versions of the libraries that compute.
    """
    pairs = None if inner is None else inner.pairs
    told = {
        "data": data.digest,
        "seed": int(data.seed),
        "rows": _digest_of([(fold.train, fold.test)]),
        "inner": _digest_of(pairs),
        "tuning": [_digest_of(tuning.whole), *(_digest_of(part) for part in tuning.inner)],
        "candidate": _describe(candidate),
        "source": _source_digest(candidate),
        "versions": _versions(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _describe(candidate: Candidate) -> dict[str, str]:
    """Return digests of all that a candidate says but its name; what is written out may be cut short."""
    told = {item.name: getattr(candidate, item.name) for item in fields(candidate) if item.name != "name"}
    try:
        return {name: str(joblib.hash(value)) for name, value in told.items()}
    except Exception:  # what cannot be pickled reaches no task: the fit says so
        return {name: repr(value) for name, value in told.items()}


def _source_digest(candidate: Candidate) -> list[tuple[str, str, str]]:
    """Return name, version and digest of the file of each module, but of those whose version is known."""
    modules = modules_within([dict(candidate.parameters), dict(candidate.wide)])
    place = split_source(candidate.estimator)[0]
    modules |= set() if place.endswith(".py") else {place}
    foreign = sorted(name for name in modules if name.split(".")[0] not in _ROOTS)
    told = [(name, _version(name.split(".")[0]), _file_digest(_file_of(name))) for name in foreign]
    try:
        return [*told, ("", "", _file_digest(candidate.source_file()))]
    except Exception:  # whatever an import raises: the fit says so
        return told


def _file_of(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return None if file is None else Path(file)


def _file_digest(path: Path | None) -> str:
    try:
        return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _digest_of(pairs: Sequence[Pair] | None) -> str:
    found = hashlib.sha256()
    for pair in pairs or ():
        for rows in pair:
            found.update(f"{len(rows)} ".encode())
            found.update(np.ascontiguousarray(rows, dtype=np.int64).data)
    return "" if pairs is None else found.hexdigest()


@lru_cache(maxsize=1)
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, _version(name)) for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
