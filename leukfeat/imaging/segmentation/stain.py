"""Stain in a Romanowsky-stained smear: what absorbs how much of which colour.

Optical densities are taken against the colour of the empty background (Beer-Lambert [1]_), which frees the
rules from the colour of the lamp: the same rule serves yellow, white and pink slides.

References
----------
.. [1] Ruifrok and Johnston, 2001, Quantification of histochemical staining by color deconvolution,
   Analytical and Quantitative Cytology and Histology 23(4), 291-299
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.thresholds import histogram, histogram_quantile

__all__ = [
    "DENSITY_SCALE",
    "HUE_SCALE",
    "background_colour",
    "brightness",
    "channel",
    "chromatin_density",
    "denser",
    "density_table",
    "smooth",
    "yellow_ratio",
]

DENSITY_SCALE = 64
HUE_SCALE = 128
_BRIGHTNESS = np.array([[1 / 3, 1, -1 / 3]], dtype=np.float32)
_FAINT = 0.05
_STRIDE = 3


def channel(rgb: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
    """Return one channel as an array of its own.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The image.
    index : int
        0 red, 1 green, 2 blue.

    Returns
    -------
    array of uint8, shape (height, width)
        The channel, contiguous.
    """
    return np.asarray(cv2.extractChannel(rgb, index), dtype=np.uint8)


def smooth(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return an image blurred by a small binomial kernel.

    Parameters
    ----------
    image : array of uint8, shape (height, width) or (height, width, channels)
        The image.
    width : int
        Side of the kernel, odd.

    Returns
    -------
    array of uint8, same shape
        The blurred image.
    """
    return np.asarray(cv2.GaussianBlur(image, (width, width), 0), dtype=np.uint8)


def brightness(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image in which chromatin is darkest.

    Green is where nuclei absorb most. A third of red minus blue is added: it darkens what is blue, chromatin,
    and lifts what is red, erythrocytes and the granules of eosinophils.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The image.

    Returns
    -------
    array of uint8, shape (height, width)
        Green + (red - blue) / 3, clipped to [0, 255].
    """
    return np.asarray(cv2.transform(rgb, _BRIGHTNESS), dtype=np.uint8)


def background_colour(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the median colour within a mask, from every third row and column where that leaves any.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The image.
    mask : array of uint8, shape (height, width)
        Pixels above 0 are background; at least one.

    Returns
    -------
    array of float64, shape (3,)
        Median of each channel.
    """
    sparse = np.s_[::_STRIDE, ::_STRIDE]
    if mask[sparse].any():
        rgb, mask = np.ascontiguousarray(rgb[sparse]), np.ascontiguousarray(mask[sparse])
    medians = [histogram_quantile(histogram(channel(rgb, index), mask), 0.5) for index in range(3)]
    return np.array(medians, dtype=np.float64)


def chromatin_density(rgb: NDArray[np.uint8], background: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return twice the density in green less that in red less twice that in blue.

    Chromatin absorbs green far more than red and blue: it has 0.4 to 1.2. Red cells, which absorb blue, have
    less than 0.2; grey and black have none.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The image.
    background : array of float64, shape (3,)
        Colour of the empty slide.

    Returns
    -------
    array of uint8, shape (height, width)
        The difference times `DENSITY_SCALE`, clipped to [0, 255].
    """
    weights = np.array([-1, 2, -2]) * DENSITY_SCALE
    tables = [np.rint(w * density_table(b)) for w, b in zip(weights, background, strict=True)]
    densities = cv2.LUT(rgb, np.stack(tables, axis=-1).astype(np.int16)[None])
    total = cv2.transform(densities, np.ones((1, 3), np.float32))
    return np.clip(total, 0, 255).astype(np.uint8)


def denser(grey: NDArray[np.uint8], background: float, density: float) -> NDArray[np.uint8]:
    """Return where a channel absorbs more than a given density.

    Parameters
    ----------
    grey : array of uint8, shape (height, width)
        One channel of the image.
    background : float
        Its level on the empty slide.
    density : float
        Natural optical density.

    Returns
    -------
    array of uint8, shape (height, width)
        1 where the channel is denser, else 0.
    """
    limit = math.floor((background + 1) * math.exp(-density) - 1)
    return (grey <= limit).view(np.uint8)


def density_table(background: float) -> NDArray[np.float32]:
    """Return the optical density of each grey level against a background level.

    Parameters
    ----------
    background : float
        Grey level of the empty slide, in [0, 255].

    Returns
    -------
    array of float32, shape (256,)
        ln((background + 1) / (level + 1)), at least 0.
    """
    density = np.log(background + 1) - np.log(np.arange(256) + 1.0)
    return np.asarray(np.maximum(density, 0), dtype=np.float32)


def yellow_ratio(rgb: NDArray[np.uint8], background: NDArray[np.float64], width: int) -> NDArray[np.uint8]:
    """Return density in blue over density in green, the mark of haemoglobin.

    Haemoglobin has its strongest absorption, the Soret band, in the blue; azure and eosin absorb in the green
    and leave blue alone. The ratio is about 0.25 in nuclei, 0.35 in cytoplasm and 0.55 in erythrocytes.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The image.
    background : array of float64, shape (3,)
        Colour of the empty slide.
    width : int
        Side of the square over which the ratio is averaged.

    Returns
    -------
    array of uint8, shape (height, width)
        Ratio times `HUE_SCALE`, clipped to 255.
    """
    green = np.maximum(density_table(background[1]), _FAINT)
    blue = density_table(background[2])
    numerator = cv2.LUT(channel(rgb, 2), blue)
    denominator = cv2.LUT(channel(rgb, 1), green)
    ratio = cv2.divide(numerator, denominator, scale=HUE_SCALE, dtype=cv2.CV_8U)
    return np.asarray(cv2.blur(ratio, (width, width)), dtype=np.uint8)
