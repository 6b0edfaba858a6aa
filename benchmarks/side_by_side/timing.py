"""Contenders in turn on the same few cells."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from side_by_side.cells import Regions

Key = tuple[str, str]


class Contender(NamedTuple):
    """A library and what it measures on some cells: `prepare` runs before the clock does, anew each time."""

    library: str
    content: str
    prepare: Callable[[Sequence[Regions]], Any]
    measure: Callable[[Any], Sequence[Any]]

    @property
    def key(self) -> Key:
        """Library and content."""
        return self.library, self.content


def interleave(
    contenders: Sequence[Contender], cells: Sequence[Regions], size: int, repeats: int
) -> dict[Key, NDArray[np.float64]]:
    """Return milliseconds per image of each contender, one figure for each repetition."""
    for contender in contenders:
        milliseconds(contender, cells[: 2 * size])  # compiles, fills caches
    starts = range(0, len(cells) - size + 1, size)
    slices = [cells[start : start + size] for start in starts] * repeats
    times: dict[Key, list[float]] = {contender.key: [] for contender in contenders}
    for turn, piece in enumerate(slices):
        for contender in rotated(contenders, turn):
            times[contender.key].append(milliseconds(contender, piece))
    return {key: np.array(figures) for key, figures in times.items()}


def rotated(contenders: Sequence[Contender], turn: int) -> list[Contender]:
    """Begin with another contender each turn, so that none always follows the same one."""
    first = turn % len(contenders)
    return [*contenders[first:], *contenders[:first]]


def milliseconds(contender: Contender, cells: Sequence[Regions]) -> float:
    """Time one contender on some cells, per image, after a cell that is not timed.

    The code of the contender before has been in the processor's cache: who works on many cells has his own.
    """
    contender.measure(contender.prepare(cells[:1]))
    inputs = contender.prepare(cells)
    start = time.perf_counter()
    contender.measure(inputs)
    return 1000 * (time.perf_counter() - start) / len(cells)
