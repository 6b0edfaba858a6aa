"""Fourier coefficients of a closed chain of pixels, exact for the polygon through their centres."""

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.boundary import chain_length, squared_step
from leukfeat.kernels.compiled import kernel

__all__ = ["HARMONICS", "fourier_coefficients", "mean_squared_radius"]

HARMONICS = (-4, -3, -2, -1, 1, 2, 3, 4, 5)

_HIGHEST = 5
_DIAGONAL = sqrt(2.0)


@kernel
def mean_squared_radius(chain: NDArray[np.int64]) -> float:
    """Average the squared distance from the centroid of the polygon's line over its length.

    Parameters
    ----------
    chain : numpy.ndarray of int64, shape (n, 2)
        See `leukfeat.kernels.boundary.trace_boundary`; at least two points.

    Returns
    -------
    float
        In squared pixels. By Parseval's theorem, the sum of all squared Fourier coefficients but that of
        order 0.
    """
    # Integrals over each edge of the coordinates (times 2) and their squares (times 3), from the first point:
    # integers, apart from the lengths, of which there are two.
    sums = np.zeros((2, 3), dtype=np.int64)
    for i in range(chain.shape[0]):
        row = squared_step(chain, i) - 1
        for axis in range(2):
            a, b = chain[i - 1, axis] - chain[0, axis], chain[i, axis] - chain[0, axis]
            sums[row, axis] += a + b
            sums[row, 2] += a * a + a * b + b * b
    x, y, squares = (sums[0] + _DIAGONAL * sums[1]) / chain_length(chain)
    return squares / 3.0 - (x / 2.0) ** 2 - (y / 2.0) ** 2


@kernel
def fourier_coefficients(chain: NDArray[np.int64]) -> NDArray[np.complex128]:
    r"""Compute Fourier coefficients of the polygon as a function of the arc length.

    With :math:`z = x + iy` (column, row), length :math:`L`, edges of direction :math:`u_j` (of length 1) and
    corners at arc length :math:`s_j`, :math:`z(s) = \sum_k Z_k e^{2\pi iks/L}` has

    .. math:: Z_k = \frac{L}{4\pi^2k^2} \sum_j (u_{j-1} - u_j) e^{-2\pi iks_j/L},

    the closed form of Kuhl and Giardina [1]_ in complex notation.

    Parameters
    ----------
    chain : numpy.ndarray of int64, shape (n, 2)
        See `leukfeat.kernels.boundary.trace_boundary`; at least two points.

    Returns
    -------
    numpy.ndarray of complex128, shape (9,)
        In pixels, in the order of `HARMONICS`, from the first point of the chain.

    References
    ----------
    .. [1] Kuhl, Giardina, 1982, "Elliptic Fourier features of a closed contour",
       :doi:`10.1016/0146-664X(82)90034-X`
    .. [2] Granlund, 1972, "Fourier preprocessing for hand print character recognition",
       :doi:`10.1109/TC.1972.5008926`
    """
    length = chain_length(chain)
    sums = _turn_sums(chain, length)
    coefficients = np.empty(len(HARMONICS), dtype=np.complex128)
    for i in range(len(HARMONICS)):
        order = HARMONICS[i]
        real_real, real_imag, imag_real, imag_imag = sums[abs(order) - 1]
        if order < 0:
            imag_real, imag_imag = -imag_real, -imag_imag
        scale = length / (2.0 * pi * order) ** 2
        coefficients[i] = scale * complex(real_real - imag_imag, real_imag + imag_real)
    return coefficients


@kernel
def _turn_sums(chain: NDArray[np.int64], length: float) -> NDArray[np.float64]:
    """Products of the parts of exp(-2 pi i k s / L) and of the turn, summed over the corners, k from 1 up."""
    angles = -2.0 * pi / length * np.array([1.0, _DIAGONAL])
    advances = np.cos(angles) + 1j * np.sin(angles)
    sums = np.zeros((_HIGHEST, 4))
    phase = 1.0 + 0.0j
    arriving = _direction(chain, 0)
    for i in range(chain.shape[0]):
        following = i + 1 if i + 1 < chain.shape[0] else 0
        leaving = _direction(chain, following)
        if arriving != leaving:
            _add_powers(phase, arriving - leaving, sums)
        phase *= advances[squared_step(chain, following) - 1]
        arriving = leaving
    return sums


@kernel
def _add_powers(phase: complex, turn: complex, sums: NDArray[np.float64]) -> None:
    power = 1.0 + 0.0j
    for k in range(_HIGHEST):
        power *= phase
        sums[k, 0] += power.real * turn.real
        sums[k, 1] += power.real * turn.imag
        sums[k, 2] += power.imag * turn.real
        sums[k, 3] += power.imag * turn.imag


@kernel
def _direction(chain: NDArray[np.int64], i: int) -> complex:
    """Step that ends at a point, brought to length 1."""
    scale = 1.0 / _DIAGONAL if squared_step(chain, i) == 2 else 1.0
    return scale * complex(chain[i, 0] - chain[i - 1, 0], chain[i, 1] - chain[i - 1, 1])
