import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.region_pixels import outside_pixels, region_pixels
from tests.masks import blob


def cell_of(region: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Colours and grey that differ from pixel to pixel."""
    generator = np.random.default_rng(seed)
    colours = generator.integers(0, 256, (*region.shape, 3))
    cell = np.concatenate([colours, region[..., np.newaxis]], axis=-1).astype(np.uint8)
    return cell, generator.integers(0, 256, region.shape).astype(np.uint8)


def check(cell: np.ndarray, grey: np.ndarray) -> None:
    """Compare with NumPy's selection by a mask."""
    channels, region = np.dstack([cell[..., :3], grey]), cell[..., 3]
    parts = (*region_pixels(cell, grey), outside_pixels(cell, grey))
    masks = region == 255, (region != 0) & (region != 255), region == 0
    for pixels, mask in zip(parts, masks, strict=True):
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        np.testing.assert_array_equal(pixels, channels[mask].T)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 1000), st.sampled_from([0.02, 0.5, 0.98]))
@settings(max_examples=150, deadline=None)
def test_scattered_pixels_are_gathered_row_by_row(height, width, seed, share) -> None:
    generator = np.random.default_rng(seed)
    region = generator.choice([0, 128, 255], (height, width), p=[1 - share, share / 2, share / 2])
    check(*cell_of(region, seed))


@given(st.integers(0, 1000), st.integers(20, 60))
@settings(max_examples=40, deadline=None)
def test_regions_with_lobes_and_holes_are_gathered_row_by_row(seed, size) -> None:
    region = np.where(blob(seed, size, 0.6), np.where(blob(seed + 1, size, 0.5), 255, 128), 0)
    check(*cell_of(region))


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (3, 3), (8, 8), (7, 9), (200, 200)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_frames_of_one_region(shape: tuple[int, int], level: int) -> None:
    check(*cell_of(np.full(shape, level)))


def test_a_region_may_begin_and_end_anywhere_in_a_row() -> None:
    for start in range(20):
        for stop in range(start, 21):
            region = np.full((3, 20), 128)
            region[1, start:stop] = 255
            region[2, start:] = 0
            check(*cell_of(region))


def test_every_level_but_two_is_cytoplasm() -> None:
    check(*cell_of(np.arange(256).reshape(16, 16)))


def test_frames_that_cannot_be_written_to_can_be_read() -> None:
    cell, grey = cell_of(np.full((9, 9), 255))
    cell.flags.writeable = False
    check(cell, grey)
