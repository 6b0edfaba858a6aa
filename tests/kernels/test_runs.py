import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from leukfeat.kernels.runs import connected_runs, draw_runs, outline
from tests.masks import blobs, from_drawing, runs_of


def noise(seed: int, share: float, shape: tuple[int, int] = (17, 23)) -> np.ndarray:
    return (np.random.default_rng(seed).random(shape) < share).astype(np.uint8)


def noises() -> st.SearchStrategy[np.ndarray]:
    return st.builds(noise, st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]))


@given(noises())
@settings(max_examples=40, deadline=None)
def test_drawing_the_runs_gives_the_mask_back(mask) -> None:
    np.testing.assert_array_equal(draw_runs(runs_of(mask), *mask.shape), mask)


@given(noises())
@settings(max_examples=60, deadline=None)
def test_components_agree_with_scipy_in_number_and_order(mask) -> None:
    expected, n_expected = ndimage.label(mask)
    runs = runs_of(mask)
    labels, n_components = connected_runs(runs)
    assert n_components == n_expected
    assert labels.tolist() == [expected[row, start] - 1 for row, start, _ in runs]


def test_outline_by_hand() -> None:
    mask = from_drawing("###.", "####", "###.")
    expected = from_drawing("###.", "#..#", "###.")
    np.testing.assert_array_equal(outline(runs_of(mask), mask), np.argwhere(expected))


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_outline_is_the_mask_without_its_erosion(mask) -> None:
    inner = ndimage.binary_erosion(mask)
    expected = np.argwhere(mask.astype(bool) & ~inner)
    np.testing.assert_array_equal(outline(runs_of(mask), mask), expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_narrow_masks_and_many_runs(shape: tuple[int, int]) -> None:
    mask = np.zeros(shape, np.uint8)
    mask[::2, ::2] = 1
    runs = runs_of(mask)
    assert len(runs) == mask.sum()
    assert connected_runs(runs)[1] == mask.sum()
