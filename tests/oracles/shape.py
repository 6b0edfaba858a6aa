"""Shape by scikit-image and SciPy."""

from itertools import combinations
from math import nan, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import (
    euler_number,
    moments_central,
    moments_hu,
    moments_normalized,
    perimeter_crofton,
    regionprops,
)

from leukfeat.features.shape import ShapeFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, cells, medians

__all__ = ["ORACLES", "corners", "enclosing_radius", "form", "hull_corners", "log_hu"]

SKIMAGE = Oracle("scikit-image")
COUNT = Oracle.exact("scikit-image")
SCIPY = Oracle("SciPy")
FORM = {
    "area_{}_px": COUNT,
    "perimeter_{}_px": SKIMAGE,
    "equivalent_diameter_{}_px": SKIMAGE,
    "major_axis_{}_px": SKIMAGE,
    "minor_axis_{}_px": SKIMAGE,
    # Near 0 it is the root of a difference of almost equal numbers.
    "eccentricity_{}": Oracle("scikit-image", floor=1e-6),
    "extent_{}": SKIMAGE,
    "solidity_{}": SKIMAGE,
    "convexity_{}": SKIMAGE,
    "roundness_{}": SKIMAGE,
    "feret_max_{}_px": SCIPY,
    "feret_min_{}_px": SCIPY,
}
OF_NUCLEI = {
    "enclosing_circle_ratio_{}": Oracle("NumPy statement"),
    "euler_number_{}": COUNT,
    **{f"hu{i}_{{}}": SKIMAGE for i in range(1, 8)},
}
# Sums of third moments and their products are rounded by far less of what they could amount to.
ROUNDING = 1e-9
COLUMNS = {
    f"shape_{name.format(region)}": oracle
    for region, measures in (("nucleus", FORM | OF_NUCLEI), ("cell", FORM))
    for name, oracle in measures.items()
}


def form(mask: NDArray[np.bool_]) -> dict[str, float]:
    """Size and form of a region in a frame with a border of background."""
    (region,) = regionprops(mask.astype(np.uint8))
    # scikit-image takes pixels for points; as unit squares they add 1/12 to both variances.
    major, minor = (4 * sqrt(value + 1 / 12) for value in region.inertia_tensor_eigvals)
    perimeter = perimeter_crofton(mask, directions=4)
    hull = hull_corners(mask)
    return {
        "area_{}_px": region.area,
        "perimeter_{}_px": perimeter,
        "equivalent_diameter_{}_px": region.equivalent_diameter_area,
        "major_axis_{}_px": major,
        "minor_axis_{}_px": minor,
        "eccentricity_{}": sqrt(max(1 - (minor / major) ** 2, 0)),
        "extent_{}": region.extent,
        "solidity_{}": region.solidity,
        "convexity_{}": perimeter_crofton(np.pad(region.image_convex, 1), directions=4) / perimeter,
        "roundness_{}": 4 * pi * region.area / perimeter**2,
        "feret_max_{}_px": pdist(hull.points[hull.vertices]).max(),
        "feret_min_{}_px": _least_width(hull),
    }


def corners(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Column and row of the corners of every pixel, which is a unit square round its position."""
    centres = np.argwhere(mask)[:, ::-1]
    return np.concatenate([centres + np.array(step) for step in np.ndindex(2, 2)]) - 0.5


def hull_corners(mask: NDArray[np.bool_]) -> ConvexHull:
    return ConvexHull(np.unique(corners(mask), axis=0))


def _least_width(hull: ConvexHull) -> float:
    """The least width is that across one of the hull's sides."""
    return float(np.ptp(hull.points @ hull.equations[:, :2].T, axis=0).min())


def enclosing_radius(points: NDArray[np.float64]) -> float:
    """The smallest circle round all points is the largest of those round three of them (Helly's theorem)."""
    triples = points[np.array(list(combinations(range(len(points)), 3)))]
    sides = np.sort(np.linalg.norm(triples - np.roll(triples, 1, axis=1), axis=2), axis=1)
    a, b, c = sides.T
    (ax, ay), (bx, by) = (triples[:, 1] - triples[:, 0]).T, (triples[:, 2] - triples[:, 0]).T
    doubled_area = np.abs(ax * by - ay * bx)
    obtuse = a**2 + b**2 <= c**2
    # Through all three corners where the triangle is acute, else round its longest side.
    circumradius = np.divide(a * b * c, 2 * doubled_area, out=c / 2, where=~obtuse)
    return float(circumradius.max())


def log_hu(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """NaN for what vanishes by symmetry: scikit-image leaves a trace of rounding in its place."""
    # Hu's first index is that of the column, scikit-image's that of the row.
    hu = moments_hu(moments_normalized(moments_central(mask.T.astype(float), order=3)))
    vanishing = np.abs(hu) <= _rounding_of_hu(hu)
    return np.where(vanishing, nan, -np.sign(hu) * np.log10(np.abs(hu) + vanishing))


def _rounding_of_hu(hu: NDArray[np.float64]) -> NDArray[np.float64]:
    """The second to fourth are squares of sums that the first bounds; the others products of such sums."""
    squares = np.array([hu[0] ** 2, hu[0] ** 3, hu[0] ** 3]) * ROUNDING**2
    a, b, c = np.sqrt(np.maximum(hu[1:4], squares))
    return np.array([0, *squares, *(ROUNDING * np.array([b * c**3, a * c**2, b * c**3]))])


def _measures_of_nuclei(mask: NDArray[np.bool_]) -> dict[str, float]:
    hull = hull_corners(mask)
    radius = enclosing_radius(hull.points[hull.vertices])
    invariants = {f"hu{i}_{{}}": value for i, value in enumerate(log_hu(mask).tolist(), start=1)}
    return {
        "enclosing_circle_ratio_{}": int(mask.sum()) / (pi * radius**2),
        "euler_number_{}": euler_number(mask, connectivity=2),
        **invariants,
    }


def _of_cell(region: Region) -> dict[str, float]:
    return _named(form(region.cell), "cell")


def _of_nucleus(region: Region) -> dict[str, float]:
    if not region.nucleus.any():
        return {}
    return _named(form(region.nucleus) | _measures_of_nuclei(region.nucleus), "nucleus")


def _named(values: dict[str, float], region: str) -> dict[str, float]:
    return {f"shape_{name.format(region)}": float(value) for name, value in values.items()}


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    found = cells(image)
    nuclei = [name for name in COLUMNS if "_nucleus" in name]
    whole = [name for name in COLUMNS if "_cell" in name]
    return medians(map(_of_nucleus, found), nuclei) | medians(map(_of_cell, found), whole)


ORACLES = FamilyOracles(ShapeFeatures(), reference, COLUMNS)
