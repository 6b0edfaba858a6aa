"""Components of masks of one bit per pixel (`leukfeat.kernels.bit_frames`); neighbours share an edge."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import complement, draw_bits, find_bit_runs
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import connected_runs

__all__ = ["box_of_bits", "component_at", "fill_holes", "largest_component"]


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
    return draw_bits(runs[labels == chosen], bits.shape[1])


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
    if n_components < 2:
        return bits.copy()
    areas = np.zeros(n_components, dtype=np.int64)
    for i in range(runs.shape[0]):
        areas[labels[i]] += runs[i, 2] - runs[i, 1]
    return draw_bits(runs[labels == np.argmax(areas)], bits.shape[1])


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
    runs = find_bit_runs(complement(bits))
    labels, n_components = connected_runs(runs)
    outside = np.zeros(n_components, dtype=np.bool_)
    for i in range(runs.shape[0]):
        if runs[i, 0] == 0 or runs[i, 0] == size - 1 or runs[i, 1] == 0 or runs[i, 2] == size:
            outside[labels[i]] = True
    return complement(draw_bits(runs[outside[labels]], size))


@kernel
def box_of_bits(bits: NDArray[np.uint64]) -> tuple[int, int, int, int]:
    """Find the smallest box around a mask.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask, not empty.

    Returns
    -------
    top, left, height, width : int
        The box.
    """
    runs = find_bit_runs(bits)
    left, stop = runs[0, 1], runs[0, 2]
    for i in range(runs.shape[0]):
        left, stop = min(left, runs[i, 1]), max(stop, runs[i, 2])
    top = runs[0, 0]
    return top, left, runs[-1, 0] + 1 - top, stop - left
