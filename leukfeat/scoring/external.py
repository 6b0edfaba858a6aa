"""Scores held against the truth: what a model is worth on images that it was not made from."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from leukfeat._tables import read_metadata
from leukfeat.datasets import check_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import (
    METRICS,
    default_positive,
    draw_multiplicities,
    encode_predictions,
    estimate,
    find_strata,
    measure_widening,
)
from leukfeat.evaluation.labels import shorten
from leukfeat.scoring.table import PROBA, SCORE

__all__ = ["Evaluation", "evaluate_scores", "read_scores"]

_NEEDED = ("path", "predicted", "reason")
_UNKNOWN, _REPEATED = -1, -2


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What scores are worth.

    Attributes
    ----------
    metrics : pandas.DataFrame
        `metric` (key), `title`, `value`, `low`, `high` (interval at 95 %), `reason` (why there is no value or
        no interval; empty where there are both).
    classes : tuple of str
        Of the model.
    positive : str or None
        The positive class of two.
    n_images, n_subjects : int
        What was compared; no subjects where the truth does not name them.
    without_truth, without_score, failed : tuple of str
        Images that have a score and no label; that have a label and are not among the scores; and that have a
        label and no prediction, for the reason that stands there. None of them counts in the metrics.
    n_repeated : int
        Rows of scores left out, because their file, or a copy of it, has taken its place in the truth.
    """

    metrics: pd.DataFrame
    classes: tuple[str, ...]
    positive: str | None
    n_images: int
    n_subjects: int
    without_truth: tuple[str, ...]
    without_score: tuple[str, ...]
    failed: tuple[str, ...]
    n_repeated: int = 0


def read_scores(path: str | Path) -> pd.DataFrame:
    """Read a file of scores.

    Parameters
    ----------
    path : str or pathlib.Path
        As `leukfeat.scoring.score_to_file` wrote it.

    Returns
    -------
    pandas.DataFrame
        Its rows, `path` absolute; `attrs` holds what Parquet's metadata says.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it cannot be read, or holds no scores.
    """
    source = Path(path)
    try:
        frame, known = _read(source)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{source} cannot be read as scores: {error}") from error
    missing = [name for name in _NEEDED if name not in frame]
    if missing or not any(str(name).startswith(PROBA) for name in frame):
        wanted = missing[0] if missing else f"{PROBA}CLASS"
        raise ConfigurationError(f"{source} holds no scores: the column {wanted!r} is missing.")
    folder = source.absolute().parent
    frame["path"] = [os.path.normpath(folder / name) for name in frame["path"].astype(str)]
    if "in_domain" in frame:
        frame["in_domain"] = frame["in_domain"].astype("boolean")
    frame.attrs.update(known)
    return frame


def evaluate_scores(
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    positive: str | None = None,
    n_draws: int = 2000,
    seed: int = 0,
) -> Evaluation:
    """Compute the metrics of a model on new images, with intervals.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `read_scores` returns them, or `leukfeat.scoring.Scorer` yields them.
    truth : pandas.DataFrame
        A manifest with `path` and `label`; with `subject`, where it is known. Images are found by their path,
        else by `sha256`, where both have it. Each row of the truth takes one score.
    positive : str, default=None
        The positive class of two; None takes that of the model, or the last in sorted order.
    n_draws : int, default=2000
        Of the bootstrap.
    seed : int, default=0
        Of its draws.

    Returns
    -------
    Evaluation
        Metrics, and the images that could not be compared.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the truth has labels that the model does not know, or nothing can be compared.

    Notes
    -----
    All images are one test fold. The bootstrap resamples subjects, or images where subjects are not known,
    which makes intervals too narrow if there are several images of a patient; see
    `leukfeat.evaluation.estimate`.
    """
    n_rows, scores = len(scores), scores.drop_duplicates("path", ignore_index=True)
    classes = _named(scores, PROBA)
    chosen = _positive(scores, classes, positive)
    labelled = check_manifest(truth)
    labelled = labelled[labelled["label"].notna()]
    _check_labels(labelled, classes)
    places = _places(scores, labelled)
    scores, places = scores[places != _REPEATED], places[places != _REPEATED]
    matched = scores[places >= 0].assign(
        label=labelled["label"].to_numpy()[places[places >= 0]],
        subject=_subjects(labelled)[places[places >= 0]],
    )
    known = matched["predicted"].notna() & (matched["predicted"] != "")
    compared = matched[known]
    if compared.empty:
        raise ConfigurationError(
            f"Not one of {len(scores)} images with a score has a label and a prediction. Both tables must "
            "name the same files."
        )
    found = np.isin(np.arange(len(labelled)), places)
    return Evaluation(
        metrics=_metrics(compared, classes, chosen, n_draws, seed),
        classes=classes,
        positive=chosen if len(classes) == 2 else None,
        n_images=len(compared),
        n_subjects=int(compared["subject"].nunique()),
        without_truth=tuple(scores["path"][places < 0]),
        without_score=tuple(labelled["path"].to_numpy()[~found]),
        failed=tuple(matched["path"][~known]),
        n_repeated=n_rows - len(scores),
    )


