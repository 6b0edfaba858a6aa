"""A batch of images: grey, masks, pixels, cells and their form."""

import numpy as np

from leukfeat.features import CellViews
from leukfeat.kernels.cell_batch import pixels_of
from leukfeat.kernels.form import FORM_MEASURES

B, C, N = 0, 128, 255


def views_of(*regions: object) -> CellViews:
    region = np.array(regions, dtype=np.uint8)
    colours = np.random.default_rng(0).integers(0, 256, (*region.shape, 3), dtype=np.uint8)
    return CellViews(np.concatenate([colours, region[..., np.newaxis]], axis=-1))


def test_grey_is_rec_601():
    views = views_of(np.zeros((64, 64)))
    assert views.grey.dtype == np.uint8
    exact = views.cells[..., :3] @ np.array([0.299, 0.587, 0.114])
    assert np.abs(views.grey - exact).max() <= 0.51


def test_masks_follow_the_region():
    region = np.array([[B, C, N], [C, N, N], [B, B, 77]], dtype=np.uint8)
    first, second = views_of(np.zeros((3, 3)), region)
    assert not first.foreground.any()
    np.testing.assert_array_equal(second.nucleus, region == N)
    np.testing.assert_array_equal(second.cytoplasm, (region == C) | (region == 77))
    np.testing.assert_array_equal(second.foreground, region > 0)
    assert second.nucleus.dtype == second.cytoplasm.dtype == second.foreground.dtype == bool
    np.testing.assert_array_equal(second.region, region)


def test_each_view_is_one_image_of_the_batch():
    views = views_of(np.zeros((16, 16)), np.full((16, 16), N))
    assert len(views) == len(list(views)) == 2
    for view, cell, grey in zip(views, views.cells, views.grey, strict=True):
        np.testing.assert_array_equal(view.cell, cell)
        np.testing.assert_array_equal(view.rgb, cell[..., :3])
        np.testing.assert_array_equal(view.grey, grey)
        assert view.rgb.flags.c_contiguous
        assert view.region.flags.c_contiguous


def test_pixels_of_each_part():
    views = views_of([[B, C], [N, N]], [[N, B], [B, B]])
    parts = {N: views.nucleus_pixels, C: views.cytoplasm_pixels, B: views.outside_pixels}
    for level, pixels in parts.items():
        for i, cell in enumerate(views.cells):
            channels = np.dstack([cell[..., :3], views.grey[i]])
            np.testing.assert_array_equal(pixels_of(pixels, i), channels[cell[..., 3] == level].T)


def test_forms_have_a_row_for_each_cell_of_all_images():
    views = views_of([[C, C, B], [B, B, B], [N, N, B]], [[B, B, B], [B, N, B], [B, B, B]])
    area = FORM_MEASURES.index("area")
    assert views.objects.bounds.tolist() == [0, 2, 3]
    assert views.cell_forms[:, area].tolist() == [2, 2, 1]
    assert np.isnan(views.nucleus_forms[0]).all()
    assert views.nucleus_forms[1:, area].tolist() == [2, 1]


def test_the_input_may_be_strided_and_read_only_and_is_left_alone():
    cells = np.random.default_rng(1).integers(0, 256, (4, 2, 20, 20), dtype=np.uint8).transpose(1, 2, 3, 0)
    before = cells.copy()
    cells.flags.writeable = False
    views = CellViews(cells)
    plain = CellViews(np.ascontiguousarray(cells))
    np.testing.assert_array_equal(views.grey, plain.grey)
    np.testing.assert_array_equal(views.nucleus_pixels.channels, plain.nucleus_pixels.channels)
    np.testing.assert_array_equal(cells, before)
