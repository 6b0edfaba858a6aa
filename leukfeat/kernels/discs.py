"""Discs inscribed in a mask: where they are and which belong to one cell."""

import math

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["disc_centres", "join_discs"]

_EIGHT = 8  # flags are looked at in words of eight
_N_STEPS = 12
_DUPLICATE = 0.5
_NEAR = 1.5


@kernel
def disc_centres(distance: NDArray[np.float32], radius: np.float32, reach: int) -> NDArray[np.int64]:
    """Find the pixels that are farthest from the background within a square.

    Parameters
    ----------
    distance : numpy.ndarray of float32, shape (height, width)
        Distance to the background, C-contiguous.
    radius : numpy.float32
        Smallest distance of a centre.
    reach : int
        How far the square reaches to either side, at least 1.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 2)
        Row and column of the pixels that no other in the square around them exceeds, row by row.
    """
    flags = _flag_ridges(distance, radius)
    words = flags.view(np.uint64)
    centres = np.empty((flags.sum(), 2), dtype=np.int64)
    n = 0
    for word in range(words.shape[0]):
        if words[word] == np.uint64(0):
            continue
        for i in range(_EIGHT * word, _EIGHT * (word + 1)):
            y, x = i // distance.shape[1], i % distance.shape[1]
            if flags[i] and _is_summit(distance, y, x, reach):
                centres[n, 0], centres[n, 1] = y, x
                n += 1
    return centres[:n].copy()


@kernel
def _flag_ridges(distance: NDArray[np.float32], radius: np.float32) -> NDArray[np.uint8]:
    """Flag what reaches a radius and what lies above and below: few pixels are left to look at closely."""
    width, n = distance.shape[1], distance.size - 2 * distance.shape[1]
    levels = distance.ravel()
    flags = np.zeros((levels.size + _EIGHT - 1) // _EIGHT * _EIGHT, dtype=np.uint8)
    for i in range(levels.size):
        flags[i] = 1 if levels[i] >= radius else 0
    above, here, below, inner = levels[:n], levels[width:][:n], levels[2 * width :], flags[width:][:n]
    for i in range(n):
        inner[i] = inner[i] if here[i] >= max(above[i], below[i]) else 0
    return flags


@kernel
def _is_summit(distance: NDArray[np.float32], y: int, x: int, reach: int) -> bool:
    """Compare with the square, ring by ring: most pixels have a higher neighbour close by."""
    level, (height, width) = distance[y, x], distance.shape
    for ring in range(1, reach + 1):
        top, bottom = max(y - ring, 0), min(y + ring, height - 1)
        left, right = max(x - ring, 0), min(x + ring, width - 1)
        for row in range(top, bottom + 1):
            if distance[row, left] > level or distance[row, right] > level:
                return False
        for column in range(left, right + 1):
            if distance[top, column] > level or distance[bottom, column] > level:
                return False
    return True


@kernel
def join_discs(
    distance: NDArray[np.float32], centres: NDArray[np.int64], neck: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join each disc to the largest one that holds its centre, or towards which there is no neck.

    Parameters
    ----------
    distance : numpy.ndarray of float32, shape (height, width)
        Distance to the background.
    centres : numpy.ndarray of int64, shape (n, 2)
        Row and column of the discs, largest first.
    neck : float
        Two discs are two cells where the mask between them narrows below this share of the smaller radius.

    Returns
    -------
    kept : numpy.ndarray of int64, shape (m,)
        The discs that are not close to the centre of a larger one.
    cells : numpy.ndarray of int64, shape (m,)
        Number of the cell that each of these belongs to, from 1.
    """
    kept, cells = np.empty(centres.shape[0], dtype=np.int64), np.empty(centres.shape[0], dtype=np.int64)
    n = n_cells = 0
    for i in range(centres.shape[0]):
        cell = _cell_of(distance, centres, i, kept[:n], cells[:n], neck)
        if cell < 0:
            continue
        if cell == 0:
            n_cells += 1
            cell = n_cells
        kept[n], cells[n] = i, cell
        n += 1
    return kept[:n].copy(), cells[:n].copy()


@kernel
def _cell_of(
    distance: NDArray[np.float32],
    centres: NDArray[np.int64],
    i: int,
    kept: NDArray[np.int64],
    cells: NDArray[np.int64],
    neck: float,
) -> int:
    """Return the cell that a disc joins, 0 where it starts one, -1 where it repeats a larger disc."""
    cell, centre = 0, centres[i]
    radius = np.float64(distance[centre[0], centre[1]])
    for k in range(kept.shape[0]):
        other = centres[kept[k]]
        larger = np.float64(distance[other[0], other[1]])
        gap = math.sqrt((centre[0] - other[0]) ** 2 + (centre[1] - other[1]) ** 2)
        if gap < _DUPLICATE * larger:
            return -1
        near = gap < _NEAR * (larger + radius)
        if cell == 0 and (gap < larger or (near and _width(distance, other, centre) > neck * radius)):
            cell = cells[k]
    return cell


@kernel
def _width(distance: NDArray[np.float32], start: NDArray[np.int64], end: NDArray[np.int64]) -> float:
    """Return the smallest distance to the background on the way between two centres."""
    down, right = end[0] - start[0], end[1] - start[1]
    least = distance[start[0], start[1]]
    for i in range(1, _N_STEPS):
        least = min(least, distance[start[0] + down * i // _N_STEPS, start[1] + right * i // _N_STEPS])
    return np.float64(least)
