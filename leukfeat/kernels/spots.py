"""Spots: connected components of the pixels where a top-hat reaches a threshold."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD, gather_bits, lowest_bit, population_count
from leukfeat.kernels.bounding_box import bounding_box, crop
from leukfeat.kernels.cell_batch import CellObjects, nucleus_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.runs import draw_runs
from leukfeat.kernels.top_hat import DIAMETERS, RIM, interior, top_hats

__all__ = ["chromatin_rows", "rounded_up_deviation", "spot_statistics"]

_N_MAPS = 2 * len(DIAMETERS)
# Pixels whose squares are added in 32 bits, and pixels that are added in 16.
_BLOCK, _SHORT_BLOCK = 1 << 15, 1 << 8
_WORD_BYTES = 8
_AT_ONCE = 4
_ONE, _SHIFT, _LAST = np.uint64(1), np.uint64(6), np.uint64(WORD - 1)


@kernel
def chromatin_rows(grey: NDArray[np.uint8], objects: CellObjects) -> NDArray[np.float64]:
    """Measure the spots in the nuclei of several images.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        Grey levels, C-contiguous.
    objects : CellObjects
        The cells.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 18)
        For each top-hat, in the order of `leukfeat.kernels.top_hat.top_hats`, the nuclei of an image pooled:
        spots per nucleus, share of pixels in spots, and mean; see
        `leukfeat.features.chromatin.ChromatinFeatures`. NaN where no nucleus has an interior.
    """
    rows = np.empty((grey.shape[0], 3 * _N_MAPS), dtype=np.float64)
    for image in range(grey.shape[0]):
        n_nuclei, n_pixels, totals = 0, 0, np.zeros((_N_MAPS, 3), dtype=np.int64)
        for cell in range(objects.bounds[image], objects.bounds[image + 1]):
            top, left = objects.boxes[cell, 0], objects.boxes[cell, 1]
            n = _add_nucleus(grey[image], top, left, nucleus_runs_of(objects, cell), totals)
            n_pixels += n
            n_nuclei += n > 0
        _write_measures(totals, n_nuclei, n_pixels, rows[image])
    return rows


@kernel
def _write_measures(
    totals: NDArray[np.int64], n_nuclei: int, n_pixels: int, row: NDArray[np.float64]
) -> None:
    if n_nuclei == 0:
        row[:] = np.nan
        return
    for k in range(len(totals)):
        row[3 * k] = totals[k, 0] / n_nuclei
        row[3 * k + 1] = totals[k, 1] / n_pixels
        row[3 * k + 2] = totals[k, 2] / n_pixels


@kernel
def _add_nucleus(
    grey: NDArray[np.uint8], cell_top: int, cell_left: int, runs: NDArray[np.int64], totals: NDArray[np.int64]
) -> int:
    """Add the spots, spot pixels and sums of one nucleus' top-hats; return the pixels of its interior."""
    if len(runs) == 0:
        return 0
    top, left, height, width = bounding_box(runs)
    inside = interior(draw_runs(runs - np.array([top, left, left]), height, width))
    n_pixels = _sum(inside.ravel())
    if n_pixels == 0:
        return 0
    levels = crop(grey, cell_top + top + RIM, cell_left + left + RIM, inside.shape[0], inside.shape[1])
    threshold = max(1, rounded_up_deviation(levels, inside))
    totals += spot_statistics(top_hats(levels, inside), threshold)
    return n_pixels


