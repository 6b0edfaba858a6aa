"""The comparison: a manifest or a feature table in, a folder with a leaderboard out."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat._tables import write_json
from leukfeat._workers import check_jobs
from leukfeat.datasets import check_manifest, read_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Splits, default_positive, make_splits
from leukfeat.extraction import Extraction, extract, write_errors
from leukfeat.features import CellFeatures, FeatureTable, ImageFeatures
from leukfeat.features.configuration import rebuild_images
from leukfeat.features.table import is_feature_table
from leukfeat.imaging import LoadCells
from leukfeat.report.record import describe_run
from leukfeat.report.run_folder import Results, new_folder, write_results
from leukfeat.scoring import image_pipeline, save_pipeline
from leukfeat.sweep import CORE, Candidate, SweepData, build_leaderboard, fit_folds, refit, shortcuts
from leukfeat.sweep.candidates import BALANCES

__all__ = ["Comparison", "Settings", "compare"]

_LOG = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """What a comparison is told.

    Parameters
    ----------
    labels : tuple of str, default=None
        Which classes take part; None means all.
    positive : str, default=None
        The positive class of two; None takes the last in sorted order.
    protocol : {"auto", "grouped", "blocks", "random"}, default="auto"
        How images are split; see `leukfeat.evaluation.make_splits`.
    n_folds : int, default=5
        Number of folds.
    embargo : int, default=37
        Images left out on both sides of a test block under `"blocks"`.
    seed : int, default=0
        Of splits and models.
    families : tuple of str, default=None
        Which feature families; None takes the default ones.
    scene : {"auto", "masked", "cell", "field"}, default="auto"
        What the images show; see `leukfeat.imaging.LoadCells`.
    size : int, default=200
        Side of the frame in pixels.
    """

    labels: tuple[str, ...] | None = None
    positive: str | None = None
    protocol: str = "auto"
    n_folds: int = 5
    embargo: int = 37
    seed: int = 0
    families: tuple[str, ...] | None = None
    scene: str = "auto"
    size: int = 200

    def __post_init__(self) -> None:
        for name in ("labels", "families"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, str) or not all(isinstance(v, str) for v in value)):
                raise TypeError(f"The {name!r} of Settings must be a sequence of names. Got {value!r}.")


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
    source: str | Path | pd.DataFrame,
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
            extraction, notes = _features(source, chosen, root, n_jobs, cache, stages)
        with stages.of("sweep"):
            results = _sweep(extraction, notes, chosen, candidates, n_jobs, stages)
        with stages.of("refit"):
            saved = _save_models(
                extraction, results, candidates, chosen.seed, folder / "models", n_jobs, stages
            )
        with stages.of("write"):
            extraction.table.write(folder / "features.parquet")
            write_errors(extraction.errors, folder / "errors.parquet")
            write_results(results, folder)
        _write_record(folder / "run.json", source, chosen, results, extraction, saved, stages)
    return Comparison(Path(output), results, extraction.table, extraction.errors)


def _check_candidates(candidates: Sequence[Candidate]) -> None:
    """Refuse names that stand twice, shortcuts' included, or cannot name a file."""
    names = [candidate.name for candidate in (*candidates, *shortcuts("cell"))]
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


def _features(
    source: str | Path | pd.DataFrame,
    settings: Settings,
    root: str | Path | None,
    jobs: int,
    cache: bool,
    stages: _Stages,
) -> tuple[Extraction, tuple[str, ...]]:
    """Read a feature table, or make one, of the rows that take part."""
    if not isinstance(source, pd.DataFrame) and is_feature_table(source):
        table = FeatureTable.read(source, root=root)
        _check_unchanged(table, settings)
        keep, notes = select_rows(table.manifest, settings.labels, settings.positive)
        _split(table.manifest[keep], settings)
        taken = table.take(keep)
        nothing = pd.DataFrame({"path": [], "reason": []}, dtype=object)
        return Extraction(taken, nothing, rebuild_images(taken)), notes
    manifest = _read(source, root)
    keep, notes = select_rows(manifest, settings.labels, settings.positive)
    manifest = manifest[keep]
    _split(manifest, settings)  # what cannot be split is said before an hour of extraction, not after
    images = ImageFeatures(LoadCells(settings.size, settings.scene), CellFeatures(settings.families))
    return extract(manifest, images, jobs=jobs, cache=cache, progress=stages.report("extract")), notes


def _read(source: str | Path | pd.DataFrame, root: str | Path | None) -> pd.DataFrame:
    """Return a checked manifest with absolute paths."""
    if not isinstance(source, pd.DataFrame):
        return read_manifest(source, root=root)
    manifest = check_manifest(source)
    base = Path.cwd() if root is None else Path(root).absolute()
    return manifest.assign(path=[str(base / name) for name in manifest["path"]])


def _check_unchanged(table: FeatureTable, settings: Settings) -> None:
    """Refuse settings of the features that the table, made already, cannot follow."""
    made, default = table.metadata, Settings()
    families = [entry["name"] for entry in made["families"]]
    asked = {
        "families": settings.families is not None and list(settings.families) != families,
        "scene": settings.scene not in (default.scene, made["scene"]),
        "size": settings.size not in (default.size, made["size"]),
    }
    found = {"families": families, "scene": made["scene"], "size": made["size"]}
    for name, differs in asked.items():
        if differs:
            raise ConfigurationError(
                f"The feature table was made with {name!r} {found[name]!r}, not {getattr(settings, name)!r}. "
                "Leave it out, or extract again."
            )


