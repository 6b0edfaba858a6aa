"""The table of scores: its columns, and how they are filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from leukfeat.imaging.quality import QUALITY_MEASURES
from leukfeat.measurement import Measured
from leukfeat.scoring.answers import Answers
from leukfeat.scoring.inputs import as_text
from leukfeat.scoring.quality import quality_flags

__all__ = ["PROBA", "SCORE", "ScoreTable"]

PROBA, SCORE = "proba_", "score_"
_OUTSIDE = "far from the training images"


@dataclass(frozen=True)
class ScoreTable:
    """What the scores of a model look like.

    Parameters
    ----------
    classes : tuple of str
        Of the model, in its order.
    positive : str or None
        The positive class of two; None for several.
    model : str
        Id of the model.
    threshold : float, default=None
        Probability of the positive class from which on it is decided for; None for a model without.
    domain : float, default=None
        Distance from which on an image is outside; None for a model that does not know.
    limits : dict of str to tuple of float, default={}
        See `leukfeat.scoring.quality_limits`.
    """

    classes: tuple[str, ...]
    positive: str | None
    model: str
    threshold: float | None = None
    domain: float | None = None
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Any) -> "ScoreTable":
        """Return the table of a model.

        Parameters
        ----------
        model : leukfeat.scoring.Model
            As `leukfeat.scoring.load_model` returns it.

        Returns
        -------
        ScoreTable
            Its columns.
        """
        classes = tuple(str(name) for name in model.classes)
        return cls(
            classes,
            str(model.positive) if len(classes) == 2 else None,
            model.id,
            model.threshold if len(classes) == 2 else None,
            None if model.domain is None else float(model.domain.threshold),
            {name: (float(low), float(high)) for name, (low, high) in (model.quality or {}).items()},
        )

    @property
    def scored(self) -> tuple[str, ...]:
        """The classes that have a score: the positive one of two, or all."""
        return self.classes if self.positive is None else (self.positive,)

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types, as Arrow and Parquet have them."""
        text, number = pa.string(), pa.float64()
        columns = [("path", text), ("sha256", text), ("predicted", text)]
        columns += [(f"{PROBA}{name}", number) for name in self.classes]
        columns += [(f"{SCORE}{name}", number) for name in self.scored]
        columns += [("decided", text)] if self.threshold is not None else []
        columns += [("quality", text), ("distance", number), ("in_domain", pa.bool_())]
        return pa.schema([*columns, ("reason", text), ("model", text)])

    def frame(
        self,
        names: Sequence[str],
        measured: Sequence[Measured],
        answers: Answers | None,
        quality: NDArray[np.float32] | None,
        distances: NDArray[np.float64] | None,
        *,
        strict: bool,
    ) -> pd.DataFrame:
        """Fill a table.

        Parameters
        ----------
        names : sequence of str
            Path of each image.
        measured : sequence of Measured
            What came of each.
        answers : Answers or None
            Of the images that have a row, in their order; None if none has.
        quality : numpy.ndarray of float32 or None
            Their quality, shape (n_rows, 6).
        distances : numpy.ndarray of float64 or None
            Their distances; None also for a model without a domain.
        strict : bool
            Whether images unlike those of the training get no prediction.

        Returns
        -------
        pandas.DataFrame
            One row for each image.
        """
        rows = np.flatnonzero([item.row is not None for item in measured])
        flags = [""] * len(measured)
        if quality is not None:
            for row, measures in zip(rows.tolist(), quality, strict=True):
                flags[row] = "; ".join(quality_flags(_measures(measured[row], measures), self.limits))
        reasons = [item.reason for item in measured]
        distance = self._spread(distances, rows, len(measured))
        within = [None] * len(measured) if self.domain is None else self._within(distance, rows)
        if strict:
            reasons = [_say(*entry) for entry in zip(reasons, flags, within, strict=True)]
        told = np.array([reason == "" for reason in reasons])
        columns: dict[str, Any] = {
            "path": [as_text(name) for name in names],
            "sha256": [item.digest or None for item in measured],
            **self._told(answers, rows, told),
            "quality": flags,
            "distance": distance,
            "in_domain": pd.array(within, dtype="boolean"),
            "reason": reasons,
            "model": [self.model] * len(measured),
        }
        return pd.DataFrame({name: _column(values) for name, values in columns.items()})

    def _told(
        self, answers: Answers | None, rows: NDArray[np.intp], told: NDArray[np.bool_]
    ) -> dict[str, Any]:
        """Return the model's answers, of those images that get one."""
        n = len(told)
        predicted = np.full(n, None, dtype=object)
        probabilities = scores = None
        if answers is not None:
            predicted[rows] = [str(label) for label in answers.predicted]
            probabilities, scores = answers.probabilities, answers.scores
        predicted[~told] = None
        columns: dict[str, Any] = {"predicted": predicted}
        for place, name in enumerate(self.classes):
            values = None if probabilities is None else probabilities[:, place]
            columns[f"{PROBA}{name}"] = np.where(told, self._spread(values, rows, n), np.nan)
        for place, name in enumerate(self.scored):
            values = None if scores is None else scores.reshape(len(rows), -1)[:, place]
            columns[f"{SCORE}{name}"] = np.where(told, self._spread(values, rows, n), np.nan)
        if self.threshold is not None:
            columns["decided"] = self._decided(columns[f"{PROBA}{self.positive}"], self.threshold)
        return columns

    def _decided(self, probability: NDArray[np.float64], threshold: float) -> NDArray[Any]:
        other = next(name for name in self.classes if name != self.positive)
        decided = np.where(probability >= threshold, str(self.positive), other).astype(object)
        decided[np.isnan(probability)] = None
        return decided

    def _within(self, distance: NDArray[np.float64], rows: NDArray[np.intp]) -> list[bool | None]:
        within: list[bool | None] = [None] * len(distance)
        for row in rows.tolist():
            within[row] = bool(distance[row] <= self.domain)
        return within

    @staticmethod
    def _spread(values: Any, rows: NDArray[np.intp], n: int) -> NDArray[np.float64]:
        spread = np.full(n, np.nan)
        if values is not None:
            spread[rows] = values
        return spread


def _column(values: Any) -> Any:
    """Return text as objects, whatever this version of pandas makes of it; numbers as they are."""
    known = (
        isinstance(values, pd.api.extensions.ExtensionArray) or getattr(values, "dtype", None) == np.float64
    )
    return values if known else pd.Series(values, dtype=object)


def _measures(measured: Measured, quality: NDArray[np.float32]) -> dict[str, float]:
    width, height, _ = measured.about
    return {
        **{name: float(value) for name, value in zip(QUALITY_MEASURES, quality, strict=True)},
        "width": width,
        "height": height,
    }


def _say(reason: str, flags: str, within: bool | None) -> str:
    """Return why a strict model does not answer."""
    unlike = [part for part in (flags, _OUTSIDE if within is False else "") if part]
    return reason or (f"unlike the training images: {'; '.join(unlike)}" if unlike else "")
