"""Columns of a manifest as numbers."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukfeat.errors import ConfigurationError

__all__ = ["Column", "as_list", "dense", "encode", "in_natural_order", "natural_key", "read_numbers"]

Column = ArrayLike | Sequence[Any]
_NUMBER = re.compile(r"(\d+)")


def as_list(name: str, values: Column | None, n_rows: int | None = None) -> list[Any]:
    """Check the shape of a column.

    Parameters
    ----------
    name : str
        What it is called in messages.
    values : array-like, shape (n,), or None
        The column; None is one that is missing in every row.
    n_rows : int, optional
        The length it must have.

    Returns
    -------
    list
        Its values.

    Raises
    ------
    ConfigurationError
        If it is not one-dimensional or has another length.
    """
    if values is None:
        return [None] * (n_rows or 0)
    array = np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise ConfigurationError(f"make_splits expects {name} of shape (n,). Got shape {array.shape}.")
    if n_rows is not None and len(array) != n_rows:
        raise ConfigurationError(
            f"make_splits expects labels and {name} of one length. "
            f"Got {n_rows} labels and {len(array)} {name}."
        )
    return list(array)


def encode(values: Sequence[Any]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Give the distinct texts numbers in sorted order, -1 where a value is missing.

    Parameters
    ----------
    values : sequence
        Told apart by their text; None, NaN, NaT, NA and blank text are missing.

    Returns
    -------
    names : tuple of str
        The distinct texts, sorted.
    codes : array of intp, shape (n,)
        Index of each value in `names`, or -1.
    """
    texts = [None if _is_missing(value) else str(value) for value in values]
    names = tuple(sorted({text for text in texts if text is not None}))
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    return names, np.array([numbers.get(text, -1) for text in texts], dtype=np.intp)


def in_natural_order(
    names: tuple[str, ...], codes: NDArray[np.intp]
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Give names new numbers so that 'fold_2' comes before 'fold_10'.

    Parameters
    ----------
    names : tuple of str
        Distinct texts.
    codes : array of intp, shape (n,)
        Indices in `names`, or -1.

    Returns
    -------
    names : tuple of str
        The same texts in natural order.
    codes : array of intp, shape (n,)
        Indices in the new `names`, or -1.
    """
    order = sorted(range(len(names)), key=lambda code: natural_key(names[code]))
    place = np.full(len(names) + 1, -1, dtype=np.intp)  # the last answers for -1
    place[order] = np.arange(len(names))
    return tuple(names[code] for code in order), place[codes]


def natural_key(text: str) -> tuple[list[str | int], str]:
    """Make a key that sorts numbers in texts by their value.

    Parameters
    ----------
    text : str
        For example 'fold_10'.

    Returns
    -------
    tuple of (list of str or int, str)
        Its words, at even places, and numbers, at odd ones; then the text itself.
    """
    return [int(part) if place % 2 else part for place, part in enumerate(_NUMBER.split(text))], text


def dense(codes: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give what occurs numbers from 0 without gaps, -1 staying -1.

    Parameters
    ----------
    codes : array of intp, shape (n,)
        Numbers; negative ones are missing.

    Returns
    -------
    known : array of intp, shape (n_known,)
        The numbers that occur, ascending.
    renumbered : array of intp, shape (n,)
        Place of each number in `known`, or -1.
    """
    known = np.unique(codes[codes >= 0])
    return known, np.where(codes < 0, -1, np.searchsorted(known, codes)).astype(np.intp)


def read_numbers(name: str, values: Sequence[Any]) -> NDArray[np.float64]:
    """Turn a column into numbers.

    Parameters
    ----------
    name : str
        What it is called in messages.
    values : sequence
        Numbers, or what counts as missing.

    Returns
    -------
    array of float64, shape (n,)
        NaN where a value is missing.

    Raises
    ------
    ConfigurationError
        If a value is no number.
    """
    try:
        return np.array(
            [np.nan if _is_missing(value) else float(value) for value in values], dtype=np.float64
        )
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"make_splits expects numbers in {name}, the order of acquisition, or NaN. Got: {error}."
        ) from error


def _is_missing(value: Any) -> bool:
    """Recognise None, blank text, and NaN, NaT and NA, which do not equal themselves."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    equal = value == value
    return not (isinstance(equal, (bool, np.bool_)) and bool(equal))
