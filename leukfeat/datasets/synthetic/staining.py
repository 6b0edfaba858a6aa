"""How stained matter looks under a subject's stain and light.

Stains add up in optical density (Beer-Lambert): transmitted light is ``white · 10**-density``, where the
density is the sum over stains of concentration times a vector of absorption in red, green and blue [1]_.

References
----------
.. [1] Ruifrok and Johnston, 2001, "Quantification of histochemical staining by color deconvolution",
   Analytical and Quantitative Cytology and Histology 23(4), 291-299, PMID 11531144.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.datasets.synthetic.anatomy import TRAITS

__all__ = ["STAINS", "Subject", "draw_subject", "expose", "jitter"]

#: Unit vectors of absorption in R, G, B. The first two are those in use for Giemsa (methylene blue and eosin)
#: in Ruifrok and Johnston's colour deconvolution; the third is what red cells in stained smears look like.
STAINS: dict[str, tuple[float, float, float]] = {
    "azure": (0.834750, 0.513556, 0.196330),
    "eosin": (0.092789, 0.954111, 0.283111),
    "haemoglobin": (0.460, 0.763, 0.454),
}

_NOISE_SD = 2.0


@dataclass(frozen=True)
class Subject:
    """One subject's smear: its stain, the light it was photographed in, and how its cells are shifted.

    Parameters
    ----------
    concentration : numpy.ndarray of float64, shape (3,)
        Factor on each stain's concentration.
    hue : numpy.ndarray of float64, shape (3,)
        Angle, in radians, by which each stain's vector is turned towards blue.
    light : numpy.ndarray of float64, shape (3,)
        Factor on the light in R, G, B.
    slope : numpy.ndarray of float64, shape (2,)
        Relative change of the light from the frame's centre to its bottom and right edge.
    vignette : float
        Relative loss of light from the frame's centre to the middle of an edge.
    focus : float
        Standard deviation of the blur, in units of length of `TRAITS`.
    offsets : dict of str to float
        What is added to each trait of its cells.
    """

    concentration: NDArray[np.float64]
    hue: NDArray[np.float64]
    light: NDArray[np.float64]
    slope: NDArray[np.float64]
    vignette: float
    focus: float
    offsets: dict[str, float]


def draw_subject(rng: np.random.Generator, effect: float) -> Subject:
    """Draw a subject; all deviations from the standard smear are proportional to `effect`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    effect : float
        Strength: 0 for none, 1 for strong.

    Returns
    -------
    Subject
        The subject.
    """
    deviate = rng.uniform(-1, 1, 13) * effect
    return Subject(
        concentration=np.exp(0.28 * deviate[:3]).clip(0.55, 1.8),
        hue=(0.13 * deviate[3:6]).clip(-0.2, 0.2),
        light=(np.exp(0.09 * deviate[6:9]) * np.exp(0.06 * deviate[9])).clip(0.7, 1.4),
        slope=(0.07 * deviate[10:12]).clip(-0.2, 0.2),
        vignette=0.04,
        focus=float((0.85 * np.exp(0.45 * deviate[12])).clip(0.4, 2.0)),
        offsets={name: trait.between * effect * rng.uniform(-1, 1) for name, trait in TRAITS.items()},
    )


def jitter(rng: np.random.Generator, subject: Subject) -> Subject:
    """Draw how one image of a subject deviates from the others.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    subject : Subject
        The subject.

    Returns
    -------
    Subject
        The same, with slightly other stain, light and focus.
    """
    z = rng.standard_normal(8).clip(-2.5, 2.5)
    return Subject(
        concentration=subject.concentration * np.exp(0.03 * z[:3]),
        hue=subject.hue,
        light=subject.light * np.exp(0.01 * z[3]),
        slope=subject.slope + 0.01 * z[4:6],
        vignette=max(0.0, subject.vignette + 0.01 * float(z[6])),
        focus=subject.focus * float(np.exp(0.06 * z[7])),
        offsets=subject.offsets,
    )


def expose(
    rng: np.random.Generator,
    stains: NDArray[np.float32],
    subject: Subject,
    white: tuple[float, float, float],
    unit: float,
) -> NDArray[np.uint8]:
    """Photograph a stained specimen.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the sensor's noise.
    stains : numpy.ndarray of float32, shape (3, size, size)
        Concentration of each stain of `STAINS`.
    subject : Subject
        Stain, light and focus.
    white : tuple of float
        Standard light in R, G, B, relative to the sensor's full scale.
    unit : float
        Pixels per unit of length.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size, 3)
        The photograph, R, G, B.
    """
    vectors = _turn(subject.hue) * subject.concentration[:, None] * -np.log(10.0)
    light = np.asarray(white) * subject.light
    light = (light * min(1.0, 0.985 / float(light.max()))).astype(np.float32)
    transmitted = np.empty((*stains.shape[1:], 3), np.float32)
    for channel, weights in enumerate(vectors.T.astype(np.float32)):
        density = stains[0] * weights[0] + stains[1] * weights[1] + stains[2] * weights[2]
        transmitted[:, :, channel] = np.exp(density) * (light[channel] * np.float32(255))
    transmitted *= _illumination(subject, stains.shape[1])[:, :, None]
    blurred = cv2.GaussianBlur(transmitted, (0, 0), max(0.3, subject.focus * unit))
    noise = rng.standard_normal(blurred.shape, dtype=np.float32)
    return np.asarray(np.rint(blurred + np.float32(_NOISE_SD) * noise).clip(0, 255), dtype=np.uint8)


def _turn(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each stain's vector by an angle within the plane it spans with the blue axis."""
    vectors = np.array(list(STAINS.values()))
    blue = np.array([0.0, 0.0, 1.0])
    across = blue - vectors * vectors[:, 2:]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    turned = vectors * np.cos(hue)[:, None] + across * np.sin(hue)[:, None]
    return np.asarray(turned.clip(0.0, None))


def _illumination(subject: Subject, size: int) -> NDArray[np.float32]:
    place = np.linspace(-1, 1, size, dtype=np.float32)
    slope, vignette = subject.slope.astype(np.float32), np.float32(subject.vignette)
    down = slope[0] * place - vignette * place * place
    right = slope[1] * place - vignette * place * place
    return np.asarray(1 + down[:, None] + right[None, :], dtype=np.float32)
