"""Rotation-invariant uniform local binary patterns, in exact arithmetic."""

from functools import lru_cache
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["riu2_counts"]

# Positions are rounded to five decimals, as in scikit-image. Weights times 1e10 are then integers, and every
# sum of weight * level stays below 2**53: double precision holds them exactly, whatever the order of the
# operations.
_POSITION_SCALE = 100_000
_WHOLE = float(_POSITION_SCALE**2)


def riu2_counts(
    grey: NDArray[np.uint8], runs: NDArray[np.int64], n_points: int, radius: int
) -> NDArray[np.int64]:
    """Count the codes of a region's pixels.

    A neighbour on the circle, interpolated bilinearly, counts as 1 if it is at least as bright as the centre.
    A pattern with at most two changes round the circle has the number of its ones as code, any other
    n_points + 1. Pixels whose circle leaves the image are left out.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (height, width)
        Levels.
    runs : numpy.ndarray of int64, shape (n, 3)
        The region; see `leukfeat.kernels.runs.find_runs`.
    n_points : int
        Neighbours, evenly round the circle, in [4, 32].
    radius : int
        Of the circle, in pixels.

    Returns
    -------
    numpy.ndarray of int64, shape (n_points + 2,)
        How many pixels have each code.

    References
    ----------
    .. [1] Ojala, Pietikäinen, Mäenpää, 2002, "Multiresolution gray-scale and rotation invariant texture
       classification with local binary patterns", :doi:`10.1109/TPAMI.2002.1017623`
    """
    points, columns = _sampling(n_points, radius)
    return np.asarray(_count(grey, runs, points, columns, radius))


@lru_cache(maxsize=16)
def _sampling(n_points: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tabulate where the neighbours lie from the centre.

    Of each point its row, the part by which it lies below that row, and which of the columns it lies in; of
    each column its offset, and the part by which it lies to the right. Points above and below share a column,
    and what is interpolated along the rows.
    """
    angles = [2.0 * pi * point / n_points for point in range(n_points)]
    places = [_grid_position(radius * cos(angle)) for angle in angles]
    columns = sorted(set(places))
    points = [
        (*_grid_position(-radius * sin(angle)), columns.index(place))
        for angle, place in zip(angles, places, strict=True)
    ]
    return np.array(points, dtype=np.int64), np.array(columns, dtype=np.int64)


def _grid_position(coordinate: float) -> tuple[int, int]:
    """Pixel below a coordinate, and the rest in units of 1e-5."""
    return divmod(round(coordinate * _POSITION_SCALE), _POSITION_SCALE)


@kernel
def _count(
    grey: NDArray[np.uint8],
    runs: NDArray[np.int64],
    points: NDArray[np.int64],
    columns: NDArray[np.int64],
    radius: int,
) -> NDArray[np.int64]:
    counts = np.zeros(points.shape[0] + 2, dtype=np.int64)
    top, left, bottom, right = _box(runs, grey.shape[0], grey.shape[1], radius)
    if top >= bottom or left >= right:
        return counts
    box = grey[top - radius : bottom + radius, left - radius : right + radius].copy()
    codes = _codes(box.ravel(), box.shape[1], points, columns, radius).reshape(box.shape)
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], max(runs[i, 1], left), min(runs[i, 2], right)
        if top <= y < bottom:
            for x in range(start - left + radius, stop - left + radius):
                counts[codes[y - top + radius, x]] += 1
    return counts


@kernel
def _box(runs: NDArray[np.int64], height: int, width: int, radius: int) -> tuple[int, int, int, int]:
    """Bound the pixels of a region whose circles lie within the image."""
    if runs.shape[0] == 0:
        return 0, 0, 0, 0
    top, bottom = max(runs[0, 0], radius), min(runs[-1, 0] + 1, height - radius)
    return top, max(runs[:, 1].min(), radius), bottom, min(runs[:, 2].max(), width - radius)


@kernel
def _codes(
    levels: NDArray[np.uint8],
    width: int,
    points: NDArray[np.int64],
    columns: NDArray[np.int64],
    radius: int,
) -> NDArray[np.uint8]:
    """Code the pixels of a box, row after row in one long line.

    A neighbour then lies at one distance along the line for all pixels. At the ends of rows it lies beyond
    the box: the codes of the margin, as wide as the radius, mean nothing.
    """
    first, n = radius * (width + 1), levels.size - 2 * radius * (width + 1)
    centre = levels[first : first + n]
    scaled = np.empty(n, dtype=np.float64)
    scaled[:] = _WHOLE * centre
    between = _interpolate(levels, columns, radius)
    bits = np.empty((points.shape[0], n), dtype=np.uint8)
    for p in range(points.shape[0]):
        row, part, column = first + points[p, 0] * width, points[p, 1], points[p, 2]
        if part == 0 and columns[column, 1] == 0:
            beside = row + columns[column, 0]
            _compare(levels[beside : beside + n], centre, bits[p])
        else:
            below = row + min(part, 1) * width
            _compare_between(
                between[column, row : row + n], between[column, below : below + n], part, scaled, bits[p]
            )
    codes = np.empty(levels.size, dtype=np.uint8)
    _encode(bits, codes[first : first + n])
    return codes


@kernel
def _interpolate(levels: NDArray[np.uint8], columns: NDArray[np.int64], radius: int) -> NDArray[np.float64]:
    """Interpolate along the line, in units of 1e-5 levels, at the offset of each column."""
    between = np.empty((columns.shape[0], levels.size), dtype=np.float64)
    for k in range(columns.shape[0]):
        offset, part = columns[k, 0], columns[k, 1]
        a, b = float(_POSITION_SCALE - part), float(part)
        line = between[k, radius : levels.size - radius]
        here = levels[radius + offset :][: line.size]
        # A weight of 0 may ask for a pixel beyond the box; its neighbour then serves as well.
        there = levels[radius + offset + min(part, 1) :][: line.size]
        for x in range(line.size):
            line[x] = a * here[x] + b * there[x]
    return between


@kernel
def _compare(neighbour: NDArray[np.uint8], centre: NDArray[np.uint8], bits: NDArray[np.uint8]) -> None:
    """Tell whether a neighbour that is a pixel is at least as bright as the centre."""
    for x in range(centre.size):
        bits[x] = neighbour[x] >= centre[x]


@kernel
def _compare_between(
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
    part: int,
    centre: NDArray[np.float64],
    bits: NDArray[np.uint8],
) -> None:
    """Tell whether a neighbour between two rows is at least as bright as the centre."""
    a, b = float(_POSITION_SCALE - part), float(part)
    for x in range(centre.size):
        bits[x] = a * upper[x] + b * lower[x] >= centre[x]


@kernel
def _encode(bits: NDArray[np.uint8], codes: NDArray[np.uint8]) -> None:
    """Count the ones; more than two changes give n_points + 1."""
    n_points = bits.shape[0]
    changes = np.zeros(codes.size, dtype=np.uint8)
    codes[:] = 0
    for point in range(n_points):
        before, here = bits[(point + n_points - 1) % n_points], bits[point]
        for x in range(codes.size):
            changes[x] += before[x] ^ here[x]
            codes[x] += here[x]
    for x in range(codes.size):
        codes[x] = codes[x] if changes[x] <= 2 else n_points + 1
