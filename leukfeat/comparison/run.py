"""The comparison: a manifest or a feature table in, a folder with a leaderboard out."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat._tables import write_json
from leukfeat._workers import check_jobs
from leukfeat.comparison.audited import audited
from leukfeat.comparison.divide import divide_the_rest
from leukfeat.comparison.evaluate import Sweep
from leukfeat.comparison.notes import notes_of_data, notes_of_scores
from leukfeat.comparison.settings import Settings
from leukfeat.comparison.source import Source, read_source
from leukfeat.errors import ConfigurationError
from leukfeat.extraction import Extraction, write_errors
from leukfeat.features import FeatureTable
from leukfeat.report.record import describe_run
from leukfeat.report.run_folder import Results, new_folder, write_results
from leukfeat.scoring import image_pipeline, save_pipeline
from leukfeat.sweep import CORE, NESTED, Candidate, refit, shortcuts

__all__ = ["Comparison", "compare"]

_LOG = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


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
    """

    folder: Path
    results: Results
    table: FeatureTable
    errors: pd.DataFrame


def compare(
    source: Source,
    output: str | Path,
    settings: Settings | None = None,
    *,
    candidates: Sequence[Candidate] = CORE,
    root: str | Path | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Progress | None = None,
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
    progress : callable, default=None
        Called with the name of the stage, the number of pieces done and their total.

    Returns
    -------
    Comparison
        What was found; the same lies in `output`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the source, the settings or the data do not allow the comparison; no result is written then.
    ValueError
        If a setting is none of its choices or out of its range; no result is written then either.
    """
    chosen = settings or Settings()
    n_jobs, stages = check_jobs("compare", jobs), _Stages(progress)
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
            sweep = Sweep(extraction.table, divide_the_rest(extraction, chosen, seen.same), chosen, n_jobs)
            results = _results(sweep, extraction, (*seen.notes, *notes), candidates, stages)
            results = replace(results, leaks=results.leaks or seen.leaks)
        with stages.of("refit"):
            saved = _save_models(sweep, extraction, results, candidates, folder / "models", stages)
        with stages.of("write"):
            extraction.table.write(folder / "features.parquet")
            write_errors(extraction.errors, folder / "errors.parquet")
            write_results(results, folder)
        _write_record(folder / "run.json", source, chosen, results, extraction, saved, stages)
    return Comparison(Path(output), results, extraction.table, extraction.errors)


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

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - started, 3)

    def report(self, stage: str) -> Callable[[int, int], None] | None:
        progress = self._progress
        return None if progress is None else lambda done, total: progress(stage, done, total)


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
    inner = dict.fromkeys(division.note for division in sweep.inner() if division.note)
    said = (*first, *notes, *others, *inner, *notes_of_data(sweep.data, candidates, extraction))
    results = sweep.results(candidates, said, stages.report("sweep"))
    return replace(results, notes=(*results.notes, *notes_of_scores(results)))


def _save_models(
    sweep: Sweep,
    extraction: Extraction,
    results: Results,
    candidates: Sequence[Candidate],
    folder: Path,
    stages: _Stages,
) -> dict[str, dict[str, str]]:
    """Refit every model that has numbers, the test split left out; return its file, or why there is none."""
    if extraction.images is None:
        _LOG.warning("No model is kept: this version cannot remake the table's features from images.")
        return {"models": {}, "models_failed": {}}
    board = results.leaderboard
    failed = set(board[board["Reason"] != ""]["Model"])
    wanted = [item for item in candidates if item.kind == "model" and item.name not in failed]
    saved: dict[str, dict[str, str]] = {"models": {}, "models_failed": {}}
    for fitted in refit(sweep.data_to_keep, wanted, jobs=sweep.jobs, progress=stages.report("refit")):
        if fitted.pipeline is None:
            saved["models_failed"][fitted.model] = fitted.reason
            continue
        path = folder / f"{fitted.model}.joblib"
        save_pipeline(image_pipeline(extraction.images, fitted.pipeline), path)
        saved["models"][fitted.model] = f"models/{path.name}"
    return saved


def _write_record(
    path: Path,
    source: Source,
    settings: Settings,
    results: Results,
    extraction: Extraction,
    saved: dict[str, dict[str, str]],
    stages: _Stages,
) -> None:
    record = {
        "source": "a frame" if isinstance(source, pd.DataFrame) else str(Path(source).absolute()),
        "settings": {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in asdict(settings).items()
        },
        **describe_run(results, extraction.table, len(extraction.errors)),
        **saved,
        "seconds": stages.seconds,
    }
    write_json(record, path)
