"""Compiled steps of the rule for one white cell in the centre (`leukfeat.imaging.segmentation.cell`)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_components import box_of_runs, component_at, count_pixels, fill_holes
from leukfeat.kernels.bit_frames import at_most, complement, intersect, unite
from leukfeat.kernels.bit_morphology import clean, dilate
from leukfeat.kernels.bit_runs import find_bit_runs
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.discs import Discs, inscribed_discs
from leukfeat.kernels.histograms import (
    count_all,
    count_levels,
    count_levels_within,
    mean_level,
    quantile_level,
)
from leukfeat.kernels.otsu import otsu_three
from leukfeat.kernels.planes import Colour, brightness, median_colour, smooth_planes
from leukfeat.kernels.stain import HUE_SCALE, level_at_density

__all__ = ["CellStain", "Surroundings", "discs_of_cells", "stain_of_cells", "white_component"]

_INK = 0.085
_RED_INK = 0.25
_RED_MARGIN = 0.06
_RED_WEIGHT = 0.6
_RED_AREA = 0.015
_CONTRAST = 1.35
_CELL_NECK = 0.8
_NUCLEUS_NECK = 0.6
_ROUND = 1.3
_NO_LIMIT = 255


class CellStain(NamedTuple):
    """What an image of a white cell among red cells shows.

    Attributes
    ----------
    found : bool
        Whether the darkest class of pixels is much darker than the brightest.
    planes : numpy.ndarray of uint8, shape (3, size, size)
        Red, green and blue, smoothed.
    dark : numpy.ndarray of uint8, shape (size, size)
        Image in which chromatin is darkest.
    level : int
        Its highest level of the darkest class.
    background : Colour
        Of the brightest class, the empty slide; black where nothing is found.
    """

    found: bool
    planes: NDArray[np.uint8]
    dark: NDArray[np.uint8]
    level: int
    background: Colour


class Surroundings(NamedTuple):
    """What belongs to a size of frames: structuring elements, see `leukfeat.kernels.bit_morphology.dilate`.

    Attributes
    ----------
    point, opener, ring : numpy.ndarray of int64, shape (odd,)
        A single pixel; what is thinner is no cytoplasm; what is in reach of a nucleus is its cytoplasm.
    edge : numpy.ndarray of uint64, shape (n_words, size)
        The pixels at the frame's edge.
    """

    point: NDArray[np.int64]
    opener: NDArray[np.int64]
    ring: NDArray[np.int64]
    edge: NDArray[np.uint64]


@kernel
def stain_of_cells(rgb: NDArray[np.uint8]) -> CellStain:
    """Part the pixels into three classes by darkness: nuclei, what else is stained, and the empty slide.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        The framed image, C-contiguous.

    Returns
    -------
    CellStain
        The classes.
    """
    planes = smooth_planes(rgb)
    dark = brightness(planes)
    counts = count_levels(dark)
    low, high = otsu_three(counts)
    if mean_level(counts, high + 1) + 1 < _CONTRAST * (low + 1):
        return CellStain(False, planes, dark, low, Colour(0, 0, 0))
    return CellStain(True, planes, dark, low, median_colour(planes, dark, high))


@kernel
def white_component(
    stain: CellStain,
    ratio: NDArray[np.uint8],
    nuclei: NDArray[np.uint64],
    nucleus: NDArray[np.uint64],
    seed: tuple[int, int],
    around: Surroundings,
) -> NDArray[np.uint64]:
    """Find the white cells that hang together with a nucleus: the ink without the red cells.

    Parameters
    ----------
    stain : CellStain
        The image.
    ratio : numpy.ndarray of uint8, shape (size, size)
        Its yellow ratio, see `leukfeat.kernels.stain`.
    nuclei, nucleus : numpy.ndarray of uint64, shape (n_words, size)
        Masks of all nuclei and of the one, see `leukfeat.kernels.bit_frames`.
    seed : tuple of int
        Row and column of a pixel of the one.
    around : Surroundings
        What belongs to the size of the frame.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        One 4-connected component without holes.
    """
    row, column = seed
    ink = at_most(stain.planes[1], level_at_density(stain.background.green, _INK))
    joined = unite(clean(unite(ink, nucleus), around.point, around.opener), nucleus)
    apart = unite(complement(component_at(joined, row, column)), around.edge)
    deep_ink = at_most(stain.planes[1], level_at_density(stain.background.green, _RED_INK))
    red = count_levels_within(ratio, intersect(apart, deep_ink))
    ring = intersect(dilate(nucleus, around.ring), complement(nucleus))
    limit = _red_limit(red, count_levels_within(ratio, intersect(ring, ink)), ratio.size)
    if limit < _NO_LIMIT:
        ink = intersect(ink, at_most(ratio, limit))
    white = unite(clean(unite(ink, nuclei), around.point, around.opener), nuclei)
    return fill_holes(component_at(white, row, column))


@kernel
def _red_limit(red: NDArray[np.int64], own: NDArray[np.int64], n_pixels: int) -> int:
    """Return the largest yellow ratio of a white cell; of any pixel where red cells do not stand out."""
    if count_all(red) < _RED_AREA * n_pixels or count_all(own) == 0:
        return _NO_LIMIT
    red_ratio, own_ratio = quantile_level(red, 0.5), quantile_level(own, 0.5)
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return _NO_LIMIT
    return math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)


@kernel
def discs_of_cells(whole: NDArray[np.uint64], nuclei: NDArray[np.uint64], radius: float) -> Discs:
    """Find discs that stand for the cells in a component.

    Two nuclei that are each wider than half the cell cannot lie side by side in one round cell: they are two
    cells, and their nuclei mark them better than the outline does. Lobes of one nucleus are smaller.
    A component that its largest disc nearly fills is one cell, and its nuclei are not asked.

    Parameters
    ----------
    whole : numpy.ndarray of uint64, shape (n_words, size)
        The component; what lies outside the smallest box around it is no background.
    nuclei : numpy.ndarray of uint64, shape (n_words, size)
        All nuclei.
    radius : float
        Smallest radius of a cell, in pixels.

    Returns
    -------
    Discs
        The discs, in the frame.
    """
    runs, bodies = find_bit_runs(whole), find_bit_runs(intersect(nuclei, whole))
    box = box_of_runs(runs)
    discs = inscribed_discs(runs, box, radius, _CELL_NECK)
    if discs.n_cells == 0:
        return discs
    largest = np.float64(discs.radii[0])
    if count_pixels(runs) < _ROUND * math.pi * largest**2:
        return discs
    of_nuclei = inscribed_discs(bodies, box, 0.5 * largest, _NUCLEUS_NECK)
    return of_nuclei if of_nuclei.n_cells > 1 else discs
