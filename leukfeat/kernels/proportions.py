"""A region in proportion to the one around it."""

from math import hypot, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, cell_runs_of, nucleus_runs_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.distances import squared_distances
from leukfeat.kernels.median import median_rows
from leukfeat.kernels.moments import centroid, raw_moments
from leukfeat.kernels.runs import draw_runs, outline

__all__ = ["measure_proportions", "proportion_rows"]


_N_MEASURES = 5


@kernel
def proportion_rows(objects: CellObjects) -> NDArray[np.float64]:
    """Compute the medians of the proportions over the cells of each image.

    Parameters
    ----------
    objects : CellObjects
        The cells of the images.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 5)
        As `measure_proportions` gives them for nucleus and cell; NaN for an image without nuclei.
    """
    rows = np.full((objects.boxes.shape[0], _N_MEASURES), nan)
    for cell in range(rows.shape[0]):
        nucleus = nucleus_runs_of(objects, cell)
        if nucleus.shape[0]:
            height, width = objects.boxes[cell, 2], objects.boxes[cell, 3]
            rows[cell] = measure_proportions(nucleus, cell_runs_of(objects, cell), height, width)
    return median_rows(rows, objects.bounds)


@kernel
def measure_proportions(
    inner: NDArray[np.int64], outer: NDArray[np.int64], height: int, width: int
) -> tuple[float, ...]:
    """Measure how a region lies in another.

    Parameters
    ----------
    inner, outer : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs`; at least one each, the inner region within the outer one.
    height, width : int
        Of an image that holds both.

    Returns
    -------
    tuple of float
        Ratio of the areas, distance of the centroids, least and greatest distance from the outer region's
        outline to the inner region, and whether both are the same (1 or 0).
    """
    around, within = raw_moments(outer), raw_moments(inner)
    (y, x), (inner_y, inner_x) = centroid(around), centroid(within)
    least, greatest = squared_distances(outline(outer, draw_runs(outer, height, width)), inner)
    return (
        within[0, 0] / around[0, 0],
        hypot(inner_y - y, inner_x - x),
        sqrt(least),
        sqrt(greatest),
        1.0 if within[0, 0] == around[0, 0] else 0.0,
    )
