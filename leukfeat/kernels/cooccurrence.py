"""Grey-level co-occurrence: counting pairs of levels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects
from leukfeat.kernels.compiled import kernel

__all__ = ["N_ANGLES", "LevelMap", "cooccurrence", "level_map"]

N_ANGLES = 4  # 0, 45, 90 and 135 degrees


class LevelMap(NamedTuple):
    """The levels of the nuclei of one image after the other, in one long line.

    Attributes
    ----------
    levels : numpy.ndarray of uint16, shape (n,)
        Row after row with a margin all around: 1 for the lowest level, 0 outside the nuclei. No branch is
        then needed where pairs are counted: those with 0 are dropped at the end. All 0 between images.
    width : int
        Of a row with its margins.
    margin : int
        As wide as the greatest distance.
    """

    levels: NDArray[np.uint16]
    width: int
    margin: int


@kernel
def level_map(height: int, width: int, distances: NDArray[np.int64]) -> LevelMap:
    """Make room for the levels of images of some size.

    Parameters
    ----------
    height, width : int
        Of the images.
    distances : numpy.ndarray of int64, shape (n_distances,)
        Those of the pairs.

    Returns
    -------
    LevelMap
        Empty.
    """
    margin = distances.max()
    levels = np.zeros((height + 2 * margin) * (width + 2 * margin), dtype=np.uint16)
    return LevelMap(levels, width + 2 * margin, margin)


@kernel
def cooccurrence(
    grey: NDArray[np.uint8],
    objects: CellObjects,
    image: int,
    distances: NDArray[np.int64],
    n_levels: int,
    room: LevelMap,
) -> tuple[NDArray[np.int64], int]:
    """Count the pairs of levels at each distance and angle, both pixels inside a nucleus of an image.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (height, width)
        Grey of the image, brought to levels in equal steps: grey * n_levels // 256.
    objects : CellObjects
        The cells of all images.
    image : int
        Which of them.
    distances : numpy.ndarray of int64, shape (n_distances,)
        Each at least 1; along diagonals this many rows and as many columns.
    n_levels : int
        In [2, 256].
    room : LevelMap
        See `level_map`.

    Returns
    -------
    counts : numpy.ndarray of int64, shape (4 * n_distances, n, n)
        Symmetric counts, each pair in both orders; 0, 45, 90 and 135 degrees of the first distance, then of
        the next. The n levels are those from the lowest to the highest of the nuclei.
    lowest : int
        The level of the first row and column; 0 without a nucleus.

    References
    ----------
    .. [1] Haralick, Shanmugam, Dinstein, 1973, :doi:`10.1109/TSMC.1973.4309314`
    """
    runs = _nucleus_runs(objects, image)
    darkest, brightest = _grey_range(grey, runs)
    lowest = darkest * n_levels // 256
    n = brightest * n_levels // 256 - lowest + 1
    _mark(grey, runs, n_levels, lowest, room)
    directed = np.zeros((distances.size, N_ANGLES, (n + 1) * (n + 1)), dtype=np.int32)
    for d in range(distances.size):
        _count_pairs(room, runs, distances[d], n + 1, directed[d])
    _erase(runs, room)
    return _symmetric(directed.reshape(distances.size * N_ANGLES, n + 1, n + 1)), lowest


@kernel
def _nucleus_runs(objects: CellObjects, image: int) -> NDArray[np.int64]:
    """Take the runs of all nuclei of an image, in its frame."""
    first, last = objects.bounds[image], objects.bounds[image + 1]
    start, stop = objects.nucleus_run_bounds[first], objects.nucleus_run_bounds[last]
    runs = objects.nucleus_runs[start:stop].copy()
    for cell in range(first, last):
        top, left = objects.boxes[cell, 0], objects.boxes[cell, 1]
        for i in range(
            objects.nucleus_run_bounds[cell] - start, objects.nucleus_run_bounds[cell + 1] - start
        ):
            runs[i, 0] += top
            runs[i, 1] += left
            runs[i, 2] += left
    return runs


@kernel
def _grey_range(grey: NDArray[np.uint8], runs: NDArray[np.int64]) -> tuple[int, int]:
    """Find the darkest and the brightest pixel, column by column: many short integers at a time."""
    if runs.shape[0] == 0:
        return 0, 0
    lows, highs = np.full(grey.shape[1], 255, dtype=np.uint8), np.zeros(grey.shape[1], dtype=np.uint8)
    for i in range(runs.shape[0]):
        line = grey[runs[i, 0], runs[i, 1] : runs[i, 2]]
        for x in range(line.size):
            lows[x], highs[x] = min(lows[x], line[x]), max(highs[x], line[x])
    return lows.min(), highs.max()


@kernel
def _line(runs: NDArray[np.int64], i: int, room: LevelMap) -> NDArray[np.uint16]:
    begin = (runs[i, 0] + room.margin) * room.width + room.margin
    return room.levels[begin + runs[i, 1] : begin + runs[i, 2]]


@kernel
def _mark(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], n_levels: int, lowest: int, room: LevelMap
) -> None:
    for i in range(runs.shape[0]):
        line, source = _line(runs, i, room), grey[runs[i, 0], runs[i, 1] : runs[i, 2]]
        for x in range(source.size):
            line[x] = (source[x] * n_levels >> 8) - lowest + 1


@kernel
def _erase(runs: NDArray[np.int64], room: LevelMap) -> None:
    for i in range(runs.shape[0]):
        _line(runs, i, room)[:] = 0


@kernel
def _count_pairs(
    room: LevelMap, runs: NDArray[np.int64], distance: int, n: int, counts: NDArray[np.int32]
) -> None:
    """Count the pairs at one distance, in one sense.

    Increments that follow each other fall into tables of different angles: none waits for the one before.
    """
    levels, n_columns = room.levels, np.uint64(n)
    at_0, at_45, at_90, at_135 = counts[0], counts[1], counts[2], counts[3]
    for i in range(runs.shape[0]):
        begin, size = (
            (runs[i, 0] + room.margin) * room.width + room.margin + runs[i, 1],
            runs[i, 2] - runs[i, 1],
        )
        above = begin - distance * room.width
        centre = levels[begin : begin + size]
        right = levels[begin + distance : begin + distance + size]
        above_right = levels[above + distance : above + distance + size]
        just_above = levels[above : above + size]
        above_left = levels[above - distance : above - distance + size]
        for x in range(size):
            # Unsigned: no question then whether an index counts from the end.
            row = np.uint64(centre[x]) * n_columns
            at_0[row + np.uint64(right[x])] += 1
            at_45[row + np.uint64(above_right[x])] += 1
            at_90[row + np.uint64(just_above[x])] += 1
            at_135[row + np.uint64(above_left[x])] += 1


@kernel
def _symmetric(directed: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count each pair in both orders; what was outside is dropped."""
    n = directed.shape[1] - 1
    counts = np.empty((directed.shape[0], n, n), dtype=np.int64)
    for s in range(directed.shape[0]):
        inside = directed[s, 1:, 1:]
        for i in range(n):
            for j in range(i + 1):
                counts[s, i, j] = counts[s, j, i] = inside[i, j] + inside[j, i]
    return counts
