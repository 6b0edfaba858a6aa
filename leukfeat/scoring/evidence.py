"""What is known of a model besides itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Evidence"]


@dataclass(frozen=True)
class Evidence:
    """What a comparison knows of a model that it keeps; all of it as JSON holds it.

    Parameters
    ----------
    positive : str, default=None
        The positive class of two; None takes the last in sorted order.
    threshold : mapping, default=None
        `value`, the probability of the positive class from which on an image is called positive; `how` it was
        chosen, in one sentence; and whatever else is known of it. None for no threshold.
    training : mapping, default={}
        What the model was fitted on: `images` (number), `hash`, `labels` (number of images by class),
        `subjects` (`number` and `hash`, or None), `split_off` (number of images of a test split).
    protocol : str, default=""
        How images were split for the scores.
    leaks : bool, default=False
        Whether images of one subject are, or must be taken to be, on both sides.
    scores : sequence of mapping, default=()
        `metric`, `title`, `value`, `low` and `high` of each cross-validated score.
    by_subject : mapping, default=None
        Spread of the accuracy over subjects: `number` of them, `lowest`, `tenth`, `median` and `mean`; None
        where they are not known.
    notes : sequence of str, default=()
        What a reader must know.
    """

    positive: str | None = None
    threshold: Mapping[str, Any] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = ""
    leaks: bool = False
    scores: Sequence[Mapping[str, Any]] = ()
    by_subject: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()
