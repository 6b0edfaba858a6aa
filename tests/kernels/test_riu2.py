import numpy as np
import pytest
from scipy import ndimage

from leukfeat.kernels.riu2 import neighbourhood, riu2_counts, riu2_shares
from tests.masks import runs_of
from tests.oracles.lbp import codes_and_ties, skimage_codes
from tests.regions import one_nucleus

NEIGHBOURHOODS = [(8, 1), (16, 2), (4, 1), (12, 3), (24, 3)]
# Without symmetry, and with neighbours just above a column of pixels.
OTHERS = [(5, 1), (7, 2), (12, 2)]


def counts_of(image: np.ndarray, runs: np.ndarray, n_points: int, radius: int) -> np.ndarray:
    return riu2_counts(image[np.newaxis], one_nucleus(runs), neighbourhood(n_points, radius))[0]


def riu2_codes(image: np.ndarray, n_points: int, radius: int) -> np.ndarray:
    """The code of each pixel by itself, -1 where its circle leaves the image."""
    codes = np.full(image.shape, -1)
    for row, column in np.ndindex(image.shape):
        counts = counts_of(image, np.array([[row, column, column + 1]]), n_points, radius)
        if counts.any():
            codes[row, column] = counts.argmax()
    return codes[radius:-radius, radius:-radius]


def noise(seed: int, smooth: float, size: int = 60) -> np.ndarray:
    image = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), smooth)
    return np.clip(128 + 60 * image / image.std(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("n_points", "radius"), [*NEIGHBOURHOODS, *OTHERS])
@pytest.mark.parametrize("smooth", [0.0, 1.0, 4.0])
def test_codes_differ_from_scikit_image_only_where_it_rounds_a_tie(
    n_points: int, radius: int, smooth: float
) -> None:
    image = noise(7, smooth)
    ours = riu2_codes(image, n_points, radius)
    differing = ours != skimage_codes(image, n_points, radius)
    assert differing.mean() <= 0.05
    codes, ties = codes_and_ties(image, n_points, radius)
    assert ties[differing].all()
    np.testing.assert_array_equal(ours, codes)


def test_codes_equal_scikit_image_on_noise_without_ties() -> None:
    # All levels are different within every neighbourhood: nothing for floating point to round.
    image = np.random.default_rng(0).permutation(256).reshape(16, 16).astype(np.uint8)
    for n_points, radius in NEIGHBOURHOODS[:2]:
        reference = skimage_codes(image, n_points, radius)
        np.testing.assert_array_equal(riu2_codes(image, n_points, radius), reference)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ([[5, 5, 5], [5, 5, 5], [5, 5, 5]], 8),  # nothing is darker than the centre
        ([[0, 0, 0], [0, 9, 0], [0, 0, 0]], 0),  # a bright spot
        ([[9, 9, 9], [9, 0, 9], [9, 9, 9]], 8),  # a dark spot
        ([[0, 0, 0], [0, 5, 9], [0, 0, 0]], 1),  # one neighbour alone
        ([[0, 9, 0], [0, 5, 0], [0, 9, 0]], 9),  # two neighbours opposite: four changes
        ([[9, 9, 9], [5, 5, 5], [0, 0, 0]], 5),  # an edge
    ],
)
def test_codes_by_hand(image: list[list[int]], expected: int) -> None:
    assert riu2_codes(np.array(image, dtype=np.uint8), 8, 1).tolist() == [[expected]]


@pytest.mark.parametrize("level", range(0, 256, 5))
def test_constant_image_has_no_rounding(level: int) -> None:
    codes = riu2_codes(np.full((9, 9), level, np.uint8), 16, 2)
    np.testing.assert_array_equal(codes, 16)


@pytest.mark.parametrize(("n_points", "radius"), NEIGHBOURHOODS)
def test_rotation_by_90_degrees_and_flips_move_the_codes(n_points: int, radius: int) -> None:
    image = noise(3, 1.0)
    codes = riu2_codes(image, n_points, radius)
    for move in (np.rot90, np.flipud, np.transpose):
        moved = riu2_codes(np.ascontiguousarray(move(image)), n_points, radius)
        np.testing.assert_array_equal(moved, move(codes))


def test_brighter_by_a_constant_gives_the_same_codes() -> None:
    image = noise(5, 1.0) // 2
    np.testing.assert_array_equal(riu2_codes(image, 8, 1), riu2_codes(image + np.uint8(90), 8, 1))


@pytest.mark.parametrize(("shape", "expected"), [((2, 9), 0), ((4, 4), 0), ((5, 6), 2)])
def test_margin_is_left_out(shape: tuple[int, int], expected: int) -> None:
    whole = runs_of(np.ones(shape, np.uint8))
    assert counts_of(np.zeros(shape, np.uint8), whole, 16, 2).sum() == expected


def test_a_region_counts_its_own_pixels_and_reads_beyond_them() -> None:
    image = noise(2, 1.0, 40)
    mask = (noise(9, 3.0, 40) > 140).astype(np.uint8)
    inside = mask[2:-2, 2:-2] == 1
    expected = np.bincount(riu2_codes(image, 16, 2)[inside], minlength=18)
    np.testing.assert_array_equal(counts_of(image, runs_of(mask), 16, 2), expected)


def test_shares_are_those_of_each_image_and_nan_without_a_pixel() -> None:
    images = np.stack([noise(seed, 1.0) for seed in range(3)])
    masks = [(noise(seed + 20, 3.0) > level).astype(np.uint8) for seed, level in enumerate((100, 255, 150))]
    masks[1][0] = 1  # at the border alone
    runs = [runs_of(mask) for mask in masks]
    shares = riu2_shares(images, one_nucleus(*runs), neighbourhood(8, 1))
    for image, own, row in zip(images, runs, shares, strict=True):
        counts = counts_of(image, own, 8, 1)
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(row, counts / counts.sum())
    assert np.isnan(shares).all(axis=1).tolist() == [False, True, False]
