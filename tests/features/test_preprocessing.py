"""From pixels to a network's input."""

import numpy as np
import pytest

from leukfeat.features.preprocessing import IMAGENET, Preprocessing, adapt, standardise

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 5, 5, 4), dtype=np.uint8)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_values_are_scaled_shifted_and_ordered(layout, order):
    wanted = Preprocessing(mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7), scale=1 / 128, order=order)
    inputs = standardise(PIXELS, wanted, layout, np.float32)
    expected = (PIXELS[..., :3] / 128 - [0.1, 0.2, 0.3]) / [0.5, 0.6, 0.7]
    expected = expected[..., ::-1] if order == "bgr" else expected
    expected = expected.transpose(0, 3, 1, 2) if layout == "nchw" else expected
    assert inputs.dtype == np.float32
    assert inputs.flags["C_CONTIGUOUS"]
    np.testing.assert_allclose(inputs, expected, rtol=1e-5, atol=1e-6)


def test_what_is_no_cell_becomes_zero():
    cells = PIXELS.copy()
    cells[..., 3] = np.where(cells[..., 3] < 128, 0, 255)
    kept, plain = (standardise(cells, IMAGENET, "nhwc", np.float32, plain=plain) for plain in (False, True))
    outside = cells[..., 3] == 0
    assert (plain[outside] == 0).all()
    np.testing.assert_array_equal(plain[~outside], kept[~outside])


def test_half_precision_where_a_network_wants_it():
    inputs = standardise(PIXELS, IMAGENET, "nchw", np.float16)
    assert inputs.dtype == np.float16
    np.testing.assert_allclose(inputs, standardise(PIXELS, IMAGENET, "nchw", np.float32), atol=4e-3)


def test_the_mean_colour_is_next_to_zero():
    assert IMAGENET.mean_colour == (124, 116, 104)
    assert Preprocessing(mean=(127.0, 127.0, 127.0), scale=1.0).mean_colour == (127, 127, 127)


def test_changes_replace_fields():
    assert adapt("X", IMAGENET, None) is IMAGENET
    changed = adapt("X", IMAGENET, {"size": 64, "mean": [0.5, 0.5, 0.5], "order": "bgr"})
    assert changed == Preprocessing(size=64, mean=(0.5, 0.5, 0.5), order="bgr")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"sd": 1}, ValueError, "'preprocessing' parameter of X must be one of 'size', 'mean'"),
        ({"size": 8}, ValueError, r"in \[32, 1024\]"),
        ({"size": 64.0}, TypeError, "must be an int"),
        ({"mean": (0.5, 0.5)}, ValueError, "must be three numbers"),
        ({"std": (0.5, 0.5, 0.0)}, ValueError, "must be above 0"),
        ({"scale": -1}, ValueError, "must be above 0"),
        ({"order": "grb"}, ValueError, "one of 'rgb', 'bgr'"),
        ([1], TypeError, "must be a dict"),
    ],
)
def test_changes_are_checked(changes, error, message):
    with pytest.raises(error, match=message):
        adapt("X", IMAGENET, changes)
