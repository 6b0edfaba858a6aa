"""Runs of masks of one bit per pixel (`leukfeat.kernels.bit_frames`): found and drawn."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD, lowest_bit, population_count
from leukfeat.kernels.compiled import kernel

__all__ = ["draw_bits", "draw_run", "find_bit_runs"]

_NONE = np.uint64(0)
_ONE = np.uint64(1)
_SIGN = np.uint64(WORD - 1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@kernel
def _edges(bits: NDArray[np.uint64], j: int, y: int) -> np.uint64:
    """Mark the pixels of a word that differ from their left neighbour."""
    before = bits[j - 1, y] >> _SIGN if j > 0 else _NONE
    return bits[j, y] ^ ((bits[j, y] << _ONE) | before)


@kernel
def find_bit_runs(bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """List the runs of a mask.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 3)
        Row, start, stop; see `leukfeat.kernels.runs`.
    """
    n_words, size = bits.shape
    runs = np.empty((_count_runs(bits), 3), dtype=np.int64)
    n = 0
    for y in range(size):
        inside = False
        for j in range(n_words):
            edges = _edges(bits, j, y)
            while edges:
                x = WORD * j + lowest_bit(edges)
                if inside:
                    runs[n, 2] = x
                    n += 1
                else:
                    runs[n, 0], runs[n, 1] = y, x
                inside = not inside
                edges &= edges - _ONE
        if inside:
            runs[n, 2] = size
            n += 1
    return runs


@kernel
def _count_runs(bits: NDArray[np.uint64]) -> int:
    n_words, size = bits.shape
    total = 0
    for j in range(n_words):
        for y in range(size):
            total += population_count(bits[j, y] & _edges(bits, j, y))
    return total


@kernel
def draw_bits(runs: NDArray[np.int64], size: int) -> NDArray[np.uint64]:
    """Mark the pixels of runs.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop.
    size : int
        Side of the frame.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The mask.
    """
    bits = np.zeros(((size + WORD - 1) // WORD, size), dtype=np.uint64)
    for i in range(runs.shape[0]):
        draw_run(bits, runs[i, 0], runs[i, 1], runs[i, 2])
    return bits


@kernel
def draw_run(bits: NDArray[np.uint64], row: int, start: int, stop: int) -> None:
    """Mark the pixels of a run.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask; it is changed.
    row, start, stop : int
        The run.
    """
    for j in range(start // WORD, (stop + WORD - 1) // WORD):
        word = _ALL << np.uint64(max(start - WORD * j, 0))
        bits[j, row] |= word & (_ALL >> np.uint64(max(WORD * (j + 1) - stop, 0)))
