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
_WORD = 8  # bytes
_WHITE = 255


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
    if image.strides[1] != _N_CHANNELS or abs(image.strides[2]) != 1:
        image = np.ascontiguousarray(image)
    backwards = image.strides[2] < 0
    first_row = (image[0, :, ::-1] if backwards else image[0]).reshape(-1)
    first_row.flags.writeable = False  # as the pixels of a bitmap are: one type, compiled once
    reduced = np.asarray(_resample(first_row, image.strides[0], *_tables(len(image), size)))
    reduced = reduced.reshape(size, size, _N_CHANNELS)
    if backwards:
        cv2.cvtColor(reduced, cv2.COLOR_BGR2RGB, reduced)
    return reduced


@lru_cache(maxsize=64)
def _tables(side: int, size: int) -> tuple[NDArray[Any], ...]:
    """Tabulate what `_resample` asks for."""
    divisor = gcd(side, size)
    span, unit = side // divisor, size // divisor
    first, overlaps = _taps(span, unit, size)
    sums = np.empty(0, dtype=_narrowest(_WHITE * span**2))
    pixel = _N_CHANNELS * sums.itemsize
    words = np.arange(0, pixel, _WORD)
    sources = (first * pixel + words).ravel().astype(np.uint64)
    targets = (np.arange(size)[:, np.newaxis] * pixel + words).ravel().astype(np.uint64)
    word_weights = overlaps.T.repeat(words.size, axis=1).astype(np.uint64)
    # Single precision is exact as long as the sums have 16 bits.
    rounding = np.array([span**2 // 2 + 0.5, 1.0 / span**2], np.float32 if sums.itemsize == 2 else np.float64)
    weights = overlaps.astype(_narrowest(_WHITE * span))
    return first.ravel(), weights, sums, sources, targets, word_weights, rounding


def _narrowest(largest: int) -> type[np.unsignedinteger[Any]]:
    """Choose a type that holds a number."""
    return next(kind for kind in (np.uint16, np.uint32, np.uint64) if largest <= np.iinfo(kind).max)


def _taps(span: int, unit: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the first source pixel of each pixel and the overlaps from there on, in lowest terms."""
    begin = np.arange(size)[:, np.newaxis] * span
    first = begin // unit
    most = (span - 1) // unit + 2
    edges = (first + np.arange(most + _TOGETHER)) * unit
    overlaps = np.maximum(np.minimum(edges + unit, begin + span) - np.maximum(edges, begin), 0)
    n_taps = -(-int((overlaps > 0).any(axis=0).sum()) // _TOGETHER) * _TOGETHER
    return first, np.ascontiguousarray(overlaps[:, :n_taps])


@kernel
def _resample(
    first_row: NDArray[np.uint8],
    step: int,
    first: NDArray[np.int64],
    weights: NDArray[Any],
    sums: NDArray[Any],
    sources: NDArray[np.uint64],
    targets: NDArray[np.uint64],
    word_weights: NDArray[np.uint64],
    rounding: NDArray[Any],
) -> NDArray[np.uint8]:
    """Reduce an image, given its first row and the bytes from one row to the next, row by row.

    `first` and `weights` say which source rows make up a row; `sums` has the type of sums over an area.
    Columns are added up in words of 64 bits that hold as many of these as fit: `sources` and `targets` are
    the places of the words in bytes, `word_weights` the overlaps. `rounding` holds half the area and the
    inverse of the area.
    """
    size, n = first.size, first_row.size
    pixel = _N_CHANNELS * sums.itemsize
    rows = as_strided(first_row, (n // _N_CHANNELS, n), (step, 1))
    words = np.zeros((n // _N_CHANNELS + weights.shape[1]) * pixel // _WORD + 2, dtype=np.uint64)
    totals = np.zeros(sources.size, dtype=np.uint64)
    added = np.empty(size * pixel // _WORD + 2, dtype=np.uint64)
    line = words.view(sums.dtype)[:n]
    narrow = weights.itemsize < sums.itemsize
    column_sums = np.empty(n, weights.dtype) if narrow else words.view(weights.dtype)[:n]
    reduced = np.empty((size, size * _N_CHANNELS), dtype=np.uint8)
    for i in range(size):
        _add_rows(rows, first[i], weights[i], column_sums)
        if narrow:
            for x in range(n):
                line[x] = column_sums[x]
        _add_columns(words, sources, targets, word_weights, np.uint64(pixel), totals, added)
        _divide(added.view(sums.dtype), rounding, reduced[i])
    return reduced


@kernel
def _add_rows(rows: NDArray[np.uint8], first: int, weights: NDArray[Any], line: NDArray[Any]) -> None:
    """Add up source rows, three at a time."""
    last, n, number = rows.shape[0] - 1, rows.shape[1], line.dtype.type
    u, v, w = weights[0], weights[1], weights[2]
    a, b, c = rows[first], rows[min(first + 1, last)], rows[min(first + 2, last)]
    for x in range(n):
        line[x] = number(number(a[x]) * u) + number(number(b[x]) * v) + number(number(c[x]) * w)
    for k in range(_TOGETHER, weights.size, _TOGETHER):
        u, v, w = weights[k], weights[k + 1], weights[k + 2]
        y = first + k
        a, b, c = rows[min(y, last)], rows[min(y + 1, last)], rows[min(y + 2, last)]
        for x in range(n):
            line[x] += number(number(a[x]) * u) + number(number(b[x]) * v) + number(number(c[x]) * w)


@kernel
def _add_columns(
    line: NDArray[np.uint64],
    sources: NDArray[np.uint64],
    targets: NDArray[np.uint64],
    weights: NDArray[np.uint64],
    pixel: np.uint64,
    totals: NDArray[np.uint64],
    sums: NDArray[np.uint64],
) -> None:
    """Add up source columns, three at a time: one multiplication weights all channels in a word.

    Words begin at any byte. The next pixel's red may fill one up: it overflows at the upper end (machines
    store the lower end first), where nobody is disturbed, and the next word overwrites it.
    """
    words = as_strided(line, (line.size * _WORD,), (1,))
    added = as_strided(sums, (sums.size * _WORD,), (1,))
    if weights.shape[0] > _TOGETHER:
        totals[:] = 0
    for k in range(_TOGETHER, weights.shape[0], _TOGETHER):
        a, b, c = weights[k], weights[k + 1], weights[k + 2]
        skipped = np.uint64(k) * pixel
        for j in range(sources.size):
            totals[j] += _weighted(words, sources[j] + skipped, pixel, a[j], b[j], c[j])
    a, b, c = weights[0], weights[1], weights[2]
    for j in range(sources.size):
        added[targets[j]] = totals[j] + _weighted(words, sources[j], pixel, a[j], b[j], c[j])


@kernel
def _weighted(
    words: NDArray[np.uint64], place: np.uint64, pixel: np.uint64, u: np.uint64, v: np.uint64, w: np.uint64
) -> np.uint64:
    return words[place] * u + words[place + pixel] * v + words[place + pixel + pixel] * w


@kernel
def _divide(sums: NDArray[Any], rounding: NDArray[Any], means: NDArray[np.uint8]) -> None:
    half, inverse, number = rounding[0], rounding[1], rounding.dtype.type
    for x in range(means.size):
        means[x] = np.int32((number(sums[x]) + half) * inverse)