@kernel
def rounded_up_deviation(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> int:
    """Compute the standard deviation of the levels inside a mask, rounded up, exactly.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous.
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; at least one pixel is inside.

    Returns
    -------
    int
        The least integer that is not below the deviation (divided by n, not n - 1); in [0, 128].
    """
    n, total, squares = _power_sums(levels.ravel(), mask.ravel())
    n_deviations_squared = n * squares - total * total
    deviation = 0
    while (n * deviation) ** 2 < n_deviations_squared:
        deviation += 1
    return deviation


@kernel
def _power_sums(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Count the pixels inside, sum their levels and the squares of these."""
    n = total = squares = 0
    for start in range(0, levels.size, _BLOCK):
        here, inside = levels[start : start + _BLOCK], mask[start : start + _BLOCK]
        block_n = block_total = block_squares = np.int32(0)
        for i in range(here.size):
            level = np.int32(here[i] * inside[i])
            block_n = np.int32(block_n + inside[i])
            block_total = np.int32(block_total + level)
            block_squares = np.int32(block_squares + level * level)
        n += int(block_n)
        total += int(block_total)
        squares += int(block_squares)
    return n, total, squares


@kernel
def spot_statistics(maps: NDArray[np.uint8], threshold: int) -> NDArray[np.int64]:
    """Count the spots of each map, their pixels, and sum the map.

    Parameters
    ----------
    maps : numpy.ndarray of uint8, shape (n_maps, height, width)
        C-contiguous; below the threshold in the first row and the last column of each.
    threshold : int
        In [1, 255].

    Returns
    -------
    numpy.ndarray of int64, shape (n_maps, 3)
        Number of 8-connected components of the pixels that reach the threshold, number of these pixels, sum
        of all pixels.

    References
    ----------
    .. [1] Rosenfeld, Pfaltz, 1966, "Sequential operations in digital picture processing",
       :doi:`10.1145/321356.321357`
    """
    n_maps, _, width = maps.shape
    statistics = np.empty((n_maps, 3), dtype=np.int64)
    for k in range(n_maps):
        # Row after row in one line: the last column keeps the runs of two rows apart.
        line = maps[k].ravel()
        edges, marks, ranks = _find_edges(line, threshold)
        statistics[k, 0], statistics[k, 1] = _count_components(edges, marks, ranks, width)
        statistics[k, 2] = _sum(line)
    return statistics


@kernel
def _sum(levels: NDArray[np.uint8]) -> int:
    total = 0
    for start in range(0, levels.size, _SHORT_BLOCK):
        block = levels[start : start + _SHORT_BLOCK]
        block_total = np.uint16(0)
        for i in range(block.size):
            block_total = np.uint16(block_total + block[i])
        total += int(block_total)
    return total


@kernel
def _find_edges(
    levels: NDArray[np.uint8], threshold: int
) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32]]:
    """List where runs of pixels that reach the threshold start and stop, in turns.

    Returned, too: the same as marks, one bit per pixel, and the number of edges before each word of marks.
    """
    changes = _changes(levels, np.uint8(threshold)).view(np.uint64)
    marks = np.empty(changes.size // _WORD_BYTES, dtype=np.uint64)
    ranks = np.empty(marks.size, dtype=np.int32)
    edges = np.empty(levels.size + _AT_ONCE, dtype=np.int32)
    n = 0
    for j in range(marks.size):
        marks[j], ranks[j] = gather_bits(changes, j), n
        _write_places(marks[j], WORD * j, edges[n:])
        n += population_count(marks[j])
    return edges[:n], marks, ranks


@kernel
def _write_places(word: np.uint64, start: int, places: NDArray[np.int32]) -> None:
    """List the ones of a word, several at a time for few branches; places after the last may change, too."""
    n = 0
    while word:
        for i in range(_AT_ONCE):
            places[n + i] = start + lowest_bit(word)
            word &= word - _ONE
        n += _AT_ONCE


@kernel
def _changes(levels: NDArray[np.uint8], threshold: np.uint8) -> NDArray[np.uint8]:
    """1 where one of a pixel and the one before reaches the threshold and the other does not, else 0.

    Filled up to whole words of 64 pixels.
    """
    changes = np.empty((levels.size + WORD - 1) // WORD * WORD, dtype=np.uint8)
    changes[0], changes[levels.size :] = 0, 0
    before, here, inner = levels[:-1], levels[1:], changes[1 : levels.size]
    for i in range(inner.size):
        inner[i] = (before[i] >= threshold) != (here[i] >= threshold)
    return changes


@kernel
def _count_components(
    edges: NDArray[np.int32], marks: NDArray[np.uint64], ranks: NDArray[np.int32], width: int
) -> tuple[int, int]:
    """Unite each run with those of the row above that it touches; count components and pixels."""
    n_components, n_pixels = edges.size // 2, 0
    parents = np.empty(n_components, dtype=np.int32)
    for run in range(parents.size):
        start, stop = edges[2 * run], edges[2 * run + 1]
        n_pixels += stop - start
        # Of all runs, so many stop before this one starts, and so many start no later than it stops.
        first = _n_before(marks, ranks, start - width) >> 1
        last = (_n_before(marks, ranks, stop - width + 1) + 1) >> 1
        # The first that it touches takes it in: no root to look for, and no branch to mispredict.
        parents[run] = parents[first] if first < last else run
        n_components -= first < last
        for touching in range(first + 1, last):
            n_components -= _unite(parents, touching, run)
    return n_components, n_pixels


@kernel
def _n_before(marks: NDArray[np.uint64], ranks: NDArray[np.int32], place: int) -> int:
    """Count the edges before a place."""
    # Unsigned: no question then whether an index counts from the end.
    j, bit = np.uint64(place) >> _SHIFT, np.uint64(place) & _LAST
    return ranks[j] + population_count(marks[j] & ((_ONE << bit) - _ONE))


@kernel
def _unite(parents: NDArray[np.int32], first: int, second: int) -> int:
    """Join the components of two runs; return 1 if they were apart, else 0."""
    one, other = _root(parents, first), _root(parents, second)
    parents[max(one, other)] = min(one, other)
    return 1 if one != other else 0


@kernel
def _root(parents: NDArray[np.int32], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
