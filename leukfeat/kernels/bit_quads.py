"""Perimeter and Euler number of a mask from its 2x2 neighbourhoods."""

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["bit_quads", "crofton_perimeter", "euler_number"]

# Bits of a quad: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
_BITS = np.arange(16)[:, np.newaxis] >> np.arange(4) & 1
_UPPER_LEFT, _UPPER_RIGHT, _LOWER_LEFT, _LOWER_RIGHT = _BITS.T
# Each pair of neighbours is seen once: rows by the lower pair of a quad, columns by its right pair.
_CROSSES_AXES = (_LOWER_LEFT != _LOWER_RIGHT).astype(np.int64) + (_UPPER_RIGHT != _LOWER_RIGHT)
_CROSSES_DIAGONALS = (_UPPER_LEFT != _LOWER_RIGHT).astype(np.int64) + (_UPPER_RIGHT != _LOWER_LEFT)
_DIAGONAL_PAIRS = (6, 9)


def bit_quads(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the 16 patterns of 2x2 pixels.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside; beyond the border all is outside.

    Returns
    -------
    numpy.ndarray of int64, shape (16,)
        How often each pattern stands in the padded mask; pixels weigh 1, 2 (upper row), 4, 8 (lower row).

    References
    ----------
    .. [1] Gray, 1971, "Local properties of binary images in two dimensions", :doi:`10.1109/T-C.1971.223289`
    """
    padded = np.pad(mask, 1)
    upper, lower = padded[:-1], padded[1:]
    codes = upper[:, :-1] | upper[:, 1:] << 1 | lower[:, :-1] << 2 | lower[:, 1:] << 3
    return np.bincount(codes.ravel(), minlength=16).astype(np.int64)


def crofton_perimeter(quads: NDArray[np.int64]) -> float:
    """Estimate the perimeter by the Crofton formula in four directions.

    Lines along rows, columns and both diagonals are counted where they enter the mask; the mean over the
    directions of entries times the distance of the lines, times pi, is the length of the outline, holes
    included.

    Parameters
    ----------
    quads : numpy.ndarray of int64, shape (16,)
        See `bit_quads`.

    Returns
    -------
    float
        In pixels.

    References
    ----------
    .. [1] Legland, Kiêu, Devaux, 2007, "Computation of Minkowski measures on 2D and 3D binary images",
       :doi:`10.5566/ias.v26.p83-92`
    """
    axes = int((quads * _CROSSES_AXES).sum())
    diagonals = int((quads * _CROSSES_DIAGONALS).sum())
    return pi / 8.0 * (axes + diagonals / sqrt(2.0))


def euler_number(quads: NDArray[np.int64]) -> int:
    """Count objects less holes, pixels being neighbours across edges and corners.

    Parameters
    ----------
    quads : numpy.ndarray of int64, shape (16,)
        See `bit_quads`.

    Returns
    -------
    int
        The Euler number with 8-connectivity.

    References
    ----------
    .. [1] Gray, 1971, "Local properties of binary images in two dimensions", :doi:`10.1109/T-C.1971.223289`
    """
    pixels = _BITS.sum(axis=1)
    one, three = int(quads[pixels == 1].sum()), int(quads[pixels == 3].sum())
    diagonal = int(quads[list(_DIAGONAL_PAIRS)].sum())
    return (one - three - 2 * diagonal) // 4
