"""Colour spaces, from 8-bit RGB."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["hue_saturation_value", "lab_from_rgb", "optical_density_levels"]

# IEC 61966-2-1 primaries, D65 white of the 2 degree observer.
_XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)
_LINEAR_BELOW = 0.008856


def optical_density_levels() -> NDArray[np.float64]:
    """Tabulate the optical density of the 256 levels.

    Returns
    -------
    numpy.ndarray of float64, shape (256,)
        -log10((v + 1) / 256): 0 for white.
    """
    return np.asarray(-np.log10((np.arange(256) + 1.0) / 256.0), dtype=np.float64)


def hue_saturation_value(
    rgb: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Compute hue, saturation and value.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (n, 3)
        Red, green, blue.

    Returns
    -------
    hue : numpy.ndarray of float64, shape (n,)
        In degrees, [0, 360); NaN for grey pixels, which have none.
    saturation : numpy.ndarray of float64, shape (n,)
        In [0, 1]; 0 for black.
    value : numpy.ndarray of float64, shape (n,)
        In [0, 1].

    References
    ----------
    .. [1] Smith, 1978, "Color gamut transform pairs", :doi:`10.1145/965139.807361`
    """
    red, green, blue = (rgb[:, channel].astype(np.int64) for channel in range(3))
    value = np.maximum(np.maximum(red, green), blue)
    chroma = value - np.minimum(np.minimum(red, green), blue)
    numerator = np.where(value == red, green - blue, np.where(value == green, blue - red, red - green))
    sextant = np.where(value == red, 6 * (green < blue), np.where(value == green, 2, 4))
    hue = np.full(len(rgb), np.nan)
    np.divide(numerator, chroma, out=hue, where=chroma > 0)
    saturation = np.zeros(len(rgb))
    np.divide(chroma, value, out=saturation, where=value > 0)
    return 60.0 * (hue + sextant), saturation, value / 255.0


def lab_from_rgb(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Convert sRGB to CIE L*a*b*, white point D65.

    Parameters
    ----------
    rgb : numpy.ndarray of uint8, shape (n, 3)
        Red, green, blue.

    Returns
    -------
    numpy.ndarray of float64, shape (3, n)
        L* in [0, 100], a*, b*.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, sRGB.
    .. [2] CIE 15:2004, Colorimetry.
    """
    red, green, blue = (_linear_levels()[rgb[:, channel]] for channel in range(3))
    x, y, z = (
        _lab_response((r * red + g * green + b * blue) / white)
        for (r, g, b), white in zip(_XYZ_FROM_RGB, _WHITE, strict=True)
    )
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def _linear_levels() -> NDArray[np.float64]:
    """Linear light of the 256 sRGB levels."""
    levels = np.arange(256) / 255.0
    return np.asarray(np.where(levels > 0.04045, ((levels + 0.055) / 1.055) ** 2.4, levels / 12.92))


def _lab_response(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = 7.787 * ratio + 16.0 / 116.0
    return np.asarray(np.where(ratio > _LINEAR_BELOW, np.cbrt(ratio), linear))
