"""A smear with many white cells.

The rule, in four steps:

1. *Chromatin.* Twice the density in green less that in red less twice that in blue: high in what binds azure,
   near zero in red cells, grey or pink, and in black print. Otsu's threshold [1]_ on it, kept within bounds.
2. *Cytoplasm.* Ink within reach of chromatin whose ratio of densities in blue and green is that of the ring
   around chromatin and not that of red cells; only where the two differ clearly.
3. *Cells.* Components, parted between their inscribed discs (`leukfeat.imaging.segmentation.parting`), a
   background line one pixel wide between two cells. What holds no disc of chromatin is no cell: platelets,
   specks.
4. *Nucleus.* Otsu's threshold within each cell; a cell whose two classes hardly differ is all nucleus.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import math

import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.nuclei import nuclei_of_cells
from leukfeat.imaging.segmentation.parting import inscribed_discs
from leukfeat.imaging.segmentation.regions import above, clean, dilate
from leukfeat.imaging.segmentation.stain import (
    HUE_SCALE,
    Colour,
    background_colour,
    chromatin_density,
    denser,
    smooth,
    yellow_ratio,
)
from leukfeat.kernels.bit_frames import at_most, crop, draw_bits, paint
from leukfeat.kernels.histograms import count_levels, count_levels_within, quantile_level
from leukfeat.kernels.otsu import otsu_two
from leukfeat.kernels.planes import brightness, smooth_planes
from leukfeat.kernels.touching_cells import part_cells

__all__ = ["segment_field"]

_CHROMATIN_BOUNDS = (13, 64)
_INK = 0.16
_RED_MARGIN = 0.06
_RED_WEIGHT = 0.5
_RED_AREA = 0.005
_REACH = 15
_RADIUS = 0.02
_NECK = 0.8


def segment_field(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Segment all white cells of a smear.

    Parameters
    ----------
    rgb : array of uint8, shape (size, size, 3)
        The framed image.

    Returns
    -------
    array of uint8, shape (size, size)
        Region: 0 background, 128 cytoplasm, 255 nucleus. Every cell is one 4-connected component.
    """
    size = len(rgb)
    planes = smooth_planes(rgb)
    empty = above(planes[1], otsu_two(count_levels(planes[1])))
    nothing = np.zeros((size, size), np.uint8)
    if not empty.any():
        return nothing
    background = background_colour(planes, empty)
    chromatin = _chromatin(planes, background)
    discs = inscribed_discs(crop(chromatin, 0, 0, size, size), _RADIUS * size, _NECK)
    if discs.n_cells == 0:
        return nothing
    white = chromatin | _cytoplasm(planes, background, chromatin)
    runs, labels = part_cells(white, *discs)
    nuclei = nuclei_of_cells(smooth(brightness(planes), 3), runs, labels, discs.n_cells)
    cells = draw_bits(runs, size)
    return np.asarray(paint(cells, CYTOPLASM, clean(nuclei, 3, 3) & cells, NUCLEUS - CYTOPLASM))


def _chromatin(planes: NDArray[np.uint8], background: Colour) -> NDArray[np.uint64]:
    density = chromatin_density(planes, background)
    lowest, highest = _CHROMATIN_BOUNDS
    threshold = min(max(otsu_two(count_levels(density)), lowest), highest)
    return clean(above(density, threshold), 3, 5)


def _cytoplasm(
    planes: NDArray[np.uint8], background: Colour, chromatin: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Return the ink around chromatin that is no red cell; nothing where that cannot be told."""
    size = chromatin.shape[1]
    ratio = yellow_ratio(planes, background, 3)
    ink = denser(planes[1], background.green, _INK)
    reach = dilate(chromatin, _REACH)
    ring = ink & dilate(chromatin, 9) & ~dilate(chromatin, 3)
    red, own = count_levels_within(ratio, ink & ~reach), count_levels_within(ratio, ring)
    if red.sum() < _RED_AREA * size * size or own.sum() == 0:
        return ink & reach
    red_ratio, own_ratio = quantile_level(red, 0.5), quantile_level(own, 0.5)
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return np.zeros_like(ink)
    limit = math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)
    return clean((ink & reach & at_most(ratio, limit)) | chromatin, 1, 5)
