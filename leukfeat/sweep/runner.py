"""Every candidate in every fold, each task on its own."""

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from leukfeat._workers import map_in_workers
from leukfeat.errors import ConfigurationError, LeukfeatError
from leukfeat.evaluation import Fold, InnerSplits
from leukfeat.sweep.calibration import calibrated_probabilities, cut_offs
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.held_out import HeldOut, hold_out
from leukfeat.sweep.ranking import ranking_scores
from leukfeat.sweep.steps import table_pipeline

__all__ = ["FoldResult", "Refit", "SweepData", "fit_folds", "refit"]

_PRELOAD = ("leukfeat.sweep", "xgboost")
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class SweepData:
    """What the candidates are fitted on.

    Attributes
    ----------
    values : numpy.ndarray of float32, shape (n_samples, n_features)
        Features; NaN where something could not be measured.
    labels : numpy.ndarray of str, shape (n_samples,)
        True classes.
    feature_names : tuple of str
        Names of the columns.
    n_shown : int
        How many of them, the first ones, are features; the others only those candidates see that name them.
    classes : tuple of str
        All classes, sorted.
    positive : str
        The positive class of two; plays no part with several.
    seed : int
        Of what is random in the models.
    """

    values: NDArray[np.float32]
    labels: NDArray[Any]
    feature_names: tuple[str, ...]
    n_shown: int
    classes: tuple[str, ...]
    positive: str
    seed: int


@dataclass(frozen=True)
class FoldResult:
    """One candidate in one fold.

    Attributes
    ----------
    model : str
        The candidate's name.
    repeat, fold : int
        Which fold.
    predicted : numpy.ndarray of str, shape (n_test,)
        Predicted classes; empty when it failed.
    ranking : numpy.ndarray of float64, shape (n_test,) or (n_test, n_classes)
        What the AUC ranks by: decision values or probabilities. Empty when the model has neither.
    probabilities : numpy.ndarray of float64, shape as `ranking`
        Calibrated on inner folds; empty where there are none.
    cuts : numpy.ndarray of float64, shape (2,)
        Of two classes the scores from which an image is called positive at the specificities 0.90 and 0.95 of
        the training side, chosen on inner folds; empty where there are none.
    inner_score : float
        Balanced accuracy on the inner folds; NaN where there are none.
    fit_seconds, predict_seconds : float
        Wall time of the model's one fit on the whole training side and of its predictions, the table's steps
        included. Inner folds are not counted.
    reason : str
        Why it failed; empty when it did not.
    warnings : tuple of str
        What the libraries had to say.
    """

    model: str
    repeat: int
    fold: int
    predicted: NDArray[Any]
    ranking: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    cuts: NDArray[np.float64]
    inner_score: float = float("nan")
    fit_seconds: float = float("nan")
    predict_seconds: float = float("nan")
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refit:
    """A candidate fitted on all rows.

    Attributes
    ----------
    model : str
        The candidate's name.
    pipeline : sklearn.pipeline.Pipeline or None
        From feature table to class; None when it failed.
    reason : str
        Why it failed; empty when it did not.
    """

    model: str
    pipeline: Pipeline | None
    reason: str = ""


