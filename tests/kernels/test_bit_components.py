import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from scipy import ndimage

from leukfeat.kernels.bit_components import (
    box_of_runs,
    component_at,
    count_pixels,
    fill_holes,
    largest_component,
)
from tests.bits import bits_of, mask_of, masks
from tests.masks import runs_of


@given(masks())
@settings(max_examples=40, deadline=None)
def test_holes_are_filled_as_scipy_and_contours_do(mask) -> None:
    filled = mask_of(fill_holes(bits_of(mask)))
    np.testing.assert_array_equal(filled, ndimage.binary_fill_holes(mask))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    np.testing.assert_array_equal(filled, cv2.drawContours(np.zeros_like(mask), outlines, -1, (1,), -1))


@given(masks())
@settings(max_examples=40, deadline=None)
def test_component_at_a_pixel_is_scipys(mask) -> None:
    assume(mask.any())
    row, column = np.argwhere(mask)[mask.sum() // 2]
    labels, _ = ndimage.label(mask)
    found = mask_of(component_at(bits_of(mask), row, column))
    np.testing.assert_array_equal(found, labels == labels[row, column])


def test_component_at_a_pixel_outside_is_empty() -> None:
    assert not component_at(bits_of(np.eye(16, dtype=np.uint8)), 3, 4).any()


@given(masks())
@settings(max_examples=40, deadline=None)
def test_largest_component_is_the_first_of_the_largest(mask) -> None:
    labels, n_labels = ndimage.label(mask)
    found = mask_of(largest_component(bits_of(mask)))
    expected = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]) if n_labels else mask
    np.testing.assert_array_equal(found, expected)


@given(masks())
@settings(max_examples=20, deadline=None)
def test_box_and_number_of_pixels_are_opencvs(mask) -> None:
    assume(mask.any())
    left, top, width, height = cv2.boundingRect(mask)
    assert box_of_runs(runs_of(mask)) == (top, left, height, width)
    assert count_pixels(runs_of(mask)) == cv2.countNonZero(mask)


@pytest.mark.parametrize("size", [16, 64])
def test_a_ring_at_the_border_is_open_to_the_outside(size: int) -> None:
    mask = np.zeros((size, size), np.uint8)
    mask[5, :6] = mask[:6, 5] = 1
    np.testing.assert_array_equal(fill_holes(bits_of(mask)), bits_of(mask))
