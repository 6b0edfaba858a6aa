"""What each feature family adds: the best model, fitted again without it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from leukfeat.comparison.evaluate import Progress, Sweep, Watch
from leukfeat.evaluation import (
    METRICS,
    Estimate,
    compare_estimates,
    draw_multiplicities,
    estimate,
    measure_widening,
)
from leukfeat.features.configuration import columns_by_family
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.predictions import Predictions
from leukfeat.report.run_folder import Results
from leukfeat.sweep import Candidate, FoldResult, SweepData

__all__ = ["ablate", "add_ablation", "leave_out", "notes_of"]

_LOG = logging.getLogger(__name__)

_COLUMNS = (
    *("family", "model", "metric", "value", "low", "high"),
    *("difference", "difference_low", "difference_high", "reason"),
)


def ablate(
    sweep: Sweep,
    best: Candidate,
    predictions: pd.DataFrame,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> pd.DataFrame:
    """Fit a model without each family in turn, in the folds of the run.

    Parameters
    ----------
    sweep : Sweep
        The table, its folds, and who fits: finished fits are found again as those of the run are.
    best : Candidate
        The model.
    predictions : pandas.DataFrame
        Of the run, the model's among them.
    progress : callable, default=None
        Called with the number of fits done and their total, over all families.
    watch : callable, default=None
        Called often with what runs.

    Returns
    -------
    pandas.DataFrame
        `family`, `model`, `metric` (the one that models are ranked by), `value`, `low` and `high` without the
        family, `difference` (with all families minus without this one), `difference_low`, `difference_high`
        (paired bootstrap over the units of the run) and `reason`, why there is no value; one row per family,
        the one that is missed most first. Empty with a single family: then there is nothing to leave out.
    """
    families = columns_by_family(sweep.table)
    if len(families) < 2:
        return pd.DataFrame([], columns=list(_COLUMNS))
    n_folds = len(sweep.splits.folds)
    parts = [predictions[predictions["model"] == best.name]]
    reasons = {}
    for number, (family, columns) in enumerate(families.items()):
        count = _continued(progress, number * n_folds, len(families) * n_folds)
        fitted = sweep.runner.fit_folds(
            leave_out(sweep.data, columns),
            [best],
            sweep.splits.folds,
            None,
            sweep.tuning,
            progress=count,
            watch=watch,
        )
        reasons[family] = _failure(fitted)
        if not reasons[family]:
            parts.append(sweep.predictions([best], fitted).assign(model=_row(family)))
    rows = _compare(best.name, parts, reasons, predictions)
    return pd.DataFrame(rows, columns=list(_COLUMNS)).sort_values(
        ["difference", "family"], ascending=[False, True], ignore_index=True
    )


def add_ablation(
    sweep: Sweep,
    candidates: Sequence[Candidate],
    results: Results,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> Results:
    """Add to results what the best model scores without each family.

    Parameters
    ----------
    sweep : Sweep
        As `ablate` takes it.
    candidates : sequence of Candidate
        The models.
    results : Results
        What came out of the sweep.
    progress, watch : callable, default=None
        As `ablate` takes them.

    Returns
    -------
    Results
        With the ablation and what it says; without it on Ctrl-C, after a failure, and where there is no best
        model. Neither loses the run.
    """
    best = next((item for item in candidates if item.name == results.best), None)
    if best is None or results.interrupted:
        return results
    try:
        found = ablate(sweep, best, results.predictions, progress, watch)
    except KeyboardInterrupt:
        return replace(results, interrupted=True)
    except Exception as error:  # the run is there without it
        _LOG.warning("The ablation failed.", exc_info=True)
        said = f"There is no ablation: {type(error).__name__}: {error}"
        return replace(results, notes=(*results.notes, said))
    return replace(results, ablation=found, notes=(*results.notes, *notes_of(found)))


def leave_out(data: SweepData, columns: Sequence[str]) -> SweepData:
    """Return the data of a sweep without some features.

    Parameters
    ----------
    data : SweepData
        All of it.
    columns : sequence of str
        Names of features.

    Returns
    -------
    SweepData
        Without them; what stands aside stays there.
    """
    gone = set(columns)
    kept = [place for place, name in enumerate(data.feature_names) if name not in gone]
    return replace(
        data,
        values=data.values[:, kept],
        feature_names=tuple(data.feature_names[place] for place in kept),
        n_shown=sum(place < data.n_shown for place in kept),
    )


def notes_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Say which family is missed most, and what could not be fitted.

    Parameters
    ----------
    table : pandas.DataFrame
        As `ablate` returns it.

    Returns
    -------
    tuple of str
        Full sentences.
    """
    if table.empty:
        return ("There is one feature family: none can be left out, and there is no ablation.",)
    known = table[table["reason"] == ""].to_dict("records")
    n_sure = sum(row["difference_low"] > 0 for row in known)
    failed = [
        f"Without {row['family']} {row['model']} cannot be fitted: {row['reason']}."
        for row in table[table["reason"] != ""].to_dict("records")
    ]
    return (*(_most_missed(row, n_sure, len(known)) for row in known[:1]), *failed)


def _most_missed(row: dict[Any, Any], n_sure: int, n_all: int) -> str:
    gap, low, high = (row[name] for name in ("difference", "difference_low", "difference_high"))
    if not gap > 0:
        return f"{row['model']} loses nothing in {TITLES[row['metric']]} without any one feature family."
    said = (
        f"Left out one at a time, the family that {row['model']} misses most is {row['family']}: with it "
        f"{TITLES[row['metric']]} is higher by {gap:.3f}"
    )
    if np.isnan(low):
        return f"{said}."
    return f"{said} [{low:.3f}, {high:.3f}]; for {n_sure} of {n_all} families the interval is above 0."


def _continued(progress: Progress | None, n_before: int, n_all: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    told = progress
    return lambda done, _: told(n_before + done, n_all)


def _failure(fitted: Sequence[FoldResult]) -> str:
    failed = next((item for item in fitted if item.reason), None)
    return "" if failed is None else f"fold {failed.fold}: {failed.reason}"


def _row(family: str) -> str:
    return f"without {family}"


def _compare(
    model: str, parts: Sequence[pd.DataFrame], reasons: dict[str, str], predictions: pd.DataFrame
) -> list[tuple[object, ...]]:
    """Score what was predicted with and without the families, under the same draws."""
    frame = pd.concat(parts, ignore_index=True)
    names = [model, *(_row(family) for family, reason in reasons.items() if not reason)]
    frame.attrs = {**predictions.attrs, "kinds": dict.fromkeys(names, "model")}
    run = Predictions.read(frame)
    metric = next(item for item in METRICS if item.key == run.ranked_by)
    strata = run.strata()
    widening = measure_widening(strata)
    multiplicities = draw_multiplicities(strata, n_draws=run.n_draws, seed=run.seed)
    found: dict[str, Estimate] = {
        name: estimate(list(run.folds(name).values()), multiplicities, [metric], widening)[metric.key]
        for name in names
    }
    rows: list[tuple[object, ...]] = []
    for family, reason in reasons.items():
        if reason:
            rows.append((family, model, metric.key, *[np.nan] * 6, reason))
            continue
        without = found[_row(family)]
        gap = compare_estimates(found[model], without, widening)
        values = without.value, without.low, without.high, gap.value, gap.low, gap.high
        rows.append((family, model, metric.key, *values, ""))
    return rows
