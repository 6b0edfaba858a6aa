"""Colour images as three planes, red, green and blue, each C-contiguous: what is computed pixel by pixel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import N_LEVELS, count_all, quantile_level

__all__ = [
    "Colour",
    "brightest",
    "brightness",
    "median_colour",
    "quotients",
    "smooth_planes",
    "split_planes",
    "sum_of_levels",
]

_N_CHANNELS = 3
_STRIDE = 3

# Unsigned: an index that cannot be negative lets the compiler take many pixels at once.
_ONE, _TWO, _THREE, _SIX = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(6)
_LEVEL_BITS = np.uint16(8)


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
    _deal(rgb.ravel(), planes.ravel(), 0, height * width, height * width)
    return planes


@kernel
def _deal(pixels: NDArray[np.uint8], planes: NDArray[np.uint8], start: int, n: int, n_pixels: int) -> None:
    """Part pixels that lie side by side into planes of n_pixels each, from one place on."""
    red, green, blue = np.uint64(start), np.uint64(start + n_pixels), np.uint64(start + 2 * n_pixels)
    for x in range(np.uint64(n)):
        planes[red + x] = pixels[_THREE * x]
        planes[green + x] = pixels[_THREE * x + _ONE]
        planes[blue + x] = pixels[_THREE * x + _TWO]


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
    planes, levels = np.empty(height * width * _N_CHANNELS, dtype=np.uint8), rgb.ravel()
    sums, row = np.empty((width + 2) * _N_CHANNELS, np.uint16), np.empty(width * _N_CHANNELS, np.uint8)
    for y in range(height):
        _smooth_row(levels, y, height, sums, row)
        _deal(row, planes, y * width, width, height * width)
    return planes.reshape(_N_CHANNELS, height, width)


@kernel
def _smooth_row(
    levels: NDArray[np.uint8], y: int, height: int, sums: NDArray[np.uint16], smooth: NDArray[np.uint8]
) -> None:
    n, length = smooth.shape[0], np.uint64(smooth.shape[0])
    up, here, down = abs(y - 1) * n, np.uint64(y * n), min(y + 1, 2 * height - y - 3) * n
    above, below, two = np.uint64(up), np.uint64(down), np.uint16(2)
    for i in range(length):
        ends = np.uint16(levels[above + i]) + np.uint16(levels[below + i])
        sums[_THREE + i] = ends + np.uint16(levels[here + i]) * two
    for i in range(_N_CHANNELS):
        sums[i], sums[n + 3 + i] = sums[i + 6], sums[n - 3 + i]
    for i in range(length):
        total = sums[i] + sums[_THREE + i] * two + sums[_SIX + i]
        smooth[i] = (total + np.uint16(8)) >> np.uint16(4)


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
    bright, thrice = np.empty((height, width), dtype=np.uint8), np.empty(width, dtype=np.uint16)
    levels, target, n_pixels = planes.ravel(), bright.ravel(), np.uint64(height * width)
    for y in range(height):
        red = np.uint64(y * width)
        green, blue = red + n_pixels, red + _TWO * n_pixels
        for x in range(np.uint64(width)):
            total = np.int16(3) * np.int16(levels[green + x]) + np.int16(levels[red + x])
            thrice[x] = max(np.int16(total - np.int16(levels[blue + x]) + np.int16(1)), np.int16(0))
        for x in range(np.uint64(width)):
            target[red + x] = min(thrice[x] // np.uint16(3), np.uint16(255))
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


class Colour(NamedTuple):
    """Levels of the three channels.

    Attributes
    ----------
    red, green, blue : int
        In [0, 255].
    """

    red: int
    green: int
    blue: int


@kernel
def median_colour(planes: NDArray[np.uint8], image: NDArray[np.uint8], level: int) -> Colour:
    """Find the median of each channel where an image exceeds a level.

    Every third row and column counts, where that leaves any pixels.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, size, size)
        Red, green and blue.
    image : numpy.ndarray of uint8, shape (size, size)
        The image.
    level : int
        The level, which at least one pixel exceeds.

    Returns
    -------
    Colour
        The medians; of an even number of pixels the lower one.
    """
    counts = _count_colours(planes, image, level, _STRIDE)
    if count_all(counts[0]) == 0:
        counts = _count_colours(planes, image, level, 1)
    red, green, blue = counts[0], counts[1], counts[2]
    return Colour(quantile_level(red, 0.5), quantile_level(green, 0.5), quantile_level(blue, 0.5))


@kernel
def _count_colours(
    planes: NDArray[np.uint8], image: NDArray[np.uint8], level: int, stride: int
) -> NDArray[np.int64]:
    size, n_pixels = image.shape[0], np.uint64(image.size)
    counts = np.zeros((_N_CHANNELS, N_LEVELS), dtype=np.int64)
    reds, greens, blues = counts[0], counts[1], counts[2]
    levels, bright = planes.ravel(), image.ravel()
    for start in range(0, size * size, stride * size):
        for i in range(np.uint64(start), np.uint64(start + size), np.uint64(stride)):
            if bright[i] > level:
                reds[levels[i]] += 1
                greens[levels[n_pixels + i]] += 1
                blues[levels[_TWO * n_pixels + i]] += 1
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
        Levels of the numerator and of the denominator, C-contiguous.
    numerators, denominators : numpy.ndarray of float32, shape (256,)
        Value of each level; at least 0 and above 0.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        The quotient in single precision, to the nearest integer, halves to the even one, at most 255.
    """
    height, width = above.shape
    image, places = np.empty((height, width), dtype=np.uint8), np.empty(width, dtype=np.uint16)
    first, second, target = above.ravel(), below.ravel(), image.ravel()
    table = _quotient_table(first, second, numerators, denominators)
    for y in range(height):
        start = np.uint64(y * width)
        for x in range(np.uint64(width)):
            places[x] = (np.uint16(second[start + x]) << _LEVEL_BITS) | np.uint16(first[start + x])
        for x in range(np.uint64(width)):
            target[start + x] = table[places[x]]
    return image


@kernel
def _quotient_table(
    above: NDArray[np.uint8],
    below: NDArray[np.uint8],
    numerators: NDArray[np.float32],
    denominators: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Quotients of all pairs of levels between the extremes of two images; others mean nothing."""
    lowest, highest = _extremes(above)
    lowest_below, highest_below = _extremes(below)
    table, values = np.empty((N_LEVELS, N_LEVELS), dtype=np.uint8), numerators[lowest : highest + 1]
    for level in range(lowest_below, highest_below + 1):
        row, denominator = table[level, lowest : highest + 1], denominators[level]
        for i in range(values.shape[0]):
            row[i] = np.int32(min(np.rint(values[i] / denominator), np.float32(255)))
    return table.ravel()


@kernel
def _extremes(levels: NDArray[np.uint8]) -> tuple[int, int]:
    lowest, highest = levels[0], levels[0]
    for i in range(levels.shape[0]):
        lowest, highest = min(lowest, levels[i]), max(highest, levels[i])
    return int(lowest), int(highest)


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
    red, green, blue = planes[0].ravel(), planes[1].ravel(), planes[2].ravel()
    of_red, of_green, of_blue, target = values[0], values[1], values[2], image.ravel()
    for i in range(np.uint64(height * width)):
        total = np.int32(of_red[red[i]]) + np.int32(of_green[green[i]]) + np.int32(of_blue[blue[i]])
        target[i] = min(max(total, np.int32(0)), np.int32(255))
    return image
