import numpy as np
import pytest

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.vectors import compare_word


@kernel
def flags_of(levels, start, highest):
    return compare_word(levels, start, np.uint8(highest))


@pytest.mark.parametrize("start", [0, 1, 37])
@pytest.mark.parametrize("highest", [0, 100, 127, 128, 255])
def test_each_bit_is_a_comparison_of_unsigned_levels(start: int, highest: int) -> None:
    levels = np.random.default_rng(start).integers(0, 256, 101, dtype=np.uint8)
    levels[start : start + 2] = 0, 255
    word = flags_of(levels, start, highest)
    expected = levels[start : start + 64] <= highest
    assert [word >> k & 1 for k in range(64)] == expected.tolist()
