"""Components of masks of one bit per pixel (`leukfeat.kernels.bit_frames`); neighbours share an edge."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD
from leukfeat.kernels.bit_runs import draw_run, find_bit_runs
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import connected_runs

__all__ = ["box_of_runs", "component_at", "count_pixels", "fill_holes", "largest_component"]


@kernel
def component_at(bits: NDArray[np.uint64], row: int, column: int) -> NDArray[np.uint64]:
    """Keep the component that holds a pixel.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.
    row, column : int
        The pixel.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask, empty where the pixel is not marked.
    """
    runs = find_bit_runs(bits)
    labels, _ = connected_runs(runs)
    chosen = -1
    for i in range(runs.shape[0]):
        if runs[i, 0] == row and runs[i, 1] <= column < runs[i, 2]:
            chosen = labels[i]
    return _draw_component(runs, labels, chosen, bits.shape[1])


@kernel
def _draw_component(
    runs: NDArray[np.int64], labels: NDArray[np.int64], chosen: int, size: int
) -> NDArray[np.uint64]:
    bits = np.zeros(((size + WORD - 1) // WORD, size), dtype=np.uint64)
    for i in range(runs.shape[0]):
        if labels[i] == chosen:
            draw_run(bits, runs[i, 0], runs[i, 1], runs[i, 2])
    return bits


@kernel
def largest_component(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keep the component with most pixels, of equals the one that is met first row by row.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask, empty where `bits` is.
    """
    runs = find_bit_runs(bits)
    labels, n_components = connected_runs(runs)
    areas, largest = np.zeros(n_components, dtype=np.int64), 0
    for i in range(runs.shape[0]):
        areas[labels[i]] += runs[i, 2] - runs[i, 1]
    for label in range(n_components):
        if areas[label] > areas[largest]:
            largest = label
    return _draw_component(runs, labels, largest, bits.shape[1])


@kernel
def fill_holes(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Add what a mask encloses: components of its complement that do not reach the border of the frame.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    size = bits.shape[1]
    runs = find_bit_runs(bits)
    gaps = _gaps_between(runs)
    labels, n_components = connected_runs(gaps)
    first, stop = _extent_of_rows(runs, size)
    outside = np.zeros(n_components, dtype=np.bool_)
    for i in range(gaps.shape[0]):
        y = gaps[i, 0]
        rim = y == 0 or y == size - 1
        if rim or gaps[i, 1] < max(first[y - 1], first[y + 1]) or gaps[i, 2] > min(stop[y - 1], stop[y + 1]):
            outside[labels[i]] = True
    filled = bits.copy()
    for i in range(gaps.shape[0]):
        if not outside[labels[i]]:
            draw_run(filled, gaps[i, 0], gaps[i, 1], gaps[i, 2])
    return filled


@kernel
def _gaps_between(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the runs that part two runs of a row; all other pixels outside reach the border in their row."""
    gaps, n = np.empty(runs.shape, dtype=np.int64), 0
    for i in range(1, runs.shape[0]):
        if runs[i - 1, 0] == runs[i, 0]:
            gaps[n, 0], gaps[n, 1], gaps[n, 2] = runs[i, 0], runs[i - 1, 2], runs[i, 1]
            n += 1
    return gaps[:n]


@kernel
def _extent_of_rows(runs: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where each row starts and stops; an empty one stops before it starts."""
    first, stop = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    for y in range(size):
        first[y], stop[y] = size, 0
    for i in range(runs.shape[0]):
        first[runs[i, 0]] = min(first[runs[i, 0]], runs[i, 1])
        stop[runs[i, 0]] = max(stop[runs[i, 0]], runs[i, 2])
    return first, stop


@kernel
def box_of_runs(runs: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Find the smallest box around a mask.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop; at least one. See `leukfeat.kernels.runs`.

    Returns
    -------
    top, left, height, width : int
        The box.
    """
    left, stop = runs[0, 1], runs[0, 2]
    for i in range(runs.shape[0]):
        left, stop = min(left, runs[i, 1]), max(stop, runs[i, 2])
    top = runs[0, 0]
    return top, left, runs[-1, 0] + 1 - top, stop - left


@kernel
def count_pixels(runs: NDArray[np.int64]) -> int:
    """Count the pixels of a mask.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop. See `leukfeat.kernels.runs`.

    Returns
    -------
    int
        Their number.
    """
    n = 0
    for i in range(runs.shape[0]):
        n += runs[i, 2] - runs[i, 1]
    return n
