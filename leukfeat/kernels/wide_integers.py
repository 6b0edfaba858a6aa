"""Exact integers of any width, for polynomials that are asked whether they are zero.

A number is an array of digits to the base 2**24, the least first. Products are added up digit by digit,
which leaves digits of more than 24 bits; carrying brings them to [-2**23, 2**23). Then a number is zero where
all its digits are, and has the sign of its last digit that is not.
"""

from math import ldexp

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["add_product", "add_product_of_words", "carry", "nearest_float"]

_BITS = 24
_HALF = 1 << (_BITS - 1)
_MASK = (1 << _BITS) - 1
_BASE = float(1 << _BITS)


@kernel
def add_product(total: NDArray[np.int64], factor: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
    """Add factor * a * b, without carrying.

    Parameters
    ----------
    total : numpy.ndarray of int64, shape (k,)
        What is added to; at least n + m digits.
    factor : int
        A small number.
    a, b : numpy.ndarray of int64, shape (n,) and (m,)
        Two numbers, carried.
    """
    for i in range(a.size):
        times, line = factor * a[i], total[i : i + b.size]
        for j in range(b.size):
            line[j] += times * b[j]


@kernel
def add_product_of_words(total: NDArray[np.int64], factor: int, a: int, b: int) -> None:
    """Add factor * a * b, without carrying.

    Parameters
    ----------
    total : numpy.ndarray of int64, shape (k,)
        What is added to; at least four digits.
    factor : int
        A small number.
    a, b : int
        Two numbers of 64 bits, their product below 2**128 in absolute value.
    """
    a0, a1, a2 = factor * (a & _MASK), factor * ((a >> _BITS) & _MASK), factor * (a >> (2 * _BITS))
    b0, b1, b2 = b & _MASK, (b >> _BITS) & _MASK, b >> (2 * _BITS)
    total[0] += a0 * b0
    total[1] += a0 * b1 + a1 * b0
    total[2] += a0 * b2 + a1 * b1 + a2 * b0
    # With what is a digit higher: carried on where the number has more digits.
    total[3] += a1 * b2 + a2 * b1 + ((a2 * b2) << _BITS)


@kernel
def carry(digits: NDArray[np.int64]) -> None:
    """Bring all digits but the last into their range.

    Parameters
    ----------
    digits : numpy.ndarray of int64, shape (n,)
        A number; overwritten.
    """
    carried = 0
    for i in range(digits.size - 1):
        digit = digits[i] + carried
        carried = (digit + _HALF) >> _BITS
        digits[i] = digit - (carried << _BITS)
    digits[-1] += carried


@kernel
def nearest_float(digits: NDArray[np.int64]) -> float:
    """Round to the nearest number of double precision, as Python does.

    Parameters
    ----------
    digits : numpy.ndarray of int64, shape (n,)
        A number, carried, below 2**1000 in absolute value.

    Returns
    -------
    float
        0 only for the number 0; of two that are equally near, the even one.
    """
    top = digits.size - 1
    while top > 0 and digits[top] == 0:
        top -= 1
    high = _digit(digits, top) * _BASE + _digit(digits, top - 1)
    low = _digit(digits, top - 2) * _BASE + _digit(digits, top - 3)
    # Both are exact, and their sum has 70 bits or more: of the rest no more than its sign can matter.
    rest = top - 4
    while rest > 0 and digits[rest] == 0:
        rest -= 1
    low += 0.5 * np.sign(_digit(digits, rest))
    return ldexp(high * _BASE**2 + low, _BITS * (top - 3))


@kernel
def _digit(digits: NDArray[np.int64], place: int) -> float:
    return float(digits[place]) if place >= 0 else 0.0
