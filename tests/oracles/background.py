"""Colour of the bare slide, by scikit-image and NumPy."""

from math import nan

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab
from skimage.filters import threshold_otsu

from leukfeat.features.background import BackgroundFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import BACKGROUND, pixels

__all__ = ["ORACLES"]

ORACLE = Oracle("scikit-image, NumPy")
COLUMNS = {
    f"background_{measure}_{channel}": ORACLE
    for channel in ("lab_l", "lab_a", "lab_b")
    for measure in ("mean", "sd")
}


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    rgb = pixels(image, BACKGROUND)
    if not len(rgb):
        return dict.fromkeys(COLUMNS, nan)
    green = rgb[:, 1]
    if len(np.unique(green)) > 1:
        rgb = rgb[green > threshold_otsu(green)]
    lab = rgb2lab(rgb)
    values = np.stack([lab.mean(axis=0), lab.std(axis=0)], axis=1)
    return dict(zip(COLUMNS, values.ravel().tolist(), strict=True))


ORACLES = FamilyOracles(BackgroundFeatures(), reference, COLUMNS)
