"""Colour by scikit-image, its statistics by NumPy and SciPy."""

from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from skimage.color import rgb2hsv, rgb2lab

from leukfeat.features.color import ColorFeatures
from tests.oracles.firstorder import unless_constant
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import CYTOPLASM, NUCLEUS, pixels

__all__ = ["ORACLES", "channel_statistics", "hue_statistics"]

REGIONS = {"nucleus": NUCLEUS, "cytoplasm": CYTOPLASM}
CHANNELS = {
    **dict.fromkeys(("hsv_h", "hsv_s", "hsv_v", "lab_l", "lab_a", "lab_b"), "scikit-image"),
    **dict.fromkeys(("od_r", "od_g", "od_b"), "NumPy statement"),
}
MEASURES = {"mean": "NumPy", "sd": "NumPy", "skewness": "SciPy"}
# Of equal directions.
ROUNDING = 1e-20
OF_HUE = {"mean": "SciPy", "sd": "SciPy", "skewness": "NumPy statement"}


def channel_statistics(rgb: NDArray[np.uint8]) -> dict[str, dict[str, float]]:
    """Mean, standard deviation and skewness of each channel of pixels (n, 3)."""
    hsv, lab = rgb2hsv(rgb), rgb2lab(rgb)
    density = -np.log10((rgb.astype(float) + 1) / 256)
    samples = dict(zip(tuple(CHANNELS)[1:], (*hsv.T[1:], *lab.T, *density.T), strict=True))
    linear = {
        name: {"mean": x.mean(), "sd": x.std(), "skewness": unless_constant(stats.skew, x)}
        for name, x in samples.items()
    }
    return {"hsv_h": hue_statistics(2 * np.pi * hsv[hsv[:, 1] > 0, 0])} | linear


def hue_statistics(hue: NDArray[np.float64]) -> dict[str, float]:
    """Circular statistics in degrees of directions in radians that do not cancel out."""
    if not len(hue):
        return dict.fromkeys(MEASURES, nan)
    mean = stats.circmean(hue)
    # 1 less the length of the mean vector, without the loss of digits of a difference.
    dispersion = 2 * np.mean(np.sin((hue - mean) / 2) ** 2)
    direction = np.rad2deg(mean) % 360
    if dispersion < ROUNDING:
        return {"mean": direction, "sd": 0.0, "skewness": 0.0}
    skewness = np.sin(2 * (hue - mean)).mean() / dispersion**1.5
    return {"mean": direction, "sd": np.rad2deg(stats.circstd(hue)), "skewness": skewness}


def _of_region(image: NDArray[np.uint8], region: str) -> dict[str, float]:
    rgb = pixels(image, REGIONS[region])
    if not len(rgb):
        return dict.fromkeys((name for name in COLUMNS if name.endswith(region)), nan)
    return {
        f"color_{measure}_{channel}_{region}": float(value)
        for channel, values in channel_statistics(rgb).items()
        for measure, value in values.items()
    }


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    return _of_region(image, "nucleus") | _of_region(image, "cytoplasm")


def _oracle(channel: str, measure: str) -> Oracle:
    statistic = (OF_HUE if channel == "hsv_h" else MEASURES)[measure]
    space = CHANNELS[channel]
    return Oracle(space if space.startswith(statistic) else f"{space}, {statistic}")


COLUMNS = {
    f"color_{measure}_{channel}_{region}": _oracle(channel, measure)
    for region in REGIONS
    for channel in CHANNELS
    for measure in MEASURES
}
ORACLES = FamilyOracles(ColorFeatures(), reference, COLUMNS)
