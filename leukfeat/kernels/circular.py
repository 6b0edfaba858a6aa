"""Statistics of directions."""

from math import atan2, degrees, factorial, log1p, nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.statistics import total

__all__ = ["add_directions", "direction_statistics"]

# Directions that differ by less than rounding have less than this; two 8-bit hues among a million pixels
# more.
_CONSTANT = 1e-20
_RADIANS_OF_HALF = pi / 360.0
# Power series of the sine over its angle and of the cosine: less than 1e-13 is left out at a right angle.
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8 = [(-1) ** k / factorial(2 * k + 1) for k in range(9)]
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9 = [(-1) ** k / factorial(2 * k) for k in range(10)]


@kernel
def add_directions(angles: NDArray[np.float64], first: float, sums: NDArray[np.float64]) -> int:
    """Add the deviations from one of the directions to running sums.

    Parameters
    ----------
    angles : numpy.ndarray of float64, shape (n,)
        In degrees, [0, 360); NaN does not count. Of any number of parts of a sample.
    first : float
        A direction of the sample, the same for all parts. Deviations of equal directions are exactly 0.
    sums : numpy.ndarray of float64, shape (4, LANES)
        With d the deviations, sums of sin d, 1 - cos d, sin d (1 - cos d) and sin² d, 0 at first; changed in
        place.

    Returns
    -------
    int
        How many directions were added.
    """
    sines, versines = np.empty(angles.size), np.empty(angles.size)
    n, n_lanes = _halve_deviations(angles, first, sines), sums.shape[1]
    _turn(sines, versines)
    for start in range(0, angles.size, n_lanes):
        _add(sines[start : start + n_lanes], versines[start : start + n_lanes], sums)
    return n


@kernel
def _halve_deviations(angles: NDArray[np.float64], first: float, halves: NDArray[np.float64]) -> int:
    """Halve the deviations, in radians, 0 for NaN; return how many are no NaN."""
    n = 0
    for i in range(angles.size):
        d = angles[i] - first
        d = d - 360.0 if d > 180.0 else d
        d = d + 360.0 if d < -180.0 else d
        halves[i] = d * _RADIANS_OF_HALF if d == d else 0.0
        n += 1 if d == d else 0
    return n


@kernel
def _turn(sines: NDArray[np.float64], versines: NDArray[np.float64]) -> None:
    """Put sine and 1 - cosine of angles in place of their halves, which are given for the sines.

    With half the angle 1 - cos d is a square, exact for small ones.
    """
    for i in range(sines.size):
        h = sines[i]
        q = h * h
        s = _S4 + q * (_S5 + q * (_S6 + q * (_S7 + q * _S8)))
        s = h * (_S0 + q * (_S1 + q * (_S2 + q * (_S3 + q * s))))
        c = _C4 + q * (_C5 + q * (_C6 + q * (_C7 + q * (_C8 + q * _C9))))
        c = _C0 + q * (_C1 + q * (_C2 + q * (_C3 + q * c)))
        sines[i] = 2.0 * s * c
        versines[i] = 2.0 * s * s


@kernel
def _add(sines: NDArray[np.float64], versines: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    of_sines, of_versines, of_products, of_squares = sums[0], sums[1], sums[2], sums[3]
    for i in range(sines.size):
        s, v = sines[i], versines[i]
        of_sines[i] += s
        of_versines[i] += v
        of_products[i] += s * v
        of_squares[i] += s * s


@kernel
def direction_statistics(sums: NDArray[np.float64], n: int, first: float) -> tuple[float, float, float]:
    """Compute mean direction, circular standard deviation and circular skewness from sums of deviations.

    With R the mean resultant length and d the deviations from the mean direction, the deviation is
    sqrt(-2 ln R) and the skewness mean(sin 2d) / (1 - R)^1.5.

    Parameters
    ----------
    sums : numpy.ndarray of float64, shape (4, LANES)
        See `add_directions`.
    n : int
        Number of directions.
    first : float
        What the directions deviate from, in degrees.

    Returns
    -------
    tuple of float
        Mean in degrees, [0, 360), standard deviation in degrees, skewness. Equal directions have deviation
        and skewness 0. All are NaN without directions, or where they cancel out and none is the mean.

    References
    ----------
    .. [1] Fisher, 1993, "Statistical Analysis of Circular Data", :doi:`10.1017/CBO9780511564345`, section
       2.3.
    """
    if n == 0:
        return nan, nan, nan
    sine, versine = total(sums[0]) / n, total(sums[1]) / n
    cosine = 1.0 - versine
    if sine * sine + cosine * cosine < _CONSTANT:
        return nan, nan, nan
    direction = (first + degrees(atan2(sine, cosine))) % 360.0
    direction = direction if direction < 360.0 else 0.0
    length = sqrt(sine * sine + cosine * cosine)
    dispersion = (2.0 * versine - versine * versine - sine * sine) / (1.0 + length)
    if dispersion < _CONSTANT:
        return direction, 0.0, 0.0
    second = _mean_second_sine(sine, versine, total(sums[2]) / n, total(sums[3]) / n)
    deviation = degrees(sqrt(-2.0 * log1p(-dispersion)))
    return direction, deviation, second / (length * length) / dispersion**1.5


@kernel
def _mean_second_sine(sine: float, versine: float, product: float, square: float) -> float:
    """Average sin 2d, d from the mean direction, times R²; what cancels for small d is left out."""
    cosine = 1.0 - versine
    return 2.0 * (
        sine * cosine * (2.0 * square - versine) - sine**3 - product * (cosine * cosine - sine * sine)
    )
