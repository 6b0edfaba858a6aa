"""One cell on black.

Everything that is not black is the cell: the largest component of it, its holes filled. Chromatin is parted
from cytoplasm by Otsu's threshold [1]_ within the cell; where the two classes hardly differ the cell is all
nucleus, as many blasts are.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.regions import above, clean, ellipse
from leukfeat.imaging.segmentation.stain import smooth
from leukfeat.kernels.bit_components import fill_holes, largest_component
from leukfeat.kernels.bit_frames import at_most, count, crop, paint
from leukfeat.kernels.bit_morphology import erode
from leukfeat.kernels.grey_dilation import dilate_levels
from leukfeat.kernels.histograms import count_levels_within
from leukfeat.kernels.otsu import class_contrast, otsu_two
from leukfeat.kernels.planes import brightest, brightness, split_planes

__all__ = ["segment_masked"]

_BLACK = 20
_CONTRAST = 18
_SEPARABILITY = 0.69
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
    cell = largest_component(clean(above(brightest(planes), _BLACK), 1, 3))
    if count(cell) < _AREA * size * size:
        return np.zeros((size, size), np.uint8)
    cell = fill_holes(cell)
    nucleus = _nucleus(_without_rim(brightness(planes), cell), cell)
    return np.asarray(paint(cell, CYTOPLASM, nucleus, NUCLEUS - CYTOPLASM))


def _without_rim(dark: NDArray[np.uint8], cell: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Smooth, and give the rim, which resampling mixed with black, the level just inside."""
    size = len(dark)
    inner = crop(erode(cell, ellipse(_RIM, size)), 0, 0, size, size)
    spread = dilate_levels(dark * inner, ellipse(2 * _RIM + 1, size))
    return smooth(np.asarray(cv2.copyTo(dark, inner, spread), dtype=np.uint8), 5)


def _nucleus(dark: NDArray[np.uint8], cell: NDArray[np.uint64]) -> NDArray[np.uint64]:
    counts = count_levels_within(dark, cell)
    threshold = otsu_two(counts)
    difference, separability = class_contrast(counts, threshold)
    if difference < _CONTRAST or separability < _SEPARABILITY:
        return cell
    return np.asarray(fill_holes(clean(at_most(dark, threshold) & cell, 5, 7)) & cell)
