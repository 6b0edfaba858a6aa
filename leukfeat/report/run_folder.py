"""What a comparison leaves behind: one folder, each file readable on its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from leukfeat._tables import make_folder, paths_relative_to, write_csv, write_json, write_parquet, write_text
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Fold
from leukfeat.report.figures import draw_confusion, draw_leaderboard, draw_roc, save_figure
from leukfeat.report.leaderboard import leaderboard_markdown, leaderboard_rows
from leukfeat.sweep import FoldResult, scores_table

__all__ = ["Results", "default_run_folder", "new_folder", "predictions_table", "write_results"]


_WRITTEN = {
    "errors.parquet",
    "features.parquet",
    "figures",
    "leaderboard.csv",
    "leaderboard.json",
    "leaderboard.md",
    "models",
    "predictions.parquet",
    "run.json",
    "scores.parquet",
}


@dataclass(frozen=True)
class Results:
    """The outcome of a comparison.

    Attributes
    ----------
    notes : tuple of str
        What a reader must know, most important first.
    protocol : str
        How images were split.
    classes : tuple of str
        All classes, sorted.
    positive : str or None
        The positive class of two; None with several.
    images : pandas.DataFrame
        `path`, `label` and, where known, `subject` of each image, in the order that folds index.
    folds : tuple of Fold
        Rows to train and to test on.
    fold_results : tuple of FoldResult
        Of every candidate and fold.
    leaderboard : pandas.DataFrame
        As `leukfeat.sweep.build_leaderboard` returns it.
    """

    notes: tuple[str, ...]
    protocol: str
    classes: tuple[str, ...]
    positive: str | None
    images: pd.DataFrame
    folds: tuple[Fold, ...]
    fold_results: tuple[FoldResult, ...]
    leaderboard: pd.DataFrame

    @property
    def best(self) -> str | None:
        """The first model of the leaderboard that has numbers; None when every model failed."""
        table = self.leaderboard
        good = table[(table["Kind"] == "model") & (table["Reason"] == "")]
        return None if good.empty else str(good["Model"].iloc[0])


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
        Absent, empty, or an earlier run, which is replaced only then; files in it that no run wrote stay.

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
    occupied = target.exists() and (not target.is_dir() or any(target.iterdir()))
    if occupied and not (target / "run.json").is_file():
        raise ConfigurationError(f"{target} holds something else than a run. Name another folder.")
    make_folder(target.parent)
    # Beside the target, for only there a rename is whole; under a name of its own, for two runs may meet.
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True) as name:
        fresh = Path(name) / "new"
        fresh.mkdir()
        yield fresh
        _take_place(fresh, target, Path(name) / "old")


def write_results(results: Results, folder: Path) -> None:
    """Write leaderboard, scores, predictions and figures.

    Parameters
    ----------
    results : Results
        What came out.
    folder : pathlib.Path
        Where to write.
    """
    board = results.leaderboard
    write_csv(board.assign(Protocol=results.protocol), folder / "leaderboard.csv")
    write_text(leaderboard_markdown(board, results.notes), folder / "leaderboard.md")
    summary = {
        "notes": list(results.notes),
        "protocol": results.protocol,
        "classes": list(results.classes),
        "positive": results.positive,
        "rows": leaderboard_rows(board),
    }
    write_json(summary, folder / "leaderboard.json")
    write_parquet(scores_table(results.fold_results), folder / "scores.parquet")
    predictions = predictions_table(results)
    _write_figures(results, predictions, folder / "figures")
    paths = paths_relative_to(folder, predictions["path"])
    write_parquet(predictions.assign(path=paths), folder / "predictions.parquet")


def predictions_table(results: Results) -> pd.DataFrame:
    """List every prediction of every model in every test fold.

    Parameters
    ----------
    results : Results
        What came out.

    Returns
    -------
    pandas.DataFrame
        `path`, `subject`, `label`, `model`, `repeat`, `fold`, `predicted` and `score_CLASS`: what the AUC
        ranks by, of the positive class only for two classes, of each class for several.
    """
    folds = {(fold.repeat, fold.fold): fold.test for fold in results.folds}
    scored = list(results.classes) if results.positive is None else [results.positive]
    images = results.images
    if "subject" not in images:
        images = images.assign(subject=None)
    parts = [
        _predictions(images.iloc[folds[item.repeat, item.fold]], item, scored)
        for item in results.fold_results
        if not item.reason
    ]
    columns = ["path", "subject", "label", "model", "repeat", "fold", "predicted"]
    columns += [f"score_{name}" for name in scored]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _take_place(new: Path, target: Path, old: Path) -> None:
    """Rename `new` to `target`, what was there to `old`, and bring back the files that no run wrote."""
    if target.exists():
        target.rename(old)
    new.rename(target)
    if old.is_dir():
        for entry in old.iterdir():
            if entry.name not in _WRITTEN and not (target / entry.name).exists():
                entry.rename(target / entry.name)


def _predictions(images: pd.DataFrame, item: FoldResult, scored: Sequence[str]) -> pd.DataFrame:
    part = images[["path", "subject", "label"]].assign(
        model=item.model, repeat=item.repeat, fold=item.fold, predicted=item.predicted
    )
    ranking = (
        item.ranking.reshape(len(part), -1)
        if item.ranking.size
        else np.full((len(part), len(scored)), np.nan)
    )
    return part.assign(**{f"score_{name}": ranking[:, column] for column, name in enumerate(scored)})


def _write_figures(results: Results, predictions: pd.DataFrame, folder: Path) -> None:
    leak = " (images of one patient on both sides)" if results.protocol == "random" else ""
    caption = f"{len(results.images)} images, {results.protocol}{leak}, {len(results.folds)} folds"
    board = results.leaderboard
    save_figure(
        draw_leaderboard(board, scores_table(results.fold_results), caption), folder / "leaderboard.png"
    )
    if results.best is None:
        return
    confusion = draw_confusion(predictions, results.best, results.classes, caption)
    save_figure(confusion, folder / "confusion.png")
    if results.positive is not None:
        ranked = board[(board["Reason"] == "") & (board["Kind"] != "chance") & board["ROC AUC"].notna()][
            "Model"
        ]
        save_figure(draw_roc(predictions, list(ranked), results.positive, caption), folder / "roc.png")
