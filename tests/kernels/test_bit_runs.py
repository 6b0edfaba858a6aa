import numpy as np
import pytest
from hypothesis import given, settings

from leukfeat.kernels.bit_runs import draw_bits, draw_run, find_bit_runs
from tests.bits import bits_of, mask_of, masks
from tests.masks import runs_of


@given(masks())
@settings(max_examples=30, deadline=None)
def test_runs_are_those_of_the_byte_mask_and_draw_it_again(mask) -> None:
    runs = find_bit_runs(bits_of(mask))
    np.testing.assert_array_equal(runs, runs_of(mask))
    np.testing.assert_array_equal(draw_bits(runs, len(mask)), bits_of(mask))


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (0, 64), (3, 64), (60, 70), (64, 130), (5, 5), (64, 64)])
def test_a_run_is_added_to_its_row(start: int, stop: int) -> None:
    mask = np.zeros((130, 130), np.uint8)
    mask[7, 20:80] = mask[8, 0] = 1
    bits = bits_of(mask)
    draw_run(bits, 7, start, stop)
    mask[7, start:stop] = 1
    np.testing.assert_array_equal(mask_of(bits), mask)
