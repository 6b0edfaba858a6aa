"""Models that do what models must not; imported by the processes that fit them, so it is light."""

import mmap
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import RidgeClassifier

from leukfeat.sweep import Candidate

__all__ = ["candidate_of"]


def candidate_of(cls, **parameters):
    """Make a candidate of a class of this module, called as the class."""
    return Candidate(cls.__name__, f"{cls.__module__}:{cls.__name__}", parameters)


class Raising(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("first line\nsecond line")


class Silent(ClassifierMixin, BaseEstimator):
    """Neither decision values nor probabilities."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class NotANumber(Silent):
    def decision_function(self, X):
        return np.full(len(X), np.nan)


class PredictsNaN(Silent):
    def predict(self, X):
        return np.full(len(X), np.nan)


class PredictsNames(Silent):
    def predict(self, X):
        return np.full(len(X), "blast")


class TooFew(Silent):
    def predict(self, X):
        return super().predict(X)[:-1]


class ScoresTooFew(Silent):
    def decision_function(self, X):
        return np.zeros(len(X) - 1)


class TwoScores(Silent):
    def decision_function(self, X):
        return np.zeros((len(X), 2))


class OneProbability(Silent):
    def predict_proba(self, X):
        return np.ones((len(X), 1))


class CannotBeRead(Silent):
    def __setstate__(self, state):
        raise RuntimeError("not again")


class Infinite(Silent):
    def decision_function(self, X):
        return np.full(len(X), np.inf)


class FussyInside(Silent):
    """Refuses small training sides, such as those of inner folds."""

    def fit(self, X, y):
        if len(X) < 60:
            raise RuntimeError("too few rows")
        return super().fit(X, y)

    def decision_function(self, X):
        return X[:, 0]


class FussyOutside(RidgeClassifier):
    """Refuses large training sides, such as that before a test split."""

    def fit(self, X, y):
        if len(X) > 90:
            raise RuntimeError("too many rows")
        return super().fit(X, y)


class Greedy(RidgeClassifier):
    """Needs many rows."""

    def fit(self, X, y):
        if len(X) < 120:
            raise RuntimeError("too few rows")
        return super().fit(X, y)


class Talkative(RidgeClassifier):
    """Says how many rows it was given: something else in each fold of another size."""

    def fit(self, X, y):
        warnings.warn(f"{len(X)} rows", UserWarning, stacklevel=2)
        return super().fit(X, y)


class Complaining(Silent):
    def fit(self, X, y):
        warnings.warn("not converged", UserWarning, stacklevel=2)
        return super().fit(X, y)


class Sleeping(Silent):
    def fit(self, X, y):
        time.sleep(1000)


class Gluttonous(Silent):
    """Wants 50 GB, and touches them."""

    def fit(self, X, y):
        self.much_ = np.ones(50 * 10**9 // 8)
        return super().fit(X, y)


class SelfKilling(Silent):
    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)


class Leaving(Silent):
    def fit(self, X, y):
        raise SystemExit(7)


class Printing(RidgeClassifier):
    def fit(self, X, y):
        print("on stdout")  # noqa: T201
        return super().fit(X, y)


class Counted(RidgeClassifier):
    """Leaves a file for each fit."""

    def __init__(self, folder="", seconds=0.0, alpha=1.0):
        super().__init__(alpha=alpha)
        self.folder = folder
        self.seconds = seconds

    def fit(self, X, y):
        time.sleep(self.seconds)
        (Path(self.folder) / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        return super().fit(X, y)


class Parental(Silent):
    """Starts a process of its own, notes its number and sleeps."""

    def __init__(self, file=""):
        self.file = file

    def fit(self, X, y):
        start_child_and_sleep(self.file)


def compare_counted(folder, name="run"):
    """Compare two models that count their fits with one of ours, on a folder's table."""
    from leukfeat.comparison import Settings, compare

    slow = [
        Candidate(called, f"{__name__}:Counted", {"folder": str(folder / called), "seconds": 0.1})
        for called in ("First", "Second")
    ]
    for candidate in slow:
        (folder / candidate.name).mkdir(exist_ok=True)
    candidates = (*slow, Candidate("Ridge", "sklearn.linear_model:RidgeClassifier"))
    return compare(
        folder / "table.parquet", folder / name, Settings(n_folds=3), candidates=candidates, jobs=1
    )


def start_child_and_sleep(file):
    """Start a process that sleeps, note the numbers of both, and sleep."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    temporary = Path(f"{file}.tmp")
    temporary.write_text(f"{os.getpid()} {child.pid}")
    temporary.replace(file)
    time.sleep(1000)


def grow(n_gigabytes):
    """Fill memory step by step, as lists do."""
    held = []
    for _ in range(round(n_gigabytes * 100)):
        held.append(np.ones(10**7 // 8))
        time.sleep(0.001)
    return len(held)


def grow_shared(n_gigabytes):
    """Fill memory that could be shared with other processes step by step."""
    held = mmap.mmap(-1, round(n_gigabytes * 1e9))
    for start in range(0, len(held), mmap.PAGESIZE):
        held[start] = 1
        if not start % 2**24:
            time.sleep(0.001)
    return len(held)


def swallow(n_gigabytes):
    """Fill memory at once and hold it for a while."""
    held = np.ones(round(n_gigabytes * 1e9 / 8))
    time.sleep(0.5)
    return len(held)


class RefusesMany(RidgeClassifier):
    """Fits a fold, and not the whole table."""

    def fit(self, X, y):
        if len(X) >= 24:
            raise ValueError("too many rows")
        return super().fit(X, y)
