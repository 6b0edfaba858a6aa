import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.cell_batch import pixels_of
from leukfeat.kernels.region_pixels import region_pixels
from leukfeat.kernels.stretches import CYTOPLASM, NUCLEUS, OUTSIDE, find_stretches
from tests.masks import blob


def cells_of(*regions: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Colours and grey that differ from pixel to pixel."""
    region, generator = np.stack(regions), np.random.default_rng(seed)
    colours = generator.integers(0, 256, (*region.shape, 3))
    cells = np.concatenate([colours, region[..., np.newaxis]], axis=-1).astype(np.uint8)
    return cells, generator.integers(0, 256, region.shape).astype(np.uint8)


def check(cells: np.ndarray, grey: np.ndarray) -> None:
    """Compare with NumPy's selection by a mask."""
    region, stretches = cells[..., 3], find_stretches(cells)
    masks = {NUCLEUS: region == 255, CYTOPLASM: (region != 0) & (region != 255), OUTSIDE: region == 0}
    for part, mask in masks.items():
        pixels = region_pixels(cells, grey, stretches, part)
        assert pixels.bounds.tolist() == [0, *np.cumsum(mask.sum(axis=(1, 2)))]
        for i in range(len(cells)):
            channels = np.dstack([cells[i, ..., :3], grey[i]])
            np.testing.assert_array_equal(pixels_of(pixels, i), channels[mask[i]].T)


@given(st.integers(1, 30), st.integers(1, 3), st.integers(0, 1000), st.sampled_from([0.02, 0.5, 0.98]))
@settings(max_examples=150, deadline=None)
def test_scattered_pixels_are_gathered_row_by_row(size, n_frames, seed, share) -> None:
    generator = np.random.default_rng(seed)
    shares = [1 - share, share / 2, share / 2]
    check(*cells_of(*generator.choice([0, 128, 255], (n_frames, size, size), p=shares), seed=seed))


@given(st.integers(0, 1000), st.integers(20, 60))
@settings(max_examples=40, deadline=None)
def test_regions_with_lobes_and_holes_are_gathered_row_by_row(seed, size) -> None:
    regions = [np.where(blob(s, size, 0.6), np.where(blob(s + 1, size, 0.5), 255, 128), 0) for s in (seed, 7)]
    check(*cells_of(*regions))


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9, 200])
@pytest.mark.parametrize("levels", [(0,), (128,), (255,), (0, 255, 128)])
def test_frames_of_one_region(size: int, levels: tuple[int, ...]) -> None:
    check(*cells_of(*[np.full((size, size), level) for level in levels]))


def test_a_region_may_begin_and_end_anywhere_in_a_row() -> None:
    for start in range(12):
        for stop in range(start, 13):
            region = np.full((12, 12), 128)
            region[1, start:stop] = 255
            region[2, start:] = 0
            check(*cells_of(region))


def test_every_level_but_two_is_cytoplasm() -> None:
    check(*cells_of(np.arange(256).reshape(16, 16)))


def test_frames_without_two_equal_neighbours_are_the_longest_lists() -> None:
    chequers = np.indices((64, 64)).sum(axis=0) % 2 * 255
    check(*cells_of(*[chequers] * 5))
