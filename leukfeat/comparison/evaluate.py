"""Every candidate fitted, predicted and scored; and what is said of the best one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from leukfeat.comparison.settings import Settings
from leukfeat.errors import LeukfeatError
from leukfeat.evaluation import (
    Fold,
    InnerSplits,
    Splits,
    default_positive,
    embargo_series,
    inner_splits,
    resampling_units,
)
from leukfeat.features import FAMILIES, FeatureTable
from leukfeat.report.leaderboard import build_leaderboard
from leukfeat.report.run_folder import FinalScore, Results
from leukfeat.report.statistics import Statistics, summarize_predictions
from leukfeat.report.tested import RANKED_BY, predictions_table
from leukfeat.sweep import (
    NESTED,
    Candidate,
    FoldResult,
    Interrupted,
    Runner,
    SweepData,
    Tuning,
    Underway,
    choose_in_each_fold,
    shortcuts,
)
from leukfeat.sweep.tuning import Positions

__all__ = ["Sweep", "interval_of", "sweep_data"]

Progress = Callable[[int, int], None]
Watch = Callable[[Underway], None]

_SIZES = ("image_width", "image_height")
_FORMAT = "image_format"


def sweep_data(table: FeatureTable, settings: Settings) -> SweepData:
    """Return what models see, and behind it what only shortcuts see.

    Parameters
    ----------
    table : FeatureTable
        Features and manifest.
    settings : Settings
        Positive class and seed.

    Returns
    -------
    SweepData
        With the columns of the background, where the table has them aside, and of size and format of files.
    """
    labels = table.frame["label"].to_numpy(dtype=str)
    classes = tuple(str(label) for label in np.unique(labels))
    chosen = default_positive(classes) if settings.positive is None else settings.positive
    aside = _aside(table)
    values = np.concatenate([table.values, aside.to_numpy(dtype=np.float32)], axis=1)
    names = (*table.feature_names, *aside.columns)
    return SweepData(
        values,
        labels,
        names,
        len(table.feature_names),
        classes,
        chosen,
        settings.seed,
        settings.n_components,
        table.metadata["scene"],
    )


def _aside(table: FeatureTable) -> pd.DataFrame:
    manifest = table.manifest
    background = [name for name in FAMILIES["background"]().get_feature_names_out() if name in manifest]
    if table.metadata["scene"] == "masked":  # cells on black: what colour there is comes from their rims
        background = []
    sizes = [name for name in _SIZES if name in manifest and manifest[name].nunique() > 1]
    parts = [manifest[background], manifest[sizes]]
    if _FORMAT in manifest and manifest[_FORMAT].nunique() > 1:
        parts.append(pd.get_dummies(manifest[_FORMAT], prefix=_FORMAT))
    return pd.concat(parts, axis=1)


@dataclass(frozen=True)
class Sweep:
    """One table, split, on which candidates are compared.

    Attributes
    ----------
    table : FeatureTable
        Features and manifest.
    splits : Splits
        The folds.
    settings : Settings
        Positive class, seed, and whether a nested row is wanted.
    runner : Runner
        Who fits.
    """

    table: FeatureTable
    splits: Splits
    settings: Settings
    runner: Runner

    def rows(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return candidates, chance and the shortcuts that this table has.

        Parameters
        ----------
        candidates : sequence of Candidate
            The models.

        Returns
        -------
        tuple of Candidate
            What stands in the leaderboard.
        """
        names = [name for name in self.data.feature_names if name.startswith("image_")]
        return (*candidates, *shortcuts(self.table.metadata["scene"], tuple(names)))

    @cached_property
    def data(self) -> SweepData:
        """What is fitted on."""
        return sweep_data(self.table, self.settings)

    @property
    def data_to_keep(self) -> SweepData:
        """What models that are kept are fitted on: all but the test split."""
        data, pool = self.data, self.splits.plan.layout.pool
        return replace(data, values=data.values[pool], labels=data.labels[pool])

    @property
    def tuning_to_keep(self) -> Positions | None:
        """How models that are kept and choose a parameter divide the rows of `data_to_keep`."""
        pool = np.asarray(self.splits.plan.layout.pool, dtype=np.intp)
        return inner_splits(self.splits, pool, seed=self.settings.seed).positions

    def fit(
        self,
        rows: Sequence[Candidate],
        progress: Progress | None = None,
        watch: Watch | None = None,
        *,
        calibrate: bool = True,
    ) -> list[FoldResult]:
        """Fit candidates in every fold.

        Parameters
        ----------
        rows : sequence of Candidate
            What to fit.
        progress : callable, default=None
            Called with the number of fits done and their total.
        watch : callable, default=None
            Called often with what runs.
        calibrate : bool, default=True
            Whether inner folds give probabilities, cut-offs and what a nested choice goes by.

        Returns
        -------
        list of FoldResult
            By candidate, then by fold.
        """
        return self.runner.fit_folds(
            self.data,
            rows,
            self.splits.folds,
            self.inner if calibrate else None,
            self.tuning,
            progress=progress,
            watch=watch,
        )

    @cached_property
    def inner(self) -> list[InnerSplits]:
        """How the training side of each fold is divided."""
        return self._divide(self.splits)

    @cached_property
    def tuning(self) -> list[Tuning]:
        """How models that choose a parameter divide their rows in each fold."""
        return self._tune(self.splits, self.inner)

    def _divide(self, splits: Splits) -> list[InnerSplits]:
        return [inner_splits(splits, fold.train, seed=self.settings.seed) for fold in splits.folds]

    def _tune(self, splits: Splits, inner: Sequence[InnerSplits]) -> list[Tuning]:
        return [Tuning.of(splits, division, self.settings.seed) for division in inner]

    def predictions(
        self, rows: Sequence[Candidate], results: Sequence[FoldResult], folds: Sequence[Fold] | None = None
    ) -> pd.DataFrame:
        """Return the predictions as one table.

        Parameters
        ----------
        rows : sequence of Candidate
            What was fitted.
        results : sequence of FoldResult
            What came of it.
        folds : sequence of Fold, default=None
            In which folds; None takes those of the splits.

        Returns
        -------
        pandas.DataFrame
            See `leukfeat.report.tested.predictions_table`.
        """
        data = self.data
        return predictions_table(
            self.table.manifest,
            resampling_units(self.splits, self.table.manifest["path"].to_numpy(dtype=object)),
            self.splits.folds if folds is None else folds,
            results,
            classes=data.classes,
            positive=data.positive if len(data.classes) == 2 else None,
            kinds={item.name: item.kind for item in rows},
            protocol=self.splits.protocol,
            seed=self.settings.seed,
        )

    def results(
        self,
        candidates: Sequence[Candidate],
        notes: Sequence[str],
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> Results:
        """Fit, score and rank all candidates.

        Parameters
        ----------
        candidates : sequence of Candidate
            The models.
        notes : sequence of str
            What a reader must know, but for what the scores say.
        progress : callable, default=None
            Called with the number of fits done and their total.
        watch : callable, default=None
            Called often with what runs.

        Returns
        -------
        Results
            What came out, the notes of the scores not yet among its notes. On Ctrl-C what is done by then.

        Raises
        ------
        Interrupted
            On Ctrl-C before one model is done.
        """
        rows = self.rows(candidates)
        fitted, interrupted = self._fit_until_interrupted(rows, candidates, progress, watch)
        if self.settings.nested and not interrupted and (chosen := choose_in_each_fold(candidates, fitted)):
            rows, fitted = (*rows, NESTED), [*fitted, *chosen]
        _require_one(fitted)
        predictions = self.predictions(rows, fitted)
        statistics = summarize_predictions(predictions)
        data = self.data
        results = Results(
            notes=tuple(notes),
            protocol=self.splits.protocol,
            leaks=self.splits.leaks,
            classes=data.classes,
            positive=data.positive if len(data.classes) == 2 else None,
            predictions=predictions,
            statistics=statistics,
            leaderboard=build_leaderboard(rows, fitted, statistics),
            warnings=_said(fitted, lambda item: item.warnings),
            methods=_said(fitted, lambda item: (item.method,) if item.method else ()),
            n_images=len(self.table.frame),
            interrupted=interrupted,
        )
        best = next((item for item in candidates if item.name == statistics.best), None)
        return results if best is None or interrupted else self._about_the_best(best, results)

    def _fit_until_interrupted(
        self,
        rows: Sequence[Candidate],
        candidates: Sequence[Candidate],
        progress: Progress | None,
        watch: Watch | None,
    ) -> tuple[list[FoldResult], bool]:
        """Fit; when interrupted, return what is done if that is one model at least."""
        try:
            return self.fit(rows, progress, watch), False
        except Interrupted as stopped:
            models = {item.name for item in candidates}
            undone = {item.model for item in stopped.results if item.reason}
            if models <= undone:
                raise
            return stopped.results, True

    def _about_the_best(self, best: Candidate, results: Results) -> Results:
        """Add what is asked of the best model alone; on Ctrl-C nothing."""
        try:
            if self.splits.plan.how == "blocks":
                results = replace(results, embargos=self.embargos(best))
            if self.splits.test is not None:
                found = self.final_score(best)
                if isinstance(found, str):
                    return replace(results, test_failure=found)
                results = replace(results, test=found)
        except KeyboardInterrupt:
            return replace(results, interrupted=True)
        return results

    def embargos(self, best: Candidate) -> pd.DataFrame:
        """Score one model at several embargos.

        Parameters
        ----------
        best : Candidate
            The model.

        Returns
        -------
        pandas.DataFrame
            `embargo`, `value`, `low`, `high` of balanced accuracy, `reason` where there is none.
        """
        found = []
        for embargo, splits in embargo_series(self.splits).items():
            if isinstance(splits, str):
                found.append((embargo, np.nan, np.nan, np.nan, splits))
                continue
            tuning = self._tune(splits, self._divide(splits))
            results = self.runner.fit_folds(self.data, [best], splits.folds, None, tuning)
            if reason := next((item.reason for item in results if item.reason), ""):
                found.append((embargo, np.nan, np.nan, np.nan, f"{reason}."))
                continue
            statistics = summarize_predictions(self.predictions([best], results, splits.folds))
            found.append((embargo, *interval_of(statistics, best.name), ""))
        return pd.DataFrame(found, columns=["embargo", "value", "low", "high", "reason"])

    def final_score(self, best: Candidate) -> FinalScore | str:
        """Fit one model on all that is not in the test split, and score it there.

        Parameters
        ----------
        best : Candidate
            The model that cross-validation chose.

        Returns
        -------
        FinalScore or str
            What it predicted and scored; or why it could not be fitted.
        """
        pool = self.splits.plan.layout.pool
        fold = Fold(0, 0, pool, np.asarray(self.splits.test, dtype=np.intp))
        inner = [inner_splits(self.splits, pool, seed=self.settings.seed)]
        tuning = self._tune(self.splits, inner)
        results = self.runner.fit_folds(self.data, [best], [fold], inner, tuning)
        if results[0].reason:
            return results[0].reason
        predictions = self.predictions([best], results, [fold])
        return FinalScore(best.name, predictions, summarize_predictions(predictions))


def _require_one(results: Sequence[FoldResult]) -> None:
    """Raise if not one row, chance included, could be fitted."""
    if all(item.reason for item in results):
        raise LeukfeatError(f"Not one model could be fitted. {results[0].model}: {results[0].reason}.")


def interval_of(statistics: Statistics, model: str, metric: str = RANKED_BY) -> tuple[float, float, float]:
    """Return a score with its interval.

    Parameters
    ----------
    statistics : Statistics
        Of a run.
    model : str
        Which row.
    metric : str, default="balanced_accuracy"
        Key of the metric.

    Returns
    -------
    tuple of float
        Value, low and high; NaN where there is none.
    """
    table = statistics.estimates
    row = table[(table["model"] == model) & (table["metric"] == metric)]
    if row.empty:
        return (np.nan, np.nan, np.nan)
    value, low, high = row[["value", "low", "high"]].to_numpy(dtype=np.float64)[0]
    return float(value), float(low), float(high)


def _said(results: Sequence[FoldResult], what: Callable[[FoldResult], Sequence[str]]) -> dict[str, list[str]]:
    """Collect what is said of the folds of each model, each text once."""
    said: dict[str, set[str]] = {}
    for item in results:
        if texts := what(item):
            said.setdefault(item.model, set()).update(texts)
    return {model: sorted(texts) for model, texts in said.items()}
