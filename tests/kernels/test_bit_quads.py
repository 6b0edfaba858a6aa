import numpy as np
import pytest
from hypothesis import given, settings
from skimage.measure import euler_number as skimage_euler_number
from skimage.measure import perimeter_crofton

from leukfeat.kernels.bit_quads import bit_quads, crofton_perimeter, euler_number
from tests.masks import blob, blobs, disc, from_drawing


def test_every_quad_of_the_padded_mask_is_counted_once() -> None:
    quads = bit_quads(from_drawing("##", "#."))
    expected = np.zeros(16, dtype=np.int64)
    # row by row of the padded mask, from the upper left
    for code in (8, 12, 4, 10, 7, 1, 2, 1, 0):
        expected[code] += 1
    np.testing.assert_array_equal(quads, expected)


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_perimeter_agrees_with_scikit_image(mask) -> None:
    assert crofton_perimeter(bit_quads(mask)) == pytest.approx(
        perimeter_crofton(mask, directions=4), rel=1e-12
    )


@given(blobs())
@settings(max_examples=40, deadline=None)
def test_euler_number_agrees_with_scikit_image(mask) -> None:
    assert euler_number(bit_quads(mask)) == skimage_euler_number(mask, connectivity=2)


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_rotation_by_90_degrees_and_flips_change_nothing(mask) -> None:
    quads = bit_quads(mask)
    for moved in (np.rot90(mask), mask[::-1], mask.T):
        other = bit_quads(np.ascontiguousarray(moved))
        assert crofton_perimeter(other) == crofton_perimeter(quads)
        assert euler_number(other) == euler_number(quads)


@pytest.mark.parametrize("radius", [20, 30, 47.5, 90])
def test_perimeter_of_a_disc_is_within_two_percent(radius: float) -> None:
    perimeter = crofton_perimeter(bit_quads(disc(radius, 200)))
    assert perimeter == pytest.approx(2 * np.pi * radius, rel=0.02)


def test_perimeter_counts_the_outline_of_holes() -> None:
    ring = disc(40, 101) - disc(20, 101)
    expected = crofton_perimeter(bit_quads(disc(40, 101))) + crofton_perimeter(bit_quads(disc(20, 101)))
    # The hole's outline runs through the same pixel corners as the disc's.
    assert crofton_perimeter(bit_quads(ring)) == pytest.approx(expected, rel=1e-12)


def test_perimeter_of_parts_that_lie_apart_adds_up() -> None:
    part = blob(3)
    both = np.concatenate([part, np.zeros((2, part.shape[1]), np.uint8), part])
    assert crofton_perimeter(bit_quads(both)) == pytest.approx(
        2 * crofton_perimeter(bit_quads(part)), rel=1e-12
    )


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
    assert euler_number(bit_quads(from_drawing(*drawing))) == expected
