"""Digits against the integers of Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.wide_integers import add_product, add_product_of_words, carry, nearest_float

BITS = 24


def value_of(digits: np.ndarray) -> int:
    return sum(digit << (BITS * place) for place, digit in enumerate(digits.tolist()))


def digits_of(value: int, n: int) -> np.ndarray:
    digits = np.zeros(n, dtype=np.int64)
    for place in range(n):
        digits[place] = (value + 2**23) % 2**BITS - 2**23
        value = (value - int(digits[place])) >> BITS
    assert value == 0
    return digits


def integers(bits: int) -> st.SearchStrategy[int]:
    powers = st.builds(lambda power, small: 2**power + small, st.integers(0, bits - 2), st.integers(-1, 1))
    return st.one_of(st.integers(-(2**bits) + 1, 2**bits - 1), powers)


@given(integers(90), integers(270), integers(350), st.sampled_from([1, -1, 3, -3, 4]))
@settings(max_examples=100, deadline=None)
def test_products_are_exact(a, b, c, factor) -> None:
    total = digits_of(c, 16)
    add_product(total, factor, digits_of(a, 4), digits_of(b, 12))
    assert value_of(total) == c + factor * a * b
    carry(total)
    np.testing.assert_array_equal(total, digits_of(c + factor * a * b, 16))


@given(integers(62), integers(62), st.sampled_from([1, -2]))
@settings(max_examples=100, deadline=None)
def test_products_of_words_are_exact(a, b, factor) -> None:
    total = np.zeros(6, dtype=np.int64)
    add_product_of_words(total, factor, a, b)
    carry(total)
    np.testing.assert_array_equal(total, digits_of(factor * a * b, 6))


@given(integers(375))
@settings(max_examples=100, deadline=None)
def test_the_nearest_float_is_that_of_python(value) -> None:
    assert nearest_float(digits_of(value, 16)) == float(value)


@pytest.mark.parametrize("shift", [1, 17, 23, 24, 25, 48, 100, 300])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_nearest_float_of_ties_is_even(shift: int, beyond: int, odd: int, sign: int) -> None:
    # A number of 53 bits and a half, as exactly as may be, and the next ones on both sides.
    value = sign * (((2**52 + 2 + odd) << shift) + (1 << (shift - 1)) + beyond)
    assert nearest_float(digits_of(value, 16)) == float(value)


def test_only_nothing_is_zero() -> None:
    assert nearest_float(digits_of(0, 16)) == 0.0
    assert nearest_float(digits_of(-1, 16)) == -1.0
