"""The Haar transform of PyWavelets."""

from math import nan

import numpy as np
import pywt
from numpy.typing import NDArray

from leukfeat.features.wavelet import WaveletFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, cells, ratio

__all__ = ["ORACLES", "detail_energies", "filled"]

ORACLE = Oracle("PyWavelets")
N_LEVELS = 3
MEASURES = ("energy_axis", "energy_diagonal", "anisotropy", "share")
COLUMNS = {f"wavelet_{measure}_l{level}": ORACLE for level in range(1, N_LEVELS + 1) for measure in MEASURES}


def filled(region: Region) -> NDArray[np.float64]:
    """The cell in its bounding box, its mean rounded halves up where it is not."""
    cell, levels = region.cell[1:-1, 1:-1], region.grey[1:-1, 1:-1]
    return np.where(cell, levels, np.floor(levels[cell].mean() + 0.5)).astype(float)


def detail_energies(image: NDArray[np.float64], n_levels: int) -> NDArray[np.float64]:
    """Sums of squares of horizontal, vertical and diagonal details, the finest level first."""
    energies = []
    for _ in range(n_levels):
        image, details = pywt.dwt2(image, "haar", mode="symmetric")
        energies.append([np.sum(np.square(part)) for part in details])
    return np.array(energies)


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    found = cells(image)
    if not found:
        return dict.fromkeys(COLUMNS, nan)
    energies = sum(detail_energies(filled(region), N_LEVELS) for region in found)
    n_pixels = sum(int(region.cell.sum()) for region in found)
    values = []
    for horizontal, vertical, diagonal in energies:
        axis = horizontal + vertical
        anisotropy, share = ratio(abs(horizontal - vertical), axis), ratio(axis + diagonal, energies.sum())
        values += [axis / n_pixels, diagonal / n_pixels, anisotropy, share]
    return dict(zip(COLUMNS, map(float, values), strict=True))


ORACLES = FamilyOracles(WaveletFeatures(), reference, COLUMNS)
