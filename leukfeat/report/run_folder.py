"""What a comparison leaves behind: one folder, each file readable on its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from leukfeat._tables import make_folder, paths_relative_to, write_csv, write_json, write_parquet, write_text
from leukfeat.errors import ConfigurationError
from leukfeat.report.figures import FigureData, write_figures
from leukfeat.report.leaderboard import leaderboard_markdown, leaderboard_rows
from leukfeat.report.predictions import Predictions
from leukfeat.report.statistics import Statistics
from leukfeat.report.verdict import headlines
from leukfeat.sweep.store import holds_tasks_only

__all__ = [
    "TASKS",
    "FinalScore",
    "Results",
    "default_run_folder",
    "describe_results",
    "new_folder",
    "write_results",
]

TASKS = "tasks"  # where finished tasks lie in a run folder, from the beginning of the sweep on
_WRITTEN = {
    "ablation.parquet",
    "errors.parquet",
    "features.parquet",
    "figures",
    "leaderboard.csv",
    "leaderboard.json",
    "leaderboard.md",
    "models",
    "predictions.parquet",
    "report.html",
    "run.json",
    "scores.parquet",
    "subjects.csv",
    "test_predictions.parquet",
    "thumbnails",
}


@dataclass(frozen=True)
class FinalScore:
    """What one model scores on the test split, which is looked at once.

    Attributes
    ----------
    model : str
        The model that cross-validation chose.
    predictions : pandas.DataFrame
        As `leukfeat.report.tested.predictions_table` returns it.
    statistics : Statistics
        Of the predictions.
    """

    model: str
    predictions: pd.DataFrame
    statistics: Statistics


@dataclass(frozen=True)
class Results:
    """The outcome of a comparison.

    Attributes
    ----------
    notes : tuple of str
        What a reader must know, most important first.
    protocol : str
        How images were split.
    leaks : bool
        Whether images of one patient are, or must be taken to be, on both sides.
    classes : tuple of str
        All classes, sorted.
    positive : str or None
        The positive class of two; None with several.
    predictions : pandas.DataFrame
        As `leukfeat.report.tested.predictions_table` returns it.
    statistics : Statistics
        Of the predictions.
    leaderboard : pandas.DataFrame
        As `leukfeat.report.leaderboard.build_leaderboard` returns it.
    warnings : dict of str to list of str
        What libraries had to say, by model.
    methods : dict of str to list of str
        How each model was solved: by scikit-learn's or XGBoost's own fit, or by which method that equals it.
    n_images : int
        Number of images that take part.
    embargos : pandas.DataFrame or None
        Of the best model under blocks: `embargo`, `value`, `low`, `high`, `reason`.
    test : FinalScore or None
        Of the test split, scored once.
    test_failure : str
        Why the best model could not be scored on the test split; empty where it was, or where there is none.
    interrupted : bool
        Whether the run was stopped before all was done.
    ablation : pandas.DataFrame or None
        What the best model scores without each feature family, as `leukfeat.comparison.ablation.ablate`
        returns it, where that was asked for.
    """

    notes: tuple[str, ...]
    protocol: str
    leaks: bool
    classes: tuple[str, ...]
    positive: str | None
    predictions: pd.DataFrame
    statistics: Statistics
    leaderboard: pd.DataFrame
    warnings: dict[str, list[str]]
    methods: dict[str, list[str]]
    n_images: int
    embargos: pd.DataFrame | None = None
    test: FinalScore | None = None
    test_failure: str = ""
    interrupted: bool = False
    ablation: pd.DataFrame | None = None

    @property
    def best(self) -> str | None:
        """The best model; None when every model failed."""
        return self.statistics.best


def default_run_folder(source: str | Path) -> Path:
    """Return where a run goes when no folder is named.

    Parameters
    ----------
    source : str or pathlib.Path
        A manifest or a feature table.

    Returns
    -------
    pathlib.Path
        `reports/runs/NAME`: that of the file, or of its folder when the file is called manifest.
    """
    path = Path(source).absolute()
    generic = path.stem == "manifest" and path.parent.name
    return Path("reports") / "runs" / (path.parent.name if generic else path.stem)


@contextmanager
def new_folder(folder: str | Path) -> Iterator[Path]:
    """Yield a temporary folder that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder : str or pathlib.Path
        Absent, empty, an earlier run, which is replaced only then, or the finished tasks of one that was
        interrupted; tasks stay, and files that no run wrote.

    Yields
    ------
    pathlib.Path
        Where to write.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If `folder` holds anything but an earlier run.
    """
    target = Path(folder).resolve()
    if target.exists() and not _may_be_replaced(target):
        raise ConfigurationError(f"{target} holds something else than a run. Name another folder.")
    make_folder(target.parent)
    # Beside the target, for only there a rename is whole; under a name of its own, for two runs may meet.
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True) as name:
        fresh = Path(name) / "new"
        fresh.mkdir()
        yield fresh
        _take_place(fresh, target, Path(name) / "old")


def _may_be_replaced(target: Path) -> bool:
    if not target.is_dir():
        return False
    if (target / "run.json").is_file():
        return True
    return all(entry.name == TASKS and holds_tasks_only(entry) for entry in target.iterdir())


def write_results(results: Results, folder: Path, seconds: Mapping[str, float] | None = None) -> Results:
    """Write leaderboard, scores, predictions and figures.

    Parameters
    ----------
    results : Results
        What came out.
    folder : pathlib.Path
        Where to write.
    seconds : mapping of str to float, default=None
        Wall time by stage, for the figure of what the run took.

    Returns
    -------
    Results
        The same, with a note on each figure that could not be drawn; the run is not lost for one.
    """
    failures = _write_figures(results, folder / "figures", dict(seconds or {})) or {}
    said = [f"Not drawn: the figure {name}: {why}." for name, why in failures.items()]
    results = replace(results, notes=(*results.notes, *said))
    board, statistics = results.leaderboard, results.statistics
    write_csv(board.assign(Protocol=results.protocol, Leaks=results.leaks), folder / "leaderboard.csv")
    write_text(leaderboard_markdown(board, results.notes, headlines(results)), folder / "leaderboard.md")
    write_json(describe_results(results), folder / "leaderboard.json")
    write_parquet(statistics.scores, folder / "scores.parquet")
    if len(statistics.subjects):
        write_csv(statistics.subjects, folder / "subjects.csv")
    if results.ablation is not None:
        write_parquet(results.ablation, folder / "ablation.parquet")
    _write_predictions(results.predictions, folder / "predictions.parquet")
    if results.test is not None:
        _write_predictions(results.test.predictions, folder / "test_predictions.parquet")
    return results


def describe_results(results: Results) -> dict[str, Any]:
    """Return what came out as JSON holds it.

    Parameters
    ----------
    results : Results
        What came out.

    Returns
    -------
    dict
        `notes`, `protocol`, `leaks`, `classes`, `positive`, `rows` of the leaderboard, `pairs` (each model
        against the best), `against_shortcuts`, `missing` (why a metric has no column), `embargos`, `test` and
        `interrupted`.
    """
    statistics, test = results.statistics, results.test
    return {
        "notes": list(results.notes),
        "protocol": results.protocol,
        "leaks": results.leaks,
        "classes": list(results.classes),
        "positive": results.positive,
        "rows": leaderboard_rows(results.leaderboard),
        "pairs": leaderboard_rows(statistics.pairs),
        "against_shortcuts": leaderboard_rows(statistics.against_shortcuts),
        "missing": dict(statistics.missing),
        "embargos": None if results.embargos is None else leaderboard_rows(results.embargos),
        "test": None if test is None else leaderboard_rows(test.statistics.estimates),
        "interrupted": results.interrupted,
    }


def _write_predictions(predictions: pd.DataFrame, path: Path) -> None:
    paths = paths_relative_to(path.parent, predictions["path"])
    # Images without a subject are resampled by their path, which is then said as the others are.
    names = dict(zip(predictions["path"], paths, strict=True))
    units = [names.get(unit, unit) for unit in predictions["unit"]]
    write_parquet(
        predictions.assign(path=paths, unit=units),
        path,
        {str(key): value for key, value in predictions.attrs.items()},
    )


def _take_place(new: Path, target: Path, old: Path) -> None:
    """Rename `new` to `target`, what was there to `old`, and bring back the files that no run wrote."""
    if target.exists():
        target.rename(old)
    new.rename(target)
    if old.is_dir():
        for entry in old.iterdir():
            if entry.name not in _WRITTEN and not (target / entry.name).exists():
                entry.rename(target / entry.name)


def _write_figures(results: Results, folder: Path, seconds: Mapping[str, float]) -> dict[str, str]:
    """Draw what a run has; return which figures could not be drawn, and why."""
    data = FigureData(
        results.leaderboard,
        Predictions.read(results.predictions),
        results.statistics,
        results.leaks,
        seconds,
        results.ablation,
    )
    return write_figures(data, folder)
