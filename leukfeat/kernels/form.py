"""Size and form of a region, all measures that need no more than its runs."""

from math import nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, nucleus_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.convex_hull import convex_hull, corner_points, feret_diameters, filled_hull
from leukfeat.kernels.enclosing_circle import enclosing_circle_radius
from leukfeat.kernels.median import median_rows
from leukfeat.kernels.moments import ellipse_axes, log_hu_moments, raw_moments
from leukfeat.kernels.perimeter import crofton_perimeter, euler_number

__all__ = ["CELL_MEASURES", "FORM_MEASURES", "NUCLEUS_MEASURES", "form_rows", "measure_form", "measure_forms"]

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
NUCLEUS_MEASURES = (*FORM_MEASURES, *(f"hu{i}" for i in range(1, 8)))
CELL_MEASURES = FORM_MEASURES[:12]


@kernel
def form_rows(
    objects: CellObjects, nucleus_forms: NDArray[np.float64], cell_forms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute the medians of size and form over the cells of each image.

    Parameters
    ----------
    objects : CellObjects
        The cells of the images.
    nucleus_forms, cell_forms : numpy.ndarray of float64, shape (n_cells, 14)
        Their forms; see `measure_forms`.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 33)
        The `NUCLEUS_MEASURES`, then the `CELL_MEASURES`; NaN where no cell could be measured.
    """
    n_nucleus, n_form = len(NUCLEUS_MEASURES), len(FORM_MEASURES)
    rows = np.empty((cell_forms.shape[0], n_nucleus + len(CELL_MEASURES)))
    for cell in range(rows.shape[0]):
        runs = nucleus_runs_of(objects, cell)
        rows[cell, :n_form] = nucleus_forms[cell]
        if runs.shape[0]:
            rows[cell, n_form:n_nucleus] = log_hu_moments(raw_moments(runs))
        else:
            rows[cell, n_form:n_nucleus] = nan
        rows[cell, n_nucleus:] = cell_forms[cell, : len(CELL_MEASURES)]
    return median_rows(rows, objects.bounds)


@kernel
def measure_forms(runs: NDArray[np.int64], run_bounds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure the regions of several cells.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        Those of one cell after those of another; see `leukfeat.kernels.cell_batch.CellObjects`.
    run_bounds : numpy.ndarray of int64, shape (n_cells + 1,)
        Number of runs before each cell, and of all.

    Returns
    -------
    numpy.ndarray of float64, shape (n_cells, 14)
        In pixels, in the order of `FORM_MEASURES`; NaN for a cell without runs.
    """
    forms = np.empty((run_bounds.shape[0] - 1, len(FORM_MEASURES)))
    for cell in range(forms.shape[0]):
        start, stop = run_bounds[cell], run_bounds[cell + 1]
        if start < stop:
            forms[cell] = measure_form(runs[start:stop])
        else:
            forms[cell] = nan
    return forms


@kernel
def measure_form(runs: NDArray[np.int64]) -> tuple[float, ...]:
    """Measure a region.

    Parameters
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one.

    Returns
    -------
    tuple of float
        In pixels, in the order of `FORM_MEASURES`.
    """
    raw = raw_moments(runs)
    area, perimeter = float(raw[0, 0]), crofton_perimeter(runs)
    major, minor = ellipse_axes(raw)
    hull = filled_hull(runs)
    corners = convex_hull(corner_points(runs))
    feret_max, feret_min = feret_diameters(corners)
    radius = enclosing_circle_radius(corners) / 2.0
    return (
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
    )


@kernel
def _box_area(runs: NDArray[np.int64]) -> int:
    height = runs[-1, 0] - runs[0, 0] + 1
    return height * (runs[:, 2].max() - runs[:, 1].min())
