"""What the tasks of a sweep do, each in a process of its own."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from leukfeat._task_process import describe_error, is_out_of_memory
from leukfeat.errors import LeukfeatError
from leukfeat.evaluation import Fold, InnerSplits, Pair
from leukfeat.sweep.calibration import calibrated_probabilities, cut_offs
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.classifier import CellClassifier
from leukfeat.sweep.data import SharedData
from leukfeat.sweep.fold_result import FoldResult
from leukfeat.sweep.held_out import HeldOut, join_held_out
from leukfeat.sweep.prepared import Prepared, prepare
from leukfeat.sweep.ranking import rank_solved
from leukfeat.sweep.solving import Solved, solve, stock
from leukfeat.sweep.steps import table_pipeline
from leukfeat.sweep.tuning import Positions, Tuning

__all__ = [
    "FitFold",
    "Keep",
    "Prepare",
    "fit_fold",
    "hold_out",
    "keep_model",
    "prepare_fold",
    "training_sets",
]

_FAILED = "failed.txt"


@dataclass(frozen=True)
class Prepare:
    """The training sets of a fold, to be prepared once for all models.

    Parameters
    ----------
    shared : SharedData
        The table.
    rows : tuple of (array of intp, array of intp)
        Rows to fit on and rows to predict: of the fold, then of its inner folds.
    folder : pathlib.Path
        Receives a folder for each, named by its place.
    """

    shared: SharedData
    rows: tuple[Pair, ...]
    folder: Path


@dataclass(frozen=True)
class FitFold:
    """One candidate in one fold.

    Parameters
    ----------
    shared : SharedData
        The table.
    candidate : Candidate
        What to fit.
    fold : Fold
        Rows to train and to test on.
    inner : InnerSplits or None
        How the training side is divided to calibrate probabilities and to choose cut-offs; None does neither.
    tuning : Tuning
        How a model that chooses a parameter divides its rows.
    prepared : pathlib.Path or None
        The folder of `Prepare`; None fits the table's steps here.
    """

    shared: SharedData
    candidate: Candidate
    fold: Fold
    inner: InnerSplits | None
    tuning: Tuning
    prepared: Path | None

    @property
    def rows(self) -> tuple[Pair, ...]:
        """Rows to fit on and rows to predict: of the fold, then of its inner folds."""
        return training_sets(self.fold, self.inner)


@dataclass(frozen=True)
class Keep:
    """One candidate on all rows, to be kept.

    Parameters
    ----------
    shared : SharedData
        The table.
    candidate : Candidate
        What to fit.
    cv : list of (array of intp, array of intp), or None
        How a model that chooses a parameter divides the rows.
    path : pathlib.Path
        Receives the pipeline.
    """

    shared: SharedData
    candidate: Candidate
    cv: Positions | None
    path: Path


def training_sets(fold: Fold, inner: InnerSplits | None) -> tuple[Pair, ...]:
    """List rows to fit on and rows to predict.

    Parameters
    ----------
    fold : Fold
        Rows to train and to test on.
    inner : InnerSplits or None
        How the training side is divided.

    Returns
    -------
    tuple of (array of intp, array of intp)
        Of the fold, then of its inner folds.
    """
    pairs = () if inner is None or inner.pairs is None else inner.pairs
    return ((fold.train, fold.test), *pairs)


def prepare_fold(task: Prepare) -> None:
    """Write what the models of a fold are fitted on and predict.

    Parameters
    ----------
    task : Prepare
        What and where; an inner fold that cannot be prepared leaves its reason there.
    """
    values = task.shared.features
    rmtree(task.folder, ignore_errors=True)  # of an attempt that was stopped half way
    for place, (fit, out) in enumerate(task.rows):
        folder = task.folder / str(place)
        folder.mkdir(parents=True)
        try:
            prepare(values, fit, out, folder, task.shared.reduction())
        except Exception as error:
            if place == 0 or is_out_of_memory(error):
                raise
            (folder / _FAILED).write_text(describe_error(error), encoding="utf-8")


def fit_fold(task: FitFold) -> FoldResult:
    """Fit a candidate in a fold and predict what is tested there.

    Parameters
    ----------
    task : FitFold
        What to fit.

    Returns
    -------
    FoldResult
        With a reason, where the candidate raises.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = _fit(task)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            fold = task.fold
            result = FoldResult(task.candidate.name, fold.repeat, fold.fold, reason=describe_error(error))
    said = sorted({f"{type(item.message).__name__}: {item.message}" for item in caught})
    return replace(result, warnings=tuple(said))


