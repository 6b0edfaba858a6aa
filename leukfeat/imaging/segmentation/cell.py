"""One white cell in the centre, red cells around it.

The rule, in four steps:

1. *Nucleus.* Three-class Otsu thresholds [1]_ of green + (red - blue) / 3, where chromatin is darkest; the
   darkest class, closed and opened, is nucleus.
2. *Ink.* What absorbs against the empty slide (the brightest class) is cell of some kind.
3. *Haemoglobin.* The ratio of the densities in blue and green tells red cells from cytoplasm. Both references
   come from the image: the ring around the nucleus, and the ink that is apart from it or at the frame's edge.
   Only if the two differ are red cells cut away; on slides where red cells are pale, nothing is.
4. *One cell.* White cells that touch are parted at their necks (`leukfeat.imaging.segmentation.parting`), and
   the central one stays.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.parting import Discs, inscribed_discs, power_labels
from leukfeat.imaging.segmentation.regions import clean, component_at, dilate, fill_holes
from leukfeat.imaging.segmentation.stain import (
    HUE_SCALE,
    background_colour,
    brightness,
    channel,
    denser,
    smooth,
    yellow_ratio,
)
from leukfeat.imaging.segmentation.thresholds import histogram, histogram_quantile, otsu_three

__all__ = ["segment_cell"]

_INK = 0.085
_RED_INK = 0.25
_RED_MARGIN = 0.06
_RED_WEIGHT = 0.6
_RED_AREA = 0.015
_EDGE = 0.05
_CONTRAST = 1.35
_RED_NUCLEUS = 0.55
_NUCLEUS_AREA = 0.0015
_RADIUS = 0.035
_CELL_NECK = 0.8
_NUCLEUS_NECK = 0.6
_ROUND = 1.3


def segment_cell(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Segment the white cell in the centre of an image.

    Parameters
    ----------
    rgb : array of uint8, shape (size, size, 3)
        The framed image.

    Returns
    -------
    array of uint8, shape (size, size)
        Region: 0 background, 128 cytoplasm, 255 nucleus. One 4-connected component; all 0 when there is no
        nucleus.
    """
    image = smooth(rgb, 3)
    dark = brightness(image)
    low, high = otsu_three(histogram(dark))
    empty = (dark > high).view(np.uint8)
    region = np.zeros(dark.shape, np.uint8)
    if cv2.mean(dark, empty)[0] + 1 < _CONTRAST * (low + 1):
        return region
    background = background_colour(image, empty)
    ratio = yellow_ratio(image, background, 5)
    chromatin = ((dark <= low) & (ratio <= int(_RED_NUCLEUS * HUE_SCALE))).view(np.uint8)
    nuclei = clean(chromatin, 5, 7)
    seed = _central_nucleus(nuclei)
    if seed is None:
        return region
    white = _white_cells(channel(image, 1), background[1], ratio, nuclei, component_at(nuclei, *seed))
    cell = _central_cell(white, nuclei, seed)
    region[cell > 0] = CYTOPLASM
    region[(cell & nuclei) > 0] = NUCLEUS
    return region


def _central_nucleus(nuclei: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Return the pixel of the nuclei nearest to the centre, small nuclei left out."""
    size = len(nuclei)
    contours, _ = cv2.findContours(nuclei, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    big = [c.reshape(-1, 2) for c in contours if cv2.contourArea(c) >= _NUCLEUS_AREA * size * size]
    if not big:
        return None
    middle = size // 2
    if nuclei[middle, middle] and any(cv2.pointPolygonTest(c, (middle, middle), False) >= 0 for c in big):
        return middle, middle
    outline = np.concatenate(big)
    column, row = outline[np.argmin(((outline - middle) ** 2).sum(axis=1))]
    return int(row), int(column)


def _white_cells(
    green: NDArray[np.uint8],
    background: float,
    ratio: NDArray[np.uint8],
    nuclei: NDArray[np.uint8],
    nucleus: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return nuclei and cytoplasm: the ink without the red cells."""
    ink = denser(green, background, _INK)
    limit = _red_limit(green, background, ink, ratio, nucleus)
    if limit is not None:
        ink &= (ratio <= limit).view(np.uint8)
    return clean(ink | nuclei, 1, 7) | nuclei


def _red_limit(
    green: NDArray[np.uint8],
    background: float,
    ink: NDArray[np.uint8],
    ratio: NDArray[np.uint8],
    nucleus: NDArray[np.uint8],
) -> int | None:
    """Return the largest yellow ratio of a white cell, or None where red cells do not stand out."""
    size = len(ink)
    row, column = np.unravel_index(int(np.argmax(nucleus)), nucleus.shape)
    apart = ink & ~component_at(clean(ink | nucleus, 1, 7) | nucleus, int(row), int(column))
    edge = round(_EDGE * size)
    inner = slice(edge, size - edge)
    border = ink.copy()
    border[inner, inner] = 0
    red = histogram(ratio, (apart | border) & denser(green, background, _RED_INK))
    ring = histogram(ratio, dilate(nucleus, 13) & ink & ~nucleus)
    if red.sum() < _RED_AREA * size * size or ring.sum() == 0:
        return None
    red_ratio, own_ratio = histogram_quantile(red, 0.5), histogram_quantile(ring, 0.5)
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return None
    return math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)


def _central_cell(
    white: NDArray[np.uint8], nuclei: NDArray[np.uint8], seed: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the central cell: its component of the white cells, parted, its holes filled."""
    whole = fill_holes(component_at(white, *seed))
    left, top, width, height = cv2.boundingRect(whole)
    window = np.s_[top : top + height, left : left + width]
    part = np.ascontiguousarray(whole[window])
    discs = _discs_of_cells(part, nuclei[window] & part, _RADIUS * len(white))
    if len(discs.cells) == 0 or discs.cells.max() == 1:
        return whole
    labels = power_labels(part, discs)
    inner = seed[0] - top, seed[1] - left
    whole[window] = component_at((labels == labels[inner]).view(np.uint8), *inner)
    return whole


def _discs_of_cells(whole: NDArray[np.uint8], nuclei: NDArray[np.uint8], radius: float) -> Discs:
    """Return discs that stand for the cells in a component.

    Two nuclei that are each wider than half the cell cannot lie side by side in one round cell: they are two
    cells, and their nuclei mark them better than the outline does. Lobes of one nucleus are smaller.
    A component that its largest disc nearly fills is one cell, and its nuclei are not asked.
    """
    cells = inscribed_discs(whole, radius, _CELL_NECK)
    if len(cells.radii) == 0:
        return cells
    largest = float(cells.radii[0])
    if np.count_nonzero(whole) < _ROUND * math.pi * largest**2:
        return cells
    bodies = inscribed_discs(nuclei, 0.5 * largest, _NUCLEUS_NECK)
    return bodies if len(bodies.cells) and bodies.cells.max() > 1 else cells
