"""The fits of a sweep, and the tasks that make them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from leukfeat._isolation import Task
from leukfeat.evaluation import Fold, InnerSplits
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.data import SharedData
from leukfeat.sweep.fitting import FitFold, Prepare, fit_fold, prepare_fold, training_sets
from leukfeat.sweep.fold_result import FoldResult
from leukfeat.sweep.sources import split_source
from leukfeat.sweep.tuning import Tuning

__all__ = ["Fit", "list_fits", "modules_of", "plan_tasks"]

_DISK_FOR_ALL, _SHARE_OF_DISK = 8e9, 0.25  # bytes that prepared folds may take together


@dataclass(frozen=True)
class Fit:
    """A candidate in a fold, before anything is written for it.

    Attributes
    ----------
    row : int
        Place of the candidate among all.
    candidate : Candidate
        What to fit.
    place : int
        Place of the fold among all.
    fold : Fold
        Rows to train and to test on.
    inner : InnerSplits or None
        How the training side is divided to calibrate.
    tuning : Tuning
        How a model that chooses a parameter divides its rows.
    """

    row: int
    candidate: Candidate
    place: int
    fold: Fold
    inner: InnerSplits | None
    tuning: Tuning

    @property
    def is_prepared(self) -> bool:
        """Whether it sees all features, which are prepared once for all models."""
        return self.candidate.columns is None and self.candidate.kind != "chance"

    @property
    def label(self) -> str:
        """Candidate, repeat and fold, for people."""
        repeat = f"repeat {self.fold.repeat}, " if self.fold.repeat else ""
        return f"{self.candidate.name}, {repeat}fold {self.fold.fold}"

    def group(self, *, by_model: bool) -> int:
        """Return the place of its group of tasks among all: that of chance and shortcuts is the first.

        Parameters
        ----------
        by_model : bool
            Whether the fits of one model are a group, or those in one fold.

        Returns
        -------
        int
            From 0 on.
        """
        if self.candidate.kind != "model":
            return 0
        return 1 + (self.row if by_model else self.place)

    def failed(self, reason: str) -> FoldResult:
        """Return what stands for a fit that came to nothing.

        Parameters
        ----------
        reason : str
            Why.

        Returns
        -------
        FoldResult
            Without predictions.
        """
        return FoldResult(self.candidate.name, self.fold.repeat, self.fold.fold, reason=reason)


def list_fits(
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    inner: Sequence[InnerSplits | None] | None,
    tuning: Sequence[Tuning] | None,
) -> list[Fit]:
    """Pair every candidate with every fold.

    Parameters
    ----------
    candidates : sequence of Candidate
        What to fit.
    folds : sequence of Fold
        Where.
    inner : sequence of InnerSplits or None
        One for each fold; None for all of them.
    tuning : sequence of Tuning or None
        One for each fold; None leaves the choice to the models.

    Returns
    -------
    list of Fit
        By candidate, then by fold.
    """
    divided = [None] * len(folds) if inner is None else inner
    tuned = [Tuning(None)] * len(folds) if tuning is None else tuning
    in_folds = list(zip(range(len(folds)), folds, divided, tuned, strict=True))
    return [Fit(row, candidate, *in_fold) for row, candidate in enumerate(candidates) for in_fold in in_folds]


def plan_tasks(
    shared: SharedData, fits: Sequence[Fit], missing: Sequence[int], folder: Path
) -> Iterator[Task]:
    """List the tasks: for each fold that a model needs its preparation, for each fit one.

    What is there to be beaten comes first: it takes seconds. Then model by model, so that many rows are whole
    when a sweep is interrupted, where there is room for what is prepared in all folds; else fold by fold.

    Parameters
    ----------
    shared : SharedData
        The table.
    fits : sequence of Fit
        All fits of the sweep.
    missing : sequence of int
        Places of those that are still to be made.
    folder : pathlib.Path
        Where folds are prepared.

    Yields
    ------
    Task
        Named by the place of the fit, or for a preparation by its folder.
    """
    by_model = _prepared_bytes(shared, fits) <= min(_DISK_FOR_ALL, _SHARE_OF_DISK * disk_usage(folder).free)
    prepared: set[int] = set()
    for index in missing:
        fit = fits[index]
        place = folder / f"fold-{fit.place}" if fit.is_prepared else None
        after = () if place is None else (place.name,)
        call = FitFold(shared, fit.candidate, fit.fold, fit.inner, fit.tuning, place)
        group = fit.group(by_model=by_model)
        if place is not None and fit.place not in prepared:
            prepared.add(fit.place)
            yield Task(
                place.name,
                prepare_fold,
                Prepare(shared, call.rows, place),
                group=group,
                kind="preparation",
                label=f"preparation, fold {fit.fold.fold}",
            )
        yield Task(index, fit_fold, call, after, group, fit.candidate.name, fit.label)


def modules_of(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """List what is imported once for all tasks.

    Parameters
    ----------
    candidates : sequence of Candidate
        What they fit.

    Returns
    -------
    tuple of str
        Modules; XGBoost, which is large, only where it is fitted.
    """
    boosted = [item for item in candidates if split_source(item.estimator)[0].split(".")[0] == "xgboost"]
    return ("leukfeat.sweep", "xgboost") if boosted else ("leukfeat.sweep",)


def _prepared_bytes(shared: SharedData, fits: Sequence[Fit]) -> int:
    """Return the disk that the prepared training sets of all folds take."""
    of_folds = {fit.place: training_sets(fit.fold, fit.inner) for fit in fits}
    n_rows = sum(len(near) + len(out) for sets in of_folds.values() for near, out in sets)
    return 8 * n_rows * shared.n_columns
