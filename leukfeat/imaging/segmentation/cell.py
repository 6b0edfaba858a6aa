"""One white cell in the centre, red cells around it.

The rule, in four steps:

1. *Nucleus.* Three-class Otsu thresholds [1]_ of green + (red - blue) / 3, where chromatin is darkest; the
   darkest class, closed and opened, is nucleus.
2. *Ink.* What absorbs against the empty slide (the brightest class) is cell of some kind.
3. *Haemoglobin.* The ratio of the densities in blue and green tells red cells from cytoplasm. Both references
   come from the image: the ring around the nucleus, and the ink that is apart from it or at the frame's edge.
   Only if the two differ are red cells cut away; on slides where red cells are pale, nothing is.
4. *One cell.* White cells that touch are parted at their necks (`leukfeat.kernels.discs`), and the central
   one stays.

Steps 1 to 4 are compiled in `leukfeat.kernels.central_cell`, where most of their constants stand.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.elements import POINT, ellipse
from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.kernels.bit_components import component_at
from leukfeat.kernels.bit_frames import at_most, complement, count, crop, paint
from leukfeat.kernels.bit_morphology import clean, erode
from leukfeat.kernels.bit_runs import draw_bits, find_bit_runs
from leukfeat.kernels.central_cell import (
    Surroundings,
    discs_of_cells,
    stain_of_cells,
    white_component,
)
from leukfeat.kernels.stain import HUE_SCALE, yellow_ratio
from leukfeat.kernels.touching_cells import share_of_cell

__all__ = ["segment_cell"]

_RED_NUCLEUS = 0.55
_EDGE = 0.05
_NUCLEUS_AREA = 0.0015
_RADIUS = 0.035
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
    size = len(rgb)
    stain = stain_of_cells(rgb)
    if not stain.found:
        return np.zeros((size, size), np.uint8)
    ratio = np.asarray(cv2.blur(yellow_ratio(stain.planes, stain.background), (5, 5)), dtype=np.uint8)
    nuclei = at_most(stain.dark, stain.level) & at_most(ratio, int(_RED_NUCLEUS * HUE_SCALE))
    nuclei = clean(nuclei, ellipse(5, size), ellipse(7, size))
    central = component_at(nuclei, size // 2, size // 2)
    seed = _central_nucleus(nuclei, central)
    if seed is None:
        return np.zeros((size, size), np.uint8)
    nucleus = central if seed == (size // 2, size // 2) else component_at(nuclei, *seed)
    whole = white_component(stain, ratio, nuclei, nucleus, seed, _surroundings(size))
    cell = _central_cell(whole, nuclei, seed)
    return np.asarray(paint(cell, CYTOPLASM, cell & nuclei, NUCLEUS - CYTOPLASM))


def _central_nucleus(nuclei: NDArray[np.uint64], central: NDArray[np.uint64]) -> tuple[int, int] | None:
    """Return the pixel of the nuclei nearest to the centre, small nuclei left out."""
    middle, least = nuclei.shape[1] // 2, _NUCLEUS_AREA * nuclei.shape[1] ** 2
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


def _central_cell(
    whole: NDArray[np.uint64], nuclei: NDArray[np.uint64], seed: tuple[int, int]
) -> NDArray[np.uint64]:
    """Return the central one of white cells that touch."""
    size = whole.shape[1]
    discs = discs_of_cells(whole, nuclei, _RADIUS * size)
    if discs.n_cells < 2:
        return whole
    return np.asarray(component_at(share_of_cell(find_bit_runs(whole), discs, *seed, size), *seed))


@lru_cache(maxsize=8)
def _surroundings(size: int) -> Surroundings:
    """Gather what the search for white cells needs for a size of frames."""
    width = round(_EDGE * size)
    inner = [(row, width, size - width) for row in range(width, size - width)]
    edge = np.asarray(complement(draw_bits(np.array(inner), size)))
    return Surroundings(POINT, ellipse(7, size), ellipse(13, size), edge)
