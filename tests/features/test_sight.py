"""What a network sees of a cell."""

import numpy as np
import pytest

from leukfeat.features.sight import around_cells, on_plain_ground, resized, turned


def cell_with(region: np.ndarray) -> np.ndarray:
    rgb = np.random.default_rng(0).integers(0, 256, (*region.shape, 3), dtype=np.uint8)
    return np.dstack([rgb, region])


def box(size: int, top: int, left: int, height: int, width: int) -> np.ndarray:
    region = np.zeros((size, size), dtype=np.uint8)
    region[top : top + height, left : left + width] = 128
    return cell_with(region)


def test_the_square_holds_the_cell_in_its_middle_with_a_margin():
    part = around_cells(box(100, 30, 40, 20, 10))
    assert part.shape == (24, 24, 4)
    rows, columns = np.nonzero(part[..., 3])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 21, 7, 16)


@pytest.mark.parametrize("corner", [(0, 0), (0, 80), (80, 80)])
def test_the_square_stays_inside_the_image(corner):
    cell = box(100, *corner, 20, 20)
    part = around_cells(cell)
    assert part.shape == (24, 24, 4)
    assert (part[..., 3] > 0).sum() == 400


def test_several_cells_share_a_square_and_none_is_larger_than_the_image():
    both = np.maximum(box(50, 0, 0, 5, 5), box(50, 45, 45, 5, 5))
    assert around_cells(both).shape == (50, 50, 4)
    assert around_cells(box(50, 20, 20, 1, 1)).shape == (8, 8, 4)


def test_the_ground_is_painted_and_the_cell_is_not():
    cell = box(20, 5, 5, 6, 6)
    painted = on_plain_ground(cell, (124, 116, 104))
    inside = cell[..., 3] > 0
    np.testing.assert_array_equal(painted[inside], cell[inside])
    assert {tuple(pixel) for pixel in painted[~inside]} == {(124, 116, 104, 0)}
    assert painted.dtype == np.uint8


@pytest.mark.parametrize("size", [16, 40, 80])
def test_resized_has_the_size_and_the_mean(size):
    image = cell_with(np.zeros((40, 40), np.uint8))
    small = resized(image, size)
    assert small.shape == (size, size, 4)
    np.testing.assert_allclose(small[..., :3].mean(axis=(0, 1)), image[..., :3].mean(axis=(0, 1)), atol=1.5)


def test_eight_views_are_the_symmetries_of_the_square():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    views = turned(images, 8)
    assert views.shape == (16, 4, 4, 3)
    for image, eight in zip(images, views.reshape(2, 8, 4, 4, 3), strict=True):
        np.testing.assert_array_equal(eight[0], image)
        expected = {np.rot90(side, k).tobytes() for side in (image, image[:, ::-1]) for k in range(4)}
        assert {np.ascontiguousarray(view).tobytes() for view in eight} == expected
    assert turned(images, 1) is images
