"""One image of cells: its grey, its masks and its objects."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from leukfeat.features import CellView

B, C, N = 0, 128, 255
FOUR_CONNECTED = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


def view_of(region: np.ndarray) -> CellView:
    region = np.asarray(region, dtype=np.uint8)
    return CellView(np.dstack([np.zeros((*region.shape, 3), np.uint8), region]))


def random_region(seed: int, side: int, share: float) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.choice([B, C, N], (side, side), p=[1 - share, share / 2, share / 2])


def test_grey_is_rec_601():
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    grey = CellView(np.dstack([rgb, rgb[..., 0]])).grey
    assert grey.dtype == np.uint8
    exact = rgb @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey - exact).max() <= 0.51
    assert np.abs(grey.astype(int) - np.asarray(Image.fromarray(rgb).convert("L"))).max() <= 1


def test_grey_of_a_grey_image_is_that_image():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(CellView(np.dstack([grey] * 4)).grey, grey)


def test_masks_follow_the_region():
    region = np.array([[B, C, N], [C, N, N], [B, B, C]], dtype=np.uint8)
    view = view_of(region)
    np.testing.assert_array_equal(view.nucleus, region == N)
    np.testing.assert_array_equal(view.cytoplasm, region == C)
    np.testing.assert_array_equal(view.foreground, region > 0)
    assert view.nucleus.dtype == view.cytoplasm.dtype == view.foreground.dtype == bool
    np.testing.assert_array_equal(view.region, region)


def test_objects_are_four_connected_and_keep_all_lobes():
    region = [
        [B, B, B, B, C, C],
        [B, N, C, N, B, B],
        [B, C, C, C, B, B],
        [N, B, B, B, N, N],
        [N, B, B, B, B, C],
        [B, B, B, B, B, B],
    ]
    first, second, third, fourth = view_of(region).objects
    assert (first.top, first.left, first.cell.tolist(), first.nucleus.tolist()) == (0, 4, [[1, 1]], [[0, 0]])
    assert (second.top, second.left) == (1, 1)
    assert second.cell.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert second.nucleus.tolist() == [[1, 0, 1], [0, 0, 0]]
    assert (third.top, third.left, third.nucleus.tolist()) == (3, 0, [[1], [1]])
    assert (fourth.top, fourth.left) == (3, 4)
    assert fourth.cell.tolist() == [[1, 1], [0, 1]]
    assert fourth.nucleus.tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize("side", [24, 200])
@pytest.mark.parametrize("share", [0.1, 0.45, 0.6])
def test_objects_agree_with_scipy_in_pixels_and_order(side, share):
    region = random_region(side, side, share)
    view = view_of(region)
    labels, n_labels = ndimage.label(region > 0, FOUR_CONNECTED)
    assert len(view.objects) == n_labels
    for label, (found, box) in enumerate(
        zip(view.objects, ndimage.find_objects(labels), strict=True), start=1
    ):
        assert (found.top, found.left) == (box[0].start, box[1].start)
        np.testing.assert_array_equal(found.cell, labels[box] == label)
        np.testing.assert_array_equal(found.nucleus, (labels[box] == label) & (region[box] == N))
        assert found.cell.dtype == found.nucleus.dtype == np.uint8


def test_extremes():
    assert view_of(np.zeros((8, 8))).objects == ()
    (whole,) = view_of(np.full((8, 8), N)).objects
    assert whole.cell.sum() == whole.nucleus.sum() == 64


def test_the_input_may_be_strided_and_read_only():
    cell = np.random.default_rng(1).integers(0, 256, (4, 20, 20), dtype=np.uint8).transpose(1, 2, 0)
    cell.flags.writeable = False
    view = CellView(cell)
    assert view.rgb.flags.c_contiguous
    assert view.region.flags.c_contiguous
    np.testing.assert_array_equal(view.rgb, cell[..., :3])
    np.testing.assert_array_equal(view.grey, CellView(np.ascontiguousarray(cell)).grey)
