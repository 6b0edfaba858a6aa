"""One wording for every error about an argument."""

import re

import numpy as np
import pytest

from leukfeat._validation import check_cells, check_choice, check_int, check_real, check_unique_names


@pytest.mark.parametrize("value", [2, 256, np.int64(7), np.uint8(3)])
def test_check_int_returns_a_python_int(value):
    checked = check_int("X", "n", value, 2, 256)
    assert type(checked) is int
    assert checked == value


@pytest.mark.parametrize(
    ("low", "high", "value", "interval"),
    [(2, 256, 0, " in [2, 256]"), (2, 256, 257, " in [2, 256]"), (1, None, 0, " of at least 1")],
)
def test_check_int_names_owner_parameter_range_and_value(low, high, value, interval):
    message = f"The 'n' parameter of X must be an int{interval}. Got {value}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_int("X", "n", value, low, high)


@pytest.mark.parametrize("value", [True, np.True_, 2.0, "2", None, np.float64(2)])
def test_check_int_refuses_other_types(value):
    with pytest.raises(TypeError, match="'n' parameter of X must be an int"):
        check_int("X", "n", value)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int16(1)])
def test_check_real_returns_a_python_float(value):
    checked = check_real("X", "share", value, 0, 1)
    assert type(checked) is float
    assert checked == value


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, np.inf, -np.inf])
def test_check_real_refuses_values_outside_and_not_finite(value):
    with pytest.raises(ValueError, match=re.escape("'share' parameter of X must be a number in [0, 1]")):
        check_real("X", "share", value, 0, 1)
    if not np.isfinite(value):
        with pytest.raises(ValueError, match=r"must be a number. Got"):
            check_real("X", "share", value)


@pytest.mark.parametrize("value", [True, "1", None, 1j])
def test_check_real_refuses_other_types(value):
    with pytest.raises(TypeError, match=r"of at most 1. Got"):
        check_real("X", "share", value, high=1)


def test_check_choice_lists_the_choices():
    assert check_choice("X", "scene", "cell", iter(["cell", "field"])) == "cell"
    message = "The 'scene' parameter of X must be one of 'cell', 'field'. Got 'smear'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_choice("X", "scene", "smear", ("cell", "field"))


def test_check_unique_names_keeps_the_order():
    assert check_unique_names("X", ("lbp", "color"), {"color", "glcm", "lbp"}, "family") == ["lbp", "color"]


def test_check_unique_names_lists_the_known_names_in_order():
    message = "Unknown family 'glmc' in X. Choose from: 'color', 'glcm', 'lbp'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_unique_names("X", ["color", "glmc"], {"lbp", "glcm", "color"}, "family")


def test_check_unique_names_refuses_a_name_twice():
    with pytest.raises(ValueError, match="X got family 'lbp' more than once"):
        check_unique_names("X", ["lbp", "glcm", "lbp"], {"glcm", "lbp"}, "family")


@pytest.mark.parametrize("shape", [(0, 8, 8, 4), (3, 8, 8, 4), (1, 1, 1, 4)])
def test_check_cells_returns_the_same_array(shape):
    cells = np.zeros(shape, dtype=np.uint8)
    assert check_cells("X", cells) is cells


@pytest.mark.parametrize("cells", [[[1]], None, np.zeros((1, 8, 8, 4)), np.zeros((1, 8, 8, 4), np.int8)])
def test_check_cells_refuses_other_types(cells):
    with pytest.raises(TypeError, match=r"^X expects cells: a NumPy array of uint8.*Got .*LoadCells"):
        check_cells("X", cells)


@pytest.mark.parametrize("shape", [(8, 8, 4), (1, 8, 9, 4), (1, 8, 8, 3), (1, 0, 0, 4), (1, 8, 8, 4, 1)])
def test_check_cells_refuses_other_shapes(shape):
    with pytest.raises(
        ValueError, match=re.escape("X expects cells") + ".*" + re.escape(f"Got shape {shape}")
    ):
        check_cells("X", np.zeros(shape, dtype=np.uint8))
