"""Colour spaces, from 8-bit RGB."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["hue_saturation_value", "lab_from_rgb", "optical_density_levels"]

# IEC 61966-2-1 primaries, D65 white of the 2 degree observer.
_XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)
_RATIOS = tuple(tuple(part / white for part in row) for row, white in zip(_XYZ_FROM_RGB, _WHITE, strict=True))
_LINEAR_BELOW = 0.008856
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS > 0.04045, ((_LEVELS + 0.055) / 1.055) ** 2.4, _LEVELS / 12.92)
# Of the power series of (1 - r) ** (-1 / 3).
_ONE, _THIRD, _SECOND, _CUBIC = (np.float32(c) for c in (1.0, 1.0 / 3.0, 2.0 / 9.0, 14.0 / 81.0))
_MAGIC = np.uint32(0x54A20000)


def optical_density_levels() -> NDArray[np.float64]:
    """Tabulate the optical density of the 256 levels.

    Returns
    -------
    numpy.ndarray of float64, shape (256,)
        -log10((v + 1) / 256): 0 for white.
    """
    return np.asarray(-np.log10((np.arange(256) + 1.0) / 256.0), dtype=np.float64)


@kernel
def hue_saturation_value(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Compute hue, saturation and value.

    Parameters
    ----------
    red, green, blue : numpy.ndarray of uint8, shape (n,)
        C-contiguous.

    Returns
    -------
    numpy.ndarray of float64, shape (3, n)
        Hue in degrees, [0, 360), NaN for grey pixels, which have none; saturation in [0, 1], 0 for black;
        value in [0, 1].

    References
    ----------
    .. [1] Smith, 1978, "Color gamut transform pairs", :doi:`10.1145/965139.807361`
    """
    hsv = np.empty((3, red.size))
    hue, saturation, value = hsv[0], hsv[1], hsv[2]
    for i in range(red.size):
        r, g, b = np.int32(red[i]), np.int32(green[i]), np.int32(blue[i])
        highest = max(max(r, g), b)
        chroma = np.int32(highest - min(min(r, g), b))
        is_red, is_green = highest == r, highest == g
        numerator = np.int32(g - b) if is_red else np.int32(b - r) if is_green else np.int32(r - g)
        sextant = (6.0 if g < b else 0.0) if is_red else 2.0 if is_green else 4.0
        turn = 60.0 * (np.float64(numerator) / np.float64(max(chroma, np.int32(1))) + sextant)
        hue[i] = turn if chroma > 0 else np.nan
        saturation[i] = np.float64(chroma) / np.float64(max(highest, np.int32(1)))
        value[i] = np.float64(highest) * (1.0 / 255.0)
    return hsv


@kernel
def lab_from_rgb(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Convert sRGB to CIE L*a*b*, white point D65.

    Parameters
    ----------
    red, green, blue : numpy.ndarray of uint8, shape (n,)
        C-contiguous.

    Returns
    -------
    numpy.ndarray of float64, shape (3, n)
        L* in [0, 100], a*, b*.

    References
    ----------
    .. [1] IEC 61966-2-1:1999, sRGB.
    .. [2] CIE 15:2004, Colorimetry.
    """
    lab, light, work = np.empty((3, red.size)), np.empty((3, red.size)), np.empty((2, red.size), np.float32)
    _linear(red, light[0])
    _linear(green, light[1])
    _linear(blue, light[2])
    x, y, z = lab[0], lab[1], lab[2]
    _respond(light, _RATIOS[0], work, x)
    _respond(light, _RATIOS[1], work, y)
    _respond(light, _RATIOS[2], work, z)
    for i in range(red.size):
        here = y[i]
        x[i], y[i], z[i] = 116.0 * here - 16.0, 500.0 * (x[i] - here), 200.0 * (here - z[i])
    return lab


@kernel
def _linear(levels: NDArray[np.uint8], light: NDArray[np.float64]) -> None:
    for i in range(levels.size):
        light[i] = _LINEAR[levels[i]]


@kernel
def _respond(
    light: NDArray[np.float64],
    parts: tuple[float, ...],
    work: NDArray[np.float32],
    response: NDArray[np.float64],
) -> None:
    """Fill in the response to a tristimulus value over white's: its cube root, or a line near black.

    The cube root is the value times the square of its inverse cube root, which takes no division.
    """
    of_red, of_green, of_blue = parts
    red, green, blue = light[0], light[1], light[2]
    single, inverse = work[0], work[1]
    for i in range(response.size):
        ratio = of_red * red[i] + of_green * green[i] + of_blue * blue[i]
        response[i], single[i] = ratio, np.float32(ratio)
    _inverse_cube_roots(single, inverse)
    for i in range(response.size):
        ratio, y = response[i], np.float64(inverse[i])
        residue = 1.0 - ratio * y * y * y
        y += y * residue * (1.0 / 3.0 + residue * (2.0 / 9.0))
        response[i] = ratio * y * y if ratio > _LINEAR_BELOW else 7.787 * ratio + 16.0 / 116.0


@kernel
def _inverse_cube_roots(values: NDArray[np.float32], roots: NDArray[np.float32]) -> None:
    """Compute 1 / cbrt of positive values within 2e-5 of itself.

    The bits of a float, read as an integer, are nearly its logarithm: dividing them by -3 gives a first guess
    (Moroz et al., 2021, https://doi.org/10.3390/en14041058), and the series of (1 - r)^(-1/3) betters it, r
    being what is left.
    """
    bits, guess = values.view(np.uint32), roots.view(np.uint32)
    for i in range(values.size):
        guess[i] = _MAGIC - bits[i] // np.uint32(3)
    for i in range(values.size):
        y = roots[i]
        r = _ONE - values[i] * y * y * y
        roots[i] = y + y * r * (_THIRD + r * (_SECOND + r * _CUBIC))
