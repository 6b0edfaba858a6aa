"""From a framed image to its region: background, cytoplasm and nucleus.

One rule per scene, each stated in its module: `masked`, `cell` and `field`. All are deterministic, look at
one image at a time and learn nothing: histograms, integer tables and morphology.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice
from leukfeat.imaging.segmentation.cell import segment_cell
from leukfeat.imaging.segmentation.field import segment_field
from leukfeat.imaging.segmentation.labels import BACKGROUND, CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.masked import segment_masked

__all__ = ["BACKGROUND", "CYTOPLASM", "NUCLEUS", "segment"]

_SMALLEST = 16
_RULES: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    "masked": segment_masked,
    "cell": segment_cell,
    "field": segment_field,
}


def segment(rgb: NDArray[np.uint8], scene: str) -> NDArray[np.uint8]:
    """Segment a framed image.

    Parameters
    ----------
    rgb : array of uint8, shape (size, size, 3)
        Red, green and blue, as `leukfeat.imaging.framing.frame` makes it. It is not changed.
    scene : {"masked", "cell", "field"}
        What the image shows.

    Returns
    -------
    array of uint8, shape (size, size)
        Region: 0 background, 128 cytoplasm, 255 nucleus. In the scenes `"masked"` and `"cell"` one
        4-connected component; in `"field"` one per cell. All 0 when no nucleus is found.

    Raises
    ------
    TypeError
        If `rgb` is no NumPy array of uint8.
    ValueError
        If its shape is not that of a frame, or `scene` is unknown.
    """
    check_choice("segment", "scene", scene, _RULES)
    return _RULES[scene](np.ascontiguousarray(_check_frame(rgb)))


def _check_frame(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    expected = "segment expects a frame: a NumPy array of uint8, shape (size, size, 3)"
    advice = "Make it with leukfeat.imaging.framing.frame."
    if not isinstance(rgb, np.ndarray):
        raise TypeError(f"{expected}. Got {type(rgb).__name__}. {advice}")
    if rgb.dtype != np.uint8:
        raise TypeError(f"{expected}. Got dtype {rgb.dtype}. {advice}")
    if rgb.ndim != 3 or rgb.shape[0] != rgb.shape[1] or rgb.shape[2] != 3 or rgb.shape[0] < _SMALLEST:
        raise ValueError(f"{expected}, size at least {_SMALLEST}. Got shape {rgb.shape}. {advice}")
    return rgb
