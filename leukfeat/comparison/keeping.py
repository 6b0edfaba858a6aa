"""The models of a comparison as files: refitted on all images, with what the comparison knows of them."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from leukfeat._tables import write_text
from leukfeat.comparison.evaluate import Sweep
from leukfeat.errors import ModelError
from leukfeat.evaluation import Pair
from leukfeat.features import ImageFeatures
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.record import data_hash
from leukfeat.report.run_folder import Results
from leukfeat.scoring import (
    Domain,
    Evidence,
    fit_domain,
    image_pipeline,
    model_card,
    quality_limits,
    read_facts,
    save_model,
)
from leukfeat.sweep import (
    Calibration,
    Candidate,
    Refit,
    Underway,
    cut_offs,
    fit_calibration,
    ranking_method,
)
from leukfeat.sweep.calibration import SPECIFICITIES
from leukfeat.sweep.runner import INTERRUPTED

__all__ = ["decision_threshold", "held_out_scores", "keep_models"]

_LOG = logging.getLogger(__name__)
_SPECIFICITY = 0.95
Progress = Callable[[int, int], None]
Watch = Callable[[Underway], None]


def keep_models(
    sweep: Sweep,
    images: ImageFeatures | None,
    results: Results,
    candidates: Sequence[Candidate],
    folder: Path,
    *,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> dict[str, dict[str, str]]:
    """Refit every model that has numbers, the test split left out, and write it.

    Parameters
    ----------
    sweep : Sweep
        The table and its folds.
    images : ImageFeatures or None
        What made the features; None where this version cannot make them: then nothing is kept.
    results : Results
        What came out.
    candidates : sequence of Candidate
        The models.
    folder : pathlib.Path
        Receives `NAME.joblib`, `NAME.json` and the card `NAME.md` of each.
    progress : callable, default=None
        Called with the number of models done and their total.
    watch : callable, default=None
        Called often with what runs.

    Returns
    -------
    dict
        `models`: the file of each, and `models_failed`: why there is none.
    """
    saved: dict[str, dict[str, str]] = {"models": {}, "models_failed": {}}
    if images is None:
        _LOG.warning("No model is kept: this version cannot remake the table's features from images.")
        return saved
    board = results.leaderboard
    failed = set(board[board["Reason"] != ""]["Model"])
    wanted = [item for item in candidates if item.kind == "model" and item.name not in failed]
    try:
        if wanted and not results.interrupted:
            domain = _domain(sweep)
            for fitted in _refitted(sweep, wanted, progress, watch):
                if fitted.pipeline is None:
                    saved["models_failed"][fitted.model] = fitted.reason
                    continue
                path = _write(fitted, images, domain, sweep, results, folder)
                saved["models"][fitted.model] = f"models/{path.name}"
    except KeyboardInterrupt:
        _LOG.warning("Interrupted.")
    for item in wanted:
        if item.name not in {**saved["models"], **saved["models_failed"]}:
            saved["models_failed"][item.name] = INTERRUPTED
    return saved


def _refitted(
    sweep: Sweep, wanted: Sequence[Candidate], progress: Progress | None, watch: Watch | None
) -> Iterator[Refit]:
    refitted = sweep.runner.refit(
        sweep.data_to_keep, wanted, sweep.tuning_to_keep, progress=progress, watch=watch
    )
    with closing(refitted):
        yield from refitted


def _write(
    fitted: Refit,
    images: ImageFeatures,
    domain: Domain,
    sweep: Sweep,
    results: Results,
    folder: Path,
) -> Path:
    table = fitted.pipeline
    if table is None:
        raise ModelError(f"{fitted.model} was not fitted: {fitted.reason}.")
    table[-1].domain_ = domain
    threshold = _calibrate(table, fitted.model, results)
    path = folder / f"{fitted.model}.joblib"
    seen = sweep.table.manifest.iloc[sweep.splits.plan.layout.pool]
    evidence = _evidence(fitted.model, sweep, results, threshold)
    save_model(image_pipeline(images, table), path, evidence, quality=quality_limits(seen))
    write_text(model_card(read_facts(path)), path.with_suffix(".md"))
    return path


def _calibrate(table: Pipeline, model: str, results: Results) -> dict[str, Any] | None:
    """Give a refitted model the sigmoids of the scores that the folds held out; return its threshold."""
    classes = list(results.classes)
    method = ranking_method(table, len(classes))
    found = held_out_scores(results.predictions, model, classes, results.positive)
    if method is None or found is None:
        return None
    scores, truth = found
    positive = 1 if results.positive is None else classes.index(results.positive)
    calibration = fit_calibration(scores, truth, method, positive)
    table[-1].calibration_ = calibration
    return None if results.positive is None else decision_threshold(calibration, scores, truth)


def held_out_scores(
    predictions: pd.DataFrame, model: str, classes: Sequence[str], positive: str | None
) -> tuple[NDArray[np.float64], NDArray[np.intp]] | None:
    """Return what a model said of the images that a fold held out, each image once.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Of the run; see `leukfeat.report.tested.predictions_table`.
    model : str
        The model.
    classes : sequence of str
        All classes, sorted.
    positive : str or None
        The positive class of two; None with several.

    Returns
    -------
    scores : numpy.ndarray of float64, shape (n,) or (n, n_classes)
        Of the first repeat.
    truth : numpy.ndarray of intp, shape (n,)
        True classes as numbers; of two classes 1 for the positive one. None in the place of both where a
        model has no scores, or a class was never held out.
    """
    own = predictions[(predictions["model"] == model) & (predictions["repeat"] == 0)]
    columns = [f"score_{name}" for name in (classes if positive is None else [positive])]
    scores = own[columns].to_numpy(dtype=np.float64)
    labels = own["label"].astype(str).to_numpy()
    if not np.isfinite(scores).all() or len(np.unique(labels)) < len(classes):
        return None
    if positive is None:
        return scores, np.searchsorted(np.asarray(classes), labels).astype(np.intp)
    return scores[:, 0], (labels == positive).astype(np.intp)


def decision_threshold(
    calibration: Calibration, scores: NDArray[np.float64], truth: NDArray[np.intp]
) -> dict[str, Any]:
    """Choose the probability from which on an image is called positive.

    Parameters
    ----------
    calibration : Calibration
        Takes scores to probabilities.
    scores : numpy.ndarray of float64, shape (n,)
        Of images that were held out.
    truth : numpy.ndarray of intp, shape (n,)
        1 for the positive ones.

    Returns
    -------
    dict
        `value`, `specificity`, `sensitivity` (of the same images: a little too high for others) and `how`.
    """
    probabilities, positive = calibration.probabilities(scores), truth == 1
    value = float(cut_offs(probabilities, positive)[SPECIFICITIES.index(_SPECIFICITY)])
    return {
        "value": value,
        "specificity": float((probabilities[~positive] < value).mean()),
        "sensitivity": float((probabilities[positive] >= value).mean()),
        "how": (
            f"Of the negative images that the folds held out, at least {100 * _SPECIFICITY:.0f} % have a "
            "lower probability. It adds a column to scores; it does not change the predicted class."
        ),
    }


def _domain(sweep: Sweep) -> Domain:
    """Learn what the training images are like, whole folds held out for the threshold."""
    pool = np.asarray(sweep.splits.plan.layout.pool, dtype=np.intp)
    folds: list[Pair] = [
        (np.searchsorted(pool, fold.train), np.searchsorted(pool, fold.test))
        for fold in sweep.splits.folds
        if fold.repeat == 0
    ]
    data = sweep.data_to_keep
    return fit_domain(data.values[:, : data.n_shown], folds)


def _evidence(model: str, sweep: Sweep, results: Results, threshold: Mapping[str, Any] | None) -> Evidence:
    estimates = results.statistics.estimates
    own = estimates[estimates["model"] == model]
    scores = [
        {
            "metric": row["metric"],
            "title": TITLES[row["metric"]],
            **{k: row[k] for k in ("value", "low", "high")},
        }
        for row in own.to_dict("records")
        if np.isfinite(row["value"])
    ]
    return Evidence(
        positive=results.positive,
        threshold=threshold,
        training=_training(sweep),
        protocol=results.protocol,
        leaks=results.leaks,
        scores=scores,
        by_subject=_by_subject(results.statistics.subjects, model),
        notes=results.notes,
    )


def _training(sweep: Sweep) -> dict[str, Any]:
    pool = np.asarray(sweep.splits.plan.layout.pool, dtype=np.intp)
    table = sweep.table.take(pool)
    labels = table.frame["label"].astype(str).value_counts().sort_index()
    return {
        "images": len(table.frame),
        "hash": data_hash(table),
        "labels": {str(name): int(number) for name, number in labels.items()},
        "subjects": _subjects(table.manifest),
        "split_off": len(sweep.table.frame) - len(pool),
    }


def _subjects(manifest: pd.DataFrame) -> dict[str, Any] | None:
    """Return how many subjects there are and a digest of their names, which stay here."""
    if "subject" not in manifest or manifest["subject"].isna().all():
        return None
    names = sorted(set(manifest["subject"].dropna().astype(str)))
    return {"number": len(names), "hash": hashlib.sha256("\n".join(names).encode()).hexdigest()}


def _by_subject(subjects: pd.DataFrame, model: str) -> dict[str, Any] | None:
    accuracy = subjects.loc[subjects["model"] == model, "accuracy"].to_numpy(dtype=np.float64)
    if not len(accuracy):
        return None
    lowest, tenth, median = np.quantile(accuracy, (0.0, 0.1, 0.5))
    spread = {"lowest": lowest, "tenth": tenth, "median": median, "mean": accuracy.mean()}
    return {"number": len(accuracy), **{name: float(value) for name, value in spread.items()}}
