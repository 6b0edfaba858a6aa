"""Compiled steps of the rule for a smear with many white cells (`leukfeat.imaging.segmentation.field`)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_frames import at_most, complement, intersect, unite
from leukfeat.kernels.bit_morphology import clean, dilate
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import count_all, count_levels, count_levels_within, quantile_level
from leukfeat.kernels.otsu import otsu_two
from leukfeat.kernels.planes import Colour, median_colour, smooth_planes
from leukfeat.kernels.stain import HUE_SCALE, chromatin_density, level_at_density

__all__ = ["Reaches", "SmearStain", "cytoplasm_of_smear", "stain_of_smear"]

_LEAST_CHROMATIN, _MOST_CHROMATIN = 13, 64
_INK = 0.16
_RED_MARGIN = 0.06
_RED_WEIGHT = 0.5
_RED_AREA = 0.005


class SmearStain(NamedTuple):
    """What an image of a smear shows, pixel by pixel.

    Attributes
    ----------
    found : bool
        Whether some of the slide is empty; where not, the rest means nothing.
    planes : numpy.ndarray of uint8, shape (3, size, size)
        Red, green and blue, smoothed.
    background : Colour
        Their levels on the empty slide.
    chromatin : numpy.ndarray of uint64, shape (n_words, size)
        Mask of what absorbs as chromatin does, see `leukfeat.kernels.bit_frames`.
    """

    found: bool
    planes: NDArray[np.uint8]
    background: Colour
    chromatin: NDArray[np.uint64]


class Reaches(NamedTuple):
    """Structuring elements for a size of frames, see `leukfeat.kernels.bit_morphology.dilate`.

    Attributes
    ----------
    reach, outer, inner : numpy.ndarray of int64, shape (odd,)
        How far cytoplasm reaches; the outer and the inner border of the ring that is cytoplasm.
    point, opener : numpy.ndarray of int64, shape (odd,)
        A single pixel; what is thinner is no cytoplasm.
    """

    reach: NDArray[np.int64]
    outer: NDArray[np.int64]
    inner: NDArray[np.int64]
    point: NDArray[np.int64]
    opener: NDArray[np.int64]


@kernel
def stain_of_smear(rgb: NDArray[np.uint8]) -> SmearStain:
    """Find chromatin: Otsu's threshold on its density, kept within bounds.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        The framed image, C-contiguous.

    Returns
    -------
    SmearStain
        Nothing is found where no pixel is brighter than Otsu's threshold of green.
    """
    planes = smooth_planes(rgb)
    counts = count_levels(planes[1])
    level = otsu_two(counts)
    if count_all(counts[level + 1 :]) == 0:
        return SmearStain(False, planes, Colour(0, 0, 0), np.empty((0, 0), dtype=np.uint64))
    background = median_colour(planes, planes[1], level)
    density = chromatin_density(planes, background)
    threshold = min(max(otsu_two(count_levels(density)), _LEAST_CHROMATIN), _MOST_CHROMATIN)
    return SmearStain(True, planes, background, complement(at_most(density, threshold)))


@kernel
def cytoplasm_of_smear(
    green: NDArray[np.uint8],
    background: int,
    ratio: NDArray[np.uint8],
    chromatin: NDArray[np.uint64],
    reaches: Reaches,
) -> NDArray[np.uint64]:
    """Find the ink around chromatin that is no red cell; nothing where that cannot be told.

    Parameters
    ----------
    green, ratio : numpy.ndarray of uint8, shape (size, size)
        The green channel and the yellow ratio, see `leukfeat.kernels.stain`.
    background : int
        Level of green on the empty slide.
    chromatin : numpy.ndarray of uint64, shape (n_words, size)
        The chromatin, cleaned.
    reaches : Reaches
        How far cytoplasm reaches.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The mask.
    """
    ink = at_most(green, level_at_density(background, _INK))
    near = dilate(chromatin, reaches.reach)
    ring = intersect(dilate(chromatin, reaches.outer), complement(dilate(chromatin, reaches.inner)))
    red = count_levels_within(ratio, intersect(ink, complement(near)))
    own = count_levels_within(ratio, intersect(ink, ring))
    if count_all(red) < _RED_AREA * ratio.size or count_all(own) == 0:
        return intersect(ink, near)
    red_ratio, own_ratio = quantile_level(red, 0.5), quantile_level(own, 0.5)
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return np.zeros(ink.shape, dtype=np.uint64)
    limit = math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)
    white = intersect(intersect(ink, near), at_most(ratio, limit))
    return clean(unite(white, chromatin), reaches.point, reaches.opener)
