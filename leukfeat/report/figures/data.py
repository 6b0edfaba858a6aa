"""What the figures of a run are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.evaluation import FoldPredictions, draw_multiplicities
from leukfeat.report.pairwise import compare_all
from leukfeat.report.predictions import Predictions
from leukfeat.report.statistics import Statistics

__all__ = ["FigureData"]

_N_DRAWS = 1000  # of bands; scores have those of the run


@dataclass(frozen=True, eq=False)
class FigureData:
    """A run as its figures see it: what lies in its folder, and nothing that needs images or fits.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.report.leaderboard.build_leaderboard` returns it, or as `leaderboard.csv` holds it.
    predictions : Predictions
        Of all rows.
    statistics : Statistics
        Of the predictions.
    leaks : bool, default=False
        Whether images of one subject are, or must be taken to be, on both sides.
    seconds : mapping of str to float, default={}
        Wall time by stage.
    ablation : pandas.DataFrame, default=None
        As `ablation.parquet` holds it.
    """

    leaderboard: pd.DataFrame
    predictions: Predictions
    statistics: Statistics
    leaks: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    ablation: pd.DataFrame | None = None

    @property
    def best(self) -> str | None:
        """The best model; None when every model failed."""
        return self.statistics.best

    @property
    def classes(self) -> tuple[str, ...]:
        """All classes, sorted."""
        return self.predictions.classes

    @property
    def positive(self) -> str | None:
        """The positive class of two; None with several."""
        return self.predictions.positive

    @property
    def models(self) -> list[str]:
        """Rows that have numbers, best first, without chance."""
        board = self.leaderboard
        sound = board["Balanced Accuracy"].notna() & (board["Kind"] != "chance")
        return [str(name) for name in board.loc[sound, "Model"]]

    @cached_property
    def caption(self) -> str:
        """How many images and subjects there are, and how they were split."""
        frame = self.predictions.frame
        n_images, n_subjects = frame["path"].nunique(), frame["subject"].nunique()
        n_folds, n_repeats = (
            len(frame[names].drop_duplicates()) for names in (["repeat", "fold"], ["repeat"])
        )
        parts = [f"n = {n_images:,} images" + (f" of {n_subjects:,} patients" if n_subjects else "")]
        parts.append(f"split: {frame.attrs.get('protocol', 'unknown')}")
        parts.append(f"{n_folds} test folds" + (f" in {n_repeats} repeats" if n_repeats > 1 else ""))
        if self.leaks:
            parts.append("IT LEAKS: images of one patient may be on both sides")
        return "; ".join(parts)

    @cached_property
    def resampled(self) -> str:
        """What the bootstrap resamples, in the plural."""
        frame = self.predictions.frame
        images = frame[["path", "subject", "unit"]].drop_duplicates("path")
        if (images.groupby("unit")["subject"].nunique() == 1).all():
            return "patients"
        if frame.attrs.get("protocol") == "blocks":
            return "runs of neighbours"
        return "images" if images["unit"].is_unique else "groups of images"

    def say_interval(self, what: str, how: str = "bootstrap") -> str:
        """Say what an interval is in a caption, or why there is none.

        Parameters
        ----------
        what : str
            How it is drawn, such as "Line: interval".
        how : str, default="bootstrap"
            By which method.

        Returns
        -------
        str
            Such as `Line: interval at 95 % (bootstrap over patients)`.
        """
        if np.isinf(self.statistics.widening):
            return f"No interval: the test folds have too few {self.resampled}"
        return f"{what} at 95 % ({how} over {self.resampled})"

    @cached_property
    def multiplicities(self) -> NDArray[np.uint16]:
        """How often each unit counts in each draw of a band, the first draws of the run's own seed."""
        run = self.predictions
        return draw_multiplicities(run.strata(), n_draws=min(run.n_draws, _N_DRAWS), seed=run.seed)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Every row against every other, as `leukfeat.report.pairwise.compare_all` returns it."""
        return compare_all(self.predictions)

    def folds(self, model: str) -> list[FoldPredictions]:
        """Return the predictions of a model by test fold.

        Parameters
        ----------
        model : str
            One with predictions in all folds.

        Returns
        -------
        list of FoldPredictions
            By repeat and fold.
        """
        return list(self.predictions.folds(model).values())

    def interval(self, model: str, metric: str) -> tuple[float, float, float]:
        """Return a score with its interval.

        Parameters
        ----------
        model : str
            Which row.
        metric : str
            Key of the metric.

        Returns
        -------
        tuple of float
            Value, low and high; NaN where there is none.
        """
        table = self.statistics.estimates
        row = table[(table["model"] == model) & (table["metric"] == metric)]
        if row.empty:
            return (np.nan, np.nan, np.nan)
        value, low, high = row[["value", "low", "high"]].to_numpy(dtype=np.float64)[0]
        return float(value), float(low), float(high)
