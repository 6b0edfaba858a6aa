import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.bit_morphology import clean, dilate, erode
from tests.bits import bits_of, mask_of, masks

POINT = np.zeros(1, dtype=np.int64)
ELEMENTS = [[0], [0, 1, 0], [1, 1, 1], [0, 2, 3, 3, 3, 2, 0], [0, 4, 5, 6, 7, 6, 5, 4, 0], [20]]
OPERATIONS = [
    (dilate, cv2.MORPH_DILATE),
    (erode, cv2.MORPH_ERODE),
    (lambda bits, halves: clean(bits, POINT, halves), cv2.MORPH_OPEN),
    (lambda bits, halves: clean(bits, halves, POINT), cv2.MORPH_CLOSE),
]


def element(halves: list[int]) -> np.ndarray:
    columns = np.arange(-max(halves), max(halves) + 1)
    return (np.abs(columns) <= np.array(halves)[:, None]).astype(np.uint8)


@pytest.mark.parametrize(("operation", "code"), OPERATIONS)
@given(mask=masks(), halves=st.sampled_from(ELEMENTS))
@settings(max_examples=25, deadline=None)
def test_operations_agree_with_opencv(operation, code, mask, halves) -> None:
    expected = cv2.morphologyEx(mask, code, element(halves))
    bits = operation(bits_of(mask), np.array(halves))
    np.testing.assert_array_equal(mask_of(bits), expected)
    np.testing.assert_array_equal(bits, bits_of(expected))


def test_gaps_are_closed_before_what_is_thin_is_removed() -> None:
    mask = np.zeros((30, 30), np.uint8)
    mask[5:20, 5:20] = 1
    mask[:, 12] = 0
    mask[25, 3:28] = 1
    closer, opener = np.array([0, 1, 0]), np.array([1, 1, 1])
    cleaned = mask_of(clean(bits_of(mask), closer, opener))
    expected = cv2.morphologyEx(
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, element([0, 1, 0])), cv2.MORPH_OPEN, element([1, 1, 1])
    )
    np.testing.assert_array_equal(cleaned, expected)
    assert cleaned[10, 12]
    assert not cleaned[25].any()


def test_an_element_larger_than_the_frame_covers_it() -> None:
    mask = np.zeros((16, 16), np.uint8)
    mask[3, 12] = 1
    assert mask_of(dilate(bits_of(mask), np.full(41, 20))).all()
    assert not mask_of(erode(bits_of(1 - mask), np.full(41, 20))).any()
