"""Scores, intervals and tests of a run, from its predictions alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leukfeat.evaluation import (
    METRICS,
    Estimate,
    adjust_holm,
    compare_estimates,
    corrected_t,
    draw_multiplicities,
    estimate,
    measure_widening,
)
from leukfeat.report.predictions import Predictions

__all__ = ["Statistics", "summarize_predictions"]

LEVEL = 0.05

_SCORES = ("model", "repeat", "fold", "metric", "value")
_ESTIMATES = (
    *("model", "kind", "metric", "value", "low", "high", "sd", "n_folds", "n_undefined"),
    *("n_undefined_draws", "reason"),
)
_PAIRS = ("metric", "best", "model", "difference", "low", "high", "p", "p_holm", "t", "t_p", "like_best")
_SHORTCUTS = ("metric", "best", "shortcut", "difference", "low", "high", "p")

_Estimates = Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a leaderboard is made of.

    Parameters
    ----------
    scores : pandas.DataFrame
        `model`, `repeat`, `fold`, `metric` (a key of `leukfeat.evaluation.METRICS`), `value`: of every test
        fold of models that have predictions in all; NaN where a fold does not define it.
    estimates : pandas.DataFrame
        `model`, `kind`, `metric`, `value` (mean over folds), `low`, `high` (interval at 95 %), `sd` (over
        folds), `n_folds`, `n_undefined` (folds without a value), `n_undefined_draws`, `reason` (why there is
        no value or no interval, empty where there are both). A row for every model and metric but the
        missing ones.
    pairs : pandas.DataFrame
        Every other model against the best: `metric`, `best`, `model`, `difference` (best minus model),
        `low`, `high`, `p` (paired bootstrap), `p_holm` (corrected for the number of models), `t`, `t_p`
        (corrected resampled t-test), `like_best` (whether the model cannot be told from the best: `p_holm`
        is at least 0.05). In the order of the table.
    against_shortcuts : pandas.DataFrame
        The best model against each shortcut, the best shortcut first: `metric`, `best`, `shortcut`,
        `difference` (best minus shortcut), `low`, `high`, `p`.
    subjects : pandas.DataFrame
        `model`, `subject`, `n_images`, `accuracy` over all test folds and repeats; empty without subjects.
    missing : dict of str to str
        By key, why a metric has a value for no model.
    best : str or None
        The best model: the highest value of the metric that models are ranked by, then of ROC AUC, then the
        first name; None when all failed.
    widening : float
        By what the distance of draws from a value was multiplied, for there are few units; see
        `leukfeat.evaluation.measure_widening`.
    """

    scores: pd.DataFrame
    estimates: pd.DataFrame
    pairs: pd.DataFrame
    against_shortcuts: pd.DataFrame
    subjects: pd.DataFrame
    missing: dict[str, str]
    best: str | None
    widening: float


def summarize_predictions(predictions: pd.DataFrame | str | Path) -> Statistics:
    """Compute scores, intervals and tests from predictions, without fitting anything.

    Parameters
    ----------
    predictions : pandas.DataFrame, str or pathlib.Path
        `predictions.parquet` of a run folder, or the same as a frame with its `attrs`.

    Returns
    -------
    Statistics
        What the leaderboard of the run was made of; equal for equal predictions.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the file is none or cannot be read, columns or settings are missing, or models were not tested on
        the same images; the message names the file.
    ValueError
        If predictions are none: an unknown label, a score of some images only, a probability above 1.

    Notes
    -----
    A score is computed in each test fold and averaged, unweighted, over folds and repeats. Intervals are of a
    bootstrap over units (subjects; without them blocks of neighbours, else images), resampled within each
    test fold; all models share its draws. See `leukfeat.evaluation.estimate`,
    `leukfeat.evaluation.draw_multiplicities` and `leukfeat.evaluation.measure_widening`. The best of several
    models is better in its table than it will be on other images.
    """
    run = Predictions.read(predictions)
    strata = run.strata()
    widening = measure_widening(strata)
    multiplicities = draw_multiplicities(strata, n_draws=run.n_draws, seed=run.seed)
    failed = {model: run.missing_fold(model) for model in run.kinds}
    folds = {model: run.folds(model) for model in run.kinds if not failed[model]}
    estimates = {
        model: estimate(list(of_model.values()), multiplicities, widening=widening)
        for model, of_model in folds.items()
    }
    missing = _missing(estimates)
    best = next(iter(_ranked(run, estimates, "model")), None)
    return Statistics(
        scores=_scores(estimates, folds, missing),
        estimates=_table(run, estimates, failed, missing),
        pairs=_pairs(run, estimates, best, widening),
        against_shortcuts=_against_shortcuts(run, estimates, best, widening),
        subjects=_subjects(run.frame),
        missing=missing,
        best=best,
        widening=widening,
    )


