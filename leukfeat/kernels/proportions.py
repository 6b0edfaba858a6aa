"""A region in proportion to the one around it."""

from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.distances import squared_distances
from leukfeat.kernels.moments import centroid, raw_moments
from leukfeat.kernels.runs import draw_runs, outline

__all__ = ["measure_proportions"]


@kernel
def measure_proportions(
    inner: NDArray[np.int64], outer: NDArray[np.int64], height: int, width: int
) -> NDArray[np.float64]:
    """Measure how a region lies in another.

    Parameters
    ----------
    inner, outer : numpy.ndarray of int64, shape (n, 3)
        See `leukfeat.kernels.runs.find_runs`; at least one each, the inner region within the outer one.
    height, width : int
        Of an image that holds both.

    Returns
    -------
    numpy.ndarray of float64, shape (5,)
        Ratio of the areas, distance of the centroids, least and greatest distance from the outer region's
        outline to the inner region, and whether both are the same (1 or 0).
    """
    around, within = raw_moments(outer), raw_moments(inner)
    (y, x), (inner_y, inner_x) = centroid(around), centroid(within)
    least, greatest = squared_distances(outline(outer, draw_runs(outer, height, width)), inner)
    return np.array(
        [
            within[0, 0] / around[0, 0],
            hypot(inner_y - y, inner_x - x),
            sqrt(least),
            sqrt(greatest),
            1.0 if within[0, 0] == around[0, 0] else 0.0,
        ]
    )
