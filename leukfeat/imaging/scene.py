"""What a set of images shows: one cell on black, one cell among others, or a field of many cells.

Black is counted. Between a cell and a field the chromatin decides: its share of the central sixteenth of the
image, and its mean distance from the centre. Chromatin is the darkest of the three classes of Otsu [1]_ on a
thumbnail. Every image gives a vote between -0.5 (surely a field) and 0.5 (surely a cell), and the sum
decides.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.histograms import count_levels
from leukfeat.kernels.otsu import otsu_three
from leukfeat.kernels.planes import brightness, split_planes

__all__ = ["SCENES", "detect_scene"]

SCENES: tuple[str, ...] = ("masked", "cell", "field")

_SIDE = 96
_BLACK = 20
_BLACK_SHARE = 0.3
_SPREAD_WEIGHT = 2.9
_OFFSET = 0.445


def detect_scene(images: Iterable[NDArray[np.uint8]]) -> str:
    """Decide which scene a set of images shows.

    Parameters
    ----------
    images : iterable of arrays of uint8, shape (height, width, 3)
        Decoded images in RGB, of any sizes; a few dozen suffice. Only thumbnails are held.

    Returns
    -------
    str
        `"masked"` if most are largely black; else `"cell"` or `"field"`, whichever the chromatin speaks for.

    Raises
    ------
    ValueError
        If there is no image.
    """
    thumbnails = [_thumbnail(image) for image in images]
    if not thumbnails:
        raise ValueError("detect_scene expects at least one image. Got none. Pass images, or name the scene.")
    masked = [np.mean(thumbnail.max(axis=2) <= _BLACK) > _BLACK_SHARE for thumbnail in thumbnails]
    if 2 * sum(masked) > len(masked):
        return "masked"
    return "cell" if sum(_vote(thumbnail) for thumbnail in thumbnails) >= 0 else "field"


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(image[top : top + side, left : left + side])
    return np.asarray(cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _vote(thumbnail: NDArray[np.uint8]) -> float:
    """Return a vote in [-0.5, 0.5]; positive for one cell in the centre, 0 where there is no chromatin."""
    dark = brightness(split_planes(thumbnail))
    low, high = otsu_three(count_levels(dark))
    chromatin = cv2.morphologyEx((dark <= low).view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(chromatin)
    if len(rows) == 0 or low >= high:
        return 0.0
    middle = (_SIDE - 1) / 2
    spread = float(np.hypot(rows - middle, columns - middle).mean()) / _SIDE
    box = slice(3 * _SIDE // 8, 5 * _SIDE // 8)
    central = float(np.count_nonzero(chromatin[box, box])) / (_SIDE / 4) ** 2
    return float(np.clip(central - _SPREAD_WEIGHT * spread + _OFFSET, -0.5, 0.5))
