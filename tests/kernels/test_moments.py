from math import isnan, log10, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import moments, moments_central, moments_hu, moments_normalized, regionprops

from leukfeat.kernels.moments import centroid, ellipse_axes, log_hu_moments, raw_moments
from tests.masks import blobs, disc, from_drawing, runs_of

LARGEST = 1024


def moments_of(mask: np.ndarray) -> np.ndarray:
    return raw_moments(runs_of(mask))


def test_raw_moments_by_hand() -> None:
    raw = moments_of(from_drawing("#.#", "..#"))
    # pixels (row, column): (0, 0), (0, 2), (1, 2)
    assert raw.tolist() == [[3, 4, 8, 16], [1, 2, 4, 0], [1, 2, 0, 0], [1, 0, 0, 0]]
    assert centroid(raw) == (1 / 3, 4 / 3)


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_raw_moments_agree_with_scikit_image(mask) -> None:
    raw = moments_of(mask)
    orders = np.add.outer(np.arange(4), np.arange(4)) <= 3
    np.testing.assert_allclose(raw[orders], moments(mask.astype(float), order=3)[orders], rtol=1e-12)


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_axes_are_those_of_scikit_image_and_a_twelfth(mask) -> None:
    region = regionprops(mask)[0]
    expected = [4 * sqrt(value + 1 / 12) for value in region.inertia_tensor_eigvals]
    np.testing.assert_allclose(ellipse_axes(moments_of(mask)), expected, rtol=1e-9)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 7), (20, 5)])
def test_axes_of_a_rectangle_are_exact(height: int, width: int) -> None:
    # A continuous rectangle has variance side**2 / 12; the twelfth of each pixel makes the digital one exact.
    major, minor = ellipse_axes(moments_of(np.ones((height, width), np.uint8)))
    expected = sorted([4 * height / sqrt(12), 4 * width / sqrt(12)])
    assert [minor, major] == pytest.approx(expected, rel=1e-12)


def test_axes_of_an_ellipse_are_its_diameters() -> None:
    rows, columns = np.mgrid[-60:61, -60:61]
    mask = ((rows / 30) ** 2 + (columns / 50) ** 2 <= 1).astype(np.uint8)
    assert ellipse_axes(moments_of(mask)) == pytest.approx((100, 60), rel=0.005)


@given(blobs())
@settings(max_examples=25, deadline=None)
def test_hu_moments_agree_with_scikit_image(mask) -> None:
    ours = log_hu_moments(moments_of(mask))
    # Hu's first index is that of the column, scikit-image's that of the row.
    reference = moments_hu(moments_normalized(moments_central(mask.T.astype(float), order=3)))
    for value, expected in zip(ours, reference, strict=True):
        if abs(expected) > 1e-12 and not isnan(value):
            assert value == pytest.approx(-np.sign(expected) * log10(abs(expected)), abs=1e-5)


def test_first_hu_moment_of_a_disc_is_known() -> None:
    # (m20 + m02) / area**2 of a disc is 1 / (2 pi).
    assert log_hu_moments(moments_of(disc(80, 200)))[0] == pytest.approx(log10(2 * pi), rel=1e-3)


def test_hu_moments_that_vanish_by_symmetry_are_nan() -> None:
    hu = log_hu_moments(moments_of(disc(9, 21)))
    assert not isnan(hu[0])
    assert all(isnan(value) for value in hu[1:])


@given(blobs())
@settings(max_examples=20, deadline=None)
def test_rotations_leave_hu_moments_and_reflections_turn_the_seventh(mask) -> None:
    def hu(moved: np.ndarray) -> np.ndarray:
        return log_hu_moments(moments_of(moved))

    reference = hu(mask)
    np.testing.assert_array_equal(hu(np.rot90(mask)), reference)
    np.testing.assert_array_equal(hu(mask[:, ::-1]), (*reference[:6], -reference[6]))


@given(blobs())
@settings(max_examples=10, deadline=None)
def test_translation_changes_nothing(mask) -> None:
    moved = np.pad(mask, ((7, 0), (0, 4)))
    np.testing.assert_array_equal(log_hu_moments(moments_of(moved)), log_hu_moments(moments_of(mask)))


def hu_in_python(mask: np.ndarray) -> list[float]:
    """The same in Python's integers: second moments times the area, third ones times its square."""
    rows, columns = (values.tolist() for values in np.nonzero(mask))
    n, x, y = len(rows), sum(columns), sum(rows)
    u, v = [n * column - x for column in columns], [n * row - y for row in rows]

    def moment(p: int, q: int) -> int:
        return sum(a**p * b**q for a, b in zip(u, v, strict=True)) // n

    m20, m11, m02 = moment(2, 0), moment(1, 1), moment(0, 2)
    m30, m21, m12, m03 = moment(3, 0), moment(2, 1), moment(1, 2), moment(0, 3)
    difference, a, b, c, d = m20 - m02, m30 - 3 * m12, 3 * m21 - m03, m30 + m12, m21 + m03
    numerators = (
        m20 + m02,
        difference**2 + 4 * m11**2,
        a**2 + b**2,
        c**2 + d**2,
        a * c * (c**2 - 3 * d**2) + b * d * (3 * c**2 - d**2),
        difference * (c**2 - d**2) + 4 * m11 * c * d,
        b * c * (c**2 - 3 * d**2) - a * d * (3 * c**2 - d**2),
    )
    powers = (3, 6, 9, 9, 18, 12, 18)
    return [
        nan if h == 0 else (power * log10(n) - log10(abs(h))) * (1 if h > 0 else -1)
        for h, power in zip(numerators, powers, strict=True)
    ]


def symmetric_in(mask: np.ndarray, *steps: int) -> np.ndarray:
    return mask | mask[:: steps[0], :: steps[1]]


@given(blobs(), st.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)]))
@settings(max_examples=40, deadline=None)
def test_hu_moments_are_those_of_exact_integers(mask, steps) -> None:
    moved = symmetric_in(mask, *steps)
    np.testing.assert_array_equal(log_hu_moments(moments_of(moved)), hu_in_python(moved))


@pytest.mark.parametrize("drawing", ["triangle", "angle", "corners"])
def test_hu_moments_of_the_largest_frame_are_exact(drawing: str) -> None:
    mask = np.zeros((LARGEST, LARGEST), np.uint8)
    if drawing == "triangle":
        mask[:] = np.tri(LARGEST)
    elif drawing == "angle":
        mask[:3], mask[:, :3] = 1, 1
    else:
        mask[0, 0] = mask[0, -1] = mask[-1, -1] = 1
    np.testing.assert_array_equal(log_hu_moments(moments_of(mask)), hu_in_python(mask))
