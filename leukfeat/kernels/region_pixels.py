"""The pixels of regions, gathered channel by channel: stretches of words, copied whole groups at a time."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import RegionPixels
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.stretches import Stretches

__all__ = ["region_pixels"]

# Pixels that are copied together.
_GROUP = 8
_COLOUR, _GREY_SHIFT, _BYTE = np.uint32(0xFFFFFF), np.uint32(24), np.uint32(0xFF)


@kernel
def region_pixels(
    cells: NDArray[np.uint8], grey: NDArray[np.uint8], stretches: Stretches, part: int
) -> RegionPixels:
    """Gather the pixels of one region of several frames.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_frames, size, size, 4)
        Red, green, blue and region, C-contiguous.
    grey : numpy.ndarray of uint8, shape (n_frames, size, size)
        Grey, C-contiguous.
    stretches : Stretches
        Those of `cells`, see `leukfeat.kernels.stretches.find_stretches`.
    part : int
        `OUTSIDE`, `CYTOPLASM` or `NUCLEUS` of `leukfeat.kernels.stretches`.

    Returns
    -------
    RegionPixels
        Red, green, blue and grey.
    """
    n_frames, n_pixels = cells.shape[0], cells.shape[1] * cells.shape[2]
    words, levels = cells.view(np.uint32).reshape(n_frames, n_pixels), grey.reshape(n_frames, n_pixels)
    bounds = _bounds(stretches, part)
    channels = np.empty(4 * bounds[-1], dtype=np.uint8)
    packed = np.empty((bounds[1:] - bounds[:-1]).max() + _GROUP, dtype=np.uint32)
    for i in range(n_frames):
        n = 0
        for s in range(stretches.bounds[i], stretches.bounds[i + 1]):
            if stretches.parts[s] == part:
                n = _copy(words[i], levels[i], stretches.starts[s], stretches.stops[s], packed, n)
        _part_channels(packed[:n], channels[4 * bounds[i] : 4 * bounds[i + 1]].reshape(4, n))
    return RegionPixels(channels, bounds)


@kernel
def _bounds(stretches: Stretches, part: int) -> NDArray[np.int64]:
    """Count the pixels of the region before each frame, and of all."""
    bounds = np.zeros(stretches.bounds.size, dtype=np.int64)
    for i in range(bounds.size - 1):
        bounds[i + 1] = bounds[i]
        for s in range(stretches.bounds[i], stretches.bounds[i + 1]):
            if stretches.parts[s] == part:
                bounds[i + 1] += stretches.stops[s] - stretches.starts[s]
    return bounds


@kernel
def _copy(
    words: NDArray[np.uint32],
    levels: NDArray[np.uint8],
    start: int,
    stop: int,
    packed: NDArray[np.uint32],
    n: int,
) -> int:
    """Copy one stretch, and return the number of pixels so far.

    What a last group holds too much is written over by the next stretch.
    """
    for i in range(start, stop, _GROUP):
        _pack(words, levels, i, packed, n + i - start)
    return n + stop - start


@kernel
def _pack(
    words: NDArray[np.uint32], levels: NDArray[np.uint8], i: int, packed: NDArray[np.uint32], j: int
) -> None:
    """Put together red, green, blue and grey of the group that begins at a pixel."""
    if i + _GROUP <= words.size:
        for x in range(_GROUP):
            # Unsigned: no question then whether an index counts from the end.
            packed[np.uint64(j + x)] = _packed(words[np.uint64(i + x)], levels[np.uint64(i + x)])
    else:
        for x in range(words.size - i):
            packed[j + x] = _packed(words[i + x], levels[i + x])


@kernel
def _packed(word: np.uint32, level: np.uint8) -> np.uint32:
    return (word & _COLOUR) | (np.uint32(level) << _GREY_SHIFT)


@kernel
def _part_channels(packed: NDArray[np.uint32], channels: NDArray[np.uint8]) -> None:
    red, green, blue, grey = channels[0], channels[1], channels[2], channels[3]
    for i in range(packed.size):
        word = packed[i]
        red[i] = word & _BYTE
        green[i] = (word >> np.uint32(8)) & _BYTE
        blue[i] = (word >> np.uint32(16)) & _BYTE
        grey[i] = word >> _GREY_SHIFT
