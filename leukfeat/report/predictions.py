"""The predictions of a run, read from a frame or its file, checked, and cut into test folds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from leukfeat._tables import read_metadata
from leukfeat._validation import check_choice
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import METRICS, FoldPredictions, encode_predictions, find_strata

__all__ = ["Predictions"]

_COLUMNS = ("path", "subject", "label", "model", "repeat", "fold", "predicted", "unit")
_SETTINGS = ("classes", "positive", "seed", "n_draws", "kinds", "ranked_by")
_CUTS = {90: "cut_90", 95: "cut_95"}
_FOLD = ["repeat", "fold"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """One row per model, repeat, fold and tested image, and what the run was told.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, with the number of each unit and subject (-1 where it is not known) in `unit_number` and
        `subject_number`.
    classes : tuple of str
        All classes, sorted.
    positive : str or None
        The positive class of two; None with several.
    kinds : mapping of str to str
        By model, 'model', 'shortcut' or 'chance'; models that failed everywhere have no rows.
    ranked_by : str
        Key of the metric by which models are ranked.
    seed : int
        Of the bootstrap.
    n_draws : int
        Number of its draws.
    """

    frame: pd.DataFrame
    classes: tuple[str, ...]
    positive: str | None
    kinds: Mapping[str, str]
    ranked_by: str
    seed: int
    n_draws: int

    @classmethod
    def read(cls, source: pd.DataFrame | str | Path) -> Self:
        """Read and check predictions.

        Parameters
        ----------
        source : pandas.DataFrame, str or pathlib.Path
            A frame with its `attrs`, or `predictions.parquet` of a run folder.

        Returns
        -------
        Predictions
            The same, checked.

        Raises
        ------
        leukfeat.errors.ConfigurationError
            If the file is none or cannot be read, columns or settings are missing, or models were not tested
            on the same images.
        """
        if not isinstance(source, pd.DataFrame):
            return cls._read_file(Path(source))
        frame, settings = source, {str(key): value for key, value in source.attrs.items()}
        _require_columns(frame, settings)
        _require_settings(settings)
        classes = tuple(str(name) for name in settings["classes"])
        _require_units(frame)
        _require_same_images(frame, settings["kinds"])
        return cls(
            frame.assign(
                unit_number=pd.factorize(frame["unit"], sort=True)[0],
                subject_number=pd.factorize(frame["subject"], sort=True)[0],
            ),
            classes,
            settings["positive"],
            settings["kinds"],
            settings["ranked_by"],
            settings["seed"],
            settings["n_draws"],
        )

    @classmethod
    def _read_file(cls, path: Path) -> Self:
        if not path.is_file():
            raise ConfigurationError(f"{path} is not a file. Give the predictions.parquet of a run folder.")
        try:
            frame = pd.read_parquet(path)
            frame.attrs.update(read_metadata(path))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ConfigurationError(
                f"{path} cannot be read as Parquet: {error} Give the predictions.parquet of a run folder."
            ) from error
        try:
            return cls.read(frame)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from error

    @property
    def scored(self) -> tuple[str, ...]:
        """Classes that have columns of scores: the positive one of two, all of several."""
        return self.classes if self.positive is None else (self.positive,)

    def strata(self) -> NDArray[np.intp]:
        """Return the stratum of each unit.

        Returns
        -------
        array of intp, shape (n_units,)
            See `leukfeat.evaluation.find_strata`.
        """
        first = self.frame[self.frame["repeat"] == self.frame["repeat"].min()]
        rows = first.drop_duplicates(["unit_number", "fold", "label"])
        codes = pd.Categorical(rows["label"], categories=list(self.classes)).codes
        n_units = self.frame["unit_number"].nunique()
        return find_strata(rows["unit_number"].to_numpy(), rows["fold"].to_numpy(), codes, n_units)

    def test_to_train(self) -> float:
        """Return the mean over the folds of test images over images that are not tested.

        Returns
        -------
        float
            The ratio of the corrected t-test; infinite for a single fold. Images of an embargo, which are
            neither trained on nor tested, count as training images.
        """
        images = self.frame.drop_duplicates(["path", *_FOLD])
        n_tested = images.groupby(_FOLD).size()
        n_others = images.groupby("repeat").size().loc[n_tested.index.get_level_values("repeat")].to_numpy()
        with np.errstate(divide="ignore"):
            return float(np.mean(n_tested.to_numpy() / (n_others - n_tested.to_numpy())))

    @cached_property
    def _places(self) -> set[tuple[int, int]]:
        """Repeat and fold of every test fold."""
        return _places(self.frame[_FOLD])

    def missing_fold(self, model: str) -> str:
        """Say in which test fold a model has no predictions.

        Parameters
        ----------
        model : str
            One of `kinds`.

        Returns
        -------
        str
            A sentence on the first such fold; empty where the model has predictions in all.
        """
        own = self.frame.loc[self.frame["model"] == model, _FOLD]
        if own.empty:
            return "The model made no predictions."
        absent = sorted(self._places - _places(own))
        if not absent:
            return ""
        return f"The model made no predictions in repeat {absent[0][0]}, fold {absent[0][1]}."

    def folds(self, model: str) -> dict[tuple[int, int], FoldPredictions]:
        """Return the predictions of a model by test fold.

        Parameters
        ----------
        model : str
            One of `kinds`.

        Returns
        -------
        dict of tuple of int to FoldPredictions
            By repeat and fold, ascending.

        Raises
        ------
        ValueError
            If predictions are none: an unknown label, a score of some images only, a probability above 1.
        """
        rows = self.frame[self.frame["model"] == model]
        parts = [part for _, part in rows.groupby(_FOLD)]
        return {
            (int(part["repeat"].iloc[0]), int(part["fold"].iloc[0])): self._encode(part) for part in parts
        }

    def _encode(self, rows: pd.DataFrame) -> FoldPredictions:
        binary = self.positive is not None
        try:
            return encode_predictions(
                rows["label"].to_numpy(dtype=object),
                rows["predicted"].to_numpy(dtype=object),
                self._values(rows, "score"),
                self.classes,
                self.positive if binary else self.classes[-1],
                probabilities=self._values(rows, "proba"),
                cuts={key: _constant(rows[name]) for key, name in _CUTS.items()} if binary else None,
                subjects=rows["subject_number"].to_numpy(),
                units=rows["unit_number"].to_numpy(),
            )
        except ValueError as error:
            first = rows.iloc[0]
            where = f"{first['model']}, repeat {first['repeat']}, fold {first['fold']}"
            raise ValueError(f"{where}: {error}") from error

    def _values(self, rows: pd.DataFrame, prefix: str) -> NDArray[np.float64] | None:
        """Return what the columns of all scored classes hold; None where all of it is missing."""
        columns = [f"{prefix}_{name}" for name in self.scored]
        values = rows[columns].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isnan(values).all():
            return None
        return values if self.positive is None else values[:, 0]


def _places(frame: pd.DataFrame) -> set[tuple[int, int]]:
    return set(frame.drop_duplicates().itertuples(index=False, name=None))


def _constant(cuts: pd.Series) -> float:
    if cuts.nunique(dropna=False) != 1:
        raise ValueError(f"{cuts.name} must be the same for all images of a test fold.")
    return float(cuts.iloc[0])


def _require_settings(settings: Mapping[str, Any]) -> None:
    absent = [name for name in _SETTINGS if name not in settings]
    if absent:
        raise ConfigurationError(
            f"Predictions need the settings of their run (attrs of a frame, metadata of a file): "
            f"{', '.join(_SETTINGS)}. Missing: {', '.join(absent)}."
        )
    rising = [metric.key for metric in METRICS if metric.greater_is_better]
    check_choice("Predictions", "ranked_by", settings["ranked_by"], rising)


def _require_columns(frame: pd.DataFrame, settings: Mapping[str, Any]) -> None:
    """Raise if columns are absent: of scores those that the settings, where there are any, name."""
    known = {"classes", "positive"} <= set(settings)
    binary = known and settings["positive"] is not None
    scored = () if not known else (settings["positive"],) if binary else settings["classes"]
    values = [f"{prefix}_{name}" for prefix in ("score", "proba") for name in scored]
    wanted = [*_COLUMNS, *values, *(_CUTS.values() if binary else ())]
    absent = [name for name in wanted if name not in frame]
    if absent:
        raise ConfigurationError(
            f"Predictions lack the columns {', '.join(absent)}. Give those that a run folder holds."
        )


def _require_units(frame: pd.DataFrame) -> None:
    if frame.empty or frame["unit"].isna().any():
        raise ConfigurationError("Predictions need at least one row, and a unit in every row.")


def _require_same_images(frame: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    unknown = set(frame["model"]) - set(kinds)
    if unknown:
        raise ConfigurationError(f"Predictions say of each model what kind it is. Not of {sorted(unknown)}.")
    if frame.duplicated(["model", *_FOLD, "path"]).any():
        raise ConfigurationError("Predictions hold every image of a test fold once per model.")
    folds = frame.groupby(_FOLD).agg(
        rows=("path", "size"), images=("path", "nunique"), models=("model", "nunique")
    )
    if (folds["rows"] != folds["images"] * folds["models"]).any():
        raise ConfigurationError("All models of a run must be tested on the same images in a test fold.")
