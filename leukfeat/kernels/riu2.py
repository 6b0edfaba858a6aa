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
    offsets, weights = _sampling(n_points, radius)
    return np.asarray(_count(grey, runs, offsets, weights, radius))


@lru_cache(maxsize=16)
def _sampling(n_points: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Tabulate each neighbour: its upper left pixel from the centre, and the weights of its four pixels."""
    offsets = np.empty((n_points, 2), dtype=np.int64)
    weights = np.empty((n_points, 4), dtype=np.float64)
    for point in range(n_points):
        angle = 2.0 * pi * point / n_points
        row, row_part = _grid_position(-radius * sin(angle))
        column, column_part = _grid_position(radius * cos(angle))
        row_rest, column_rest = _POSITION_SCALE - row_part, _POSITION_SCALE - column_part
        offsets[point] = row, column
        weights[point] = (
            row_rest * column_rest,
            row_rest * column_part,
            row_part * column_rest,
            row_part * column_part,
        )
    return offsets, weights


def _grid_position(coordinate: float) -> tuple[int, int]:
    """Pixel below a coordinate, and the rest in units of 1e-5."""
    return divmod(round(coordinate * _POSITION_SCALE), _POSITION_SCALE)


@kernel
def _count(
    grey: NDArray[np.uint8],
    runs: NDArray[np.int64],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float64],
    radius: int,
) -> NDArray[np.int64]:
    height, width = grey.shape
    levels = _as_floats(grey, runs, radius)
    counts = np.zeros(offsets.shape[0] + 2, dtype=np.int64)
    bits = np.empty((offsets.shape[0], width), dtype=np.uint8)
    changes, codes = np.empty(width, dtype=np.uint8), np.empty(width, dtype=np.uint8)
    for i in range(runs.shape[0]):
        y, start, stop = runs[i, 0], max(runs[i, 1], radius), min(runs[i, 2], width - radius)
        if y < radius or y >= height - radius or start >= stop:
            continue
        n = stop - start
        for point in range(offsets.shape[0]):
            top, left = y + offsets[point, 0], start + offsets[point, 1]
            if weights[point, 0] == _WHOLE:
                _compare(grey[top, left : left + n], grey[y, start:stop], bits[point])
            else:
                _compare_between(levels, top, left, weights[point], levels[y, start:stop], bits[point])
        _encode(bits, changes[:n], codes[:n])
        for x in range(n):
            counts[codes[x]] += 1
    return counts


@kernel
def _as_floats(grey: NDArray[np.uint8], runs: NDArray[np.int64], radius: int) -> NDArray[np.float64]:
    """Convert the rows that the region's circles touch; others stay unset."""
    levels = np.empty(grey.shape, dtype=np.float64)
    if runs.shape[0]:
        for y in range(max(runs[0, 0] - radius, 0), min(runs[-1, 0] + radius + 1, grey.shape[0])):
            source, target = grey[y], levels[y]
            for x in range(source.shape[0]):
                target[x] = source[x]
    return levels


@kernel
def _compare(neighbour: NDArray[np.uint8], centre: NDArray[np.uint8], bits: NDArray[np.uint8]) -> None:
    """Tell whether a neighbour that is a pixel is at least as bright as the centre."""
    for x in range(centre.shape[0]):
        bits[x] = neighbour[x] >= centre[x]


@kernel
def _compare_between(
    levels: NDArray[np.float64],
    top: int,
    left: int,
    weights: NDArray[np.float64],
    centre: NDArray[np.float64],
    bits: NDArray[np.uint8],
) -> None:
    """Tell whether a neighbour between pixels is at least as bright as the centre."""
    n = centre.shape[0]
    # A weight of 0 may ask for a pixel beyond the image; its neighbour then serves as well.
    down = 1 if weights[2] + weights[3] > 0 else 0
    right = 1 if weights[1] + weights[3] > 0 else 0
    upper_left, upper_right = levels[top, left : left + n], levels[top, left + right : left + right + n]
    lower_left = levels[top + down, left : left + n]
    lower_right = levels[top + down, left + right : left + right + n]
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    for x in range(n):
        value = a * upper_left[x] + b * upper_right[x] + c * lower_left[x] + d * lower_right[x]
        bits[x] = value >= _WHOLE * centre[x]


@kernel
def _encode(bits: NDArray[np.uint8], changes: NDArray[np.uint8], codes: NDArray[np.uint8]) -> None:
    """Count the ones; more than two changes give n_points + 1."""
    n_points, n = bits.shape[0], codes.shape[0]
    changes[:] = 0
    codes[:] = 0
    for point in range(n_points):
        before, here = bits[(point + n_points - 1) % n_points], bits[point]
        for x in range(n):
            changes[x] += before[x] ^ here[x]
            codes[x] += here[x]
    for x in range(n):
        codes[x] = codes[x] if changes[x] <= 2 else n_points + 1
