import numpy as np
from hypothesis import given, settings
from scipy import ndimage
from scipy.spatial.distance import cdist

from leukfeat.kernels.bounding_box import bounding_box, crop_to_mask
from leukfeat.kernels.distances import nearest_squared_distances, outline
from tests.masks import blob, blobs, from_drawing


def test_outline_by_hand() -> None:
    mask = from_drawing("###.", "####", "###.")
    expected = from_drawing("###.", "#..#", "###.")
    np.testing.assert_array_equal(outline(mask), np.argwhere(expected))


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_outline_is_the_mask_without_its_erosion(mask) -> None:
    inner = ndimage.binary_erosion(mask)
    np.testing.assert_array_equal(outline(mask), np.argwhere(mask.astype(bool) & ~inner))


def test_distances_are_those_of_scipy() -> None:
    points, targets = outline(blob(1)), outline(blob(2))
    expected = cdist(points, targets, "sqeuclidean").min(axis=1)
    np.testing.assert_array_equal(nearest_squared_distances(points, targets), expected)


def test_bounding_box_by_hand() -> None:
    mask = from_drawing("....", ".#..", "..#.", "....")
    assert bounding_box(mask) == (slice(1, 3), slice(1, 3))
    np.testing.assert_array_equal(crop_to_mask(mask), from_drawing("#.", ".#"))
    assert crop_to_mask(np.zeros((4, 4), np.uint8)).size == 0