def _read(source: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    if source.suffix.lower() == ".parquet":
        return pq.read_table(source).to_pandas(), read_metadata(source)
    text = dict.fromkeys(("path", "sha256", "predicted", "decided", "quality", "reason", "model"), str)
    if source.suffix.lower() == ".csv":
        columns = pd.read_csv(source, nrows=0).columns
        empty = {name: [""] for name in columns if name not in text or name in ("predicted", "decided")}
        return pd.read_csv(source, dtype=text, keep_default_na=False, na_values=empty), {}
    if source.suffix.lower() == ".jsonl":
        with source.open(encoding="utf-8") as lines:
            return pd.DataFrame([json.loads(line) for line in lines]), {}
    raise ValueError("expected a .parquet, .csv or .jsonl file")


def _named(scores: pd.DataFrame, prefix: str) -> tuple[str, ...]:
    """Return the classes that columns of a kind are of."""
    names = [str(name) for name in scores]
    return tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def _positive(scores: pd.DataFrame, classes: Sequence[str], wanted: str | None) -> str:
    scored = _named(scores, SCORE)
    own = scored[0] if len(scored) == 1 and scored[0] in classes else default_positive(classes)
    if wanted is not None and wanted not in classes:
        raise ConfigurationError(f"The positive class must be one of {shorten(classes)}. Got {wanted!r}.")
    return wanted or own


def _check_labels(labelled: pd.DataFrame, classes: Sequence[str]) -> None:
    unknown = sorted(set(labelled["label"]) - set(classes))
    if unknown:
        raise ConfigurationError(
            f"The model knows the classes {shorten(classes)}. The truth has {shorten(unknown)}, too. Rename "
            "labels in the manifest, or leave those rows out."
        )


def _places(scores: pd.DataFrame, labelled: pd.DataFrame) -> NDArray[np.intp]:
    """Return the row of the truth of each score, each row once; else `_UNKNOWN` or `_REPEATED`."""
    by_path = {os.path.normpath(os.path.abspath(name)): row for row, name in enumerate(labelled["path"])}  # noqa: PTH100
    own = [os.path.normpath(os.path.abspath(name)) for name in scores["path"]]  # noqa: PTH100
    found = pd.Series([by_path.get(name, _UNKNOWN) for name in own], dtype=np.intp)
    found[found.duplicated() & (found != _UNKNOWN)] = _REPEATED
    places: list[int] = found.tolist()
    if "sha256" in labelled and "sha256" in scores:
        taken = set(places)
        free: dict[str, list[int]] = {}
        for row, digest in reversed(list(enumerate(labelled["sha256"]))):
            free.setdefault(digest, []).extend([] if row in taken else [row])
        for score, digest in enumerate(scores["sha256"]):
            if places[score] == _UNKNOWN and isinstance(digest, str) and digest in free and digest:
                places[score] = free[digest].pop() if free[digest] else _REPEATED
    return np.array(places, dtype=np.intp)


def _subjects(labelled: pd.DataFrame) -> NDArray[Any]:
    if "subject" not in labelled:
        return np.full(len(labelled), None, dtype=object)
    return labelled["subject"].to_numpy(dtype=object)


def _metrics(
    compared: pd.DataFrame, classes: Sequence[str], positive: str, n_draws: int, seed: int
) -> pd.DataFrame:
    """Score the images as one fold, subjects resampled."""
    subjects, names = pd.factorize(compared["subject"])
    alone = subjects < 0  # images without a subject are units of their own
    units = np.where(alone, len(names) + np.cumsum(alone) - 1, subjects)
    _, units = np.unique(units, return_inverse=True)
    labels = compared["label"].to_numpy(dtype=object)
    codes = np.array([classes.index(label) for label in labels])
    strata = find_strata(units, np.zeros(len(units), dtype=np.intp), codes, int(units.max()) + 1)
    fold = encode_predictions(
        labels,
        compared["predicted"].to_numpy(dtype=object),
        _columns(compared, SCORE, classes, positive),
        classes,
        positive,
        probabilities=_columns(compared, PROBA, classes, positive),
        subjects=np.where(alone, -1, subjects),
        units=units,
    )
    draws = draw_multiplicities(strata, n_draws=n_draws, seed=seed)
    found = estimate([fold], draws, widening=measure_widening(strata))
    rows = [
        (metric.key, metric.title, item.value, item.low, item.high, item.reason)
        for metric, item in ((metric, found[metric.key]) for metric in METRICS)
    ]
    return pd.DataFrame(rows, columns=["metric", "title", "value", "low", "high", "reason"])


def _columns(
    compared: pd.DataFrame, prefix: str, classes: Sequence[str], positive: str
) -> NDArray[np.float64] | None:
    """Return what ranks images, or their probabilities; None where a model has none."""
    wanted = [positive] if len(classes) == 2 else list(classes)
    columns = [f"{prefix}{name}" for name in wanted]
    if any(name not in compared for name in columns):
        other = [f"{SCORE}{name}" for name in classes if f"{SCORE}{name}" in compared]
        if prefix == PROBA or len(classes) != 2 or len(other) != 1:
            return None
        return -compared[other[0]].to_numpy(dtype=np.float64)  # of the other class of two
    values = compared[columns].to_numpy(dtype=np.float64)
    if np.isnan(values).any():
        return None
    return values[:, 0] if len(classes) == 2 else values
