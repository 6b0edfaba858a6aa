"""Measures of the outer boundary of a region's largest lobe."""

from math import nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.boundary import chain_length, largest_lobe, squared_step, trace_boundary
from leukfeat.kernels.cell_batch import CellObjects, nucleus_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.concavities import concavity_depths
from leukfeat.kernels.fourier_descriptors import HARMONICS, fourier_coefficients, mean_squared_radius
from leukfeat.kernels.median import median_rows

__all__ = ["CONTOUR_MEASURES", "contour_rows", "measure_contour"]

CONTOUR_MEASURES = (
    "radial_cv",
    "roughness",
    *(f"fourier_{'m' if order < 0 else 'p'}{abs(order)}" for order in HARMONICS if order != 1),
    "concavity_count",
    "concavity_depth",
)

_FUNDAMENTAL = HARMONICS.index(1)

# What counts as a concavity: deeper than the steps of a digital line, and than a share of the size.
_LEAST_DEPTH = 1.5
_LEAST_SHARE = 0.05

# A share of the length that is no more than rounding.
_ROUNDING = 1e-9


@kernel
def contour_rows(objects: CellObjects) -> NDArray[np.float64]:
    """Compute the medians of the contour measures over the nuclei of each image.

    Parameters
    ----------
    objects : CellObjects
        The cells of the images.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 12)
        In the order of `CONTOUR_MEASURES`; NaN where no nucleus could be measured.
    """
    rows = np.full((objects.boxes.shape[0], len(CONTOUR_MEASURES)), nan)
    for cell in range(rows.shape[0]):
        nucleus = nucleus_runs_of(objects, cell)
        if nucleus.shape[0]:
            measure_contour(nucleus, rows[cell])
    return median_rows(rows, objects.bounds)


@kernel
def measure_contour(runs: NDArray[np.int64], measures: NDArray[np.float64]) -> None:
    """Measure the outer boundary of the largest lobe.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.
    measures : numpy.ndarray of float64, shape (12,)
        Overwritten in the order of `CONTOUR_MEASURES`. Left as they are: all for a single pixel, roughness
        and descriptors for a chain without fundamental harmonic.
    """
    lobe = largest_lobe(runs)
    chain = trace_boundary(lobe)
    if chain.shape[0] > 1:
        area, x, y = _doubled_sums(lobe)
        measures[0] = _radial_variation(chain, area, x, y)
        _describe(chain, measures[1:])
        diameter = sqrt(4.0 * area / pi)
        measures[-2], measures[-1] = _summarize(concavity_depths(lobe, chain), diameter)


@kernel
def _radial_variation(chain: NDArray[np.int64], area: int, x: int, y: int) -> float:
    """Coefficient of variation of the distances of the chain's points, each for half its two steps."""
    weights = _point_weights(chain)
    radii = np.empty_like(weights)
    mean = variance = 0.0
    for i in range(chain.shape[0]):
        # Integers: only the order of the points can make a difference.
        dx, dy = 2 * area * chain[i, 0] - x, 2 * area * chain[i, 1] - y
        radii[i] = sqrt(float(dx) ** 2 + float(dy) ** 2)
        mean += weights[i] * radii[i]
    for i in range(chain.shape[0]):
        variance += weights[i] * (radii[i] - mean) ** 2
    return sqrt(variance) / mean


@kernel
def _doubled_sums(runs: NDArray[np.int64]) -> tuple[int, int, int]:
    """Count the pixels, and add up their columns and rows, twice."""
    area = x = y = 0
    for i in range(runs.shape[0]):
        row, start, stop = runs[i, 0], runs[i, 1], runs[i, 2]
        area += stop - start
        x += (stop - start) * (start + stop - 1)
        y += (stop - start) * 2 * row
    return area, x, y


@kernel
def _point_weights(chain: NDArray[np.int64]) -> NDArray[np.float64]:
    """Half the length of the two steps at each point, over that of the chain."""
    n = chain.shape[0]
    weights = np.zeros(n)
    unit = 0.5 / chain_length(chain)
    for i in range(n):
        half = unit * sqrt(float(squared_step(chain, i)))
        weights[i] += half
        weights[i - 1] += half
    return weights


@kernel
def _describe(chain: NDArray[np.int64], measures: NDArray[np.float64]) -> None:
    """Roughness and descriptors, over the size of the fundamental harmonic."""
    coefficients = fourier_coefficients(chain)
    fundamental = abs(coefficients[_FUNDAMENTAL])
    if fundamental <= _ROUNDING * chain_length(chain):
        return
    rest = mean_squared_radius(chain)
    n = 1
    for i in range(len(HARMONICS)):
        size = abs(coefficients[i])
        rest -= size**2
        if i != _FUNDAMENTAL:
            measures[n] = size / fundamental
            n += 1
    measures[0] = sqrt(max(rest, 0.0)) / fundamental


@kernel
def _summarize(depths: NDArray[np.float64], diameter: float) -> tuple[float, float]:
    """Give the number of concavities that count, and the depth of the deepest over the diameter."""
    least = max(_LEAST_DEPTH, _LEAST_SHARE * diameter)
    return float((depths >= least).sum()), depths.max() / diameter
