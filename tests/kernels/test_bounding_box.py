import numpy as np
from hypothesis import given, settings
from scipy import ndimage

from leukfeat.kernels.bounding_box import bounding_box, crop
from tests.masks import blobs, from_drawing, runs_of


def test_bounding_box_by_hand() -> None:
    mask = from_drawing("....", ".#..", "..#.", "....")
    assert bounding_box(runs_of(mask)) == (1, 1, 2, 2)
    np.testing.assert_array_equal(crop(mask, 1, 1, 2, 2), from_drawing("#.", ".#"))


@given(blobs())
@settings(max_examples=30, deadline=None)
def test_bounding_box_is_that_of_scipy(mask) -> None:
    top, left, height, width = bounding_box(runs_of(mask))
    box = slice(top, top + height), slice(left, left + width)
    assert (box,) == tuple(ndimage.find_objects(mask))
    np.testing.assert_array_equal(crop(mask, top, left, height, width), mask[box])
