import numpy as np
from hypothesis import given, settings
from scipy.spatial.distance import cdist

from leukfeat.kernels.distances import squared_distances
from tests.masks import blob, blobs, from_drawing, runs_of


@given(blobs(), blobs())
@settings(max_examples=30, deadline=None)
def test_distances_are_those_of_scipy(mask, target) -> None:
    points = np.argwhere(mask)
    expected = cdist(points, np.argwhere(target), "sqeuclidean").min(axis=1)
    assert squared_distances(points, runs_of(target)) == (expected.min(), expected.max())


def test_distances_by_hand() -> None:
    points = np.array([[0, 0], [2, 9]])
    assert squared_distances(points, runs_of(from_drawing(".....", ".###."))) == (2, 37)
    assert squared_distances(np.argwhere(blob(1)), runs_of(blob(1))) == (0, 0)