def fit_folds(
    data: SweepData,
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    inner: Sequence[InnerSplits | None] | None = None,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[FoldResult]:
    """Fit every candidate in every fold and predict the images that are tested there.

    Parameters
    ----------
    data : SweepData
        Features and labels.
    candidates : sequence of Candidate
        What to fit; one that raises keeps its reason and stops no other.
    folds : sequence of Fold
        Rows to train and to test on.
    inner : sequence of InnerSplits or None, default=None
        For each fold how its training side is divided to calibrate probabilities and to choose cut-offs; None
        does neither.
    jobs : int, default=1
        Worker processes, each on one thread.
    progress : callable, default=None
        Called with the number of tasks done and their total.

    Returns
    -------
    list of FoldResult
        By candidate, then by fold.
    """
    divided = [None] * len(folds) if inner is None else inner
    tasks = [
        (candidate, fold, division)
        for candidate in candidates
        for fold, division in zip(folds, divided, strict=True)
    ]
    with _shared(data) as shared:
        return _run(_FitFold(shared), tasks, jobs, progress)


def refit(
    data: SweepData,
    candidates: Sequence[Candidate],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Refit]:
    """Fit candidates on all rows, to be kept.

    Parameters
    ----------
    data : SweepData
        Features and labels.
    candidates : sequence of Candidate
        What to fit.
    jobs : int, default=1
        Worker processes, each on one thread.
    progress : callable, default=None
        Called with the number of models done and their total.

    Returns
    -------
    list of Refit
        In the order of `candidates`.
    """
    with _shared(data) as shared:
        return _run(_FitAll(shared), candidates, jobs, progress)


def _run(
    function: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    jobs: int,
    progress: Callable[[int, int], None] | None,
) -> list[_Result]:
    results: list[_Result] = []
    n_jobs = max(1, min(jobs, len(tasks)))
    for result in map_in_workers(function, tasks, jobs=n_jobs, preload=_PRELOAD):
        results.append(result)
        if progress is not None:
            progress(len(results), len(tasks))
    return results


@dataclass(frozen=True)
class _Shared:
    """The data of a sweep as files that workers map into memory."""

    folder: Path
    feature_names: tuple[str, ...]
    n_shown: int
    classes: tuple[str, ...]
    positive: str
    seed: int

    def values(self, candidate: Candidate) -> NDArray[np.float32]:
        values: NDArray[np.float32] = np.load(self.folder / "values.npy", mmap_mode="r")
        if candidate.columns is None:
            return values[:, : self.n_shown]
        return values[:, self._indices(candidate.columns)]

    def labels(self) -> NDArray[Any]:
        codes: NDArray[np.intp] = np.load(self.folder / "codes.npy")
        return np.asarray(np.asarray(self.classes)[codes])

    def pipeline(self, candidate: Candidate) -> Pipeline:
        return table_pipeline(candidate, n_classes=len(self.classes), seed=self.seed)

    def from_whole_table(self, candidate: Candidate, pipeline: Pipeline) -> Pipeline:
        """Put the candidate's choice of columns in front of its fitted pipeline."""
        if candidate.columns is None:
            return pipeline
        chosen = {"indices": self._indices(candidate.columns), "axis": 1}
        return Pipeline([("columns", FunctionTransformer(np.take, kw_args=chosen)), *pipeline.steps])

    def _indices(self, columns: tuple[str, ...]) -> list[int]:
        absent = [name for name in columns if name not in self.feature_names]
        if absent and absent[0].startswith("background_"):
            raise ConfigurationError(
                "not available: cells on black have no background, and a table of leukfeat extract does not "
                "hold its colour; compare the manifest itself"
            )
        if absent:
            raise ConfigurationError(f"not available: the table has no column {absent[0]!r}")
        return [self.feature_names.index(name) for name in columns]


@contextmanager
def _shared(data: SweepData) -> Iterator[_Shared]:
    with tempfile.TemporaryDirectory(prefix="leukfeat-") as name:
        folder = Path(name)
        np.save(folder / "values.npy", data.values)
        np.save(folder / "codes.npy", np.searchsorted(np.asarray(data.classes), data.labels))
        yield _Shared(folder, data.feature_names, data.n_shown, data.classes, data.positive, data.seed)


@dataclass(frozen=True)
class _FitFold:
    shared: _Shared

    def __call__(self, task: tuple[Candidate, Fold, InnerSplits | None]) -> FoldResult:
        candidate, fold, inner = task
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = self._result(candidate, fold, inner)
            except Exception as error:
                nothing = np.empty(0)
                result = FoldResult(
                    candidate.name,
                    fold.repeat,
                    fold.fold,
                    predicted=nothing,
                    ranking=nothing,
                    probabilities=nothing,
                    cuts=nothing,
                    reason=_reason(error),
                )
        said = sorted({f"{type(item.message).__name__}: {item.message}" for item in caught})
        return replace(result, warnings=tuple(said))

    def _result(self, candidate: Candidate, fold: Fold, inner: InnerSplits | None) -> FoldResult:
        shared = self.shared
        values, labels = shared.values(candidate), shared.labels()
        pipeline = shared.pipeline(candidate)
        started = time.perf_counter()
        pipeline.fit(values[fold.train], labels[fold.train])
        fitted = time.perf_counter()
        predicted = pipeline.predict(values[fold.test])
        ended = time.perf_counter()
        ranking = ranking_scores(pipeline, values[fold.test], shared.classes, shared.positive)
        held, probabilities, cuts = self._calibrated(candidate, pipeline, inner, ranking)
        return FoldResult(
            candidate.name,
            fold.repeat,
            fold.fold,
            predicted,
            np.empty(0) if ranking is None else _checked(ranking),
            probabilities,
            cuts,
            np.nan if held is None else held.balanced_accuracy,
            fitted - started,
            ended - fitted,
        )

    def _calibrated(
        self,
        candidate: Candidate,
        pipeline: Pipeline,
        inner: InnerSplits | None,
        ranking: NDArray[np.float64] | None,
    ) -> tuple[HeldOut | None, NDArray[np.float64], NDArray[np.float64]]:
        """Return the training side as inner folds saw it, and what follows: probabilities and cut-offs."""
        shared, nothing = self.shared, np.empty(0)
        if inner is None or inner.pairs is None:
            return None, nothing, nothing
        values, labels = shared.values(candidate), shared.labels()
        try:
            held = hold_out(pipeline, values, labels, inner.pairs, shared.classes, shared.positive)
            if held.ranking is None or ranking is None:
                return held, nothing, nothing
            probabilities = calibrated_probabilities(held.ranking, held.truth, ranking)
        except Exception as error:  # the scores of the fold stand without them
            warnings.warn(f"no calibrated probabilities: {_reason(error)}", UserWarning, stacklevel=2)
            return None, nothing, nothing
        return held, probabilities, cut_offs(held.ranking, held.truth == 1) if ranking.ndim == 1 else nothing


def _checked(ranking: NDArray[np.float64]) -> NDArray[np.float64]:
    """Refuse scores that rank nothing."""
    n_bad = int((~np.isfinite(ranking)).reshape(len(ranking), -1).any(axis=1).sum())
    if n_bad:
        raise LeukfeatError(
            f"the model returned NaN or infinite scores for {n_bad} of {len(ranking)} images; look for "
            "extreme values in its features"
        )
    return ranking


@dataclass(frozen=True)
class _FitAll:
    shared: _Shared

    def __call__(self, candidate: Candidate) -> Refit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the folds have recorded them
            try:
                pipeline = self.shared.pipeline(candidate)
                pipeline.fit(self.shared.values(candidate), self.shared.labels())
                return Refit(candidate.name, self.shared.from_whole_table(candidate, pipeline))
            except Exception as error:
                return Refit(candidate.name, None, _reason(error))


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    if isinstance(error, LeukfeatError):
        return lines[0]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
