"""Pairs of hashes that differ in few bits."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClosePairs", "close_pairs"]

_CELLS_AT_ONCE = 1 << 20  # of the matrix of all distances: some 30 MB


class ClosePairs(NamedTuple):
    """Pairs of rows whose hashes are close.

    Attributes
    ----------
    pairs : numpy.ndarray of intp, shape (n_pairs, 2)
        The lower row first, in ascending order.
    complete : bool
        Whether these are all; false where there are more than was asked for.
    """

    pairs: NDArray[np.intp]
    complete: bool


def close_pairs(words: NDArray[np.uint64], limit: int, most: int) -> ClosePairs:
    """Find the pairs of hashes that differ in few bits, by comparing all with all.

    Parameters
    ----------
    words : numpy.ndarray of uint64, shape (n, n_words)
        One hash per row, of at most three words.
    limit : int
        How many bits may differ.
    most : int
        How many pairs to return at most.

    Returns
    -------
    ClosePairs
        The pairs; memory does not grow with n beyond them.
    """
    found: list[NDArray[np.intp]] = []
    n_found = 0
    for pairs in _blocks(np.ascontiguousarray(words.T), limit):
        found.append(pairs)
        n_found += len(pairs)
        if n_found > most:
            break
    pairs = np.concatenate([np.empty((0, 2), dtype=np.intp), *found])
    return ClosePairs(pairs[:most], n_found <= most)


def _blocks(words: NDArray[np.uint64], limit: int) -> Iterator[NDArray[np.intp]]:
    """Compare a few hashes at a time with themselves and those that follow."""
    start, n = 0, words.shape[1]
    while start < n:
        stop = start + max(_CELLS_AT_ONCE // (n - start), 1)
        close = _distances(words[:, start:stop], words[:, start:]) <= limit
        yield np.argwhere(np.triu(close, 1)) + start
        start = stop


def _distances(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count the bits that differ, shape (n_some, n_others)."""
    total = np.zeros((some.shape[1], others.shape[1]), dtype=np.uint8)
    for left, right in zip(some, others, strict=True):
        total += np.bitwise_count(left[:, np.newaxis] ^ right)
    return total
