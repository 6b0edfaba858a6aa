import numpy as np
import pytest
from hypothesis import given, settings
from skimage.measure import euler_number as skimage_euler_number
from skimage.measure import perimeter_crofton

from leukfeat.kernels.perimeter import crofton_perimeter, euler_number
from tests.masks import blob, blobs, disc, from_drawing, runs_of


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_perimeter_agrees_with_scikit_image(mask) -> None:
    assert crofton_perimeter(runs_of(mask)) == pytest.approx(perimeter_crofton(mask, directions=4), rel=1e-12)


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_euler_number_agrees_with_scikit_image(mask) -> None:
    assert euler_number(runs_of(mask)) == skimage_euler_number(mask, connectivity=2)


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_rotation_by_90_degrees_and_flips_change_nothing(mask) -> None:
    runs = runs_of(mask)
    for moved in (np.rot90(mask), mask[::-1], mask.T):
        other = runs_of(moved)
        assert crofton_perimeter(other) == crofton_perimeter(runs)
        assert euler_number(other) == euler_number(runs)


@pytest.mark.parametrize("radius", [20, 30, 47.5, 90])
def test_perimeter_of_a_disc_is_within_two_percent(radius: float) -> None:
    perimeter = crofton_perimeter(runs_of(disc(radius, 200)))
    assert perimeter == pytest.approx(2 * np.pi * radius, rel=0.02)


def test_perimeter_counts_the_outline_of_holes() -> None:
    ring = disc(40, 101) - disc(20, 101)
    expected = crofton_perimeter(runs_of(disc(40, 101))) + crofton_perimeter(runs_of(disc(20, 101)))
    # The hole's outline runs through the same pixel corners as the disc's.
    assert crofton_perimeter(runs_of(ring)) == pytest.approx(expected, rel=1e-12)


def test_perimeter_of_parts_that_lie_apart_adds_up() -> None:
    part = blob(3)
    both = np.concatenate([part, np.zeros((2, part.shape[1]), np.uint8), part])
    assert crofton_perimeter(runs_of(both)) == pytest.approx(2 * crofton_perimeter(runs_of(part)), rel=1e-12)


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (("###", "#.#", "###"), 0),
        (("#.", ".#"), 1),
        (("#..", "...", "..#"), 2),
        (("#####", "#.#.#", "#####"), -1),
        ((".#.", "#.#", ".#."), 0),
    ],
)
def test_euler_number_by_hand(drawing: tuple[str, ...], expected: int) -> None:
    assert euler_number(runs_of(from_drawing(*drawing))) == expected
