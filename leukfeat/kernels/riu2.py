"""Rotation-invariant uniform local binary patterns, in exact arithmetic."""

from functools import lru_cache
from math import cos, pi, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, nucleus_runs_of
from leukfeat.kernels.compiled import kernel

__all__ = ["Neighbourhood", "neighbourhood", "riu2_counts", "riu2_shares"]

# Positions are rounded to five decimals, as in scikit-image. Weights times 1e10 are then integers, and every
# sum of weight * level stays below 2**53: double precision holds them exactly, whatever the order of the
# operations.
_POSITION_SCALE = 100_000
_WHOLE = float(_POSITION_SCALE**2)
# Pixels and rows of a region that are coded together: few, so that what is computed of them stays in the
# caches near the core, and so that their box is hardly wider than they are.
_N_PIXELS, _FEWEST_ROWS, _MOST_ROWS = 2048, 8, 64
_N_LANES = 4


class Neighbourhood(NamedTuple):
    """Where the neighbours lie from the centre.

    A point above and one below share a column, and what is interpolated along the rows.

    Attributes
    ----------
    radius : int
        Of the circle, in pixels.
    points : numpy.ndarray of int64, shape (n_points + 1, 2)
        Of each point its row, and the part by which it lies below that row, in units of 1e-5. The last is
        none of them.
    columns : numpy.ndarray of int64, shape (n_columns, 4)
        Of each column its offset, the part by which it lies to the right of that, in units of 1e-5, and its
        two points; where it has but one, the last stands for the other.
    """

    radius: int
    points: NDArray[np.int64]
    columns: NDArray[np.int64]


class _Scratch(NamedTuple):
    """Room for the pixels of one block, used again for the next.

    Attributes
    ----------
    levels : numpy.ndarray of uint8, shape (n,)
        The block and its margin, row after row in one long line.
    scaled : numpy.ndarray of float64, shape (n,)
        Levels of the centres, times the sum of the weights.
    between : numpy.ndarray of float64, shape (n,)
        Interpolated along the line.
    bits : numpy.ndarray of uint8, shape (n_points + 1, n)
        1 where a neighbour is at least as bright as the centre.
    changes, codes : numpy.ndarray of uint8, shape (n,)
        Changes round the circle, and codes.
    """

    levels: NDArray[np.uint8]
    scaled: NDArray[np.float64]
    between: NDArray[np.float64]
    bits: NDArray[np.uint8]
    changes: NDArray[np.uint8]
    codes: NDArray[np.uint8]


@lru_cache(maxsize=16)
def neighbourhood(n_points: int, radius: int) -> Neighbourhood:
    """Tabulate the neighbours evenly round a circle.

    Parameters
    ----------
    n_points : int
        Number of neighbours, in [4, 32].
    radius : int
        Of the circle, in pixels.

    Returns
    -------
    Neighbourhood
        In counter-clockwise order, the first to the right.
    """
    angles = [2.0 * pi * point / n_points for point in range(n_points)]
    columns: dict[tuple[int, int], list[int]] = {}
    for point, angle in enumerate(angles):
        columns.setdefault(_grid_position(radius * cos(angle)), []).append(point)
    points = [*(_grid_position(-radius * sin(angle)) for angle in angles), (0, 0)]
    pairs = [(*place, *(*held, n_points)[:2]) for place, held in columns.items()]
    return Neighbourhood(radius, np.array(points, dtype=np.int64), np.array(pairs, dtype=np.int64))


def _grid_position(coordinate: float) -> tuple[int, int]:
    """Pixel below a coordinate, and the rest in units of 1e-5."""
    return divmod(round(coordinate * _POSITION_SCALE), _POSITION_SCALE)


@kernel
def riu2_shares(grey: NDArray[np.uint8], objects: CellObjects, circle: Neighbourhood) -> NDArray[np.float64]:
    """Compute the share of each code among the nucleus' pixels of several images.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, height, width)
        Levels, C-contiguous.
    objects : CellObjects
        The cells.
    circle : Neighbourhood
        See `neighbourhood`.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, n_points + 2)
        See `riu2_counts`; NaN without a pixel that is counted.
    """
    counts = riu2_counts(grey, objects, circle)
    shares = np.empty(counts.shape)
    for i in range(counts.shape[0]):
        total = counts[i].sum()
        for code in range(counts.shape[1]):
            shares[i, code] = counts[i, code] / total if total > 0 else np.nan
    return shares


