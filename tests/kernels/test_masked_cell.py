import cv2
import numpy as np

from leukfeat.kernels.masked_cell import carry_to_rim, darker_part
from tests.bits import bits_of, mask_of
from tests.masks import disc

CROSS, SQUARE = np.array([0, 1, 0]), np.array([1, 1, 1])
POINT = np.zeros(1, dtype=np.int64)


def test_the_rim_takes_the_largest_level_within_reach_and_the_inside_its_own() -> None:
    image = np.random.default_rng(0).integers(0, 256, (70, 70), dtype=np.uint8)
    inside = disc(20, 70)
    carried = carry_to_rim(image, bits_of(inside), SQUARE)
    spread = cv2.dilate(image * inside, np.ones((3, 3), np.uint8))
    np.testing.assert_array_equal(carried, np.where(inside, image, spread))
    assert carried[0, 0] == 0


def two_classes(cytoplasm: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return image, cell and nucleus; the nucleus has a level of about 100."""
    cell, nucleus = disc(30, 70), disc(15, 70, (30, 38))
    noise = np.random.default_rng(0).integers(0, 8, (70, 70))
    return np.where(nucleus, 100, cytoplasm).astype(np.uint8) + noise.astype(np.uint8), cell, nucleus


def test_the_darker_of_two_distinct_classes_is_the_nucleus() -> None:
    dark, cell, nucleus = two_classes(180)
    dark[30, 38] = 200  # a hole, which is filled
    found = mask_of(darker_part(dark, bits_of(cell), POINT, CROSS))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    np.testing.assert_array_equal(found, cv2.morphologyEx(nucleus, cv2.MORPH_OPEN, cross))


def test_a_cell_of_one_class_is_all_nucleus() -> None:
    dark, cell, _ = two_classes(105)
    np.testing.assert_array_equal(mask_of(darker_part(dark, bits_of(cell), POINT, CROSS)), cell)
