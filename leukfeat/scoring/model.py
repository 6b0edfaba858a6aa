"""A model that was loaded, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from leukfeat.scoring.domain import Domain

__all__ = ["Model"]


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted pipeline and its facts, as `load_model` returns them.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        From image paths to classes; its first step is `ImageFeatures`, its last one a `CellClassifier`.
    facts : mapping
        What the JSON file beside the model says.
    """

    pipeline: Pipeline
    facts: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The start of the SHA-256 of the file that was written first; `convert_model` keeps it."""
        return str(self.facts["id"])

    @property
    def name(self) -> str:
        """What the model is called."""
        return str(self.facts["name"])

    @property
    def classes(self) -> tuple[str, ...]:
        """All classes, in the order of the columns of `predict_proba`."""
        return tuple(self.facts["classes"])

    @property
    def positive(self) -> str | None:
        """The positive class of two; None with several."""
        positive: str | None = self.facts["positive"]
        return positive

    @property
    def threshold(self) -> float | None:
        """The probability of the positive class from which on an image is called positive.

        It never changes `predict`. None where none was chosen.
        """
        chosen = self.facts["threshold"]
        return None if chosen is None or chosen["value"] is None else float(chosen["value"])

    @property
    def domain(self) -> Domain | None:
        """How far features lie from those it was trained on; None for a model that does not know."""
        domain: Domain | None = getattr(self.pipeline[-1], "domain_", None)
        return domain

    @property
    def quality(self) -> dict[str, tuple[float, float]] | None:
        """The least and the largest value of each measure of image quality; None where none are known."""
        limits = self.facts["quality"]
        if limits is None:
            return None
        return {name: (float(low), float(high)) for name, (low, high) in limits.items()}
