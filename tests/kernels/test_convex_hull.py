from itertools import combinations
from math import dist, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.spatial import ConvexHull
from skimage.morphology import convex_hull_image

from leukfeat.kernels.convex_hull import (
    convex_hull,
    corner_points,
    edge_points,
    feret_diameters,
    filled_hull,
)
from leukfeat.kernels.enclosing_circle import enclosing_circle_radius
from leukfeat.kernels.runs import draw_runs
from tests.masks import blobs, disc, from_drawing, runs_of
from tests.oracles.shape import corners, enclosing_radius


def hull_mask(mask: np.ndarray) -> np.ndarray:
    return draw_runs(filled_hull(runs_of(mask)), *mask.shape)


@given(blobs())
@settings(max_examples=30, deadline=None)
def test_hull_has_the_corners_that_scipy_finds(mask) -> None:
    points = corners(mask)
    expected = {tuple(point) for point in points[ConvexHull(points).vertices]}
    ours = convex_hull(corner_points(runs_of(mask))) / 2.0
    assert {tuple(point) for point in ours} == expected


@given(blobs())
@settings(max_examples=30, deadline=None)
def test_filled_hull_is_that_of_scikit_image(mask) -> None:
    np.testing.assert_array_equal(hull_mask(mask), convex_hull_image(mask))


def test_filled_hull_by_hand() -> None:
    # Pixel (1, 1) lies inside; (0, 1) and (1, 0) would lie outside of the line from (0, 0) to (2, 2).
    filled = hull_mask(from_drawing("#..", "...", "..#"))
    np.testing.assert_array_equal(filled, from_drawing("#..", ".#.", "..#"))


@pytest.mark.parametrize("drawing", [("#",), ("#####",), ("#", "#", "#")])
def test_hull_of_thin_masks_is_the_mask(drawing: tuple[str, ...]) -> None:
    mask = from_drawing(*drawing)
    np.testing.assert_array_equal(hull_mask(mask), mask)
    assert len(convex_hull(edge_points(runs_of(mask)))) >= 4


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_greatest_feret_diameter_is_the_greatest_distance_of_corners(mask) -> None:
    points = corners(mask)
    hull = points[ConvexHull(points).vertices]
    expected = max(dist(a, b) for a, b in combinations(hull, 2))
    assert feret_diameters(convex_hull(corner_points(runs_of(mask))))[0] == pytest.approx(expected, rel=1e-12)


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_least_feret_diameter_is_the_least_width_of_any_direction(mask) -> None:
    angles = np.linspace(0, np.pi, 3601)
    projections = corners(mask) @ np.stack([np.cos(angles), np.sin(angles)])
    widths = np.ptp(projections, axis=0)
    least = feret_diameters(convex_hull(corner_points(runs_of(mask))))[1]
    assert least <= widths.min() + 1e-9
    assert least == pytest.approx(widths.min(), rel=2e-3)


def test_feret_diameters_of_a_rectangle() -> None:
    longest, shortest = feret_diameters(convex_hull(corner_points(runs_of(np.ones((6, 8), np.uint8)))))
    assert (longest, shortest) == (10.0, 6.0)


@given(blobs())
@settings(max_examples=25, deadline=None)
def test_enclosing_circle_holds_all_and_touches_it_on_no_less_than_a_half(mask) -> None:
    hull = convex_hull(corner_points(runs_of(mask)))
    radius = enclosing_circle_radius(hull)
    assert radius == pytest.approx(enclosing_radius(hull.astype(float)), rel=1e-9)


def test_enclosing_circle_of_a_pixel_goes_through_its_corners() -> None:
    hull = convex_hull(corner_points(runs_of(from_drawing("#"))))
    assert enclosing_circle_radius(hull) / 2 == pytest.approx(sqrt(0.5), rel=1e-12)


def test_enclosing_circle_of_a_disc() -> None:
    hull = convex_hull(corner_points(runs_of(disc(40, 101))))
    assert enclosing_circle_radius(hull) / 2 == pytest.approx(40.5, abs=0.3)
