"""The outline by OpenCV, integrated numerically."""

from itertools import pairwise
from math import pi, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from leukfeat.features.contour import ContourFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, median_over_cells

__all__ = ["ORACLES", "largest_lobe", "outline"]

OPENCV = Oracle("OpenCV, NumPy statement")
SCIPY = Oracle("OpenCV, SciPy")
ORDERS = (-4, -3, -2, -1, 1, 2, 3, 4, 5)
DESCRIPTORS = {order: f"contour_fourier_{'m' if order < 0 else 'p'}{abs(order)}_nucleus" for order in ORDERS}
COLUMNS = {
    "contour_radial_cv_nucleus": OPENCV,
    "contour_roughness_nucleus": OPENCV,
    **{name: OPENCV for order, name in DESCRIPTORS.items() if order != 1},
    "contour_concavity_count_nucleus": Oracle.exact("OpenCV, SciPy"),
    "contour_concavity_depth_nucleus": SCIPY,
}
# Nodes and weights on [0, 1]: harmonics change little along an edge of one step.
NODES, WEIGHTS = (np.polynomial.legendre.leggauss(32) + np.array([[1.0], [0.0]])) / 2


def largest_lobe(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    return labels == np.bincount(labels[labels > 0]).argmax()


def outline(lobe: NDArray[np.bool_]) -> NDArray[np.complex128]:
    """Column + i row of the pixels of the closed chain, clockwise as images are seen."""
    (chain,), _ = cv2.findContours(lobe.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = chain[:, 0].astype(float) @ np.array([1, 1j])
    doubled_area = (np.conj(points) * np.roll(points, -1)).imag.sum()
    return points if doubled_area >= 0 else points[::-1]


def _radial_variation(points: NDArray[np.complex128], lobe: NDArray[np.bool_]) -> float:
    row, column = ndimage.center_of_mass(lobe)
    radii = np.abs(points - complex(column, row))
    edges = np.abs(np.roll(points, -1) - points)
    weights = edges + np.roll(edges, 1)
    mean = np.average(radii, weights=weights)
    return float(np.sqrt(np.average((radii - mean) ** 2, weights=weights)) / mean)


def _harmonics(points: NDArray[np.complex128]) -> dict[str, float]:
    """Coefficients by quadrature over each edge, and what of the outline they leave over."""
    steps = np.roll(points, -1) - points
    lengths = np.abs(steps)
    total = lengths.sum()
    starts = np.cumsum(lengths) - lengths
    z = (points[:, np.newaxis] + np.outer(steps, NODES)).ravel()
    phases = 2j * pi * (starts[:, np.newaxis] + np.outer(lengths, NODES)).ravel() / total
    shares = np.outer(lengths, WEIGHTS).ravel() / total
    z = z - (shares * z).sum()
    coefficients = {order: (shares * z * np.exp(-order * phases)).sum() for order in ORDERS}
    rest = z - sum(size * np.exp(order * phases) for order, size in coefficients.items())
    fundamental = abs(coefficients[1])
    values = {
        DESCRIPTORS[order]: abs(size) / fundamental for order, size in coefficients.items() if order != 1
    }
    return {"contour_roughness_nucleus": sqrt((shares * abs(rest) ** 2).sum()) / fundamental} | values


def _concavities(points: NDArray[np.complex128], diameter: float) -> dict[str, float]:
    depths = np.array([_depth(arc) for arc in _arcs(points)])
    return {
        "contour_concavity_count_nucleus": float((depths >= max(1.5, 0.05 * diameter)).sum()),
        "contour_concavity_depth_nucleus": depths.max() / diameter,
    }


def _arcs(points: NDArray[np.complex128]) -> list[NDArray[np.complex128]]:
    """Between neighbouring corners of the hull; from the first point to itself where all lie on one line."""
    plane = np.stack([points.real, points.imag], axis=1)
    visits = [0]
    if np.linalg.matrix_rank(plane - plane[0]) == 2:
        hull = ConvexHull(np.unique(plane, axis=0))
        visits = _visits(points, hull.points[hull.vertices] @ np.array([1, 1j]))
    closed = np.concatenate([points, points])
    return [closed[a : b + 1] for a, b in pairwise([*visits, visits[0] + len(points)])]


def _visits(points: NDArray[np.complex128], corners: NDArray[np.complex128]) -> list[int]:
    """Where the chain comes to each corner in turn; on its way to one it may pass another from within."""
    start = next(k for k, corner in enumerate(corners) if np.count_nonzero(points == corner) == 1)
    corners, first = np.roll(corners, -start), int(np.flatnonzero(points == corners[start])[0])
    visits = [first]
    for i in range(first, first + len(points)):
        if len(visits) < len(corners) and points[i % len(points)] == corners[len(visits)]:
            visits.append(i)
    return visits


def _depth(arc: NDArray[np.complex128]) -> float:
    """Greatest distance from the line through both ends, 0 for an arc that returns to its start."""
    side = arc[-1] - arc[0]
    return float(((arc - arc[0]) * np.conj(side)).imag.max() / abs(side)) if side else 0.0


def _of_cell(region: Region) -> dict[str, float]:
    if not region.nucleus.any():
        return {}
    lobe = largest_lobe(region.nucleus)
    points = outline(lobe)
    if len(points) < 2:
        return {}
    diameter = sqrt(4 * lobe.sum() / pi)
    variation = {"contour_radial_cv_nucleus": _radial_variation(points, lobe)}
    return variation | _harmonics(points) | _concavities(points, diameter)


ORACLES = FamilyOracles(ContourFeatures(), median_over_cells(_of_cell, tuple(COLUMNS)), COLUMNS)
