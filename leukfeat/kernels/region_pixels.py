"""The pixels of regions, gathered channel by channel.

A pixel is read as one 32-bit word, and rows follow each other without a gap: a region is a list of stretches
of words, which are copied whole groups at a time.
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["outside_pixels", "region_pixels"]

_OUTSIDE, _CYTOPLASM, _NUCLEUS = 0, 1, 2
# Pixels that are copied together, and marks that are looked at together: as many as bytes in 64 bits.
_GROUP = 8
_COLOUR, _REGION_SHIFT, _BYTE = np.uint32(0xFFFFFF), np.uint32(24), np.uint32(0xFF)


@kernel
def region_pixels(
    cell: NDArray[np.uint8], grey: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Gather the pixels of all nuclei and those of all cytoplasm.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (height, width, 4)
        Red, green, blue and region (0 background, 128 cytoplasm, 255 nucleus), C-contiguous.
    grey : numpy.ndarray of uint8, shape (height, width)
        Grey, C-contiguous.

    Returns
    -------
    nucleus : numpy.ndarray of uint8, shape (4, n)
        Red, green, blue and grey, row by row, C-contiguous.
    cytoplasm : numpy.ndarray of uint8, shape (4, m)
        The same of the cytoplasm.
    """
    words, levels = cell.view(np.uint32).ravel(), grey.ravel()
    starts = _starts(words, cell.shape[1])
    return _gather(words, levels, starts, _NUCLEUS), _gather(words, levels, starts, _CYTOPLASM)


@kernel
def outside_pixels(cell: NDArray[np.uint8], grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gather the pixels outside all cells.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (height, width, 4)
        Red, green, blue and region (0 background), C-contiguous.
    grey : numpy.ndarray of uint8, shape (height, width)
        Grey, C-contiguous.

    Returns
    -------
    numpy.ndarray of uint8, shape (4, n)
        Red, green, blue and grey, row by row, C-contiguous.
    """
    words = cell.view(np.uint32).ravel()
    return _gather(words, grey.ravel(), _starts(words, cell.shape[1]), _OUTSIDE)


@kernel
def _starts(words: NDArray[np.uint32], width: int) -> NDArray[np.int64]:
    """Where each stretch of one region begins, and where the last one ends."""
    marks = _marks(words)
    starts = np.empty(_count(marks, words.size, width) + _GROUP + 1, dtype=np.int64)
    groups = marks.view(np.uint64)
    n = 0
    for k in range(groups.size):
        if groups[k] != 0:
            for i in range(k * _GROUP, (k + 1) * _GROUP):
                starts[n] = i
                n += marks[i]
    starts[n] = words.size
    return starts[: n + 1]


@kernel
def _marks(words: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """1 where a stretch begins, else 0; filled up to whole groups."""
    marks = np.empty((words.size + _GROUP - 1) // _GROUP * _GROUP, dtype=np.uint8)
    marks[0], marks[words.size :] = 1, 0
    before, here, inner = words[:-1], words[1:], marks[1 : words.size]
    for i in range(inner.size):
        inner[i] = (before[i] ^ here[i]) > _COLOUR
    return marks


@kernel
def _count(marks: NDArray[np.uint8], size: int, width: int) -> int:
    """Sum of the marks, column by column: many short integers at a time."""
    columns = np.zeros(width, dtype=np.uint16)
    for begin in range(0, size, width):
        line = marks[begin : begin + width]
        for x in range(width):
            columns[x] += line[x]
    n = 0
    for x in range(width):
        n += columns[x]
    return n


@kernel
def _gather(
    words: NDArray[np.uint32], levels: NDArray[np.uint8], starts: NDArray[np.int64], part: int
) -> NDArray[np.uint8]:
    """Copy the stretches of one part; what a last group holds too much is written over by the next one."""
    packed = np.empty(_size(words, starts, part) + _GROUP, dtype=np.uint32)
    n = 0
    for s in range(starts.size - 1):
        if _part(words[starts[s]]) == part:
            for i in range(starts[s], starts[s + 1], _GROUP):
                _pack(words, levels, i, packed, n + i - starts[s])
            n += starts[s + 1] - starts[s]
    return _channels(packed[:n])


@kernel
def _size(words: NDArray[np.uint32], starts: NDArray[np.int64], part: int) -> int:
    n = 0
    for s in range(starts.size - 1):
        if _part(words[starts[s]]) == part:
            n += starts[s + 1] - starts[s]
    return n


@kernel
def _part(word: np.uint32) -> int:
    region = word >> _REGION_SHIFT
    if region == 0:
        return _OUTSIDE
    return _NUCLEUS if region == 255 else _CYTOPLASM


@kernel
def _pack(
    words: NDArray[np.uint32], levels: NDArray[np.uint8], i: int, packed: NDArray[np.uint32], j: int
) -> None:
    """Put together red, green, blue and grey of the group that begins at a pixel."""
    if i + _GROUP <= words.size:
        for x in range(_GROUP):
            # Unsigned: no question then whether an index counts from the end.
            packed[np.uint64(j + x)] = _packed(words[np.uint64(i + x)], levels[np.uint64(i + x)])
    else:
        for x in range(words.size - i):
            packed[j + x] = _packed(words[i + x], levels[i + x])


@kernel
def _packed(word: np.uint32, level: np.uint8) -> np.uint32:
    return (word & _COLOUR) | (np.uint32(level) << _REGION_SHIFT)


@kernel
def _channels(packed: NDArray[np.uint32]) -> NDArray[np.uint8]:
    channels = np.empty((4, packed.size), dtype=np.uint8)
    red, green, blue, grey = channels[0], channels[1], channels[2], channels[3]
    for i in range(packed.size):
        word = packed[i]
        red[i] = word & _BYTE
        green[i] = (word >> np.uint32(8)) & _BYTE
        blue[i] = (word >> np.uint32(16)) & _BYTE
        grey[i] = word >> np.uint32(24)
    return channels
