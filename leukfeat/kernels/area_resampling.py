"""Resampling by area in integers."""

from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["resample_area"]

_N_CHANNELS = 3
_UNROLLED = 3  # taps that the inner loops spell out: enough for a reduction to 4/9 and milder ones
_NARROW = 257  # 255 * 257 fits 16 bits, 255 * 257 ** 2 fits 32


def resample_area(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Reduce a square image: each pixel becomes the mean of the source pixels below it.

    Source pixels count by their overlap. Sums are integers, rounded once, halves upwards.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (side, side, 3)
        Any strides; a view with reversed rows or channels is read where it lies.
    size : int
        Side of the result, at most `side`; the longer side is at most 2**16.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size, 3)
        C-contiguous; within one level of OpenCV's `INTER_AREA`.
    """
    side = image.shape[0]
    first, weights = _taps(side, size)
    pixels, row_starts, reverse = _flat_rows(image)
    reduced = np.empty((size, size * _N_CHANNELS), dtype=np.uint8)
    narrow = weights.dtype == np.uint16
    column_sums = np.zeros((side + weights.shape[1]) * _N_CHANNELS, dtype=weights.dtype)
    sums = np.empty(size * _N_CHANNELS, dtype=np.int32 if narrow else np.int64)
    _reduce(pixels, row_starts, reverse, first, weights, column_sums, sums, reduced)
    return reduced.reshape(size, size, _N_CHANNELS)


@lru_cache(maxsize=64)
def _taps(side: int, size: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Tabulate the first source pixel of each pixel and the overlaps from there on, in lowest terms."""
    divisor = gcd(side, size)
    span, unit = side // divisor, size // divisor
    begin = np.arange(size)[:, np.newaxis] * span
    first = begin // unit
    edges = (first + np.arange(max((span - 1) // unit + 2, _UNROLLED))) * unit
    overlaps = np.maximum(np.minimum(edges + unit, begin + span) - np.maximum(edges, begin), 0)
    n_taps = max(int((overlaps > 0).any(axis=0).sum()), _UNROLLED)
    dtype = np.uint16 if span <= _NARROW else np.uint32
    return first.ravel(), np.ascontiguousarray(overlaps[:, :n_taps].astype(dtype))


def _flat_rows(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64], bool]:
    """Find the memory that holds the image, where its rows start, and whether channels run backwards."""
    if image.strides[1] != _N_CHANNELS or abs(image.strides[2]) != 1:
        image = np.ascontiguousarray(image)
    side, step = len(image), image.strides[0]
    reverse = image.strides[2] < 0
    ascending = image[::-1] if step < 0 else image
    ascending = ascending[..., ::-1] if reverse else ascending
    pixels = as_strided(ascending, ((side - 1) * abs(step) + side * _N_CHANNELS,), (1,))
    row_starts = np.arange(side) * abs(step)
    return pixels, row_starts[::-1].copy() if step < 0 else row_starts, reverse


@kernel
def _reduce(
    pixels: NDArray[np.uint8],
    row_starts: NDArray[np.int64],
    reverse: bool,
    first: NDArray[np.int64],
    weights: NDArray[Any],
    column_sums: NDArray[Any],
    sums: NDArray[Any],
    reduced: NDArray[np.uint8],
) -> None:
    length, last = row_starts.shape[0] * _N_CHANNELS, row_starts.shape[0] - 1
    area = float(weights[0].sum()) ** 2
    half, scale = area // 2.0 + 0.5, 1.0 / area
    starts = np.empty(weights.shape[1], dtype=np.int64)
    for i in range(first.shape[0]):
        for k in range(weights.shape[1]):
            starts[k] = row_starts[min(first[i] + k, last)]
        _add_rows(pixels, starts, weights[i], column_sums[:length])
        _add_columns(column_sums, first, weights, reverse, sums)
        row = reduced[i]
        for x in range(row.shape[0]):
            row[x] = np.int32((sums[x] + half) * scale)


@kernel
def _add_rows(
    pixels: NDArray[np.uint8], starts: NDArray[np.int64], weights: NDArray[Any], column_sums: NDArray[Any]
) -> None:
    n, number = column_sums.shape[0], column_sums.dtype.type
    a, b, c = pixels[starts[0] :][:n], pixels[starts[1] :][:n], pixels[starts[2] :][:n]
    u, v, w = weights[0], weights[1], weights[2]
    for x in range(n):
        column_sums[x] = number(number(a[x]) * u) + number(number(b[x]) * v) + number(number(c[x]) * w)
    for k in range(_UNROLLED, weights.shape[0]):
        row, weight = pixels[starts[k] :][:n], weights[k]
        for x in range(n):
            column_sums[x] += number(number(row[x]) * weight)


@kernel
def _add_columns(
    column_sums: NDArray[Any],
    first: NDArray[np.int64],
    weights: NDArray[Any],
    reverse: bool,
    sums: NDArray[Any],
) -> None:
    number = sums.dtype.type
    red, blue = (2, 0) if reverse else (0, 2)
    for j in range(first.shape[0]):
        s, x = first[j] * 3, j * 3
        u, v, w = number(weights[j, 0]), number(weights[j, 1]), number(weights[j, 2])
        a, b, c = number(column_sums[s]), number(column_sums[s + 3]), number(column_sums[s + 6])
        sums[x + red] = a * u + b * v + c * w
        a, b, c = number(column_sums[s + 1]), number(column_sums[s + 4]), number(column_sums[s + 7])
        sums[x + 1] = a * u + b * v + c * w
        a, b, c = number(column_sums[s + 2]), number(column_sums[s + 5]), number(column_sums[s + 8])
        sums[x + blue] = a * u + b * v + c * w
        for k in range(_UNROLLED, weights.shape[1]):
            s, w = s + 3, number(weights[j, k])
            sums[x + red] += number(column_sums[s + 6]) * w
            sums[x + 1] += number(column_sums[s + 7]) * w
            sums[x + blue] += number(column_sums[s + 8]) * w
