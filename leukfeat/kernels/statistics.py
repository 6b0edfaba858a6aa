"""Statistics of values and of their histograms."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = [
    "LANES",
    "add_deviations",
    "add_repeated_deviations",
    "mean_deviation_skewness",
    "total",
]

# Sums are kept in this many places, value i in place i % LANES: a loop over places is one over vectors, and
# what it gives is the same whatever their width.
LANES = 128


@kernel
def add_deviations(values: NDArray[np.float64], first: float, sums: NDArray[np.float64]) -> None:
    """Add the deviations from one of the values to running sums.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n,)
        Of any number of parts of a sample.
    first : float
        A value of the sample, the same for all parts. Deviations of equal values are exactly 0.
    sums : numpy.ndarray of float64, shape (3, LANES)
        Sums of the deviations, of their squares and of their cubes, 0 at first; changed in place.
    """
    n_lanes = sums.shape[1]
    whole = values.size - values.size % (4 * n_lanes)
    for start in range(0, whole, 4 * n_lanes):
        _add_four(values[start : start + 4 * n_lanes].reshape(4, n_lanes), first, sums)
    for start in range(whole, values.size, n_lanes):
        _add(values[start : start + n_lanes], first, sums)


@kernel
def _add_four(values: NDArray[np.float64], first: float, sums: NDArray[np.float64]) -> None:
    deviations, squares, cubes = sums[0], sums[1], sums[2]
    v, w, x, y = values[0], values[1], values[2], values[3]
    for i in range(deviations.size):
        a, b, c, d = v[i] - first, w[i] - first, x[i] - first, y[i] - first
        aa, bb, cc, dd = a * a, b * b, c * c, d * d
        deviations[i] += (a + b) + (c + d)
        squares[i] += (aa + bb) + (cc + dd)
        cubes[i] += (aa * a + bb * b) + (cc * c + dd * d)


@kernel
def _add(values: NDArray[np.float64], first: float, sums: NDArray[np.float64]) -> None:
    deviations, squares, cubes = sums[0], sums[1], sums[2]
    for i in range(values.size):
        a = values[i] - first
        deviations[i] += a
        squares[i] += a * a
        cubes[i] += a * a * a


@kernel
def add_repeated_deviations(
    values: NDArray[np.float64], counts: NDArray[np.int64], first: float, sums: NDArray[np.float64]
) -> None:
    """Add the deviations of values that occur several times; see `add_deviations`.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n,)
        The values.
    counts : numpy.ndarray of int64, shape (n,)
        How often each occurs.
    first : float
        A value that occurs.
    sums : numpy.ndarray of float64, shape (3, LANES)
        Changed in place.
    """
    deviations, squares, cubes = sums[0], sums[1], sums[2]
    n_lanes = sums.shape[1]
    for start in range(0, values.size, n_lanes):
        value, count = values[start : start + n_lanes], counts[start : start + n_lanes]
        for i in range(value.size):
            a = value[i] - first
            weighted = a * count[i]
            deviations[i] += weighted
            squares[i] += weighted * a
            cubes[i] += weighted * a * a


@kernel
def mean_deviation_skewness(sums: NDArray[np.float64], n: int, first: float) -> tuple[float, float, float]:
    """Compute what the sums of deviations say.

    Parameters
    ----------
    sums : numpy.ndarray of float64, shape (3, LANES)
        See `add_deviations`.
    n : int
        Number of values, at least 1.
    first : float
        What they deviate from.

    Returns
    -------
    tuple of float
        Mean, standard deviation (divided by n) and skewness; the last two are 0 for equal values.
    """
    shift, square, cube = total(sums[0]) / n, total(sums[1]) / n, total(sums[2]) / n
    variance = square - shift * shift
    if variance <= 0.0:
        return first + shift, 0.0, 0.0
    deviation = np.sqrt(variance)
    third = cube - shift * (3.0 * square - 2.0 * shift * shift)
    return first + shift, deviation, third / (variance * deviation)


@kernel
def total(lanes: NDArray[np.float64]) -> float:
    """Sum a row of running sums, halves onto halves.

    Parameters
    ----------
    lanes : numpy.ndarray of float64, shape (LANES,)
        Left with partial sums.

    Returns
    -------
    float
        Their sum.
    """
    half = lanes.size // 2
    while half > 0:
        for i in range(half):
            lanes[i] += lanes[half + i]
        half //= 2
    return lanes[0]
