"""Size and form of a region, all measures that need no more than its runs."""

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.convex_hull import convex_hull, corner_points, feret_diameters, filled_hull
from leukfeat.kernels.enclosing_circle import enclosing_circle_radius
from leukfeat.kernels.moments import ellipse_axes, raw_moments
from leukfeat.kernels.perimeter import crofton_perimeter, euler_number

__all__ = ["FORM_MEASURES", "measure_form"]

FORM_MEASURES = (
    "area",
    "perimeter",
    "equivalent_diameter",
    "major_axis",
    "minor_axis",
    "eccentricity",
    "extent",
    "solidity",
    "convexity",
    "roundness",
    "feret_max",
    "feret_min",
    "enclosing_circle_ratio",
    "euler_number",
)


@kernel
def measure_form(runs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure a region.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs.find_runs`; at least one.

    Returns
    -------
    numpy.ndarray of float64, shape (14,)
        In pixels, in the order of `FORM_MEASURES`.
    """
    raw = raw_moments(runs)
    area, perimeter = float(raw[0, 0]), crofton_perimeter(runs)
    major, minor = ellipse_axes(raw)
    hull = filled_hull(runs)
    corners = convex_hull(corner_points(runs))
    feret_max, feret_min = feret_diameters(corners)
    radius = enclosing_circle_radius(corners) / 2.0
    return np.array(
        [
            area,
            perimeter,
            sqrt(4.0 * area / pi),
            major,
            minor,
            sqrt(max(1.0 - (minor / major) ** 2, 0.0)),
            area / _box_area(runs),
            area / (hull[:, 2] - hull[:, 1]).sum(),
            crofton_perimeter(hull) / perimeter,
            4.0 * pi * area / perimeter**2,
            feret_max,
            feret_min,
            area / (pi * radius**2),
            float(euler_number(runs)),
        ]
    )


@kernel
def _box_area(runs: NDArray[np.int64]) -> int:
    height = runs[-1, 0] - runs[0, 0] + 1
    return height * (runs[:, 2].max() - runs[:, 1].min())
