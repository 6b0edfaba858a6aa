import math
from itertools import combinations_with_replacement

import numpy as np
import pytest
from skimage.filters import threshold_multiotsu, threshold_otsu

from leukfeat.kernels.otsu import class_contrast, otsu_by_row, otsu_three, otsu_two


def modes(seed: int) -> np.ndarray:
    """Grey levels with three modes."""
    rng = np.random.default_rng(seed)
    levels = rng.normal([[60], [130], [210]], rng.uniform(8, 25, (3, 1)), (3, 3000))
    return np.clip(levels, 0, 255).astype(np.uint8)


def histogram(grey: np.ndarray) -> np.ndarray:
    return np.bincount(grey.ravel(), minlength=256)


def between(counts: np.ndarray, *thresholds: int) -> float:
    """Sum over the classes of squared sum of levels over number of pixels."""
    classes = np.split(np.stack([counts, counts * np.arange(256)]), np.add(thresholds, 1), axis=1)
    return sum(moments.sum() ** 2 / max(n.sum(), 1) for n, moments in classes)


@pytest.mark.parametrize("seed", range(5))
def test_thresholds_agree_with_scikit_image(seed: int) -> None:
    grey = modes(seed)
    assert abs(otsu_two(histogram(grey)) - threshold_otsu(grey)) <= 1
    np.testing.assert_allclose(otsu_three(histogram(grey)), threshold_multiotsu(grey, 3), atol=1)


@pytest.mark.parametrize("seed", range(3))
def test_thresholds_are_the_first_best(seed: int) -> None:
    counts = histogram(modes(seed))
    assert otsu_two(counts) == np.argmax([between(counts, threshold) for threshold in range(256)])
    low, high = otsu_three(counts)
    pairs = combinations_with_replacement(range(256), 2)
    assert between(counts, low, high) == pytest.approx(max(between(counts, *pair) for pair in pairs))


def test_separability_of_two_levels_is_one_and_of_a_normal_distribution_two_over_pi() -> None:
    two = np.zeros(256, np.int64)
    two[[50, 90]] = 10, 30
    assert class_contrast(two, 60) == pytest.approx((40, 1))
    bell = np.rint(1e6 * np.exp(-0.5 * ((np.arange(256) - 127.5) / 20) ** 2)).astype(np.int64)
    assert class_contrast(bell, 127)[1] == pytest.approx(2 / math.pi, abs=0.002)
    assert class_contrast(two, 255) == (0, 0)


def test_rows_are_parted_where_their_classes_are_distinct() -> None:
    counts = np.zeros((5, 64), np.int64)
    counts[1, [10, 40]] = 50, 50
    counts[2, [10, 12]] = 50, 50
    counts[3, 5:60] = 10
    counts[4, 7] = 1
    thresholds = otsu_by_row(counts, 0.8, 4.5)
    assert thresholds.tolist() == [63, 10, 63, 63, 63]
    assert otsu_by_row(counts, 0.7, 4.5)[3] == np.argmax([class_contrast(counts[3], t)[1] for t in range(64)])
