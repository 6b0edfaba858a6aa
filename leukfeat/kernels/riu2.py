"""Rotation-invariant uniform local binary patterns, in exact arithmetic."""

from functools import lru_cache
from math import cos, pi, sin

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["riu2_codes"]

# Positions are rounded to five decimals, as in scikit-image. Weights times 1e10 are then integers, and every
# sum of weight * level stays below 2**53: double precision holds them exactly, whatever the order of the
# operations.
_POSITION_SCALE = 100_000


def riu2_codes(grey: NDArray[np.uint8], n_points: int, radius: int) -> NDArray[np.uint8]:
    """Code each pixel by its circular neighbourhood.

    A neighbour, interpolated bilinearly, counts as 1 if it is at least as bright as the centre. A pattern
    with at most two changes round the circle has the number of its ones as code, any other n_points + 1.

    Parameters
    ----------
    grey : numpy.ndarray of uint8, shape (height, width)
        Levels.
    n_points : int
        Neighbours, evenly round the circle, in [4, 32].
    radius : int
        Of the circle, in pixels.

    Returns
    -------
    numpy.ndarray of uint8, shape (height - 2 * radius, width - 2 * radius)
        Codes of the pixels whose circle lies within the image: entry (y, x) is that of pixel
        (y + radius, x + radius).

    References
    ----------
    .. [1] Ojala, Pietikäinen, Mäenpää, 2002, "Multiresolution gray-scale and rotation invariant texture
       classification with local binary patterns", :doi:`10.1109/TPAMI.2002.1017623`
    """
    height, width = (max(side - 2 * radius, 0) for side in grey.shape)
    if not (height and width):
        return np.empty((height, width), dtype=np.uint8)
    offsets, weights = _sampling(n_points, radius)
    return np.asarray(_codes(grey.astype(np.float64), offsets, weights, radius))


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


@njit(cache=True, nogil=True)
def _codes(
    grey: NDArray[np.float64], offsets: NDArray[np.int64], weights: NDArray[np.float64], radius: int
) -> NDArray[np.uint8]:
    height, width = grey.shape[0] - 2 * radius, grey.shape[1] - 2 * radius
    n_points = offsets.shape[0]
    codes = np.empty((height, width), dtype=np.uint8)
    bits = np.empty((n_points, width), dtype=np.uint8)
    for y in range(height):
        centre = grey[y + radius, radius : radius + width]
        for point in range(n_points):
            top, left = y + radius + offsets[point, 0], radius + offsets[point, 1]
            _compare_row(grey, top, left, weights[point], centre, bits[point])
        _encode_row(bits, codes[y])
    return codes


@njit(cache=True, nogil=True)
def _compare_row(
    grey: NDArray[np.float64],
    top: int,
    left: int,
    weights: NDArray[np.float64],
    centre: NDArray[np.float64],
    bits: NDArray[np.uint8],
) -> None:
    """One neighbour of a row of pixels: is it at least as bright as the centre."""
    n = centre.shape[0]
    # A weight of 0 may ask for a pixel beyond the image; its neighbour then serves as well.
    down = 1 if weights[2] + weights[3] > 0 else 0
    right = 1 if weights[1] + weights[3] > 0 else 0
    upper_left, upper_right = grey[top, left : left + n], grey[top, left + right : left + right + n]
    lower_left = grey[top + down, left : left + n]
    lower_right = grey[top + down, left + right : left + right + n]
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    total = a + b + c + d
    for x in range(n):
        value = a * upper_left[x] + b * upper_right[x] + c * lower_left[x] + d * lower_right[x]
        bits[x] = 1 if value >= total * centre[x] else 0


@njit(cache=True, nogil=True)
def _encode_row(bits: NDArray[np.uint8], codes: NDArray[np.uint8]) -> None:
    """Count the ones; more than two changes give n_points + 1."""
    n_points, n = bits.shape
    changes = np.zeros(n, dtype=np.uint8)
    codes[:] = 0
    for point in range(n_points):
        before, here = bits[(point + n_points - 1) % n_points], bits[point]
        for x in range(n):
            changes[x] += before[x] ^ here[x]
            codes[x] += here[x]
    for x in range(n):
        codes[x] = codes[x] if changes[x] <= 2 else n_points + 1
