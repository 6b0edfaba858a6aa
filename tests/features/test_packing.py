import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from leukfeat.errors import ManifestError
from leukfeat.features.packing import narrowest, pack, unpack


def round_trip(values: np.ndarray) -> np.ndarray:
    column, dtype = pack(values)
    half = len(column) // 2
    chunks = pa.chunked_array([column[:half], column[half:]], type=column.type)
    return unpack(chunks, dtype, values.shape[1])


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2)))
def test_any_row_comes_back_bit_for_bit(values):
    assert round_trip(values).tobytes() == values.tobytes()


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2)))
def test_whole_numbers_of_a_byte_take_a_byte(levels):
    values = levels.astype(np.float32)
    column, dtype = pack(values)
    assert dtype == "uint8"
    assert b"".join(column.to_pylist()) == levels.tobytes()
    assert round_trip(values).tobytes() == values.tobytes()


@pytest.mark.parametrize("value", [-0.0, -1.0, 0.5, 256.0, np.nan, np.inf])
def test_one_other_value_keeps_four_bytes(value):
    assert narrowest(np.array([[1.0, 255.0]], np.float32)) == "uint8"
    assert narrowest(np.array([[1.0, value]], np.float32)) == "float32"


def test_a_fortran_array_keeps_its_rows():
    values = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4) / 2)
    np.testing.assert_array_equal(round_trip(values), values)


def test_rows_of_another_length_are_refused():
    column, dtype = pack(np.ones((2, 3), np.float32))
    with pytest.raises(ManifestError, match=r"'features_packed' must hold 4 bytes in each row\. Got fixed"):
        unpack(pa.chunked_array([column]), dtype, 4)


@given(st.integers(0, 3))
def test_no_rows_are_no_rows(width):
    assert round_trip(np.empty((0, width), np.float32)).shape == (0, width)
