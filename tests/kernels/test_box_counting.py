import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from leukfeat.kernels.box_counting import BOX_SIZES, box_counts, fractal_dimensions
from tests.masks import blob, blobs, disc, from_drawing, runs_of

small_masks = arrays(np.uint8, (6, 9), elements=st.integers(0, 1)).filter(np.any)


def noise(seed: int, shape: tuple[int, int], sigma: float = 0.0) -> np.ndarray:
    """Levels in [0, 255]; smooth for a large sigma."""
    values = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)
    return np.clip(128 + 60 * values / values.std(), 0, 255).astype(np.uint8)


def outline_of(mask: np.ndarray) -> np.ndarray:
    return (mask == 1) & ~ndimage.binary_erosion(mask, np.ones((3, 3)))


def boxes(image: np.ndarray, size: int, outside: int) -> np.ndarray:
    """The pixels of the boxes at every position that meets the image: shape (n, size * size)."""
    windows = sliding_window_view(np.pad(image, size - 1, constant_values=outside), (size, size))
    return windows.reshape(-1, size * size)


def slow_counts(mask: np.ndarray, grey: np.ndarray, size: int) -> tuple[int, int, int]:
    highest = boxes(np.where(mask, grey, 0).astype(int), size + 1, 0).max(axis=1)
    lowest = boxes(np.where(mask, grey, 255).astype(int), size + 1, 255).min(axis=1)
    held = boxes(mask, size + 1, 0).any(axis=1)
    n_outline = boxes(outline_of(mask), size, 0).any(axis=1).sum()
    return int(n_outline), int(held.sum()), int((highest - lowest)[held].sum())


def dimensions(mask: np.ndarray, grey: np.ndarray) -> list[float]:
    return list(fractal_dimensions(grey, runs_of(mask), 0, 0))


@given(blobs() | small_masks, st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_counts_are_those_of_a_slow_reference(mask, seed) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, mask.shape, dtype=np.uint8)
    expected = [slow_counts(mask, grey, size) for size in BOX_SIZES]
    assert box_counts(grey, runs_of(mask), 0, 0).tolist() == [list(counts) for counts in expected]


