"""How models that choose a parameter of their own divide the rows that they are fitted on."""

from dataclasses import dataclass
from typing import Self

from leukfeat.evaluation import InnerSplits, Pair, Splits, inner_splits

__all__ = ["Positions", "Tuning"]

Positions = list[Pair]


@dataclass(frozen=True)
class Tuning:
    """Divisions of a training side and of the training sides of its inner folds.

    Parameters
    ----------
    whole : list of (array of intp, array of intp), or None
        Of the training side: positions in it to fit on, and held out. None leaves the choice to the model's
        own way, which for RidgeClassifierCV is leave-one-out.
    inner : tuple of such lists, or None in their place, default=()
        Of each inner fold's training side.
    """

    whole: Positions | None
    inner: tuple[Positions | None, ...] = ()

    @classmethod
    def of(cls, splits: Splits, inner: InnerSplits, seed: int) -> Self:
        """Divide in the spirit of a protocol.

        Parameters
        ----------
        splits : Splits
            The outer folds.
        inner : InnerSplits
            The training side and its inner folds.
        seed : int
            Of the shuffles.

        Returns
        -------
        Tuning
            The inner folds, and inner folds of their training sides.
        """
        deeper = [inner_splits(splits, fit, seed=seed).positions for fit, _ in inner.pairs or ()]
        return cls(inner.positions, tuple(deeper))

    def of_set(self, number: int) -> Positions | None:
        """Return the division of one training set.

        Parameters
        ----------
        number : int
            0 for the whole training side, from 1 on for its inner folds.

        Returns
        -------
        list of (array of intp, array of intp), or None
            As in `whole`.
        """
        if number == 0:
            return self.whole
        return self.inner[number - 1] if number <= len(self.inner) else None
