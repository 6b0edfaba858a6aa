import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.bit_morphology import closing, dilate, erode, opening
from tests.bits import bits_of, mask_of, masks

OPERATIONS = [
    (dilate, cv2.MORPH_DILATE),
    (erode, cv2.MORPH_ERODE),
    (opening, cv2.MORPH_OPEN),
    (closing, cv2.MORPH_CLOSE),
]


def element(halves: list[int]) -> np.ndarray:
    columns = np.arange(-max(halves), max(halves) + 1)
    return (np.abs(columns) <= np.array(halves)[:, None]).astype(np.uint8)


@pytest.mark.parametrize(("operation", "code"), OPERATIONS)
@given(
    mask=masks(),
    halves=st.sampled_from(
        [[0], [0, 1, 0], [1, 1, 1], [0, 2, 3, 3, 3, 2, 0], [0, 4, 5, 6, 7, 6, 5, 4, 0], [20]]
    ),
)
@settings(max_examples=25, deadline=None)
def test_operations_agree_with_opencv(operation, code, mask, halves) -> None:
    expected = cv2.morphologyEx(mask, code, element(halves))
    bits = operation(bits_of(mask), np.array(halves))
    np.testing.assert_array_equal(mask_of(bits), expected)
    np.testing.assert_array_equal(bits, bits_of(expected))


def test_an_element_larger_than_the_frame_covers_it() -> None:
    mask = np.zeros((16, 16), np.uint8)
    mask[3, 12] = 1
    assert mask_of(dilate(bits_of(mask), np.full(41, 20))).all()
    assert not mask_of(erode(bits_of(1 - mask), np.full(41, 20))).any()
