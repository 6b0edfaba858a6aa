"""Moments of a mask in exact integers, and what follows from them."""

from math import log10, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["CentralMoments", "central_moments", "centroid", "ellipse_axes", "log_hu_moments", "raw_moments"]

_PIXEL_VARIANCE = 1.0 / 12.0
_HU_DENOMINATOR_POWERS = (3, 6, 9, 9, 18, 12, 18)


class CentralMoments(NamedTuple):
    """Central moments brought to a common denominator, so that they are integers.

    Those of second order are multiplied by the area, those of third order by its square. The first digit is
    the power of the column, the second that of the row.
    """

    area: int
    m20: int
    m11: int
    m02: int
    m30: int
    m21: int
    m12: int
    m03: int


@kernel
def raw_moments(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum the powers of row and column over the pixels, up to the third.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs.find_runs`.

    Returns
    -------
    numpy.ndarray of int64, shape (4, 4)
        Entry (p, q) is the sum of row**p * column**q, exact; 0 where p + q is above 3.
    """
    table = np.zeros((4, 4), dtype=np.int64)
    for i in range(runs.shape[0]):
        row = 1
        for p in range(4):
            for q in range(4 - p):
                table[p, q] += row * (_power_sum(runs[i, 2], q) - _power_sum(runs[i, 1], q))
            row *= runs[i, 0]
    return table


@kernel
def _power_sum(n: int, power: int) -> int:
    """0**power + 1**power + … + (n - 1)**power, with 0**0 = 1."""
    if power == 0:
        return n
    if power == 1:
        return n * (n - 1) // 2
    if power == 2:
        return (n - 1) * n * (2 * n - 1) // 6
    return (n * (n - 1) // 2) ** 2


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


def central_moments(raw: NDArray[np.int64]) -> CentralMoments:
    """Shift moments to the centroid without leaving the integers.

    Parameters
    ----------
    raw : numpy.ndarray of int64, shape (4, 4)
        See `raw_moments`.

    Returns
    -------
    CentralMoments
        Second order times area, third order times area squared.
    """
    table: list[list[int]] = raw.tolist()
    area, x, y = table[0][0], table[0][1], table[1][0]
    xx, xy, yy = table[0][2], table[1][1], table[2][0]
    return CentralMoments(
        area=area,
        m20=area * xx - x * x,
        m11=area * xy - x * y,
        m02=area * yy - y * y,
        m30=area * area * table[0][3] - 3 * area * x * xx + 2 * x**3,
        m21=area * area * table[1][2] - 2 * area * x * xy - area * y * xx + 2 * x * x * y,
        m12=area * area * table[2][1] - 2 * area * y * xy - area * x * yy + 2 * x * y * y,
        m03=area * area * table[3][0] - 3 * area * y * yy + 2 * y**3,
    )


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


def log_hu_moments(moments: CentralMoments) -> tuple[float, ...]:
    """Compute -sign(h) * log10(abs(h)) of the seven invariants of Hu.

    They are ratios of integers, so that zeros are found and rotations by 90 degrees agree exactly.

    Parameters
    ----------
    moments : CentralMoments
        See `central_moments`.

    Returns
    -------
    tuple of float
        Seven values; NaN for an invariant that is zero (by symmetry), which has no logarithm.

    References
    ----------
    .. [1] Hu, 1962, "Visual pattern recognition by moment invariants", :doi:`10.1109/TIT.1962.1057692`
    """
    log_area = log10(moments.area)
    numerators = _hu_numerators(moments)
    return tuple(
        _signed_log(numerator, power * log_area)
        for numerator, power in zip(numerators, _HU_DENOMINATOR_POWERS, strict=True)
    )


def _hu_numerators(m: CentralMoments) -> tuple[int, ...]:
    """Numerators of Hu's invariants over powers of the area."""
    difference = m.m20 - m.m02
    a, b = m.m30 - 3 * m.m12, 3 * m.m21 - m.m03
    c, d = m.m30 + m.m12, m.m21 + m.m03
    cubic_c, cubic_d = c * (c * c - 3 * d * d), d * (3 * c * c - d * d)
    return (
        m.m20 + m.m02,
        difference**2 + 4 * m.m11**2,
        a * a + b * b,
        c * c + d * d,
        a * cubic_c + b * cubic_d,
        difference * (c * c - d * d) + 4 * m.m11 * c * d,
        b * cubic_c - a * cubic_d,
    )


def _signed_log(numerator: int, log_denominator: float) -> float:
    if numerator == 0:
        return nan
    magnitude = log_denominator - log10(abs(numerator))
    return magnitude if numerator > 0 else -magnitude
