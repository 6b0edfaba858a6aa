"""Cells that touch: whose each pixel is, and a line between them."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD, find_bit_runs
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import N_LEVELS
from leukfeat.kernels.runs import connected_runs

__all__ = ["count_levels_by_cell", "darker_parts", "part_cells", "power_labels"]

_NONE = 0
_SEVERAL = -1


@kernel
def power_labels(
    runs: NDArray[np.int64],
    components: NDArray[np.int64],
    centres: NDArray[np.int64],
    radii: NDArray[np.float32],
    cells: NDArray[np.int64],
    size: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give each pixel to the cell whose disc has the smallest power there: squared distance less radius².

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the pixels, at least one run; see `leukfeat.kernels.runs`.
    components : numpy.ndarray of int64, shape (n,)
        Component of each run, from 0. A disc competes within its own only.
    centres : numpy.ndarray of int64, shape (n_discs, 2)
        Row and column of the discs; each lies in a run.
    radii : numpy.ndarray of float32, shape (n_discs,)
        In pixels.
    cells : numpy.ndarray of int64, shape (n_discs,)
        Number of each disc's cell, from 1.
    size : int
        Side of the frame.

    Returns
    -------
    labels : numpy.ndarray of int32, shape (size, size)
        Number of the cell; 0 outside the runs and in components without a disc.
    owners : numpy.ndarray of int64, shape (n,)
        Number of the cell that a run's whole component belongs to; 0 where it has no disc, -1 where several
        cells share it.
    """
    homes = _components_at(runs, components, centres)
    owners = _owners(homes, cells, components)
    labels, powers = np.zeros((size, size), dtype=np.int32), np.empty(size, dtype=np.float32)
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        line, best = labels[y, start:stop], powers[: stop - start]
        if owners[i] != _SEVERAL:
            line[:] = owners[i]
            continue
        best[:] = np.inf
        for k in range(centres.shape[0]):
            if homes[k] == components[i]:
                _claim(line, best, y - centres[k, 0], start - centres[k, 1], radii[k], cells[k])
    return labels, owners


@kernel
def _components_at(
    runs: NDArray[np.int64], components: NDArray[np.int64], points: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the component that holds each point, -1 where none does."""
    rows = runs[:, 0].copy()
    found = np.full(points.shape[0], -1, dtype=np.int64)
    for k in range(points.shape[0]):
        y, x = points[k, 0], points[k, 1]
        for i in range(np.searchsorted(rows, y), np.searchsorted(rows, y + 1)):
            if runs[i, 1] <= x < runs[i, 2]:
                found[k] = components[i]
    return found


@kernel
def _owners(
    homes: NDArray[np.int64], cells: NDArray[np.int64], components: NDArray[np.int64]
) -> NDArray[np.int64]:
    owners = np.zeros(components.max() + 1, dtype=np.int64)
    for home, cell in zip(homes, cells):  # noqa: B905 - numba's zip takes no keyword
        owners[home] = cell if owners[home] == _NONE or owners[home] == cell else _SEVERAL
    return owners[components]


@kernel
def _claim(
    line: NDArray[np.int32], best: NDArray[np.float32], down: int, right: int, radius: np.float32, cell: int
) -> None:
    """Take the pixels of a run where a disc's power is the smallest so far."""
    square = np.float64(radius * radius)
    for x in range(line.shape[0]):
        power = np.float64(down**2) + (np.float64((right + x) ** 2) - square)
        if power < best[x]:
            best[x] = power
            line[x] = cell


@kernel
def part_cells(
    bits: NDArray[np.uint64], centres: NDArray[np.int64], radii: NDArray[np.float32], cells: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Part the cells of a mask by a line one pixel wide, and leave out what holds no disc.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.
    centres : numpy.ndarray of int64, shape (n_discs, 2)
        Row and column of the discs; each lies in the mask.
    radii : numpy.ndarray of float32, shape (n_discs,)
        In pixels.
    cells : numpy.ndarray of int64, shape (n_discs,)
        Number of each disc's cell, from 1.

    Returns
    -------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the cells' pixels. No two cells share an edge: of two pixels that did, the
        upper or the left one is left out.
    labels : numpy.ndarray of int32, shape (size, size)
        Number of the cell of each pixel of the runs; others mean nothing.
    """
    runs = find_bit_runs(bits)
    components, _ = connected_runs(runs)
    labels, owners = power_labels(runs, components, centres, radii, cells, bits.shape[1])
    parted = find_bit_runs(_without_lines(bits, runs, owners, labels))
    pieces, n_pieces = connected_runs(parted)
    kept = np.zeros(n_pieces + 1, dtype=np.bool_)
    for piece in _components_at(parted, pieces, centres):
        kept[piece] = piece >= 0
    return parted[kept[pieces]], labels


@kernel
def _without_lines(
    bits: NDArray[np.uint64], runs: NDArray[np.int64], owners: NDArray[np.int64], labels: NDArray[np.int32]
) -> NDArray[np.uint64]:
    parted = bits.copy()
    for i in range(runs.shape[0]):
        if owners[i] != _SEVERAL:
            continue
        y = runs[i, 0]
        for x in range(runs[i, 1], runs[i, 2]):
            if _touches(labels, y, x):
                parted[x // WORD, y] &= ~(np.uint64(1) << np.uint64(x % WORD))
    return parted


@kernel
def _touches(labels: NDArray[np.int32], y: int, x: int) -> bool:
    """Tell whether the pixel below or the one on the right is another cell's."""
    size, cell = labels.shape[0], labels[y, x]
    below = labels[y + 1, x] if y + 1 < size else 0
    right = labels[y, x + 1] if x + 1 < size else 0
    return (below != 0 and below != cell) or (right != 0 and right != cell)


@kernel
def count_levels_by_cell(
    image: NDArray[np.uint8], labels: NDArray[np.int32], runs: NDArray[np.int64], n_cells: int, width: int
) -> NDArray[np.int64]:
    """Count the levels of each cell.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (size, size)
        Grey levels.
    labels : numpy.ndarray of int32, shape (size, size)
        Number of the cell, in [1, n_cells], of each pixel of the runs.
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the cells' pixels.
    n_cells : int
        Highest number of a cell.
    width : int
        How many levels are counted as one; 256 is a multiple of it.

    Returns
    -------
    numpy.ndarray of int64, shape (n_cells + 1, 256 / width)
        Number of pixels; row 0 is empty.
    """
    counts = np.zeros((n_cells + 1, N_LEVELS // width), dtype=np.int64)
    for i in range(runs.shape[0]):
        y = runs[i, 0]
        for x in range(runs[i, 1], runs[i, 2]):
            counts[labels[y, x], image[y, x] // width] += 1
    return counts


@kernel
def darker_parts(
    image: NDArray[np.uint8], labels: NDArray[np.int32], runs: NDArray[np.int64], levels: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Mark the pixels of each cell that are no brighter than the cell's level.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (size, size)
        Grey levels.
    labels : numpy.ndarray of int32, shape (size, size)
        Number of the cell of each pixel of the runs.
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the cells' pixels.
    levels : numpy.ndarray of int64, shape (n_cells + 1,)
        Level of each cell.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.
    """
    size = image.shape[0]
    bits = np.zeros(((size + WORD - 1) // WORD, size), dtype=np.uint64)
    for i in range(runs.shape[0]):
        y = runs[i, 0]
        for x in range(runs[i, 1], runs[i, 2]):
            dark = np.uint64(image[y, x] <= levels[labels[y, x]])
            bits[x // WORD, y] |= dark << np.uint64(x % WORD)
    return bits
