"""Moments of a mask in exact integers, and what follows from them."""

from math import log10, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.wide_integers import add_product, add_product_of_words, carry, nearest_float

__all__ = ["CentralMoments", "central_moments", "centroid", "ellipse_axes", "log_hu_moments", "raw_moments"]

_PIXEL_VARIANCE = 1.0 / 12.0
# Hu's invariants are ratios of integers; these are the powers of the area below.
_HU_POWERS = (3, 6, 9, 9, 18, 12, 18)


# Digits of moments of third order and of products of two, three and four of them.
_THIRD, _SQUARE, _CUBE, _FOURTH = 4, 8, 12, 16


class CentralMoments(NamedTuple):
    """Central moments brought to a common denominator, so that they are integers.

    Attributes
    ----------
    area : int
        Number of pixels.
    m20, m11, m02 : int
        Moments of second order times the area. The first digit is the power of the column, the second that
        of the row.
    third : numpy.ndarray of int64, shape (4, 4)
        The moments m30, m21, m12 and m03 times the area squared, as digits; see
        `leukfeat.kernels.wide_integers`.
    """

    area: int
    m20: int
    m11: int
    m02: int
    third: NDArray[np.int64]


@kernel
def raw_moments(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum the powers of row and column over the pixels, up to the third.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`.

    Returns
    -------
    numpy.ndarray of int64, shape (4, 4)
        Entry (p, q) is the sum of row**p * column**q, exact; 0 where p + q is above 3.
    """
    table = np.zeros((4, 4), dtype=np.int64)
    for i in range(runs.shape[0]):
        row, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        sums = _power_sums(start, stop)
        power = 1
        for p in range(4):
            for q in range(4 - p):
                table[p, q] += power * sums[q]
            power *= row
    return table


@kernel
def _power_sums(start: int, stop: int) -> tuple[int, int, int, int]:
    """Sum n**0, n**1, n**2 and n**3 from start to stop - 1."""
    first, last = start * (start - 1), stop * (stop - 1)
    return (
        stop - start,
        (last - first) // 2,
        (last * (2 * stop - 1) - first * (2 * start - 1)) // 6,
        (last // 2) ** 2 - (first // 2) ** 2,
    )


@kernel
def centroid(raw: NDArray[np.int64]) -> tuple[float, float]:
    """Compute the mean row and column.

    Parameters
    ----------
    raw : numpy.ndarray of int64, shape (4, 4)
        See `raw_moments`, of a mask that is not empty.

    Returns
    -------
    tuple of float
        Row and column, in pixels.
    """
    return raw[1, 0] / raw[0, 0], raw[0, 1] / raw[0, 0]


@kernel
def central_moments(raw: NDArray[np.int64]) -> CentralMoments:
    """Shift moments to the centroid without leaving the integers.

    Parameters
    ----------
    raw : numpy.ndarray of int64, shape (4, 4)
        See `raw_moments`, of a region within 1024 rows and columns from the origin.

    Returns
    -------
    CentralMoments
        Second order times area, third order times area squared.
    """
    area, x, y = raw[0, 0], raw[0, 1], raw[1, 0]
    xx, xy, yy = raw[0, 2], raw[1, 1], raw[2, 0]
    third = np.zeros((4, _THIRD), dtype=np.int64)
    _shift_third(area, raw[0, 3], x, xx, x, xx, third[0])
    _shift_third(area, raw[1, 2], x, xy, y, xx, third[1])
    _shift_third(area, raw[2, 1], y, xy, x, yy, third[2])
    _shift_third(area, raw[3, 0], y, yy, y, yy, third[3])
    return CentralMoments(area, area * xx - x * x, area * xy - x * y, area * yy - y * y, third)


@kernel
def _shift_third(area: int, uuv: int, u: int, uv: int, v: int, uu: int, shifted: NDArray[np.int64]) -> None:
    """area**2 * uuv - 2 * area * u * uv - area * v * uu + 2 * u * u * v."""
    add_product_of_words(shifted, 1, area * area, uuv)
    add_product_of_words(shifted, -2, area * u, uv)
    add_product_of_words(shifted, -1, area * v, uu)
    add_product_of_words(shifted, 2, u * u, v)
    carry(shifted)


@kernel
def ellipse_axes(raw: NDArray[np.int64]) -> tuple[float, float]:
    """Compute the axes of the ellipse with the same second central moments.

    Each pixel counts as a unit square, which adds 1/12 to both variances.

    Parameters
    ----------
    raw : numpy.ndarray of int64, shape (4, 4)
        See `raw_moments`, of a region that is not empty.

    Returns
    -------
    tuple of float
        Full length of the major and the minor axis, in pixels.
    """
    area = raw[0, 0]
    # Times the area, central moments are integers: rotations by 90 degrees agree exactly.
    m20 = area * raw[0, 2] - raw[0, 1] ** 2
    m11 = area * raw[1, 1] - raw[0, 1] * raw[1, 0]
    m02 = area * raw[2, 0] - raw[1, 0] ** 2
    scale = 2.0 * float(area) ** 2
    mean = float(m20 + m02) / scale
    spread = sqrt(float(m20 - m02) ** 2 + 4.0 * float(m11) ** 2) / scale
    major = 4.0 * sqrt(mean + spread + _PIXEL_VARIANCE)
    minor = 4.0 * sqrt(max(mean - spread, 0.0) + _PIXEL_VARIANCE)
    return major, minor


@kernel
def log_hu_moments(raw: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute -sign(h) * log10(abs(h)) of the seven invariants of Hu.

    They are ratios of integers, so that zeros are found and rotations by 90 degrees agree exactly.

    Parameters
    ----------
    raw : numpy.ndarray of int64, shape (4, 4)
        See `raw_moments`, of a region that is not empty, within 1024 rows and columns from the origin.

    Returns
    -------
    numpy.ndarray of float64, shape (7,)
        NaN for an invariant that is zero (by symmetry), which has no logarithm.

    References
    ----------
    .. [1] Hu, 1962, "Visual pattern recognition by moment invariants", :doi:`10.1109/TIT.1962.1057692`
    """
    numerators = _hu_numerators(central_moments(raw))
    log_area = log10(float(raw[0, 0]))
    hu = np.empty(len(_HU_POWERS))
    for i in range(len(_HU_POWERS)):
        hu[i] = _signed_log(nearest_float(numerators[i]), _HU_POWERS[i] * log_area)
    return hu


@kernel
def _hu_numerators(moments: CentralMoments) -> NDArray[np.int64]:
    """Numerators of Hu's invariants over powers of the area, as digits, shape (7, 16)."""
    linear = _linear_terms(moments)
    a, b, c, d, difference, mixed = linear[0], linear[1], linear[2], linear[3], linear[4], linear[5]
    squares = _quadratic_terms(c, d)
    cubes = np.zeros((2, _CUBE), dtype=np.int64)
    add_product(cubes[0], 1, c, squares[2])
    add_product(cubes[1], 1, d, squares[3])
    _carry_each(cubes)
    h = np.zeros((len(_HU_POWERS), _FOURTH), dtype=np.int64)
    h[0, 0] = moments.m20 + moments.m02
    add_product(h[1], 1, difference, difference)
    add_product(h[1], 4, mixed, mixed)
    add_product(h[2], 1, a, a)
    add_product(h[2], 1, b, b)
    add_product(h[3], 1, c, c)
    add_product(h[3], 1, d, d)
    add_product(h[4], 1, a, cubes[0])
    add_product(h[4], 1, b, cubes[1])
    add_product(h[5], 1, difference, squares[1])
    add_product(h[5], 4, mixed, squares[0])
    add_product(h[6], 1, b, cubes[0])
    add_product(h[6], -1, a, cubes[1])
    _carry_each(h)
    return h


@kernel
def _linear_terms(moments: CentralMoments) -> NDArray[np.int64]:
    """m30 - 3 m12, 3 m21 - m03, m30 + m12, m21 + m03, m20 - m02 and m11, as digits."""
    terms = np.zeros((6, _THIRD), dtype=np.int64)
    for i in range(_THIRD):
        third = moments.third
        m30, m21, m12, m03 = third[0, i], third[1, i], third[2, i], third[3, i]
        terms[0, i], terms[1, i] = m30 - 3 * m12, 3 * m21 - m03
        terms[2, i], terms[3, i] = m30 + m12, m21 + m03
    terms[4, 0], terms[5, 0] = moments.m20 - moments.m02, moments.m11
    _carry_each(terms)
    return terms


@kernel
def _quadratic_terms(c: NDArray[np.int64], d: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give c d, c**2 - d**2, c**2 - 3 d**2 and 3 c**2 - d**2, as digits."""
    terms = np.zeros((4, _SQUARE), dtype=np.int64)
    add_product(terms[0], 1, c, d)
    for row, p, q in ((1, 1, -1), (2, 1, -3), (3, 3, -1)):
        add_product(terms[row], p, c, c)
        add_product(terms[row], q, d, d)
    _carry_each(terms)
    return terms


@kernel
def _carry_each(numbers: NDArray[np.int64]) -> None:
    for i in range(numbers.shape[0]):
        carry(numbers[i])


@kernel
def _signed_log(numerator: float, log_denominator: float) -> float:
    if numerator == 0.0:
        return nan
    magnitude = log_denominator - log10(abs(numerator))
    return magnitude if numerator > 0.0 else -magnitude
