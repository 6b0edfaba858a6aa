"""The comparison: a manifest or a feature table in, a folder with a leaderboard out."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leukfeat._isolation import Limits
from leukfeat._tables import write_json
from leukfeat._validation import check_real
from leukfeat._workers import check_jobs
from leukfeat.comparison.ablation import add_ablation
from leukfeat.comparison.audited import audited
from leukfeat.comparison.divide import divide_the_rest
from leukfeat.comparison.evaluate import Sweep
from leukfeat.comparison.keeping import keep_models
from leukfeat.comparison.notes import notes_of_data, notes_of_scores, notes_of_tuning
from leukfeat.comparison.pictures import keep_pictures
from leukfeat.comparison.settings import Settings
from leukfeat.comparison.source import Source, read_source
from leukfeat.errors import ConfigurationError, LeukfeatError
from leukfeat.extraction import Extraction, write_errors
from leukfeat.features import FeatureTable
from leukfeat.report.record import describe_run
from leukfeat.report.run_folder import TASKS, Results, new_folder, write_results
from leukfeat.report.write import write_first_report
from leukfeat.sweep import CORE, NESTED, Candidate, Runner, TaskStore, Underway, shortcuts
from leukfeat.sweep.runner import GO_ON, INTERRUPTED

__all__ = ["Comparison", "compare"]

_LOG = logging.getLogger(__name__)
_GB = 1e9
_LEAST_SECONDS, _LEAST_GB = 1, 0.5  # what libraries take before a model has seen an image
Progress = Callable[[str, int, int], None]
Watch = Callable[[str, Underway], None]


@dataclass(frozen=True)
class Comparison:
    """A finished comparison.

    Attributes
    ----------
    folder : pathlib.Path
        The run folder.
    results : Results
        Leaderboard, predictions and what a reader must know.
    table : FeatureTable
        The features that were compared on.
    errors : pandas.DataFrame
        `path` and `reason` of images that could not be used.
    seconds : mapping of str to float
        Wall time by stage; `sweep` is that of all fits.
    fits : mapping of str to int
        How many were `fitted`, and how many `found` finished by an earlier run.
    """

    folder: Path
    results: Results
    table: FeatureTable
    errors: pd.DataFrame
    seconds: Mapping[str, float]
    fits: Mapping[str, int]


def compare(
    source: Source,
    output: str | Path,
    settings: Settings | None = None,
    *,
    candidates: Sequence[Candidate] = CORE,
    root: str | Path | None = None,
    jobs: int | None = None,
    cache: bool = True,
    timeout: float = 3600.0,
    memory: float | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> Comparison:
    """Compare models on images, whole subjects kept apart.

    Parameters
    ----------
    source : str, pathlib.Path or pandas.DataFrame
        A manifest, as a file or as a frame, or a feature table written by `leukfeat extract`.
    output : str or pathlib.Path
        The run folder to write; an earlier run there is replaced at the end.
    settings : Settings, default=None
        What is compared and how; None takes `Settings()`.
    candidates : sequence of Candidate, default=CORE
        The models; chance and shortcuts are added.
    root : str or pathlib.Path, default=None
        What relative image paths start from; None takes the source's folder, for a frame the working folder.
    jobs : int, default=None
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether feature rows are looked up and kept; see `leukfeat.extraction.extract`.
    timeout : float, default=3600
        Seconds that one model may take in one fold, inner folds included; then it is killed.
    memory : float, default=None
        GB that all models under way may hold together: one that needs more by itself is killed. None takes
        four fifths of the machine's.
    progress : callable, default=None
        Called with the name of the stage, the number of pieces done and their total.
    watch : callable, default=None
        Called often with the name of the stage and the tasks that run.

    Returns
    -------
    Comparison
        What was found; the same lies in `output`. On Ctrl-C what was found by then.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the source, the settings or the data do not allow the comparison; no result is written then.
    ValueError
        If a setting is none of its choices or out of its range; no result is written then either.

    Notes
    -----
    Each fit is kept in `tasks` of the output as soon as it ends. The same call finds it there: a run that was
    interrupted, or killed, goes on where it was, and one more model costs that model.
    """
    chosen = settings or Settings()
    n_jobs, stages = check_jobs("compare", jobs), _Stages(progress, watch)
    store = TaskStore(Path(output).resolve() / TASKS)
    runner = Runner(n_jobs, _limits(timeout, memory), store)
    _check_candidates(candidates)
    with new_folder(output) as folder:
        with stages.of("extract"):
            extraction, notes = read_source(
                source, chosen, root=root, jobs=n_jobs, cache=cache, progress=stages.report("extract")
            )
        with stages.of("audit"):
            seen = audited(extraction, chosen, n_jobs)
            extraction = seen.extraction
        with stages.of("sweep"):
            sweep = Sweep(extraction.table, divide_the_rest(extraction, chosen, seen.same), chosen, runner)
            with _forgotten_on_failure(store):
                results = _results(sweep, extraction, (*seen.notes, *notes), candidates, stages)
            results = replace(results, leaks=results.leaks or seen.leaks)
        if chosen.ablation:
            with stages.of("ablation"):
                told_of = stages.report("ablation"), stages.watch("ablation")
                results = add_ablation(sweep, candidates, results, *told_of)
        fits = {"fitted": runner.n_fitted, "found": runner.n_found}
        with stages.of("refit"):
            saved = keep_models(
                sweep,
                extraction.images,
                results,
                candidates,
                folder / "models",
                progress=stages.report("refit"),
                watch=stages.watch("refit"),
            )
            results = _say_what_is_not_kept(_say_interrupted(results, saved), saved)
        with stages.of("write"):
            extraction.table.write(folder / "features.parquet")
            write_errors(extraction.errors, folder / "errors.parquet")
            results = keep_pictures(results, extraction.table, folder)
            results = write_results(results, folder, stages.seconds)
        audit = {"audit": list(seen.notes), "root": None if root is None else str(Path(root).absolute())}
        estimators = {item.name: item.estimator for item in candidates}
        told = {**saved, "fits": fits, "seconds": stages.seconds, "estimators": estimators, **audit}
        _write_record(folder / "run.json", source, chosen, results, extraction, told)
        write_first_report(folder, Path(output), results.statistics)
    return Comparison(Path(output), results, extraction.table, extraction.errors, stages.seconds, fits)


def _limits(timeout: float, memory: float | None) -> Limits:
    seconds = check_real("compare", "timeout", timeout, low=_LEAST_SECONDS)
    if memory is None:
        return Limits(seconds)
    return Limits(seconds, int(_GB * check_real("compare", "memory", memory, low=_LEAST_GB)))


@contextmanager
def _forgotten_on_failure(store: TaskStore) -> Iterator[None]:
    """Leave nothing of a sweep in which not one model could be fitted."""
    try:
        yield
    except LeukfeatError:
        store.forget()
        raise


def _say_interrupted(results: Results, saved: Mapping[str, Mapping[str, str]]) -> Results:
    """Say on top, but for leaks, that not all was done, and how to go on."""
    if not results.interrupted and INTERRUPTED not in saved["models_failed"].values():
        return results
    said = f"Interrupted: rows without numbers, and models to keep, may be missing. {GO_ON}"
    n_first = int(results.leaks)
    notes = (*results.notes[:n_first], said, *results.notes[n_first:])
    return replace(results, notes=notes, interrupted=True)


def _say_what_is_not_kept(results: Results, saved: Mapping[str, Mapping[str, str]]) -> Results:
    """Say which models have a row and no file, and why."""
    failed = {name: why for name, why in saved["models_failed"].items() if why != INTERRUPTED}
    said = [f"Not kept: {name}, fitted on all images: {why}." for name, why in failed.items()]
    return replace(results, notes=(*results.notes, *said))


def _check_candidates(candidates: Sequence[Candidate]) -> None:
    """Refuse names that stand twice, shortcuts' included, or cannot name a file."""
    names = [item.name for item in (*candidates, NESTED, *shortcuts("cell", ("image_width",)))]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"Two rows would be called {name!r}. Give every candidate its own name.")
        if name in ("", ".", "..") or Path(name).name != name:
            raise ConfigurationError(f"A candidate's name also names a file. Got {name!r}.")


