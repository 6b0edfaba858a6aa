"""Statistics of directions."""

from math import atan2, degrees, log1p, nan, sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["circular_statistics"]

# Directions that differ by less than rounding have less than this; two 8-bit hues among a million pixels
# more.
_CONSTANT = 1e-20


def circular_statistics(angles: NDArray[np.float64]) -> tuple[float, float, float]:
    """Compute mean direction, circular standard deviation and circular skewness.

    With R the mean resultant length and d the deviations from the mean direction, the deviation is
    sqrt(-2 ln R) and the skewness mean(sin 2d) / (1 - R)^1.5.

    Parameters
    ----------
    angles : numpy.ndarray of float64, shape (n,)
        In degrees.

    Returns
    -------
    tuple of float
        Mean in degrees, [0, 360), standard deviation in degrees, skewness. Equal angles have deviation and
        skewness 0. All are NaN without angles, or where they cancel out and no direction is the mean.

    References
    ----------
    .. [1] Fisher, 1993, "Statistical Analysis of Circular Data", :doi:`10.1017/CBO9780511564345`, section
       2.3.
    """
    if not len(angles):
        return nan, nan, nan
    radians = np.deg2rad(angles)
    sine, cosine = float(np.sin(radians).mean()), float(np.cos(radians).mean())
    if sine * sine + cosine * cosine < _CONSTANT:
        return nan, nan, nan
    mean = atan2(sine, cosine)
    deviations = radians - mean
    dispersion = 2.0 * float((np.sin(deviations / 2.0) ** 2).mean())
    direction = degrees(mean) % 360.0
    if dispersion < _CONSTANT:
        return direction, 0.0, 0.0
    skewness = float(np.sin(2.0 * deviations).mean()) / dispersion**1.5
    return direction, degrees(sqrt(-2.0 * log1p(-dispersion))), skewness