def hold_out(task: FitFold) -> HeldOut:
    """Fit anew on each inner training side and predict what it leaves out.

    Parameters
    ----------
    task : FitFold
        With inner folds.

    Returns
    -------
    HeldOut
        In the order of the inner folds.
    """
    shared = task.shared
    codes, n_classes = shared.codes(), len(shared.classes)
    solved = [_solve(task, place)[0] for place in range(1, len(task.rows))]
    return join_held_out(
        [codes[out] for _, out in task.rows[1:]],
        [
            _checked_codes(item.predicted, n_classes, len(out))
            for item, (_, out) in zip(solved, task.rows[1:], strict=True)
        ],
        [_ranking(task, item) for item in solved],
        shared.positive if n_classes == 2 else None,
    )


def keep_model(task: Keep) -> Path:
    """Fit a candidate on all rows and write the pipeline.

    Parameters
    ----------
    task : Keep
        What to fit.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the folds have recorded them
        shared, candidate = task.shared, task.candidate
        reduction = shared.reduction() if candidate.columns is None else None
        pipeline = table_pipeline(
            candidate, n_classes=len(shared.classes), seed=shared.seed, reduction=reduction
        )
        codes = shared.codes()
        X = pipeline[:-1].fit_transform(shared.values(candidate))
        numbers = {"n_classes": len(shared.classes), "seed": shared.seed}
        estimator = stock(candidate, X, codes, **numbers, shape=(len(X), shared.n_columns), cv=task.cv)
        pipeline.steps[-1] = ("model", _speaking(pipeline[-1], estimator, shared.classes, X.shape[1]))
        joblib.dump(_from_whole_table(task, pipeline), task.path)
        joblib.load(task.path)  # here a model that cannot be read does no harm
    return task.path


def _speaking(
    classifier: CellClassifier, estimator: Any, classes: Sequence[str], n_features: int
) -> CellClassifier:
    """Hand a fitted estimator to the step that answers in labels."""
    classifier.estimator_ = estimator
    classifier.classes_ = np.asarray(classes)
    classifier.n_features_in_ = n_features
    return classifier


def _from_whole_table(task: Keep, pipeline: Pipeline) -> Pipeline:
    """Put the candidate's choice of columns in front of its fitted pipeline."""
    columns = task.candidate.columns
    if columns is None:
        return pipeline
    chosen = {"indices": task.shared.places(columns), "axis": 1}
    return Pipeline([("columns", FunctionTransformer(np.take, kw_args=chosen)), *pipeline.steps])


def _fit(task: FitFold) -> FoldResult:
    shared, fold = task.shared, task.fold
    solved, transform_seconds = _solve(task, 0)
    codes = _checked_codes(solved.predicted, len(shared.classes), len(fold.test))
    predicted = np.asarray(shared.classes)[codes]
    ranking = _ranking(task, solved)
    held, probabilities, cuts = _calibrated(task, ranking)
    return FoldResult(
        task.candidate.name,
        fold.repeat,
        fold.fold,
        predicted,
        np.empty(0) if ranking is None else _checked_scores(ranking),
        probabilities,
        cuts,
        np.nan if held is None else held.balanced_accuracy,
        solved.fit_seconds,
        solved.predict_seconds,
        transform_seconds=transform_seconds,
        method=solved.method,
    )


def _solve(task: FitFold, place: int) -> tuple[Solved, float]:
    """Fit on one of the task's training sets and predict; return also what the table's steps took."""
    fit, out = task.rows[place]
    cv = task.tuning.of_set(place)
    if task.prepared is None:
        return _solve_alone(task, fit, out, cv)
    shared, folder = task.shared, task.prepared / str(place)
    if (folder / _FAILED).exists():
        raise LeukfeatError((folder / _FAILED).read_text(encoding="utf-8"))
    prepared = Prepared.read(folder)
    codes = shared.codes()[fit]
    solved = solve(
        task.candidate,
        prepared,
        codes,
        n_classes=len(shared.classes),
        seed=shared.seed,
        shape=(len(task.fold.train), shared.n_columns),  # inner folds have the parameters of the whole
        cv=cv,
    )
    return solved, prepared.seconds