class _Stages:
    """Wall time by stage, and where progress is told."""

    def __init__(self, progress: Progress | None, watch: Watch | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._watch = progress, watch

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - started, 3)

    def report(self, stage: str) -> Callable[[int, int], None] | None:
        progress = self._progress
        return None if progress is None else lambda done, total: progress(stage, done, total)

    def watch(self, stage: str) -> Callable[[Underway], None] | None:
        watch = self._watch
        return None if watch is None else lambda underway: watch(stage, underway)


def _results(
    sweep: Sweep,
    extraction: Extraction,
    notes: tuple[str, ...],
    candidates: Sequence[Candidate],
    stages: _Stages,
) -> Results:
    splits = sweep.splits
    first = splits.notes[:1] if splits.leaks else ()
    others = splits.notes[len(first) :]
    inner = dict.fromkeys(division.note for division in sweep.inner if division.note)
    about_data = notes_of_data(sweep.data, candidates, extraction)
    said = (*first, *notes, *others, *inner, *about_data, *notes_of_tuning(sweep.tuning, candidates))
    results = sweep.results(candidates, said, stages.report("sweep"), stages.watch("sweep"))
    return replace(results, notes=(*results.notes, *notes_of_scores(results)))


def _write_record(
    path: Path,
    source: Source,
    settings: Settings,
    results: Results,
    extraction: Extraction,
    told: Mapping[str, Any],
) -> None:
    record = {
        "source": "a frame" if isinstance(source, pd.DataFrame) else str(Path(source).absolute()),
        "settings": {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in asdict(settings).items()
        },
        **describe_run(results, extraction.table, len(extraction.errors)),
        **told,
    }
    write_json(record, path)
