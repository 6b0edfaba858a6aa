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

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.nuclei import nuclei_of_cells
from leukfeat.imaging.segmentation.parting import Discs, inscribed_discs, power_labels
from leukfeat.imaging.segmentation.regions import clean, dilate, separating_lines
from leukfeat.imaging.segmentation.stain import (
    HUE_SCALE,
    background_colour,
    brightness,
    channel,
    chromatin_density,
    denser,
    smooth,
    yellow_ratio,
)
from leukfeat.imaging.segmentation.thresholds import histogram, histogram_quantile, otsu_two

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
    image = smooth(rgb, 3)
    green = channel(image, 1)
    empty = (green > otsu_two(histogram(green))).view(np.uint8)
    region = np.zeros(green.shape, np.uint8)
    if not empty.any():
        return region
    background = background_colour(image, empty)
    density = chromatin_density(image, background)
    threshold = int(np.clip(otsu_two(histogram(density)), *_CHROMATIN_BOUNDS))
    chromatin = clean((density > threshold).view(np.uint8), 3, 5)
    discs = inscribed_discs(chromatin, _RADIUS * len(rgb), _NECK)
    if len(discs.cells) == 0:
        return region
    white = chromatin | _cytoplasm(image, green, background, chromatin)
    labels = _label_cells(white, discs)
    region[labels > 0] = CYTOPLASM
    nuclei = nuclei_of_cells(smooth(brightness(image), 3), labels)
    region[(clean(nuclei, 3, 3) > 0) & (labels > 0)] = NUCLEUS
    return region


def _cytoplasm(
    image: NDArray[np.uint8],
    green: NDArray[np.uint8],
    background: NDArray[np.float64],
    chromatin: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return the ink around chromatin that is no red cell; nothing where that cannot be told."""
    size = len(green)
    ratio = yellow_ratio(image, background, 3)
    ink = denser(green, background[1], _INK)
    reach = dilate(chromatin, _REACH)
    ring = ink & dilate(chromatin, 9) & ~dilate(chromatin, 3)
    red, own = histogram(ratio, ink & ~reach), histogram(ratio, ring)
    if red.sum() < _RED_AREA * size * size or own.sum() == 0:
        return ink & reach
    red_ratio, own_ratio = histogram_quantile(red, 0.5), histogram_quantile(own, 0.5)
    if red_ratio - own_ratio < _RED_MARGIN * HUE_SCALE:
        return np.zeros_like(ink)
    limit = math.floor(_RED_WEIGHT * red_ratio + (1 - _RED_WEIGHT) * own_ratio)
    return clean((ink & reach & (ratio <= limit).view(np.uint8)) | chromatin, 1, 5)


def _label_cells(white: NDArray[np.uint8], discs: Discs) -> NDArray[np.int32]:
    """Give each cell a number and part those that touch; components without a disc are left out."""
    _, components, stats, _ = cv2.connectedComponentsWithStats(white, connectivity=4)
    home = components[discs.rows, discs.columns]
    labels = np.zeros(white.shape, np.int32)
    for component in np.unique(home):
        left, top, width, height = (int(value) for value in stats[component, :4])
        window = np.s_[top : top + height, left : left + width]
        inside = (components[window] == component).view(np.uint8)
        here = home == component
        own = Discs(discs.rows[here] - top, discs.columns[here] - left, discs.radii[here], discs.cells[here])
        one = own.cells.min() == own.cells.max()
        labels[window] += own.cells[0] * inside if one else _parted(inside, own)
    return labels


def _parted(inside: NDArray[np.uint8], discs: Discs) -> NDArray[np.int32]:
    """Return the cells of one component with a line between them; what the lines cut off is dropped."""
    labels = power_labels(inside, discs)
    labels[separating_lines(labels)] = 0
    _, pieces = cv2.connectedComponents((labels > 0).view(np.uint8), connectivity=4)
    kept = np.zeros(int(pieces.max()) + 1, dtype=bool)
    kept[pieces[discs.rows, discs.columns]] = True
    kept[0] = False
    return np.where(kept[pieces], labels, 0)
