"""One cell on black.

Everything that is not black is the cell: the largest component of it, its holes filled. Chromatin is parted
from cytoplasm by Otsu's threshold [1]_ within the cell; where the two classes hardly differ the cell is all
nucleus, as many blasts are. The steps are compiled in `leukfeat.kernels.masked_cell`.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.elements import POINT, ellipse
from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.kernels.bit_components import fill_holes, largest_component
from leukfeat.kernels.bit_frames import at_most, complement, count, paint
from leukfeat.kernels.bit_morphology import clean, erode
from leukfeat.kernels.masked_cell import carry_to_rim, darker_part
from leukfeat.kernels.planes import brightest, brightness, split_planes
from leukfeat.kernels.smoothing import smooth_by_five

__all__ = ["segment_masked"]

_BLACK = 20
_RIM = 5
_AREA = 0.001


def segment_masked(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Segment the one cell of an image on black.

    Parameters
    ----------
    rgb : array of uint8, shape (size, size, 3)
        The framed image.

    Returns
    -------
    array of uint8, shape (size, size)
        Region: 0 background, 128 cytoplasm, 255 nucleus. One 4-connected component; all 0 when all is black.
    """
    size = len(rgb)
    planes = split_planes(rgb)
    bright = complement(at_most(brightest(planes), _BLACK))
    cell = largest_component(clean(bright, POINT, ellipse(3, size)))
    if count(cell) < _AREA * size * size:
        return np.zeros((size, size), np.uint8)
    cell = fill_holes(cell)
    dark = _without_rim(brightness(planes), cell)
    nucleus = darker_part(dark, cell, ellipse(5, size), ellipse(7, size))
    return np.asarray(paint(cell, CYTOPLASM, nucleus, NUCLEUS - CYTOPLASM))


def _without_rim(dark: NDArray[np.uint8], cell: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Smooth, and give the rim, which resampling mixed with black, the level just inside."""
    size = len(dark)
    inside = erode(cell, ellipse(_RIM, size))
    return np.asarray(smooth_by_five(carry_to_rim(dark, inside, ellipse(2 * _RIM + 1, size))))
