"""Stain in a Romanowsky-stained smear: what absorbs how much of which colour.

Optical densities are taken against the colour of the empty background (Beer-Lambert [1]_), which frees the
rules from the colour of the lamp: the same rule serves yellow, white and pink slides.

References
----------
.. [1] Ruifrok and Johnston, 2001, Quantification of histochemical staining by color deconvolution,
   Analytical and Quantitative Cytology and Histology 23(4), 291-299
"""

import math
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels import planes as kernels
from leukfeat.kernels.bit_frames import at_most

__all__ = [
    "HUE_SCALE",
    "Colour",
    "background_colour",
    "chromatin_density",
    "denser",
    "density_table",
    "smooth",
    "yellow_ratio",
]

HUE_SCALE = 128
_CHROMATIN_WEIGHTS = np.array([-64, 128, -128])[:, None]
_FAINT = 0.05
_STRIDE = 3


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


def smooth(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return an image blurred by a small binomial kernel.

    Parameters
    ----------
    image : array of uint8, shape (height, width)
        Grey levels.
    width : int
        Side of the kernel, odd.

    Returns
    -------
    array of uint8, same shape
        The blurred image.
    """
    return np.asarray(cv2.GaussianBlur(image, (width, width), 0), dtype=np.uint8)


def background_colour(planes: NDArray[np.uint8], bits: NDArray[np.uint64]) -> Colour:
    """Return the median colour within a mask, from every third row and column where that leaves any.

    Parameters
    ----------
    planes : array of uint8, shape (3, size, size)
        Red, green and blue.
    bits : array of uint64, shape (n_words, size)
        The background, at least one pixel.

    Returns
    -------
    Colour
        Median of each channel.
    """
    return Colour(*kernels.median_colour(planes, bits, _STRIDE).tolist())


def chromatin_density(planes: NDArray[np.uint8], background: Colour) -> NDArray[np.uint8]:
    """Return twice the density in green less that in red less twice that in blue.

    Chromatin absorbs green far more than red and blue: it has 0.4 to 1.2. Red cells, which absorb blue, have
    less than 0.2; grey and black have none.

    Parameters
    ----------
    planes : array of uint8, shape (3, height, width)
        Red, green and blue.
    background : Colour
        Colour of the empty slide.

    Returns
    -------
    array of uint8, shape (height, width)
        The difference times 64, clipped to [0, 255].
    """
    densities = np.stack([density_table(level) for level in background])
    values = np.rint(_CHROMATIN_WEIGHTS * densities).astype(np.int16)
    return np.asarray(kernels.sum_of_levels(planes, values))


def denser(grey: NDArray[np.uint8], background: int, density: float) -> NDArray[np.uint64]:
    """Mark where a channel absorbs more than a given density.

    Parameters
    ----------
    grey : array of uint8, shape (size, size)
        One channel of the image.
    background : int
        Its level on the empty slide.
    density : float
        Natural optical density.

    Returns
    -------
    array of uint64, shape (n_words, size)
        The mask.
    """
    return np.asarray(at_most(grey, math.floor((background + 1) * math.exp(-density) - 1)))


@lru_cache(maxsize=256)
def density_table(background: int) -> NDArray[np.float32]:
    """Return the optical density of each grey level against a background level.

    Parameters
    ----------
    background : int
        Grey level of the empty slide, in [0, 255].

    Returns
    -------
    array of float32, shape (256,)
        ln((background + 1) / (level + 1)), at least 0.
    """
    logarithms = np.log(np.arange(256) + 1.0)
    return np.asarray(np.maximum(logarithms[background] - logarithms, 0), dtype=np.float32)


def yellow_ratio(planes: NDArray[np.uint8], background: Colour, width: int) -> NDArray[np.uint8]:
    """Return density in blue over density in green, the mark of haemoglobin.

    Haemoglobin has its strongest absorption, the Soret band, in the blue; azure and eosin absorb in the green
    and leave blue alone. The ratio is about 0.25 in nuclei, 0.35 in cytoplasm and 0.55 in erythrocytes.

    Parameters
    ----------
    planes : array of uint8, shape (3, height, width)
        Red, green and blue.
    background : Colour
        Colour of the empty slide.
    width : int
        Side of the square over which the ratio is averaged.

    Returns
    -------
    array of uint8, shape (height, width)
        Ratio times `HUE_SCALE`, clipped to 255.
    """
    _, green, blue = planes
    numerators = HUE_SCALE * density_table(background.blue)
    denominators = np.maximum(density_table(background.green), _FAINT)
    ratio = kernels.quotients(blue, green, numerators, denominators)
    return np.asarray(cv2.blur(ratio, (width, width)), dtype=np.uint8)