def _missing(estimates: _Estimates) -> dict[str, str]:
    """Say of each metric without a value for any model why that is so."""
    missing = {}
    for metric in METRICS:
        found = [of_model[metric.key] for of_model in estimates.values()]
        if found and all(np.isnan(item.value) for item in found):
            missing[metric.key] = found[0].reason
    return missing


def _ranked(run: Predictions, estimates: _Estimates, kind: str) -> list[str]:
    """Return the models of a kind that have a value, best first."""

    def key(model: str) -> tuple[float, float, str]:
        auc = estimates[model]["roc_auc"].value
        return -estimates[model][run.ranked_by].value, np.inf if np.isnan(auc) else -auc, model

    of_kind = [model for model in estimates if run.kinds[model] == kind]
    return sorted((model for model in of_kind if not np.isnan(key(model)[0])), key=key)


def _scores(
    estimates: _Estimates, folds: Mapping[str, Mapping[tuple[int, int], Any]], missing: Mapping[str, str]
) -> pd.DataFrame:
    rows = [
        (model, *fold, key, float(value))
        for model, of_model in estimates.items()
        for key, item in of_model.items()
        if key not in missing
        for fold, value in zip(folds[model], item.by_fold, strict=True)
    ]
    return _frame(rows, _SCORES)


def _table(
    run: Predictions, estimates: _Estimates, failed: Mapping[str, str], missing: Mapping[str, str]
) -> pd.DataFrame:
    shown = [metric.key for metric in METRICS if metric.key not in missing]
    rows = [
        (model, kind, key, *_cells(estimates[model][key] if model in estimates else None, failed[model]))
        for model, kind in run.kinds.items()
        for key in shown
    ]
    return _frame(rows, _ESTIMATES)


def _cells(item: Estimate | None, reason: str) -> tuple[Any, ...]:
    if item is None:
        return (*[np.nan] * 4, 0, 0, 0, reason)
    spread = item.value, item.low, item.high, item.sd
    return (*spread, item.n_folds, item.n_undefined, item.n_undefined_draws, item.reason)


def _pairs(run: Predictions, estimates: _Estimates, best: str | None, widening: float) -> pd.DataFrame:
    key, ratio, rows = run.ranked_by, run.test_to_train(), []
    for model in _ranked(run, estimates, "model"):
        if best is None or model == best:
            continue
        first, second = estimates[best][key], estimates[model][key]
        found = compare_estimates(first, second, widening)
        t, t_p = corrected_t(first.by_fold - second.by_fold, ratio)
        rows.append((key, best, model, found.value, found.low, found.high, found.p, t, t_p))
    table = _frame(rows, [name for name in _PAIRS if name not in ("p_holm", "like_best")])
    adjusted = adjust_holm(table["p"])
    return table.assign(p_holm=adjusted, like_best=~(adjusted < LEVEL))[list(_PAIRS)]


def _against_shortcuts(
    run: Predictions, estimates: _Estimates, best: str | None, widening: float
) -> pd.DataFrame:
    key, rows = run.ranked_by, []
    for shortcut in _ranked(run, estimates, "shortcut"):
        if best is not None:
            found = compare_estimates(estimates[best][key], estimates[shortcut][key], widening)
            rows.append((key, best, shortcut, found.value, found.low, found.high, found.p))
    return _frame(rows, _SHORTCUTS)


def _subjects(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame[frame["subject"].notna()]
    right = known.assign(right=known["label"].astype(str) == known["predicted"].astype(str))
    groups = right.groupby(["model", "subject"], sort=True)
    return groups.agg(n_images=("path", "nunique"), accuracy=("right", "mean")).reset_index()


def _frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))
