"""Cells that touch, parted by the watershed of the distance transform in the form discs give it.

Every peak of the distance to the background is the centre of a disc inscribed in the mask. Two peaks belong
to one cell when one lies within the other's disc, or when no neck lies between them. Pixels go to the disc
with the smallest power, d² - r² [1]_: between two overlapping discs that is their common chord, which is the
neck the watershed [2]_ would find, at a fraction of its cost and free of its plateaus.

References
----------
.. [1] Aurenhammer, 1987, Power diagrams, :doi:`10.1137/0216006`
.. [2] Vincent and Soille, 1991, :doi:`10.1109/34.87344`
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.chamfer import chamfer_distances
from leukfeat.kernels.compiled import kernel

__all__ = ["Discs", "disc_centres", "inscribed_discs", "join_discs", "largest_first"]

_EIGHT = 8  # flags are looked at in words of eight
_N_STEPS = 12
_DUPLICATE = 0.5
_NEAR = 1.5


class Discs(NamedTuple):
    """Inscribed discs of a mask, largest first.

    Attributes
    ----------
    centres : numpy.ndarray of int64, shape (n_discs, 2)
        Row and column.
    radii : numpy.ndarray of float32, shape (n_discs,)
        Radii in pixels.
    cells : numpy.ndarray of int64, shape (n_discs,)
        Number of the cell each disc belongs to, from 1.
    n_cells : int
        Number of cells.
    """

    centres: NDArray[np.int64]
    radii: NDArray[np.float32]
    cells: NDArray[np.int64]
    n_cells: int


@kernel
def inscribed_discs(
    runs: NDArray[np.int64], box: tuple[int, int, int, int], radius: float, neck: float
) -> Discs:
    """Find the discs inscribed in a mask and the cells they make up.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        The mask: row, start, stop; see `leukfeat.kernels.runs`.
    box : tuple of int
        Top, left, height and width of the window that holds it. Beyond its border there is no background.
    radius : float
        Smallest radius of a disc, in pixels.
    neck : float
        Two discs are two cells where the mask between them narrows below this share of the smaller radius.

    Returns
    -------
    Discs
        The discs; those of one cell share its number.
    """
    top, left, height, width = box
    distance = chamfer_distances(runs, top, left, height, width)
    summits = disc_centres(distance, np.float32(radius), max(int(radius / 2), 1))
    summits = largest_first(distance, summits)
    kept, cells = join_discs(distance, summits, neck)
    centres, radii = np.empty((kept.shape[0], 2), dtype=np.int64), np.empty(kept.shape[0], dtype=np.float32)
    n_cells = 0
    for i in range(kept.shape[0]):
        row, column = summits[kept[i], 0], summits[kept[i], 1]
        centres[i, 0], centres[i, 1], radii[i] = top + row, left + column, distance[row, column]
        n_cells = max(n_cells, cells[i])
    return Discs(centres, radii, cells, n_cells)


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
def largest_first(distance: NDArray[np.float32], centres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort discs by radius; of equals the one that is met first row by row comes first.

    Parameters
    ----------
    distance : numpy.ndarray of float32, shape (height, width)
        Distance to the background.
    centres : numpy.ndarray of int64, shape (n, 2)
        Row and column of the discs, row by row.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 2)
        A new array.
    """
    ordered = centres.copy()
    for i in range(1, ordered.shape[0]):
        row, column = ordered[i, 0], ordered[i, 1]
        place = i
        while place > 0 and distance[ordered[place - 1, 0], ordered[place - 1, 1]] < distance[row, column]:
            ordered[place, 0], ordered[place, 1] = ordered[place - 1, 0], ordered[place - 1, 1]
            place -= 1
        ordered[place, 0], ordered[place, 1] = row, column
    return ordered


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
        cell = _cell_of(distance, centres, i, kept, cells, n, neck)
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
    n_kept: int,
    neck: float,
) -> int:
    """Return the cell that a disc joins, 0 where it starts one, -1 where it repeats a larger disc."""
    cell, row, column = 0, centres[i, 0], centres[i, 1]
    radius = np.float64(distance[row, column])
    for k in range(n_kept):
        other_row, other_column = centres[kept[k], 0], centres[kept[k], 1]
        larger = np.float64(distance[other_row, other_column])
        gap = math.sqrt((row - other_row) ** 2 + (column - other_column) ** 2)
        if gap < _DUPLICATE * larger:
            return -1
        if cell == 0 and (
            gap < larger
            or (
                gap < _NEAR * (larger + radius)
                and _width(distance, other_row, other_column, row, column) > neck * radius
            )
        ):
            cell = cells[k]
    return cell


@kernel
def _width(distance: NDArray[np.float32], row: int, column: int, last_row: int, last_column: int) -> float:
    """Return the smallest distance to the background on the way between two centres."""
    down, right = last_row - row, last_column - column
    least = distance[row, column]
    for i in range(1, _N_STEPS):
        least = min(least, distance[row + down * i // _N_STEPS, column + right * i // _N_STEPS])
    return np.float64(least)