@kernel
def riu2_counts(grey: NDArray[np.uint8], objects: CellObjects, circle: Neighbourhood) -> NDArray[np.int64]:
    """Count the codes of the pixels of all nuclei of several images.

    A neighbour on the circle, interpolated bilinearly, counts as 1 if it is at least as bright as the centre.
    A pattern with at most two changes round the circle has the number of its ones as code, any other
    n_points + 1. Neighbours are read from the whole image; pixels whose circle leaves it are left out.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (n_images, height, width)
        Levels, C-contiguous.
    objects : CellObjects
        The cells.
    circle : Neighbourhood
        See `neighbourhood`.

    Returns
    -------
    numpy.ndarray of int64, shape (n_images, n_points + 2)
        How many pixels have each code.

    References
    ----------
    .. [1] Ojala, Pietikäinen, Mäenpää, 2002, "Multiresolution gray-scale and rotation invariant texture
       classification with local binary patterns", :doi:`10.1109/TPAMI.2002.1017623`
    """
    counts = np.zeros((grey.shape[0], circle.points.shape[0] + 1), dtype=np.int64)
    lanes, scratch = np.empty((_N_LANES, counts.shape[1]), dtype=np.int64), _scratch(grey.shape[2], circle)
    for image in range(grey.shape[0]):
        lanes[:] = 0
        # Nucleus by nucleus, for the box around all of a field's is nearly the whole frame.
        for cell in range(objects.bounds[image], objects.bounds[image + 1]):
            corner = (objects.boxes[cell, 0], objects.boxes[cell, 1])
            _count(grey[image], nucleus_runs_of(objects, cell), corner, circle, scratch, lanes)
        for lane in range(_N_LANES):
            counts[image] += lanes[lane]
    return counts


@kernel
def _scratch(width: int, circle: Neighbourhood) -> _Scratch:
    n_bits, n = circle.points.shape[0], (_MOST_ROWS + 2 * circle.radius) * width
    return _Scratch(
        np.empty(n, dtype=np.uint8),
        np.empty(n, dtype=np.float64),
        np.empty(n, dtype=np.float64),
        np.empty((n_bits, n), dtype=np.uint8),
        np.empty(n, dtype=np.uint8),
        np.empty(n, dtype=np.uint8),
    )


@kernel
def _count(
    grey: NDArray[np.uint8],
    runs: NDArray[np.int64],
    corner: tuple[int, int],
    circle: Neighbourhood,
    scratch: _Scratch,
    counts: NDArray[np.int64],
) -> None:
    """Count the codes of one region, a few rows at a time."""
    n_rows, start = _block_rows(runs), 0
    while start < runs.shape[0]:
        stop = start
        while stop < runs.shape[0] and runs[stop, 0] < runs[start, 0] + n_rows:
            stop += 1
        _count_block(grey, runs[start:stop], corner, circle, scratch, counts)
        start = stop


