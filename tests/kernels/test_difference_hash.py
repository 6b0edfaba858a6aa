import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.difference_hash import box_of_cells, difference_hashes


def cells_of(grey: np.ndarray, region: np.ndarray | None = None) -> np.ndarray:
    regions = np.zeros_like(grey) if region is None else region
    return np.stack([grey, grey, grey, regions], axis=-1)


def hashed(grey: np.ndarray, region: np.ndarray | None = None) -> np.ndarray:
    """Shape (2, 16): the frame and the cells of one image."""
    image = None if region is None else region[np.newaxis]
    return difference_hashes(grey[np.newaxis], cells_of(grey[np.newaxis], image)).reshape(2, 16)


def reference(grey: np.ndarray) -> np.ndarray:
    """Average each field exactly, every pixel cut into 72 by 72."""
    fine = np.kron(grey.astype(np.int64), np.ones((72, 72), dtype=np.int64))
    height, width = grey.shape

    def fields(n_rows: int, n_columns: int) -> np.ndarray:
        blocks = fine.reshape(n_rows, height * 72 // n_rows, n_columns, width * 72 // n_columns)
        return blocks.sum(axis=(1, 3))

    wide, tall = fields(8, 9), fields(9, 8)
    bits = [wide[:, 1:] > wide[:, :-1], tall[1:] > tall[:-1]]
    return np.packbits(np.concatenate([part.ravel() for part in bits]))


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)


@pytest.mark.parametrize("size", [8, 9, 10, 13, 72])
def test_frame_is_the_one_by_definition(size: int) -> None:
    image = noise(size)
    np.testing.assert_array_equal(hashed(image)[0], reference(image))


@pytest.mark.parametrize(
    "box", [(0, 40, 0, 40), (3, 20, 7, 33), (39, 40, 0, 40), (5, 6, 9, 10), (30, 40, 36, 40)]
)
def test_cells_are_those_of_their_box(box: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = box
    image, region = noise(40), np.zeros((40, 40), dtype=np.uint8)
    region[top, left], region[bottom - 1, right - 1] = 128, 255
    np.testing.assert_array_equal(hashed(image, region)[1], reference(image[top:bottom, left:right]))
    assert box_of_cells(cells_of(image, region)) == box


def test_an_image_without_a_cell_is_its_frame() -> None:
    frame, cell = hashed(noise(64))
    np.testing.assert_array_equal(cell, frame)


def test_ramps_by_hand() -> None:
    ramp = np.tile(np.arange(90, dtype=np.uint8), (90, 1))
    brighter_rightwards = [255] * 8 + [0] * 8
    assert hashed(ramp)[0].tolist() == brighter_rightwards
    assert hashed(np.ascontiguousarray(ramp.T))[0].tolist() == [0] * 8 + [255] * 8
    assert hashed(np.ascontiguousarray(ramp[:, ::-1]))[0].tolist() == [0] * 16


def test_one_level_has_no_bits() -> None:
    assert not hashed(np.full((50, 50), 200, dtype=np.uint8)).any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 40))
def test_lighter_and_larger_is_the_same(seed: int, factor: int, more: int) -> None:
    image = noise(24, seed) // 2
    larger = np.kron(image, np.ones((factor, factor), dtype=np.uint8)) + np.uint8(more)
    np.testing.assert_array_equal(hashed(np.ascontiguousarray(larger)), hashed(image))


def test_large_white_frames_do_not_overflow() -> None:
    image = np.full((2048, 2048), 255, dtype=np.uint8)
    image[:, 1024:] = 254
    bits = np.unpackbits(hashed(image)[0])
    assert not bits.any()
    assert np.unpackbits(hashed(np.ascontiguousarray(image[:, ::-1]))[0])[:64].any()


def test_rows_do_not_depend_on_their_batch() -> None:
    images = np.stack([noise(32, seed) for seed in range(5)])
    together = difference_hashes(images, cells_of(images))
    alone = [difference_hashes(images[i : i + 1], cells_of(images[i : i + 1]))[0] for i in range(5)]
    np.testing.assert_array_equal(together, alone)


def test_another_encoding_changes_few_bits() -> None:
    image = cv2.GaussianBlur(noise(200), (0, 0), 8)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    coded = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
    difference = np.unpackbits(hashed(image)[0] ^ hashed(coded)[0]).sum()
    other = np.unpackbits(hashed(image)[0] ^ hashed(np.ascontiguousarray(image[::-1]))[0]).sum()
    assert difference <= 4
    assert other > 40
