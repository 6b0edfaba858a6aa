"""Colour images as three planes, red, green and blue, each C-contiguous: what is computed pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import WORD
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import N_LEVELS, quantile_level

__all__ = [
    "brightest",
    "brightness",
    "median_colour",
    "quotients",
    "smooth_planes",
    "split_planes",
    "sum_of_levels",
]

_N_CHANNELS = 3
_TWO, _EIGHT, _FOUR_BITS = np.uint16(2), np.uint16(8), np.uint16(4)


@kernel
def split_planes(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Part an image into planes.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (height, width, 3)
        C-contiguous.

    Returns
    -------
    numpy.ndarray of uint8, shape (3, height, width)
        The planes.
    """
    height, width, _ = rgb.shape
    planes = np.empty((_N_CHANNELS, height, width), dtype=np.uint8)
    for y in range(height):
        _deal(rgb[y].reshape(width * _N_CHANNELS), planes, y)
    return planes


@kernel
def _deal(row: NDArray[np.uint8], planes: NDArray[np.uint8], y: int) -> None:
    for channel in range(_N_CHANNELS):
        line = planes[channel, y]
        for x in range(line.shape[0]):
            line[x] = row[_N_CHANNELS * x + channel]


@kernel
def smooth_planes(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Smooth an image by the binomial weights 1, 2, 1 in both directions and part it into planes.

    Sums are exact and rounded once, halves upwards; beyond the border the image is mirrored, its last pixel
    not repeated. This is OpenCV's Gaussian blur of width 3.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (height, width, 3)
        C-contiguous; at least two rows and columns.

    Returns
    -------
    numpy.ndarray of uint8, shape (3, height, width)
        The planes.
    """
    height, width, _ = rgb.shape
    n = width * _N_CHANNELS
    rows = rgb.reshape(height, n)
    planes = np.empty((_N_CHANNELS, height, width), dtype=np.uint8)
    sums, smoothed = np.empty(n + 2 * _N_CHANNELS, dtype=np.uint16), np.empty(n, dtype=np.uint8)
    left, middle, right = sums[:n], sums[_N_CHANNELS:][:n], sums[2 * _N_CHANNELS :]
    for y in range(height):
        above, here, below = rows[abs(y - 1)], rows[y], rows[min(y + 1, 2 * height - y - 3)]
        for i in range(n):
            middle[i] = np.uint16(above[i]) + np.uint16(here[i]) * _TWO + np.uint16(below[i])
        left[:_N_CHANNELS] = middle[_N_CHANNELS : 2 * _N_CHANNELS]
        right[n - _N_CHANNELS :] = middle[n - 2 * _N_CHANNELS : n - _N_CHANNELS]
        for i in range(n):
            smoothed[i] = (left[i] + middle[i] * _TWO + right[i] + _EIGHT) >> _FOUR_BITS
        _deal(smoothed, planes, y)
    return planes


@kernel
def brightness(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add to green a third of what red exceeds blue by: an image in which chromatin is darkest.

    Green is where nuclei absorb most. The third darkens what is blue, chromatin, and lifts what is red,
    erythrocytes and the granules of eosinophils.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, height, width)
        Red, green and blue.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        Green + (red - blue) / 3, to the nearest integer, clipped to [0, 255].
    """
    _, height, width = planes.shape
    bright = np.empty((height, width), dtype=np.uint8)
    for y in range(height):
        red, green, blue, line = planes[0, y], planes[1, y], planes[2, y], bright[y]
        for x in range(width):
            thrice = int(3 * np.int32(green[x]) + np.int32(red[x]) - np.int32(blue[x]))
            line[x] = min(max(thrice + 1, 0) // 3, 255)
    return bright


@kernel
def brightest(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take the largest of red, green and blue.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, height, width)
        Red, green and blue.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        Its level.
    """
    return np.maximum(np.maximum(planes[0], planes[1]), planes[2])


@kernel
def median_colour(planes: NDArray[np.uint8], bits: NDArray[np.uint64], stride: int) -> NDArray[np.int64]:
    """Find the median of each channel within a mask, from every few rows and columns where that leaves any.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, size, size)
        Red, green and blue.
    bits : numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`; not empty.
    stride : int
        Rows and columns 0, stride, 2 stride … count.

    Returns
    -------
    numpy.ndarray of int64, shape (3,)
        Median of red, green and blue; of an even number of pixels the lower one.
    """
    counts = _count_colours(planes, bits, stride)
    if counts[0].sum() == 0:
        counts = _count_colours(planes, bits, 1)
    medians = np.empty(_N_CHANNELS, dtype=np.int64)
    for channel in range(_N_CHANNELS):
        medians[channel] = quantile_level(counts[channel], 0.5)
    return medians


@kernel
def _count_colours(planes: NDArray[np.uint8], bits: NDArray[np.uint64], stride: int) -> NDArray[np.int64]:
    size = bits.shape[1]
    counts = np.zeros((_N_CHANNELS, N_LEVELS), dtype=np.int64)
    for y in range(0, size, stride):
        for x in range(0, size, stride):
            marked = np.int64((bits[x // WORD, y] >> np.uint64(x % WORD)) & np.uint64(1))
            for channel in range(_N_CHANNELS):
                counts[channel, planes[channel, y, x]] += marked
    return counts


@kernel
def quotients(
    above: NDArray[np.uint8],
    below: NDArray[np.uint8],
    numerators: NDArray[np.float32],
    denominators: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Divide a value of one image by a value of another, both looked up by level.

    Parameters
    ----------
    above, below : numpy.ndarray of uint8, shape (height, width)
        Levels of the numerator and of the denominator.
    numerators, denominators : numpy.ndarray of float32, shape (256,)
        Value of each level; at least 0 and above 0.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        The quotient in single precision, to the nearest integer, halves to the even one, at most 255.
    """
    height, width = above.shape
    table = _quotient_table(numerators, denominators)
    image = np.empty((height, width), dtype=np.uint8)
    for y in range(height):
        numerator, denominator, line = above[y], below[y], image[y]
        for x in range(width):
            line[x] = table[denominator[x], numerator[x]]
    return image


@kernel
def _quotient_table(numerators: NDArray[np.float32], denominators: NDArray[np.float32]) -> NDArray[np.uint8]:
    table = np.empty((N_LEVELS, N_LEVELS), dtype=np.uint8)
    for level in range(N_LEVELS):
        row, denominator = table[level], denominators[level]
        for i in range(N_LEVELS):
            row[i] = np.int32(min(np.rint(numerators[i] / denominator), np.float32(255)))
    return table


@kernel
def sum_of_levels(planes: NDArray[np.uint8], values: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Add up a value of red, one of green and one of blue, looked up by level.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, height, width)
        Red, green and blue.
    values : numpy.ndarray of int16, shape (3, 256)
        Value of each level, by channel.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        The sum, clipped to [0, 255].
    """
    _, height, width = planes.shape
    image = np.empty((height, width), dtype=np.uint8)
    for y in range(height):
        red, green, blue, line = planes[0, y], planes[1, y], planes[2, y], image[y]
        for x in range(width):
            total = np.int32(values[0, red[x]]) + np.int32(values[1, green[x]]) + np.int32(values[2, blue[x]])
            line[x] = min(max(total, 0), 255)
    return image
