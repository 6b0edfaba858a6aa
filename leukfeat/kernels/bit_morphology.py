"""Morphology of masks of one bit per pixel (`leukfeat.kernels.bit_frames`).

A structuring element is given by rows: half of what each reaches to either side, the centre left out. It is
its own mirror image in both directions. What lies outside the frame is ignored, as OpenCV does: a dilation
finds nothing there, an erosion nothing missing.
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD, clear_beyond, complement
from leukfeat.kernels.compiled import kernel

__all__ = ["clean", "dilate", "erode"]

_ONE = np.uint64(1)
_SIGN = np.uint64(WORD - 1)


@kernel
def dilate(bits: NDArray[np.uint64], halves: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Mark the pixels whose structuring element meets a mask.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.
    halves : numpy.ndarray of int64, shape (odd,)
        The structuring element: its row i holds the columns -halves[i] … halves[i].

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    radius, widest = halves.shape[0] // 2, 0
    for i in range(halves.shape[0]):
        widest = max(widest, halves[i])
    dilated, wide, wider = np.zeros(bits.shape, np.uint64), bits.copy(), np.empty(bits.shape, np.uint64)
    for half in range(widest + 1):
        if half > 0:
            _widen(wide, wider)
            wide, wider = wider, wide
        for i in range(halves.shape[0]):
            if halves[i] == half:
                _add_below(dilated, wide, i - radius)
    clear_beyond(dilated)
    return dilated


@kernel
def _widen(bits: NDArray[np.uint64], wide: NDArray[np.uint64]) -> None:
    """Add the left and the right neighbour of every pixel."""
    n_words, size = bits.shape
    for j in range(n_words):
        here, there = bits[j], wide[j]
        for y in range(size):
            there[y] = here[y] | (here[y] << _ONE) | (here[y] >> _ONE)
        if j > 0:
            left = bits[j - 1]
            for y in range(size):
                there[y] |= left[y] >> _SIGN
        if j < n_words - 1:
            right = bits[j + 1]
            for y in range(size):
                there[y] |= right[y] << _SIGN


@kernel
def _add_below(target: NDArray[np.uint64], bits: NDArray[np.uint64], down: int) -> None:
    """Add a mask, moved down by some rows."""
    size = bits.shape[1]
    n = size - abs(down)
    for j in range(bits.shape[0]):
        from_, to = bits[j, max(-down, 0) :][:n], target[j, max(down, 0) :][:n]
        for y in range(n):
            to[y] |= from_[y]


@kernel
def erode(bits: NDArray[np.uint64], halves: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Mark the pixels whose structuring element lies within a mask.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.
    halves : numpy.ndarray of int64, shape (odd,)
        The structuring element, see `dilate`.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    return complement(dilate(complement(bits), halves))


@kernel
def clean(
    bits: NDArray[np.uint64], closer: NDArray[np.int64], opener: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Fill the gaps that one structuring element does not fit into, then remove what another does not.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.
    closer, opener : numpy.ndarray of int64, shape (odd,)
        The structuring elements, see `dilate`; one of a single pixel does nothing.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask: the closing of `bits`, opened.
    """
    closed = bits
    if closer.shape[0] > 1 or closer[0] > 0:
        closed = erode(dilate(bits, closer), closer)
    return dilate(erode(closed, opener), opener)
