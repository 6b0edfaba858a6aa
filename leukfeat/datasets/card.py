"""What a data set is, in the words of its card."""

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Card"]


@dataclass(frozen=True)
class Card:
    """What one must know of a data set before using it.

    Attributes
    ----------
    name : str
        What it is called here.
    title : str
        What it is called in the literature.
    contents : str
        What the images show.
    authors : str
        Who made it.
    licence : str
        Its terms.
    source : str
        Where to get it.
    citation : str
        How to cite it.
    scene : str
        What `LoadCells` calls such images.
    counts : dict of str to int
        Labelled images by class, as published; empty where they are not known.
    defects : tuple of str
        What is wrong with it, in full sentences, worst first.
    kaggle : str or None
        The data set's handle on Kaggle; None where it is not there.
    n_bytes : int
        Size of the unpacked files, about; 0 where it is not known.
    """

    name: str
    title: str
    contents: str
    authors: str
    licence: str
    source: str
    citation: str
    scene: str
    counts: dict[str, int] = field(default_factory=dict)
    defects: tuple[str, ...] = ()
    kaggle: str | None = None
    n_bytes: int = 0

    def describe(self) -> dict[str, Any]:
        """Return the card as JSON holds it.

        Returns
        -------
        dict
            All attributes.
        """
        return {**asdict(self), "defects": list(self.defects)}
