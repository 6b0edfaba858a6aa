"""Stain in a Romanowsky-stained smear: what absorbs how much of which colour.

Optical densities are taken against the colour of the empty background (Beer-Lambert [1]_), which frees the
rules from the colour of the lamp: the same rule serves yellow, white and pink slides.

References
----------
.. [1] Ruifrok and Johnston, 2001, Quantification of histochemical staining by color deconvolution,
   Analytical and Quantitative Cytology and Histology 23(4), 291-299
"""

import math

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import N_LEVELS
from leukfeat.kernels.planes import Colour, quotients, sum_of_levels

__all__ = ["HUE_SCALE", "chromatin_density", "density_table", "level_at_density", "yellow_ratio"]

HUE_SCALE = 128
_CHROMATIN_WEIGHTS = (-64, 128, -128)
_FAINT = np.float32(0.05)
_LOGARITHMS = np.log(np.arange(N_LEVELS) + 1.0)


@kernel
def density_table(background: int) -> NDArray[np.float32]:
    """Return the optical density of each grey level against a background level.

    Parameters
    ----------
    background : int
        Grey level of the empty slide, in [0, 255].

    Returns
    -------
    numpy.ndarray of float32, shape (256,)
        ln((background + 1) / (level + 1)), at least 0.
    """
    densities = np.zeros(N_LEVELS, dtype=np.float32)
    for level in range(background):
        densities[level] = _LOGARITHMS[background] - _LOGARITHMS[level]
    return densities


@kernel
def chromatin_density(planes: NDArray[np.uint8], background: Colour) -> NDArray[np.uint8]:
    """Return twice the density in green less that in red less twice that in blue.

    Chromatin absorbs green far more than red and blue: it has 0.4 to 1.2. Red cells, which absorb blue, have
    less than 0.2; grey and black have none.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, height, width)
        Red, green and blue.
    background : Colour
        Colour of the empty slide.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        The difference times 64, clipped to [0, 255].
    """
    values = np.empty((3, N_LEVELS), dtype=np.int16)
    for channel in range(3):
        densities = density_table(background[channel])
        for level in range(N_LEVELS):
            values[channel, level] = np.int16(np.rint(_CHROMATIN_WEIGHTS[channel] * densities[level]))
    return sum_of_levels(planes, values)


@kernel
def level_at_density(background: int, density: float) -> int:
    """Find the brightest level of a channel that absorbs at least a given density.

    Parameters
    ----------
    background : int
        Level of the channel on the empty slide.
    density : float
        Natural optical density.

    Returns
    -------
    int
        The level; -1 where there is none.
    """
    return math.floor((background + 1) * math.exp(-density) - 1)


@kernel
def yellow_ratio(planes: NDArray[np.uint8], background: Colour) -> NDArray[np.uint8]:
    """Return density in blue over density in green, the mark of haemoglobin.

    Haemoglobin has its strongest absorption, the Soret band, in the blue; azure and eosin absorb in the green
    and leave blue alone. The ratio is about 0.25 in nuclei, 0.35 in cytoplasm and 0.55 in erythrocytes.

    Parameters
    ----------
    planes : numpy.ndarray of uint8, shape (3, height, width)
        Red, green and blue.
    background : Colour
        Colour of the empty slide.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        Ratio times `HUE_SCALE`, clipped to 255.
    """
    numerators, denominators = density_table(background.blue), density_table(background.green)
    for level in range(N_LEVELS):
        numerators[level] *= np.float32(HUE_SCALE)
        denominators[level] = max(denominators[level], _FAINT)
    return quotients(planes[2], planes[1], numerators, denominators)
