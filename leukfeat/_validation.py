"""One wording for every error about an argument."""

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_cells", "check_choice", "check_int", "check_real", "check_unique_names"]


def check_int(owner: str, name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """Return `value` as an int in [low, high] or raise, naming parameter and owner."""
    expected = f"an int{_interval(low, high)}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(_message(owner, name, expected, value))
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(_message(owner, name, expected, value))
    return number


def check_real(
    owner: str, name: str, value: Any, low: float | None = None, high: float | None = None
) -> float:
    """Return `value` as a finite float in [low, high] or raise, naming parameter and owner."""
    expected = f"a number{_interval(low, high)}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(_message(owner, name, expected, value))
    number = float(value)
    outside = (low is not None and number < low) or (high is not None and number > high)
    if outside or not np.isfinite(number):
        raise ValueError(_message(owner, name, expected, value))
    return number


def check_choice(owner: str, name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices` or raise, listing them."""
    allowed = list(choices)
    if value not in allowed:
        expected = "one of " + ", ".join(repr(choice) for choice in allowed)
        raise ValueError(_message(owner, name, expected, value))
    return str(value)


def check_unique_names(owner: str, names: Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """Return `names` as a list if all are known and none stands twice, or raise."""
    wanted, allowed = list(names), sorted(known)
    for name in wanted:
        if name not in allowed:
            choices = ", ".join(repr(choice) for choice in allowed)
            raise ValueError(f"Unknown {what} {name!r} in {owner}. Choose from: {choices}.")
    repeated = sorted({name for name in wanted if wanted.count(name) > 1})
    if repeated:
        raise ValueError(f"{owner} got {what} {repeated[0]!r} more than once. Name each {what} once.")
    return wanted


def check_cells(owner: str, cells: Any) -> NDArray[np.uint8]:
    """Return `cells` if it is a uint8 array of shape (n, size, size, 4) or raise.

    Parameters
    ----------
    owner : str
        Who asks, for the message.
    cells : array of uint8, shape (n, size, size, 4)
        Red, green, blue and region; see `leukfeat.imaging.LoadCells`.

    Returns
    -------
    numpy.ndarray
        The same array, not copied.

    Raises
    ------
    TypeError
        If it is no NumPy array of uint8.
    ValueError
        If its shape is not that of cells.
    """
    expected = "cells: a NumPy array of uint8, shape (n_samples, size, size, 4)"
    advice = "Make them with leukfeat.imaging.LoadCells."
    if not isinstance(cells, np.ndarray):
        raise TypeError(f"{owner} expects {expected}. Got {type(cells).__name__}. {advice}")
    if cells.dtype != np.uint8:
        raise TypeError(f"{owner} expects {expected}. Got dtype {cells.dtype}. {advice}")
    if cells.ndim != 4 or cells.shape[1] != cells.shape[2] or cells.shape[3] != 4 or cells.shape[1] == 0:
        raise ValueError(f"{owner} expects {expected}. Got shape {cells.shape}. {advice}")
    return cells


def _interval(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" in [{low}, {high}]"
    if low is not None:
        return f" of at least {low}"
    return "" if high is None else f" of at most {high}"


def _message(owner: str, name: str, expected: str, value: Any) -> str:
    return f"The {name!r} parameter of {owner} must be {expected}. Got {value!r}."
