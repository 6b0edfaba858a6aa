"""Masks of square frames, one bit per pixel.

Word j of row y holds the pixels of columns 64 j … 64 j + 63, the leftmost in the lowest bit, and stands at
[j, y]. Bits beyond the last column are 0. One operation serves 64 pixels, and as the words of one column of
words lie side by side, compilers take several rows at once. Masks combine by `&` and `|`; `complement` takes
the place of `~`, which would set the bits beyond the last column.
"""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.vectors import compare_word

__all__ = [
    "WORD",
    "at_most",
    "clear_beyond",
    "complement",
    "count",
    "crop",
    "gather_bits",
    "intersect",
    "lowest_bit",
    "paint",
    "population_count",
    "unite",
]

WORD = 64

_NONE = np.uint64(0)
_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_BYTE = 8
_LAST_BYTE = np.uint64(WORD - _BYTE)
# Eight bytes of 0 or 1 times this: the last byte has a bit of each.
_TO_LAST_BYTE = np.uint64(0x0102040810204080)
_EVEN = np.uint64(0x5555555555555555)
_PAIRS = np.uint64(0x3333333333333333)
_NIBBLES = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES = np.uint64(0x0101010101010101)


@kernel
def at_most(image: NDArray[np.uint8], level: int) -> NDArray[np.uint64]:
    """Mark the pixels that are no brighter than a level.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (size, size)
        Grey levels, C-contiguous; at least 64 pixels.
    level : int
        Any; below 0 none is marked.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The mask.
    """
    size, levels = image.shape[0], image.ravel()
    bits = np.zeros(((size + WORD - 1) // WORD, size), dtype=np.uint64)
    if level < 0:
        return bits
    highest, last = np.uint8(min(level, 255)), size * size - WORD
    for j in range(bits.shape[0]):
        for y in range(size):
            # The last words of a row reach beyond it, those of the last row beyond the image.
            wanted = y * size + WORD * j
            start = min(wanted, last)
            bits[j, y] = compare_word(levels, start, highest) >> np.uint64(wanted - start)
    clear_beyond(bits)
    return bits


@kernel
def complement(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mark the pixels of the frame that are not marked.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    others = np.empty(bits.shape, dtype=np.uint64)
    words, target = bits.ravel(), others.ravel()
    for i in range(words.shape[0]):
        target[i] = ~words[i]
    clear_beyond(others)
    return others


@kernel
def unite(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mark what either of two masks marks.

    Within kernels this takes the place of `|`, which is slow to compile; so does `intersect` for `&`.

    Parameters
    ----------
    first, second : numpy.ndarray of uint64, shape (n_words, size)
        Masks.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    united = np.empty(first.shape, dtype=np.uint64)
    words, others, target = first.ravel(), second.ravel(), united.ravel()
    for i in range(words.shape[0]):
        target[i] = words[i] | others[i]
    return united


@kernel
def intersect(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mark what both of two masks mark.

    Parameters
    ----------
    first, second : numpy.ndarray of uint64, shape (n_words, size)
        Masks.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        A new mask.
    """
    common = np.empty(first.shape, dtype=np.uint64)
    words, others, target = first.ravel(), second.ravel(), common.ravel()
    for i in range(words.shape[0]):
        target[i] = words[i] & others[i]
    return common


@kernel
def clear_beyond(bits: NDArray[np.uint64]) -> None:
    """Set the bits beyond the last column to 0.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask but for those bits; it is changed.
    """
    n_words, size = bits.shape
    beyond = n_words * WORD - size
    for y in range(size):
        bits[n_words - 1, y] &= _ALL >> np.uint64(beyond)


@kernel
def count(bits: NDArray[np.uint64]) -> int:
    """Count the marked pixels.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.

    Returns
    -------
    int
        Their number.
    """
    total = 0
    for word in bits.ravel():
        total += population_count(word)
    return total


@kernel
def gather_bits(eights: NDArray[np.uint64], j: int) -> np.uint64:
    """Collect the bits of one word, eight at a time.

    Parameters
    ----------
    eights : numpy.ndarray of uint64, shape (n,)
        Flags of one byte each, eight in a number.
    j : int
        The word.

    Returns
    -------
    numpy.uint64
        One bit for each flag.
    """
    word = _NONE
    for k in range(_BYTE):
        byte = (eights[_BYTE * j + k] * _TO_LAST_BYTE) >> _LAST_BYTE
        word |= byte << np.uint64(_BYTE * k)
    return word


@kernel
def population_count(word: np.uint64) -> int:
    """Count the ones of a word, in the form that compilers know as one instruction.

    Parameters
    ----------
    word : numpy.uint64
        Any.

    Returns
    -------
    int
        In [0, 64].
    """
    word -= (word >> _ONE) & _EVEN
    word = (word & _PAIRS) + ((word >> np.uint64(2)) & _PAIRS)
    word = (word + (word >> np.uint64(4))) & _NIBBLES
    return int(np.int64((word * _BYTES) >> _LAST_BYTE))


@kernel
def lowest_bit(word: np.uint64) -> int:
    """Find the lowest one of a word.

    Parameters
    ----------
    word : numpy.uint64
        Not 0.

    Returns
    -------
    int
        Its place, in [0, 63].
    """
    return population_count(~word & (word - _ONE))


@kernel
def crop(bits: NDArray[np.uint64], top: int, left: int, height: int, width: int) -> NDArray[np.uint8]:
    """Draw a window of a mask, one byte per pixel.

    Parameters
    ----------
    bits : numpy.ndarray of uint64, shape (n_words, size)
        A mask.
    top, left, height, width : int
        The window, within the frame.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        1 where marked, else 0.
    """
    window = np.empty((height, width), dtype=np.uint8)
    for j in range(left // WORD, (left + width + WORD - 1) // WORD):
        first, last = max(WORD * j, left), min(WORD * (j + 1), left + width)
        shift = np.uint64(first - WORD * j)
        for y in range(height):
            line, word = window[y, first - left : last - left], bits[j, top + y] >> shift
            for k in range(line.shape[0]):
                line[k] = (word >> np.uint64(k)) & _ONE
    return window


@kernel
def paint(outer: NDArray[np.uint64], level: int, inner: NDArray[np.uint64], rise: int) -> NDArray[np.uint8]:
    """Draw two masks, one upon the other.

    Parameters
    ----------
    outer, inner : numpy.ndarray of uint64, shape (n_words, size)
        Masks.
    level, rise : int
        What `outer` and `inner` add to a pixel; at most 255 together.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size)
        0 where neither is marked.
    """
    n_words, size = outer.shape
    image = np.zeros((size, size), dtype=np.uint8)
    for y in range(size):
        for j in range(n_words):
            below, above = outer[j, y], inner[j, y]
            if below | above == _NONE:
                continue
            line = image[y, WORD * j : WORD * (j + 1)]
            for k in range(line.shape[0]):
                bit = _ONE << np.uint64(k)
                line[k] = (level if below & bit else 0) + (rise if above & bit else 0)
    return image