def test_counts_are_means_over_all_positions_of_a_grid() -> None:
    mask = blob(5, 40)
    counts = box_counts(mask, runs_of(mask), 0, 0)
    rows, columns = np.nonzero(outline_of(mask))
    for size, n_outline in zip(BOX_SIZES, counts[:, 0], strict=True):
        grids = [
            len(set(zip((rows + dy) // size, (columns + dx) // size, strict=True)))
            for dy in range(size)
            for dx in range(size)
        ]
        assert np.mean(grids) == pytest.approx(n_outline / size**2, rel=1e-12)


def test_cubes_are_means_over_all_heights_of_a_grid() -> None:
    lowest, highest, size = 37, 92, 16
    cubes = [(highest + shift) // size - (lowest + shift) // size + 1 for shift in range(size)]
    assert np.mean(cubes) == 1 + (highest - lowest) / size


def test_counts_by_hand() -> None:
    mask = from_drawing("##", "##")
    grey = np.array([[10, 20], [30, 70]], np.uint8)
    # Of boxes of 2 by 2 pixels, four hold one pixel, four a side of the square, one all; of those of 3 by 3,
    # four hold one, twice four a side, and four all.
    n_outline, n_region, ranges = box_counts(grey, runs_of(mask), 0, 0)[0]
    assert (n_outline, n_region) == (9, 16)
    assert ranges == 2 * ((20 - 10) + (70 - 30) + (30 - 10) + (70 - 20)) + 4 * (70 - 10)


def test_runs_count_from_top_and_left() -> None:
    mask, grey = blob(3, 40), noise(2, (60, 70))
    frame = np.zeros(grey.shape, np.uint8)
    frame[12:52, 25:65] = mask
    np.testing.assert_array_equal(
        box_counts(grey, runs_of(mask), 12, 25), box_counts(grey, runs_of(frame), 0, 0)
    )


@given(blobs().filter(np.any), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_dimensions_are_slopes_over_the_meaningful_sizes(mask, seed) -> None:
    grey = noise(seed, mask.shape, 1.0)
    shorter = min(np.ptp(axis) + 1 for axis in np.nonzero(mask))
    sizes = np.array([size for size in BOX_SIZES if 2 * size <= shorter])
    if len(sizes) < 3:
        assert np.isnan(dimensions(mask, grey)).all()
        return
    counts = np.array([slow_counts(mask, grey, size) for size in sizes])
    squares = counts[:, 0] / sizes**2
    cubes = (1 + counts[:, 2] / counts[:, 1] / sizes) / sizes**2
    expected = [np.polyfit(np.log(1 / sizes), np.log(numbers), 1)[0] for numbers in (squares, cubes)]
    assert dimensions(mask, grey) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("shape", [(16, 16), (32, 50), (65, 64), (150, 33)])
def test_a_rectangle_has_an_outline_of_dimension_1_and_a_level_one_of_2(shape: tuple[int, int]) -> None:
    # Dilated by a square of side s, an outline of sides a + 1 and b + 1 has the area 2 s (a + b).
    mask = np.ones(shape, np.uint8)
    for level in (0, 128, 255):
        assert dimensions(mask, level * mask) == pytest.approx([1, 2], abs=1e-12)


@pytest.mark.parametrize("radius", [20, 40, 80])
def test_a_disc_has_an_outline_of_dimension_near_1(radius: int) -> None:
    mask = disc(radius, 200)
    assert dimensions(mask, mask) == pytest.approx([1, 2], abs=0.01)


def test_the_rougher_the_outline_the_higher_its_dimension() -> None:
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:160, :160] - 79.5
    angles = np.arctan2(rows, columns)
    waves = sum(np.cos(k * angles + generator.uniform(0, 6)) / k for k in range(3, 40))
    found = [
        dimensions(
            (np.hypot(rows, columns) < 50 + height * waves).astype(np.uint8), np.zeros((160, 160), np.uint8)
        )[0]
        for height in (0, 4, 8, 12)
    ]
    assert found == sorted(found)
    assert found[-1] > found[0] + 0.05


@pytest.mark.parametrize("slopes", [(0.0, 1.0), (0.7, 0.2), (2.0, 1.0)])
def test_an_even_slope_of_levels_has_dimension_2(slopes: tuple[float, float]) -> None:
    rows, columns = np.indices((80, 80))
    grey = np.floor(slopes[0] * rows + slopes[1] * columns).astype(np.uint8)
    assert dimensions(disc(39, 80), grey)[1] == pytest.approx(2, abs=0.1)


def test_the_rougher_the_levels_the_higher_their_dimension() -> None:
    mask = disc(60, 128)
    found = [dimensions(mask, noise(4, (128, 128), sigma))[1] for sigma in (16, 8, 4, 2, 1, 0)]
    assert found == sorted(found)
    assert 2 < found[0] < 2.2
    assert 2.75 < found[-1] < 3


@given(blobs(), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_position_view_and_inversion_change_nothing(mask, seed) -> None:
    frame, grey = np.zeros((64, 64), np.uint8), noise(seed, (64, 64), 1.0)
    frame[: mask.shape[0], : mask.shape[1]] = mask
    expected = dimensions(frame, grey) if mask.any() else [np.nan, np.nan]
    for move in (np.rot90, np.fliplr, np.transpose, lambda a: np.roll(a, (7, 11), (0, 1))):
        moved = [np.ascontiguousarray(move(a)) for a in (frame, 255 - grey)]
        assert dimensions(*moved) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(("shape", "measured"), [((15, 40), False), ((40, 15), False), ((16, 16), True)])
def test_fewer_than_three_sizes_give_nan(shape: tuple[int, int], measured: bool) -> None:
    mask = np.ones(shape, np.uint8)
    assert np.isnan(dimensions(mask, mask)).tolist() == [not measured] * 2


def test_large_regions_do_not_overflow() -> None:
    mask = np.ones((1500, 1600), np.uint8)
    counts = box_counts(255 * (np.indices(mask.shape).sum(axis=0) % 2).astype(np.uint8), runs_of(mask), 0, 0)
    n_boxes = (1500 + 16) * (1600 + 16)
    assert counts[-1, 1] == n_boxes
    assert counts[-1, 2] == 255 * (n_boxes - 4)  # all but the boxes with one corner pixel alone
