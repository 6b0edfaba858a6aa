"""Resampling by area in integers."""

from functools import lru_cache
from math import gcd
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["resample_area"]

_N_CHANNELS = 3
_TOGETHER = 3  # source pixels that are added at once: all there are in a reduction to 4/9 or a milder one
_NARROW = 257  # 255 * 257 fits 16 bits
_SIGNED = {np.dtype(np.uint16): np.int16, np.dtype(np.uint32): np.int32}  # as OpenCV knows them


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
    columns = np.empty((size, side * _N_CHANNELS), dtype=weights.dtype)
    _add_rows(pixels, row_starts, first, weights, columns)
    # Turned, so that both sums run along the memory and many pixels are added at once.
    reduced = np.empty((size * _N_CHANNELS, size), dtype=np.uint8)
    turned = cv2.transpose(columns.view(_SIGNED[columns.dtype])).view(columns.dtype)
    line = np.empty(size, dtype=np.int32 if columns.dtype == np.uint16 else np.int64)
    _add_columns(turned, first, weights, reverse, line, reduced)
    return np.asarray(cv2.transpose(reduced), dtype=np.uint8).reshape(size, size, _N_CHANNELS)


@lru_cache(maxsize=64)
def _taps(side: int, size: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Tabulate the first source pixel of each pixel and the overlaps from there on, in lowest terms."""
    divisor = gcd(side, size)
    span, unit = side // divisor, size // divisor
    begin = np.arange(size)[:, np.newaxis] * span
    first = begin // unit
    most = (span - 1) // unit + 2
    edges = (first + np.arange(most + _TOGETHER)) * unit
    overlaps = np.maximum(np.minimum(edges + unit, begin + span) - np.maximum(edges, begin), 0)
    n_taps = -(-int((overlaps > 0).any(axis=0).sum()) // _TOGETHER) * _TOGETHER
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
def _add_rows(
    pixels: NDArray[np.uint8],
    row_starts: NDArray[np.int64],
    first: NDArray[np.int64],
    weights: NDArray[Any],
    sums: NDArray[Any],
) -> None:
    """Add up the source rows of each row, three at a time."""
    n, last, number = sums.shape[1], row_starts.shape[0] - 1, sums.dtype.type
    for i in range(sums.shape[0]):
        line = sums[i]
        line[:] = 0
        for k in range(0, weights.shape[1], _TOGETHER):
            y, u, v, w = first[i] + k, weights[i, k], weights[i, k + 1], weights[i, k + 2]
            a = pixels[row_starts[min(y, last)] :][:n]
            b = pixels[row_starts[min(y + 1, last)] :][:n]
            c = pixels[row_starts[min(y + 2, last)] :][:n]
            for x in range(n):
                line[x] += number(number(a[x]) * u) + number(number(b[x]) * v) + number(number(c[x]) * w)


@kernel
def _add_columns(
    columns: NDArray[Any],
    first: NDArray[np.int64],
    weights: NDArray[Any],
    reverse: bool,
    line: NDArray[Any],
    reduced: NDArray[np.uint8],
) -> None:
    """Add up the source columns of each column, three at a time, and divide by the area."""
    n, last, number = line.size, columns.shape[0] // _N_CHANNELS - 1, line.dtype.type
    area = float(weights[0].sum()) ** 2
    half, scale = area // 2.0 + 0.5, 1.0 / area
    for j in range(first.shape[0]):
        for channel in range(_N_CHANNELS):
            line[:] = 0
            for k in range(0, weights.shape[1], _TOGETHER):
                x, u = first[j] + k, number(weights[j, k])
                v, w = number(weights[j, k + 1]), number(weights[j, k + 2])
                a = columns[_N_CHANNELS * min(x, last) + channel]
                b = columns[_N_CHANNELS * min(x + 1, last) + channel]
                c = columns[_N_CHANNELS * min(x + 2, last) + channel]
                for y in range(n):
                    line[y] += number(number(a[y]) * u) + number(number(b[y]) * v) + number(number(c[y]) * w)
            out = reduced[_N_CHANNELS * j + (2 - channel if reverse else channel)]
            for y in range(n):
                out[y] = np.int32((line[y] + half) * scale)
