"""Where regions begin and end: stretches of pixels of one region, the rows of a frame following each other.

A pixel is read as one 32-bit word, and marks eight at a time. All that is asked of a region later (its
pixels, its cells) follows from its stretches, without another look at the frame.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["CYTOPLASM", "NUCLEUS", "OUTSIDE", "Stretches", "find_stretches"]

OUTSIDE, CYTOPLASM, NUCLEUS = 0, 1, 2
# Marks that are looked at together: as many as bytes in 64 bits.
_GROUP = 8
_COLOUR, _REGION_SHIFT = np.uint32(0xFFFFFF), np.uint32(24)
_NUCLEUS_LEVEL = np.uint32(255)


class Stretches(NamedTuple):
    """The stretches of several frames.

    Attributes
    ----------
    starts, stops : numpy.ndarray of int64, shape (n_stretches,)
        First pixel and the one after the last, counted row by row within the frame.
    parts : numpy.ndarray of uint8, shape (n_stretches,)
        `OUTSIDE`, `CYTOPLASM` (any region value but 0 and 255) or `NUCLEUS`.
    bounds : numpy.ndarray of int64, shape (n_frames + 1,)
        Number of stretches before each frame, and of all.
    size : int
        Side of the frames in pixels.
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    parts: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    size: int


@kernel
def find_stretches(cells: NDArray[np.uint8]) -> Stretches:
    """Find the stretches of several frames.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_frames, size, size, 4)
        Red, green, blue and region (0 background, 128 cytoplasm, 255 nucleus), C-contiguous.

    Returns
    -------
    Stretches
        They cover each frame.
    """
    n_frames, size = cells.shape[0], cells.shape[1]
    words = cells.view(np.uint32).reshape(n_frames, size * size)
    marks = np.empty((size * size + _GROUP - 1) // _GROUP * _GROUP, dtype=np.uint8)
    starts = np.empty(max(64, 4 * size * n_frames), dtype=np.int64)
    bounds = np.zeros(n_frames + 1, dtype=np.int64)
    for i in range(n_frames):
        _mark(words[i], marks)
        n = bounds[i]
        starts = _with_room(starts, n + _count(marks[: size * size], size) + _GROUP + 1)
        bounds[i + 1] = n + _list(marks, starts[n:])
    starts = starts[: bounds[-1]].copy()
    stops = np.empty_like(starts)
    parts = np.empty(starts.size, dtype=np.uint8)
    for i in range(n_frames):
        for s in range(bounds[i], bounds[i + 1]):
            stops[s] = starts[s + 1] if s + 1 < bounds[i + 1] else size * size
            parts[s] = _part(words[i, starts[s]])
    return Stretches(starts, stops, parts, bounds, size)


@kernel
def _mark(words: NDArray[np.uint32], marks: NDArray[np.uint8]) -> None:
    """Write 1 where a stretch begins, else 0; filled up to whole groups."""
    marks[0], marks[words.size :] = 1, 0
    before, here, inner = words[:-1], words[1:], marks[1 : words.size]
    for i in range(inner.size):
        inner[i] = (before[i] ^ here[i]) > _COLOUR


@kernel
def _count(marks: NDArray[np.uint8], width: int) -> int:
    """Sum of the marks, column by column: many short integers at a time."""
    columns = np.zeros(width, dtype=np.uint16)
    for begin in range(0, marks.size, width):
        line = marks[begin : begin + width]
        for x in range(width):
            columns[x] += line[x]
    n = 0
    for x in range(width):
        n += columns[x]
    return n


@kernel
def _list(marks: NDArray[np.uint8], starts: NDArray[np.int64]) -> int:
    """Write down where the marks stand, and return their number."""
    groups = marks.view(np.uint64)
    n = 0
    for k in range(groups.size):
        if groups[k] != 0:
            for i in range(k * _GROUP, (k + 1) * _GROUP):
                starts[n] = i
                n += marks[i]
    return n


@kernel
def _with_room(starts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    if n <= starts.size:
        return starts
    longer = np.empty(max(n, 2 * starts.size), dtype=np.int64)
    longer[: starts.size] = starts
    return longer


@kernel
def _part(word: np.uint32) -> int:
    region = word >> _REGION_SHIFT
    if region == 0:
        return OUTSIDE
    return NUCLEUS if region == _NUCLEUS_LEVEL else CYTOPLASM
