import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukfeat.kernels.histograms import (
    count_all,
    count_levels,
    count_levels_within,
    mean_level,
    quantile_level,
)
from tests.bits import bits_of, masks


def histograms() -> st.SearchStrategy[np.ndarray]:
    return arrays(np.int64, 256, elements=st.integers(0, 40), fill=st.just(0))


@pytest.mark.parametrize("shape", [(0,), (1, 1), (3, 7), (303,), (64, 64)])
def test_counts_are_numpys(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(count_levels(image), np.bincount(image.ravel(), minlength=256))


@given(masks(), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_counts_within_a_mask_are_numpys(mask, seed) -> None:
    image = np.random.default_rng(seed).integers(0, 256, mask.shape, dtype=np.uint8)
    expected = np.bincount(image[mask == 1], minlength=256)
    counts = count_levels_within(image, bits_of(mask))
    np.testing.assert_array_equal(counts, expected)
    assert count_all(counts) == mask.sum()


@given(histograms(), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_quantile_is_numpys_inverted_distribution(counts, q) -> None:
    counts[100] += 1
    levels = np.repeat(np.arange(256), counts)
    assert quantile_level(counts, q) == np.searchsorted(np.cumsum(counts), q * counts.sum())
    assert quantile_level(counts, 0.5) == np.quantile(levels, 0.5, method="inverted_cdf")


@given(histograms(), st.integers(0, 256))
@settings(max_examples=20, deadline=None)
def test_mean_of_the_levels_from_one_upwards(counts, first) -> None:
    levels = np.repeat(np.arange(first, 256), counts[first:])
    assert mean_level(counts, first) == pytest.approx(levels.mean() if len(levels) else 0.0)
