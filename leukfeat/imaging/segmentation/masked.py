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
from leukfeat.imaging.segmentation.regions import clean, dilate, ellipse, fill_holes, largest_component
from leukfeat.imaging.segmentation.stain import brightness, channel, smooth
from leukfeat.imaging.segmentation.thresholds import class_contrast, histogram, otsu_two

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
    brightest = np.maximum(np.maximum(channel(rgb, 0), channel(rgb, 1)), channel(rgb, 2))
    cell = largest_component(clean((brightest > _BLACK).view(np.uint8), 1, 3))
    region = np.zeros(cell.shape, np.uint8)
    if cell.sum() < _AREA * cell.size:
        return region
    cell = fill_holes(cell)
    region[cell > 0] = CYTOPLASM
    region[_nucleus(_without_rim(brightness(rgb), cell), cell) > 0] = NUCLEUS
    return region


def _without_rim(dark: NDArray[np.uint8], cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Smooth, and give the rim, which resampling mixed with black, the level just inside."""
    inner = np.asarray(cv2.erode(cell, ellipse(_RIM, len(dark))), dtype=np.uint8)
    spread = dilate(dark * inner, 2 * _RIM + 1)
    return smooth(np.where(inner > 0, dark, spread), 5)


def _nucleus(dark: NDArray[np.uint8], cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    counts = histogram(dark, cell)
    threshold = otsu_two(counts)
    difference, separability = class_contrast(counts, threshold)
    if difference < _CONTRAST or separability < _SEPARABILITY:
        return cell
    return fill_holes(clean((dark <= threshold).view(np.uint8) & cell, 5, 7)) & cell
