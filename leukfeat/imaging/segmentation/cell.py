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
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.parting import Discs, inscribed_discs
from leukfeat.imaging.segmentation.regions import above, clean, dilate
from leukfeat.imaging.segmentation.stain import HUE_SCALE, background_colour, denser, yellow_ratio
from leukfeat.kernels.bit_components import box_of_bits, component_at, fill_holes
from leukfeat.kernels.bit_frames import at_most, complement, count, crop, draw_bits, find_bit_runs, paint
from leukfeat.kernels.bit_morphology import erode
from leukfeat.kernels.histograms import count_levels, count_levels_within, mean_level, quantile_level
from leukfeat.kernels.otsu import otsu_three
from leukfeat.kernels.planes import brightness, smooth_planes
from leukfeat.kernels.touching_cells import power_labels

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
_SQUARE = np.ones(3, dtype=np.int64)


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
    planes = smooth_planes(rgb)
    dark = brightness(planes)
    counts = count_levels(dark)
    low, high = otsu_three(counts)
    nothing = np.zeros(dark.shape, np.uint8)
    if mean_level(counts, high + 1) + 1 < _CONTRAST * (low + 1):
        return nothing
    background = background_colour(planes, above(dark, high))
    ratio = yellow_ratio(planes, background, 5)
    nuclei = clean(at_most(dark, low) & at_most(ratio, int(_RED_NUCLEUS * HUE_SCALE)), 5, 7)
    seed = _central_nucleus(nuclei)
    if seed is None:
        return nothing
    white = _white_cells(planes[1], background.green, ratio, nuclei, component_at(nuclei, *seed))
    cell = _central_cell(white, nuclei, seed)
    return np.asarray(paint(cell, CYTOPLASM, cell & nuclei, NUCLEUS - CYTOPLASM))


def _central_nucleus(nuclei: NDArray[np.uint64]) -> tuple[int, int] | None:
    """Return the pixel of the nuclei nearest to the centre, small nuclei left out."""
    middle, least = nuclei.shape[1] // 2, _NUCLEUS_AREA * nuclei.shape[1] ** 2
    central = component_at(nuclei, middle, middle)
    # An outline encloses no less than the number of pixels whose neighbours are all inside.
    if count(erode(central, _SQUARE)) >= least:
        return middle, middle
    outlines = [outline for outline in _outlines(nuclei) if cv2.contourArea(outline) >= least]
    if not outlines:
        return None
    if central.any() and any(cv2.pointPolygonTest(o, (middle, middle), False) >= 0 for o in outlines):
        return middle, middle
    points = np.concatenate(outlines).reshape(-1, 2)
    column, row = points[np.argmin(((points - middle) ** 2).sum(axis=1))]
    return int(row), int(column)


def _outlines(bits: NDArray[np.uint64]) -> list[NDArray[np.int32]]:
    size = bits.shape[1]
    mask = crop(bits, 0, 0, size, size)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(outline, dtype=np.int32) for outline in outlines]


def _white_cells(
    green: NDArray[np.uint8],
    background: int,
    ratio: NDArray[np.uint8],
    nuclei: NDArray[np.uint64],
    nucleus: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """Return nuclei and cytoplasm: the ink without the red cells."""
    ink = denser(green, background, _INK)
    limit = _red_limit(ratio, ink, denser(green, background, _RED_INK), nucleus)
    if limit is not None:
        ink &= at_most(ratio, limit)
    return clean(ink | nuclei, 1, 7) | nuclei


def _red_limit(
    ratio: NDArray[np.uint8],
    ink: NDArray[np.uint64],
    deep_ink: NDArray[np.uint64],
    nucleus: NDArray[np.uint64],
) -> int | None:
    """Return the largest yellow ratio of a white cell, or None where red cells do not stand out."""
    size = len(ratio)
    row, column, _ = find_bit_runs(nucleus)[0]
    around = component_at(clean(ink | nucleus, 1, 7) | nucleus, row, column)
    red = count_levels_within(ratio, ink & deep_ink & (~around | _edge(size)))
    ring = count_levels_within(ratio, dilate(nucleus, 13) & ink & ~nucleus)
    if red.sum() < _RED_AREA * size * size or ring.sum() == 0:
        return None
    red_ratio, own_ratio = int(quantile_level(red, 0.5)), int(quantile_level(ring, 0.5))
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return None
    return math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)


@lru_cache(maxsize=8)
def _edge(size: int) -> NDArray[np.uint64]:
    """Return the pixels at the frame's edge."""
    width = round(_EDGE * size)
    inner = [(row, width, size - width) for row in range(width, size - width)]
    return np.asarray(complement(draw_bits(np.array(inner), size)))


def _central_cell(
    white: NDArray[np.uint64], nuclei: NDArray[np.uint64], seed: tuple[int, int]
) -> NDArray[np.uint64]:
    """Return the central cell: its component of the white cells, its holes filled, parted."""
    size = white.shape[1]
    whole = fill_holes(component_at(white, *seed))
    top, left, height, width = box_of_bits(whole)
    window = crop(whole, top, left, height, width)
    discs = _discs_of_cells(window, crop(nuclei & whole, top, left, height, width), _RADIUS * size)
    if discs.n_cells < 2:
        return np.asarray(whole)
    runs = find_bit_runs(whole)
    centres = discs.centres + np.array((top, left))
    labels, _ = power_labels(runs, np.zeros(len(runs), np.int64), centres, discs.radii, discs.cells, size)
    own = above((labels == labels[seed]).view(np.uint8), 0)
    return np.asarray(component_at(own & whole, *seed))


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
    return bodies if bodies.n_cells > 1 else cells