@kernel
def _block_rows(runs: NDArray[np.int64]) -> int:
    left, right = _columns(runs)
    return min(max(_N_PIXELS // max(right - left, 1), _FEWEST_ROWS), _MOST_ROWS)


@kernel
def _columns(runs: NDArray[np.int64]) -> tuple[int, int]:
    """Find the first column of a region, and the one after its last; 0 and 0 without runs."""
    if runs.shape[0] == 0:
        return 0, 0
    left, right = runs[0, 1], runs[0, 2]
    for i in range(1, runs.shape[0]):
        left, right = min(left, runs[i, 1]), max(right, runs[i, 2])
    return left, right


@kernel
def _count_block(
    grey: NDArray[np.uint8],
    runs: NDArray[np.int64],
    corner: tuple[int, int],
    circle: Neighbourhood,
    scratch: _Scratch,
    counts: NDArray[np.int64],
) -> None:
    radius = circle.radius
    top, left, bottom, right = _box(runs, corner, grey.shape, radius)
    if top >= bottom or left >= right:
        return
    width = right - left + 2 * radius
    for y in range(top - radius, bottom + radius):
        begin = (y - top + radius) * width
        scratch.levels[begin : begin + width] = grey[y, left - radius : right + radius]
    _code(width, (bottom - top + 2 * radius) * width, circle, scratch)
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0] + corner[0], runs[i, 1] + corner[1], runs[i, 2] + corner[1]
        if top <= y < bottom and start < right and stop > left:
            begin = (y - top) * width - left
            _tally(scratch.codes[begin + max(start, left) : begin + min(stop, right)], counts)


@kernel
def _box(
    runs: NDArray[np.int64], corner: tuple[int, int], shape: tuple[int, int], radius: int
) -> tuple[int, int, int, int]:
    """Bound the pixels of a region whose circles lie within the image."""
    left, right = _columns(runs)
    return (
        max(corner[0] + runs[0, 0], radius),
        max(corner[1] + left, radius),
        min(corner[0] + runs[-1, 0] + 1, shape[0] - radius),
        min(corner[1] + right, shape[1] - radius),
    )


@kernel
def _code(width: int, size: int, circle: Neighbourhood, scratch: _Scratch) -> None:
    """Code the pixels of a block.

    A neighbour lies at one distance along the line for all pixels. At the ends of rows it lies beyond the
    block: the codes of the margin, as wide as the radius, mean nothing.
    """
    radius, points, columns = circle.radius, circle.points, circle.columns
    levels, between = scratch.levels[:size], scratch.between[:size]
    first, n = radius * (width + 1), size - 2 * radius * (width + 1)
    centre, scaled = levels[first : first + n], scratch.scaled[:n]
    for x in range(n):
        scaled[x] = _WHOLE * centre[x]
    for k in range(columns.shape[0]):
        offset, part, p, q = columns[k]
        if part == 0 and points[p, 1] == 0 and points[q, 1] == 0:
            for point in (p, q):
                beside = first + points[point, 0] * width + offset
                _compare(levels[beside : beside + n], centre, scratch.bits[point, :n])
        else:
            _interpolate(levels, offset, part, radius, between)
            _compare_between(
                between, first, width, points[p], points[q], scaled, scratch.bits[p, :n], scratch.bits[q, :n]
            )
    _encode(scratch.bits[:-1], scratch.changes[:n], scratch.codes[:n])


@kernel
def _interpolate(
    levels: NDArray[np.uint8], offset: int, part: int, radius: int, between: NDArray[np.float64]
) -> None:
    """Interpolate along the line, in units of 1e-5 levels, at an offset."""
    a, b = float(_POSITION_SCALE - part), float(part)
    line = between[radius : levels.size - radius]
    here = levels[radius + offset :]
    # A weight of 0 may ask for a pixel beyond the block; its neighbour then serves as well.
    there = levels[radius + offset + min(part, 1) :]
    for x in range(line.size):
        line[x] = a * here[x] + b * there[x]


@kernel
def _compare(neighbour: NDArray[np.uint8], centre: NDArray[np.uint8], bits: NDArray[np.uint8]) -> None:
    """Tell whether a neighbour that is a pixel is at least as bright as the centre."""
    for x in range(centre.size):
        bits[x] = neighbour[x] >= centre[x]


@kernel
def _compare_between(
    between: NDArray[np.float64],
    first: int,
    width: int,
    point: NDArray[np.int64],
    other: NDArray[np.int64],
    centre: NDArray[np.float64],
    bits: NDArray[np.uint8],
    other_bits: NDArray[np.uint8],
) -> None:
    """Tell whether two neighbours of one column, between two rows, are at least as bright as the centre."""
    a, b = float(_POSITION_SCALE - point[1]), float(point[1])
    c, d = float(_POSITION_SCALE - other[1]), float(other[1])
    row, other_row = first + point[0] * width, first + other[0] * width
    upper, lower = between[row:], between[row + min(point[1], 1) * width :]
    other_upper, other_lower = between[other_row:], between[other_row + min(other[1], 1) * width :]
    for x in range(centre.size):
        bits[x] = a * upper[x] + b * lower[x] >= centre[x]
        other_bits[x] = c * other_upper[x] + d * other_lower[x] >= centre[x]


@kernel
def _encode(bits: NDArray[np.uint8], changes: NDArray[np.uint8], codes: NDArray[np.uint8]) -> None:
    """Count the ones; more than two changes give n_points + 1."""
    n_points = bits.shape[0]
    changes[:] = 0
    codes[:] = 0
    whole = n_points - n_points % 4
    for point in range(0, whole, 4):
        _add_four(bits[(point + n_points - 1) % n_points], bits[point : point + 4], changes, codes)
    for point in range(whole, n_points):
        _add_one(bits[point - 1], bits[point], changes, codes)
    for x in range(codes.size):
        codes[x] = codes[x] if changes[x] <= 2 else n_points + 1


@kernel
def _add_four(
    before: NDArray[np.uint8], bits: NDArray[np.uint8], changes: NDArray[np.uint8], codes: NDArray[np.uint8]
) -> None:
    """Add the ones and changes of four points that follow each other."""
    first, second, third, fourth = bits[0], bits[1], bits[2], bits[3]
    for x in range(codes.size):
        a, b, c, d = first[x], second[x], third[x], fourth[x]
        changes[x] += (before[x] ^ a) + (a ^ b) + (b ^ c) + (c ^ d)
        codes[x] += a + b + c + d


@kernel
def _add_one(
    before: NDArray[np.uint8], bits: NDArray[np.uint8], changes: NDArray[np.uint8], codes: NDArray[np.uint8]
) -> None:
    for x in range(codes.size):
        changes[x] += before[x] ^ bits[x]
        codes[x] += bits[x]


@kernel
def _tally(codes: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Count, in four tables in turn: the next code is often the same, and would have to wait."""
    first, second, third, fourth = counts[0], counts[1], counts[2], counts[3]
    whole = codes.size - codes.size % _N_LANES
    for x in range(0, whole, _N_LANES):
        first[codes[np.uint64(x)]] += 1
        second[codes[np.uint64(x + 1)]] += 1
        third[codes[np.uint64(x + 2)]] += 1
        fourth[codes[np.uint64(x + 3)]] += 1
    for x in range(whole, codes.size):
        first[codes[x]] += 1
