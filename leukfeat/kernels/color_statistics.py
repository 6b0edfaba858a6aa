"""Statistics of the colours of a region."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import RegionPixels, pixels_of
from leukfeat.kernels.circular import add_directions, direction_statistics
from leukfeat.kernels.color_spaces import hue_saturation_value, lab_from_rgb, optical_density_levels
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import count_levels
from leukfeat.kernels.statistics import (
    LANES,
    add_deviations,
    add_repeated_deviations,
    mean_deviation_skewness,
)

__all__ = ["color_rows", "color_statistics", "lab_rows", "lab_statistics"]

# Pixels at a time: what is computed of them stays in the caches near the core.
_BLOCK = 2048
_DENSITIES = optical_density_levels()
_N_COLUMNS = 27  # of a region: three statistics of nine channels


@kernel
def color_rows(nucleus: RegionPixels, cytoplasm: RegionPixels) -> NDArray[np.float64]:
    """Compute mean, standard deviation and skewness of nine channels of several images.

    Parameters
    ----------
    nucleus, cytoplasm : RegionPixels
        The pixels of both regions.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 54)
        Those of the nucleus, then those of the cytoplasm, see `color_statistics`.
    """
    rows = np.empty((nucleus.bounds.size - 1, 2 * _N_COLUMNS))
    for i in range(rows.shape[0]):
        rows[i, :_N_COLUMNS] = color_statistics(pixels_of(nucleus, i)).ravel()
        rows[i, _N_COLUMNS:] = color_statistics(pixels_of(cytoplasm, i)).ravel()
    return rows


@kernel
def lab_rows(region: RegionPixels) -> NDArray[np.float64]:
    """Compute mean, standard deviation and skewness of CIE L*a*b* of several images.

    Parameters
    ----------
    region : RegionPixels
        The pixels.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 3, 3)
        See `lab_statistics`.
    """
    rows = np.empty((region.bounds.size - 1, 3, 3))
    for i in range(rows.shape[0]):
        rows[i] = lab_statistics(pixels_of(region, i))
    return rows


@kernel
def color_statistics(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Compute mean, standard deviation and skewness of nine channels.

    Parameters
    ----------
    pixels : numpy.ndarray of uint8, shape (4, n)
        Red, green, blue (and grey, which is not read), C-contiguous.

    Returns
    -------
    numpy.ndarray of float64, shape (9, 3)
        Hue in degrees (circular, of the pixels that are not grey), saturation, value, L*, a*, b*, optical
        density of red, green, blue, as `leukfeat.features.color.ColorFeatures` defines them; NaN without
        pixels.
    """
    statistics = np.full((9, 3), np.nan)
    if pixels.shape[1] > 0:
        _fill_hue_saturation_value(pixels, statistics[:3])
        _fill_lab(pixels, statistics[3:6])
        _fill_densities(pixels, statistics[6:])
    return statistics


@kernel
def lab_statistics(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Compute mean, standard deviation and skewness of CIE L*a*b*.

    Parameters
    ----------
    pixels : numpy.ndarray of uint8, shape (4, n)
        Red, green, blue (and grey, which is not read), C-contiguous.

    Returns
    -------
    numpy.ndarray of float64, shape (3, 3)
        One row for each channel; NaN without pixels.
    """
    statistics = np.full((3, 3), np.nan)
    if pixels.shape[1] > 0:
        _fill_lab(pixels, statistics)
    return statistics


@kernel
def _fill_lab(pixels: NDArray[np.uint8], statistics: NDArray[np.float64]) -> None:
    n = pixels.shape[1]
    firsts, sums = np.empty(3), np.zeros((3, 3, LANES))
    for start in range(0, n, _BLOCK):
        stop = start + _BLOCK
        lab = lab_from_rgb(pixels[0, start:stop], pixels[1, start:stop], pixels[2, start:stop])
        firsts = lab[:, 0].copy() if start == 0 else firsts
        for channel in range(3):
            add_deviations(lab[channel], firsts[channel], sums[channel])
    for channel in range(3):
        _set(statistics[channel], mean_deviation_skewness(sums[channel], n, firsts[channel]))


@kernel
def _fill_hue_saturation_value(pixels: NDArray[np.uint8], statistics: NDArray[np.float64]) -> None:
    n, n_hues, first_hue = pixels.shape[1], 0, np.nan
    directions = np.zeros((4, LANES))
    firsts, sums = np.empty(3), np.zeros((3, 3, LANES))
    for start in range(0, n, _BLOCK):
        stop = start + _BLOCK
        hsv = hue_saturation_value(pixels[0, start:stop], pixels[1, start:stop], pixels[2, start:stop])
        firsts = hsv[:, 0].copy() if start == 0 else firsts
        first_hue = _first_measured(hsv[0]) if np.isnan(first_hue) else first_hue
        n_hues += add_directions(hsv[0], first_hue, directions)
        for channel in range(1, 3):
            add_deviations(hsv[channel], firsts[channel], sums[channel])
    _set(statistics[0], direction_statistics(directions, n_hues, first_hue))
    for channel in range(1, 3):
        _set(statistics[channel], mean_deviation_skewness(sums[channel], n, firsts[channel]))


@kernel
def _first_measured(values: NDArray[np.float64]) -> float:
    """Find the first that is not NaN; NaN if all are."""
    for i in range(values.size):
        if not np.isnan(values[i]):
            return values[i]
    return np.nan


@kernel
def _fill_densities(pixels: NDArray[np.uint8], statistics: NDArray[np.float64]) -> None:
    for channel in range(3):
        levels = pixels[channel]
        first, sums = _DENSITIES[levels[0]], np.zeros((3, LANES))
        add_repeated_deviations(_DENSITIES, count_levels(levels), first, sums)
        _set(statistics[channel], mean_deviation_skewness(sums, levels.size, first))


@kernel
def _set(row: NDArray[np.float64], values: tuple[float, float, float]) -> None:
    """Assign one by one, which compiles in a tenth of the time of a tuple at once."""
    row[0], row[1], row[2] = values
