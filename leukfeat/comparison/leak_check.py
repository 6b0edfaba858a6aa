"""How much a random split inflates the scores of these models on these images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._tables import make_folder, write_csv, write_json, write_text
from leukfeat._workers import check_jobs
from leukfeat.comparison.audited import Audited, audited
from leukfeat.comparison.divide import divide_the_rest
from leukfeat.comparison.evaluate import Sweep
from leukfeat.comparison.notes import notes_of_data
from leukfeat.comparison.settings import Settings
from leukfeat.comparison.source import Source, read_source
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import METRICS, compare_estimates, draw_multiplicities, estimate, measure_widening
from leukfeat.extraction import Extraction
from leukfeat.report.inflation import inflation_markdown
from leukfeat.report.leaderboard import leaderboard_rows
from leukfeat.report.predictions import Predictions
from leukfeat.report.tested import N_DRAWS
from leukfeat.sweep import CORE, Candidate, FoldResult, Runner, Underway

__all__ = ["LeakCheck", "check_protocol", "describe_leak_check", "leak_check", "write_leak_check"]

_SHOWN = ("balanced_accuracy", "roc_auc")


@dataclass(frozen=True)
class LeakCheck:
    """Scores of the same models under a random and under an honest split.

    Attributes
    ----------
    table : pandas.DataFrame
        `model`, `metric`, `random`, `honest`, `inflation` (random minus honest), `low`, `high` (its interval
        at 95 %, paired over units), `p`.
    protocol : str
        The honest protocol.
    notes : tuple of str
        What a reader must know.
    leaks : bool, default=False
        Whether the honest split leaks, too; the first note then says so.
    """

    table: pd.DataFrame
    protocol: str
    notes: tuple[str, ...]
    leaks: bool = False


def leak_check(
    source: Source,
    settings: Settings | None = None,
    *,
    candidates: Sequence[Candidate] = CORE,
    root: str | Path | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    watch: Callable[[str, Underway], None] | None = None,
) -> LeakCheck:
    """Compare the same models under `random` and under the honest protocol.

    Parameters
    ----------
    source : str, pathlib.Path or pandas.DataFrame
        A manifest, as a file or as a frame, or a feature table.
    settings : Settings, default=None
        The honest protocol, and what is compared; None takes `Settings()`.
    candidates : sequence of Candidate, default=CORE
        The models.
    root : str or pathlib.Path, default=None
        What relative image paths start from.
    jobs : int, default=None
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether feature rows are looked up and kept.
    progress : callable, default=None
        Called with the name of the stage, the number of pieces done and their total.
    watch : callable, default=None
        Called often with the name of the stage and the tasks that run.

    Returns
    -------
    LeakCheck
        The inflation of every model, with its interval.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the images do not allow an honest protocol, or that protocol is `random`.
    """
    chosen = replace(settings or Settings(), allow_leaks=True)
    check_protocol(chosen)
    n_jobs = check_jobs("leak_check", jobs)

    def report(stage: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, total: progress(stage, done, total)

    def look(stage: str) -> Callable[[Underway], None] | None:
        return None if watch is None else lambda underway: watch(stage, underway)

    extraction, notes = read_source(
        source, chosen, root=root, jobs=n_jobs, cache=cache, progress=report("extract")
    )
    seen = audited(extraction, chosen, n_jobs)
    extraction, chosen, same = _without_test_split(seen.extraction, chosen, seen.same)
    runner = Runner(n_jobs)
    honest = Sweep(extraction.table, divide_the_rest(extraction, chosen, same), chosen, runner)
    careless = replace(chosen, protocol="random", n_repeats=1)
    mixed = Sweep(extraction.table, divide_the_rest(extraction, careless), careless, runner)
    results = {
        name: sweep.fit(candidates, report(f"{name} split"), look(f"{name} split"), calibrate=False)
        for name, sweep in (("honest", honest), ("random", mixed))
    }
    frames = {
        name: Predictions.read(sweep.predictions(candidates, results[name]))
        for name, sweep in (("honest", honest), ("random", mixed))
    }
    first = honest.splits.notes[: honest.splits.leaks]
    said = (
        *first,
        *_without_permission(seen),
        *notes,
        *honest.splits.notes[len(first) :],
        *notes_of_data(honest.data, candidates, extraction),
        *_failures(results),
    )
    return LeakCheck(
        _inflation(frames), honest.splits.protocol, said, leaks=honest.splits.leaks or seen.leaks
    )


def check_protocol(settings: Settings) -> None:
    """Raise if the protocol is none that a random split can be held against.

    Parameters
    ----------
    settings : Settings
        With the honest protocol.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is `random`.
    """
    if settings.protocol == "random":
        raise ConfigurationError("leak-check compares 'random' with an honest protocol: name another one.")


def _without_test_split(
    extraction: Extraction, settings: Settings, same: NDArray[np.intp] | None
) -> tuple[Extraction, Settings, NDArray[np.intp] | None]:
    """Leave out what only a final score may look at; what makes the folds of the rest stays the same."""
    splits = divide_the_rest(extraction, settings, same)
    if splits.test is None:
        return extraction, settings, same
    how = "official" if splits.plan.how == "manifest" else splits.plan.how
    pool = splits.plan.layout.pool
    kept = extraction.table.take(pool)
    rest = replace(kept, frame=kept.frame.drop(columns="split"))
    left = None if same is None else same[pool]
    named = replace(settings, protocol=how, n_repeats=splits.plan.recipe.n_repeats)
    return replace(extraction, table=rest), named, left


def write_leak_check(outcome: LeakCheck, folder: str | Path) -> None:
    """Write the table as CSV, JSON and Markdown.

    Parameters
    ----------
    outcome : LeakCheck
        What came out.
    folder : str or pathlib.Path
        Where to write `leak_check.csv`, `leak_check.json` and `leak_check.md`.
    """
    target = Path(folder)
    make_folder(target)
    write_csv(outcome.table, target / "leak_check.csv")
    write_json(describe_leak_check(outcome), target / "leak_check.json")
    markdown = inflation_markdown(outcome.table, outcome.protocol, outcome.notes, leaks=outcome.leaks)
    write_text(markdown, target / "leak_check.md")


def describe_leak_check(outcome: LeakCheck) -> dict[str, Any]:
    """Return what came out as JSON holds it.

    Parameters
    ----------
    outcome : LeakCheck
        What came out.

    Returns
    -------
    dict
        `protocol`, `leaks`, `notes` and the `rows` of the table.
    """
    return {
        "protocol": outcome.protocol,
        "leaks": outcome.leaks,
        "notes": list(outcome.notes),
        "rows": leaderboard_rows(outcome.table),
    }


def _without_permission(seen: Audited) -> tuple[str, ...]:
    """Say of leaks that the honest split has them, too: nobody has allowed them here."""
    if not seen.leaks:
        return seen.notes
    said = "The honest split leaks, too, so that the inflation shown is too small; --merge-leaks mends that."
    return (said, *seen.notes[1:])


def _failures(results: dict[str, list[FoldResult]]) -> list[str]:
    """Say why a model has no row."""
    reasons = {item.model: item.reason for of_split in results.values() for item in of_split if item.reason}
    return [f"{model} has no row: {reason}." for model, reason in reasons.items()]


def _inflation(frames: dict[str, Predictions]) -> pd.DataFrame:
    """Compare model by model, the units of the honest split resampled on both sides."""
    honest, mixed = frames["honest"], frames["random"]
    unit_of = honest.frame.drop_duplicates("path").set_index("path")["unit_number"]
    tested = mixed.frame[mixed.frame["path"].isin(unit_of.index)]  # the honest split may test some alone
    mixed = replace(mixed, frame=tested.assign(unit_number=tested["path"].map(unit_of)))
    strata = honest.strata()
    draws = draw_multiplicities(strata, n_draws=N_DRAWS, seed=honest.seed)
    widening = measure_widening(strata)
    metrics = [metric for metric in METRICS if metric.key in _SHOWN]
    rows = []
    for model in honest.kinds:
        if honest.missing_fold(model) or mixed.missing_fold(model):
            continue
        kept = estimate(list(honest.folds(model).values()), draws, metrics)
        leaked = estimate(list(mixed.folds(model).values()), draws, metrics)
        for metric in metrics:
            first, second = leaked[metric.key], kept[metric.key]
            found = compare_estimates(first, second, widening)
            rows.append(
                (model, metric.key, first.value, second.value, found.value, found.low, found.high, found.p)
            )
    names = ["model", "metric", "random", "honest", "inflation", "low", "high", "p"]
    return pd.DataFrame(rows, columns=names)
