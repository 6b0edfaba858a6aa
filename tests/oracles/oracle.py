"""What an oracle is, and whether a row agrees with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily

__all__ = ["FamilyOracles", "Oracle"]

NOTHING = "none"


@dataclass(frozen=True)
class Oracle:
    """Where the values of a column are computed a second time, and how near to each other the two lie.

    An oracle that is a library's own function is named after the library; one that writes out the definition
    in plain arrays is a "NumPy statement". `relative` is a share of the oracle's value, which the float32 of
    a table rounds by 6e-8; `floor` is the least difference that counts, in the unit of the column.
    """

    source: str
    relative: float = 1e-7
    floor: float = 1e-9
    reason: str = ""

    @classmethod
    def exact(cls, source: str) -> "Oracle":
        """An oracle of numbers that float32 holds: the values are equal."""
        return cls(source, relative=0.0, floor=0.0)

    @classmethod
    def missing(cls, reason: str) -> "Oracle":
        """The mark of a column that nothing computes a second time."""
        return cls(NOTHING, float("nan"), float("nan"), reason)

    @property
    def is_missing(self) -> bool:
        return self.source == NOTHING

    def agrees(self, value: float, expected: float) -> bool:
        if isnan(value) or isnan(expected):
            return isnan(value) and isnan(expected)
        return abs(value - expected) <= max(self.relative * abs(expected), self.floor)


@dataclass(frozen=True)
class FamilyOracles:
    """The oracles of a family's columns by name, and a function that asks all of them about one image.

    The reference takes cells of one image, uint8, shape (size, size, 4), and gives the columns that have an
    oracle; their NaN are those of the family.
    """

    family: CellFamily
    reference: Callable[[NDArray[np.uint8]], dict[str, float]]
    columns: dict[str, Oracle]

    def disagreements(self, image: NDArray[np.uint8], values: Iterable[float]) -> list[str]:
        """Say which values of one image's row lie outside the tolerance, and by how much."""
        expected = self.reference(image)
        return [
            f"{name}: {value!r} instead of {expected[name]!r}"
            for (name, oracle), value in zip(self.columns.items(), values, strict=True)
            if not oracle.is_missing and not oracle.agrees(value, expected[name])
        ]
