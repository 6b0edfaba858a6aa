"""Cells that touch: whose each pixel is, and a line between them."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD
from leukfeat.kernels.bit_runs import draw_run, find_bit_runs
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.discs import Discs
from leukfeat.kernels.histograms import N_LEVELS
from leukfeat.kernels.runs import connected_runs

__all__ = ["count_levels_by_cell", "darker_parts", "part_cells", "power_labels", "share_of_cell"]

_NONE = 0
_SEVERAL = -1


@kernel
def power_labels(
    runs: NDArray[np.int64], components: NDArray[np.int64], discs: Discs, size: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give each pixel to the cell whose disc has the smallest power there: squared distance less radius².

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the pixels, at least one run; see `leukfeat.kernels.runs`.
    components : numpy.ndarray of int64, shape (n,)
        Component of each run, from 0. A disc competes within its own only.
    discs : Discs
        The discs; the centre of each lies in a run.
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
    homes = _components_at(runs, components, discs.centres)
    owners = _owners(homes, discs.cells, components)
    labels, powers = np.zeros(size * size, dtype=np.int32), np.empty(size, dtype=np.float32)
    for i in range(runs.shape[0]):
        y, x, n = runs[i, 0], runs[i, 1], runs[i, 2] - runs[i, 1]
        start = y * size + x
        if owners[i] != _SEVERAL:
            labels[start : start + n] = owners[i]
            continue
        powers[:n] = np.inf
        for k in range(homes.shape[0]):
            if homes[k] == components[i]:
                down, right = y - discs.centres[k, 0], x - discs.centres[k, 1]
                _claim(labels, start, powers, n, down, right, discs.radii[k], discs.cells[k])
    return labels.reshape(size, size), owners


@kernel
def _components_at(
    runs: NDArray[np.int64], components: NDArray[np.int64], points: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the component that holds each point, -1 where none does."""
    found = np.empty(points.shape[0], dtype=np.int64)
    for k in range(points.shape[0]):
        found[k] = -1
        i = _first_run_of(runs, points[k, 0])
        while i < runs.shape[0] and runs[i, 0] == points[k, 0]:
            if runs[i, 1] <= points[k, 1] < runs[i, 2]:
                found[k] = components[i]
            i += 1
    return found


@kernel
def _first_run_of(runs: NDArray[np.int64], row: int) -> int:
    """Return the first run that is not above a row."""
    low, high = 0, runs.shape[0]
    while low < high:
        middle = (low + high) // 2
        if runs[middle, 0] < row:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _owners(
    homes: NDArray[np.int64], cells: NDArray[np.int64], components: NDArray[np.int64]
) -> NDArray[np.int64]:
    n_components = 0
    for component in components:
        n_components = max(n_components, component + 1)
    of_component, owners = np.zeros(n_components, dtype=np.int64), np.empty(components.shape[0], np.int64)
    for k in range(homes.shape[0]):
        owner = of_component[homes[k]]
        of_component[homes[k]] = cells[k] if owner in (_NONE, cells[k]) else _SEVERAL
    for i in range(components.shape[0]):
        owners[i] = of_component[components[i]]
    return owners


@kernel
def _claim(
    labels: NDArray[np.int32],
    start: int,
    best: NDArray[np.float32],
    n: int,
    down: int,
    right: int,
    radius: np.float32,
    cell: int,
) -> None:
    """Take the pixels of a run where a disc's power is the smallest so far."""
    square, first = np.float64(radius * radius), np.uint64(start)
    for x in range(np.uint64(n)):
        power = np.float64(down**2) + (np.float64((right + np.int64(x)) ** 2) - square)
        own, least = labels[first + x], best[x]
        labels[first + x] = cell if power < least else own
        best[x] = power if power < least else least


@kernel
def share_of_cell(
    runs: NDArray[np.int64], discs: Discs, row: int, column: int, size: int
) -> NDArray[np.uint64]:
    """Keep the pixels of a component that go to the same cell as one of them.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Row, start and stop of the component's pixels.
    discs : Discs
        Discs inscribed in the component, see `power_labels`.
    row, column : int
        The pixel.
    size : int
        Side of the frame.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.
    """
    alone = np.zeros(runs.shape[0], dtype=np.int64)
    labels, _ = power_labels(runs, alone, discs, size)
    own, bits = labels[row, column], np.zeros(((size + WORD - 1) // WORD, size), dtype=np.uint64)
    for i in range(runs.shape[0]):
        y, x, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        while x < stop:
            start = x
            while x < stop and labels[y, x] == own:
                x += 1
            draw_run(bits, y, start, x)
            while x < stop and labels[y, x] != own:
                x += 1
    return bits


@kernel
def part_cells(bits: NDArray[np.uint64], discs: Discs) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Part the cells of a mask by a line one pixel wide, and leave out what holds no disc.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.
    discs : Discs
        The discs; the centre of each lies in the mask.

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
    labels, owners = power_labels(runs, components, discs, bits.shape[1])
    parted = find_bit_runs(_without_lines(bits, runs, owners, labels))
    pieces, n_pieces = connected_runs(parted)
    kept, n = np.zeros(n_pieces + 1, dtype=np.bool_), 0
    for piece in _components_at(parted, pieces, discs.centres):
        kept[piece] = piece >= 0
    for i in range(parted.shape[0]):
        if kept[pieces[i]]:
            parted[n, 0], parted[n, 1], parted[n, 2] = parted[i, 0], parted[i, 1], parted[i, 2]
            n += 1
    return parted[:n].copy(), labels


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
    counts, bins = np.zeros((n_cells + 1, N_LEVELS // width), dtype=np.int64), np.empty(N_LEVELS, np.int64)
    for level in range(N_LEVELS):
        bins[level] = level // width
    for i in range(runs.shape[0]):
        y = runs[i, 0]
        for x in range(runs[i, 1], runs[i, 2]):
            counts[labels[y, x], bins[image[y, x]]] += 1
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
