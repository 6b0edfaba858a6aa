"""The cells of frames: components of their region, as runs."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import connected_runs
from leukfeat.kernels.stretches import NUCLEUS, OUTSIDE, Stretches

__all__ = ["find_objects"]


@kernel
def find_objects(stretches: Stretches) -> CellObjects:
    """Find the cells of several frames: the 4-connected components of what is not outside.

    Parameters
    ----------
    stretches : Stretches
        Those of the frames, see `leukfeat.kernels.stretches.find_stretches`.

    Returns
    -------
    CellObjects
        In the order in which their first pixels are met, frame by frame.
    """
    n_frames = stretches.bounds.size - 1
    most = stretches.starts.size + n_frames * stretches.size
    cell_runs, nucleus_runs = np.empty((most, 3), dtype=np.int64), np.empty((most, 3), dtype=np.int64)
    cell_homes, nucleus_homes = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    bounds = np.zeros(n_frames + 1, dtype=np.int64)
    n = m = 0
    for i in range(n_frames):
        n_after, m_after = _list_runs(stretches, i, cell_runs, n, nucleus_runs, m, nucleus_homes)
        labels, n_labels = connected_runs(cell_runs[n:n_after])
        for k in range(n, n_after):
            cell_homes[k] = bounds[i] + labels[k - n]
        for k in range(m, m_after):
            nucleus_homes[k] = cell_homes[nucleus_homes[k]]
        bounds[i + 1] = bounds[i] + n_labels
        n, m = n_after, m_after
    sorted_cells, cell_bounds = _by_home(cell_runs[:n], cell_homes[:n], bounds[-1])
    sorted_nuclei, nucleus_bounds = _by_home(nucleus_runs[:m], nucleus_homes[:m], bounds[-1])
    boxes = _boxes(sorted_cells, cell_bounds)
    _move_into_boxes(sorted_cells, cell_bounds, boxes)
    _move_into_boxes(sorted_nuclei, nucleus_bounds, boxes)
    return CellObjects(bounds, boxes, sorted_cells, cell_bounds, sorted_nuclei, nucleus_bounds)


@kernel
def _list_runs(
    stretches: Stretches,
    frame: int,
    cell_runs: NDArray[np.int64],
    n: int,
    nucleus_runs: NDArray[np.int64],
    m: int,
    homes: NDArray[np.int64],
) -> tuple[int, int]:
    """List the runs of one frame and, of those of nuclei, in which run of a cell they lie."""
    first, size = n, stretches.size
    for s in range(stretches.bounds[frame], stretches.bounds[frame + 1]):
        begin, stop, part = stretches.starts[s], stretches.stops[s], stretches.parts[s]
        while part != OUTSIDE and begin < stop:
            y = begin // size
            x, end = begin - y * size, min(stop - y * size, size)
            if n > first and cell_runs[n - 1, 0] == y and cell_runs[n - 1, 2] == x:
                cell_runs[n - 1, 2] = end
            else:
                cell_runs[n, 0], cell_runs[n, 1], cell_runs[n, 2] = y, x, end
                n += 1
            if part == NUCLEUS:
                nucleus_runs[m, 0], nucleus_runs[m, 1], nucleus_runs[m, 2] = y, x, end
                homes[m] = n - 1
                m += 1
            begin = y * size + end
    return n, m


@kernel
def _by_home(
    runs: NDArray[np.int64], homes: NDArray[np.int64], n_homes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort runs by the cell they belong to, and count those before each cell."""
    bounds = np.zeros(n_homes + 1, dtype=np.int64)
    for k in range(homes.size):
        bounds[homes[k] + 1] += 1
    for k in range(n_homes):
        bounds[k + 1] += bounds[k]
    places, ordered = bounds[:-1].copy(), np.empty((homes.size, 3), dtype=np.int64)
    for k in range(homes.size):
        place = places[homes[k]]
        ordered[place, 0], ordered[place, 1], ordered[place, 2] = runs[k, 0], runs[k, 1], runs[k, 2]
        places[homes[k]] += 1
    return ordered, bounds


@kernel
def _boxes(runs: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bound the runs of each cell: top, left, height, width."""
    boxes = np.empty((bounds.size - 1, 4), dtype=np.int64)
    for k in range(boxes.shape[0]):
        own = runs[bounds[k] : bounds[k + 1]]
        top, left, right = own[0, 0], own[0, 1], own[0, 2]
        for r in range(1, own.shape[0]):
            left, right = min(left, own[r, 1]), max(right, own[r, 2])
        boxes[k, 0], boxes[k, 1] = top, left
        boxes[k, 2], boxes[k, 3] = own[-1, 0] + 1 - top, right - left
    return boxes


@kernel
def _move_into_boxes(runs: NDArray[np.int64], bounds: NDArray[np.int64], boxes: NDArray[np.int64]) -> None:
    """Count rows and columns from the upper left corner of each cell's box."""
    for k in range(boxes.shape[0]):
        for r in range(bounds[k], bounds[k + 1]):
            runs[r, 0] -= boxes[k, 0]
            runs[r, 1] -= boxes[k, 1]
            runs[r, 2] -= boxes[k, 1]
