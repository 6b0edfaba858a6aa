import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.bit_frames import at_most, complement, count, crop, intersect, paint, unite
from tests.bits import bits_of, mask_of, masks
from tests.masks import from_drawing


@pytest.mark.parametrize("size", [16, 63, 64, 65, 200])
@pytest.mark.parametrize("level", [-3, 0, 100, 255, 300])
def test_mask_of_a_threshold_is_numpys(size: int, level: int) -> None:
    image = np.random.default_rng(size).integers(0, 256, (size, size), dtype=np.uint8)
    image[0, :2] = 0, 255
    bits = at_most(image, level)
    np.testing.assert_array_equal(mask_of(bits), image.astype(int) <= level)
    np.testing.assert_array_equal(complement(complement(bits)), bits)


def test_the_leftmost_pixel_is_the_lowest_bit_and_words_of_a_column_lie_together() -> None:
    mask = np.zeros((70, 70), np.uint8)
    mask[3, [0, 5, 64]] = 1
    bits = bits_of(mask)
    assert bits.shape == (2, 70)
    assert bits[:, 3].tolist() == [1 + 2**5, 1]


@given(masks())
@settings(max_examples=30, deadline=None)
def test_complement_and_count(mask) -> None:
    bits = bits_of(mask)
    np.testing.assert_array_equal(mask_of(complement(bits)), 1 - mask)
    np.testing.assert_array_equal(complement(complement(bits)), bits)
    assert count(bits) == mask.sum()
    assert count(complement(bits)) == mask.size - mask.sum()


@given(masks(), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_masks_are_united_and_intersected(mask, seed) -> None:
    other = np.random.default_rng(seed).integers(0, 2, mask.shape, dtype=np.uint8)
    np.testing.assert_array_equal(mask_of(unite(bits_of(mask), bits_of(other))), mask | other)
    np.testing.assert_array_equal(mask_of(intersect(bits_of(mask), bits_of(other))), mask & other)


@given(masks(), st.data())
@settings(max_examples=30, deadline=None)
def test_crop_is_a_slice(mask, data) -> None:
    top, left = (data.draw(st.integers(0, len(mask) - 1)) for _ in range(2))
    height, width = (data.draw(st.integers(1, len(mask) - first)) for first in (top, left))
    window = crop(bits_of(mask), top, left, height, width)
    np.testing.assert_array_equal(window, mask[top : top + height, left : left + width])
    assert window.flags.c_contiguous


def test_painted_masks_add_up() -> None:
    outer, inner = (np.zeros((66, 66), np.uint8) for _ in range(2))
    outer[:3, :4], inner[0, 1:5] = from_drawing("####", "#..#", "####"), 1
    painted = paint(bits_of(outer), 128, bits_of(inner), 127)
    np.testing.assert_array_equal(painted, 128 * outer + 127 * inner)