def _split(manifest: pd.DataFrame, settings: Settings) -> Splits:
    return make_splits(
        manifest["label"].to_numpy(dtype=object),
        subjects=manifest["subject"].to_numpy(dtype=object) if "subject" in manifest else None,
        sequence=manifest["sequence"].to_numpy(dtype=float, na_value=np.nan)
        if "sequence" in manifest
        else None,
        protocol=settings.protocol,
        n_folds=settings.n_folds,
        embargo=settings.embargo,
        seed=settings.seed,
    )


def _sweep(
    extraction: Extraction,
    notes: tuple[str, ...],
    settings: Settings,
    candidates: Sequence[Candidate],
    jobs: int,
    stages: _Stages,
) -> Results:
    table = extraction.table
    splits, data = _split_the_rest(extraction, settings), _data(table, settings.positive, settings.seed)
    rows = (*candidates, *shortcuts(table.metadata["scene"]))
    fold_results = fit_folds(data, rows, splits.folds, jobs=jobs, progress=stages.report("sweep"))
    said = (*splits.notes, *notes, *_notes(data, candidates, extraction))
    return Results(
        notes=said,
        protocol=splits.protocol,
        classes=data.classes,
        positive=data.positive if len(data.classes) == 2 else None,
        images=table.manifest,
        folds=splits.folds,
        fold_results=tuple(fold_results),
        leaderboard=build_leaderboard(rows, fold_results),
    )


def _split_the_rest(extraction: Extraction, settings: Settings) -> Splits:
    """Split what could be used; if that is too little, name the images that are missing."""
    try:
        return _split(extraction.table.manifest, settings)
    except ConfigurationError as error:
        if extraction.errors.empty:
            raise
        first = extraction.errors.iloc[0]
        raise ConfigurationError(
            f"{error} Images that could not be used: {len(extraction.errors)}; "
            f"the first: {first['path']}: {first['reason']}."
        ) from error


def _data(table: FeatureTable, positive: str | None, seed: int) -> SweepData:
    labels = table.frame["label"].to_numpy(dtype=str)
    classes = tuple(str(label) for label in np.unique(labels))
    chosen = default_positive(classes) if positive is None else positive
    return SweepData(table.values, labels, table.feature_names, classes, chosen, seed)


def _notes(data: SweepData, candidates: Sequence[Candidate], extraction: Extraction) -> tuple[str, ...]:
    """Say what a reader must know besides how images were split."""
    counts = ", ".join(f"{label} {(data.labels == label).sum()}" for label in data.classes)
    scene = extraction.table.metadata["scene"]
    notes = [f"{len(data.labels)} images: {counts}; scene: {scene}; {data.values.shape[1]} features."]
    if n_empty := _n_without_cells(data, extraction.table.feature_names):
        notes.append(f"Images in which no cell was found: {n_empty}; medians stand in for their features.")
    if len(extraction.errors):
        notes.append(f"Images that could not be used: {len(extraction.errors)}; errors.parquet says why.")
    if "fold" in extraction.table.manifest.columns:
        notes.append("The column 'fold' is not used: no protocol takes folds from the manifest.")
    if len(data.classes) == 2:
        notes.append(f"Positive class: {data.positive}.")
    means = "; ".join(
        f"{item.name} by {BALANCES[item.balance]}" for item in candidates if item.balance != "none"
    )
    if means:
        notes.append(f"Classes are made to weigh the same: {means}.")
    return tuple(notes)


def _n_without_cells(data: SweepData, names: Sequence[str]) -> int:
    """Count the images in which nothing of a cell could be measured."""
    if "population_n_cells" not in names:
        return 0
    return int((data.values[:, list(names).index("population_n_cells")] == 0).sum())


def _save_models(
    extraction: Extraction,
    results: Results,
    candidates: Sequence[Candidate],
    seed: int,
    folder: Path,
    jobs: int,
    stages: _Stages,
) -> dict[str, dict[str, str]]:
    """Refit every model that has numbers on all rows; return by model its file, or why there is none."""
    if extraction.images is None:
        _LOG.warning("No model is kept: this version cannot remake the table's features from images.")
        return {"models": {}, "models_failed": {}}
    board = results.leaderboard
    failed = set(board[board["Reason"] != ""]["Model"])
    wanted = [item for item in candidates if item.kind == "model" and item.name not in failed]
    data = _data(extraction.table, results.positive, seed)
    saved: dict[str, dict[str, str]] = {"models": {}, "models_failed": {}}
    for fitted in refit(data, wanted, jobs=jobs, progress=stages.report("refit")):
        if fitted.pipeline is None:
            saved["models_failed"][fitted.model] = fitted.reason
            continue
        path = folder / f"{fitted.model}.joblib"
        save_pipeline(image_pipeline(extraction.images, fitted.pipeline), path)
        saved["models"][fitted.model] = f"models/{path.name}"
    return saved


def _write_record(
    path: Path,
    source: str | Path | pd.DataFrame,
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