def _solve_alone(
    task: FitFold, fit: NDArray[np.intp], out: NDArray[np.intp], cv: Positions | None
) -> tuple[Solved, float]:
    """Fit the table's steps here: for what sees but a few columns."""
    shared, candidate = task.shared, task.candidate
    values, n_classes = shared.values(candidate), len(shared.classes)
    steps = table_pipeline(candidate, n_classes=n_classes, seed=shared.seed)[:-1]
    started = time.perf_counter()
    X = steps.fit_transform(values[fit])
    Z = steps.transform(values[out])
    transformed = time.perf_counter()
    codes = shared.codes()[fit]
    estimator = stock(candidate, X, codes, n_classes=n_classes, seed=shared.seed, cv=cv)
    fitted = time.perf_counter()
    predicted = estimator.predict(Z)
    ended = time.perf_counter()
    decision, probability = (
        getattr(estimator, name)(Z) if hasattr(estimator, name) else None
        for name in ("decision_function", "predict_proba")
    )
    solved = Solved(predicted, decision, probability, fitted - transformed, ended - fitted, "stock")
    return solved, transformed - started


def _ranking(task: FitFold, solved: Solved) -> NDArray[np.float64] | None:
    """Return what ranks the images that were predicted; refuse what does not fit them."""
    shared = task.shared
    n_rows, n_classes = len(solved.predicted), len(shared.classes)
    _check_shape("predict_proba", solved.probability, (n_rows, n_classes))
    if n_classes == 2:
        _check_shape("decision_function", solved.decision, (n_rows,))
    estimator = task.candidate.build(n_classes, shared.seed)
    ranking = rank_solved(solved, estimator, n_classes, shared.positive)
    if n_classes > 2:
        _check_shape("decision_function", ranking, (n_rows, n_classes))
    return ranking


def _check_shape(name: str, scores: NDArray[np.float64] | None, shape: tuple[int, ...]) -> None:
    if scores is not None and scores.shape != shape:
        raise LeukfeatError(
            f"the model's {name} returned an array of shape {scores.shape}; of these images and classes it "
            f"must be {shape}"
        )


def _calibrated(
    task: FitFold, ranking: NDArray[np.float64] | None
) -> tuple[HeldOut | None, NDArray[np.float64], NDArray[np.float64]]:
    """Return the training side as inner folds saw it, and what follows: probabilities and cut-offs."""
    nothing = np.empty(0)
    if len(task.rows) == 1:
        return None, nothing, nothing
    try:
        held = hold_out(task)
        if held.ranking is None or ranking is None:
            return held, nothing, nothing
        probabilities = calibrated_probabilities(held.ranking, held.truth, ranking)
    except Exception as error:  # the scores of the fold stand without them
        if is_out_of_memory(error):
            raise
        said = f"no calibrated probabilities: {describe_error(error)}"
        warnings.warn(said, UserWarning, stacklevel=2)
        return None, nothing, nothing
    return held, probabilities, cut_offs(held.ranking, held.truth == 1) if ranking.ndim == 1 else nothing


def _checked_codes(predicted: NDArray[Any], n_classes: int, n_rows: int) -> NDArray[np.intp]:
    """Refuse predictions that are no class, or not one for each image."""
    answers = np.asarray(predicted).reshape(-1)
    if len(answers) != n_rows:
        raise LeukfeatError(f"the model predicted {len(answers)} classes for {n_rows} images")
    try:
        numbers = answers.astype(np.float64)
    except (TypeError, ValueError):
        raise LeukfeatError(
            f"the model returned {str(answers[0])!r}; it is fitted on the numbers of classes, 0 to "
            f"{n_classes - 1}, and must predict these"
        ) from None
    n_bad = int((~np.isin(numbers, np.arange(n_classes))).sum())
    if n_bad:
        raise LeukfeatError(
            f"the model returned NaN, or what is no class, for {n_bad} of {len(numbers)} images"
        )
    return numbers.astype(np.intp)


def _checked_scores(ranking: NDArray[np.float64]) -> NDArray[np.float64]:
    """Refuse scores that rank nothing."""
    n_bad = int((~np.isfinite(ranking)).reshape(len(ranking), -1).any(axis=1).sum())
    if n_bad:
        raise LeukfeatError(
            f"the model returned NaN or infinite scores for {n_bad} of {len(ranking)} images; look for "
            "extreme values in its features"
        )
    return ranking
