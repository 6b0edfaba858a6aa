"""Distances to the background by the chamfer of width five [1]_.

A step to a neighbour costs 1 along a row or column, 1.4 along a diagonal and 2.1969 as the knight moves, as
in OpenCV. Two sweeps over the pixels, one down and one up, find the cheapest way to the background; they
visit the runs of the mask only, and within a run all but the steps along it is done for many pixels at once.

References
----------
.. [1] Borgefors, 1986, Distance transformations in digital images, :doi:`10.1016/S0734-189X(86)80047-0`
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["chamfer_distances"]

_ALONG, _DIAGONAL, _KNIGHT = np.float32(1.0), np.float32(1.4), np.float32(2.1969)
_FAR = np.finfo(np.float32).max
_MARGIN = 2
_BLOCK = 4

# Unsigned: an index that cannot be negative lets the compiler take many pixels at once.
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(_BLOCK)


@kernel
def chamfer_distances(
    runs: NDArray[np.int64], top: int, left: int, height: int, width: int
) -> NDArray[np.float32]:
    """Measure the distance of each pixel of a mask to the nearest pixel outside.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        The mask: row, start, stop; see `leukfeat.kernels.runs`.
    top, left, height, width : int
        The window that holds them. Beyond its border there is no background.

    Returns
    -------
    numpy.ndarray of float32, shape (height, width)
        In pixels, 0 outside the mask; the largest float where all of the window is in the mask.
    """
    stride = width + 2 * _MARGIN
    down, up = _empty_frame(height, width), _empty_frame(height, width)
    reached, along = _row_of_far(width + 3 * _BLOCK), _row_of_far(width + 3 * _BLOCK)
    known = _row_of_far(width)
    for i in range(runs.shape[0]):
        y, x, n = runs[i, 0] - top, runs[i, 1] - left, runs[i, 2] - runs[i, 1]
        first = (_MARGIN + y) * stride + _MARGIN + x
        _reach_from_above(down, first, n, stride, known, reached)
        along[_BLOCK - 1] = down[first - 1]
        _step_by_blocks(reached, along, x, n, width)
        _copy(along, down, first, n)
    # The sweep up is a sweep down of the frame turned by half a turn: its last pixel is the first.
    last = down.size - 1 + _MARGIN * stride
    distances = np.zeros(height * width, dtype=np.float32)
    for i in range(runs.shape[0] - 1, -1, -1):
        y, x, n = runs[i, 0] - top, runs[i, 1] - left, runs[i, 2] - runs[i, 1]
        first = (_MARGIN + y) * stride + _MARGIN + x
        _turn(down, first, n, known, n - 1)
        first = last - first - n + 1
        _reach_from_above(up, first, n, stride, known, reached)
        reached[_BLOCK - 1] = along[_BLOCK - 1] = up[first - 1]
        _step_along(reached, along, n)
        _copy(along, up, first, n)
        _turn(along, _BLOCK, n, distances, y * width + x + n - 1)
    return distances.reshape(height, width)


@kernel
def _empty_frame(height: int, width: int) -> NDArray[np.float32]:
    """Return the distances of a frame without a mask, one row after the other.

    A margin of two rows above and of two columns at both sides takes the place of questions whether a
    neighbour lies beyond the border.
    """
    frame = np.zeros((height + _MARGIN, width + 2 * _MARGIN), dtype=np.float32)
    frame[:_MARGIN] = _FAR
    frame[:, :_MARGIN] = _FAR
    frame[:, width + _MARGIN :] = _FAR
    return frame.ravel()


@kernel
def _row_of_far(n: int) -> NDArray[np.float32]:
    return np.full(n, _FAR, dtype=np.float32)


@kernel
def _turn(source: NDArray[np.float32], start: int, n: int, target: NDArray[np.float32], stop: int) -> None:
    """Copy some values, the first to the last place."""
    first, last = np.uint64(start), np.uint64(stop)
    for i in range(np.uint64(n)):
        target[last - i] = source[first + i]


@kernel
def _copy(along: NDArray[np.float32], frame: NDArray[np.float32], start: int, n: int) -> None:
    first = np.uint64(start)
    for i in range(np.uint64(n)):
        frame[first + i] = along[_FOUR + i]


@kernel
def _reach_from_above(
    frame: NDArray[np.float32],
    start: int,
    length: int,
    stride: int,
    known: NDArray[np.float32],
    reached: NDArray[np.float32],
) -> None:
    """Find the cheapest ways to the pixels of a run that come from above or are known."""
    above, twice = np.uint64(start - stride), np.uint64(start - 2 * stride)
    for i in range(np.uint64(length)):
        knight = min(
            min(frame[above - _TWO + i], frame[above + _TWO + i]),
            min(frame[twice - _ONE + i], frame[twice + _ONE + i]),
        )
        diagonal = min(frame[above - _ONE + i], frame[above + _ONE + i])
        least = min(min(knight + _KNIGHT, diagonal + _DIAGONAL), frame[above + i] + _ALONG)
        reached[_FOUR + i] = min(least, known[i])


@kernel
def _step_by_blocks(
    reached: NDArray[np.float32], along: NDArray[np.float32], column: int, n: int, width: int
) -> None:
    """Go on along a run from the pixel before it and from the last pixel of every block of four columns.

    Other ways cost the same, but for the last bit, which a step rounds or does not. OpenCV's has been that of
    this way wherever it runs with Intel's library; at the end of a row that goes pixel by pixel.
    """
    tail = max((width - 2) // _BLOCK * _BLOCK - column, 0)
    i = 0
    while i < n:
        length = _BLOCK - (column + i) % _BLOCK if i < tail else 1
        before = along[_BLOCK + i - 1]
        for k in range(length):
            along[_BLOCK + i + k] = min(reached[_BLOCK + i + k], before + np.float32(k + 1))
        i += length


@kernel
def _step_along(reached: NDArray[np.float32], along: NDArray[np.float32], length: int) -> None:
    """Go on along a run: one to three steps at once, then four at a time.

    Pixel by pixel, each would have to wait for the last.
    """
    n = np.uint64(length)
    for i in range(n):
        least = min(reached[_FOUR + i], reached[_THREE + i] + _ALONG)
        farther = min(reached[_TWO + i] + np.float32(2.0), reached[_ONE + i] + np.float32(3.0))
        along[_FOUR + i] = min(least, farther)
    for i in range(np.uint64(0), n, _FOUR):
        for k in range(_BLOCK):
            at = i + np.uint64(k)
            along[_FOUR + at] = min(along[_FOUR + at], along[at] + np.float32(_BLOCK))
