"""The lighter of the two classes that make up a region: the bare slide between cells."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import RegionPixels, pixels_of
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.histograms import count_levels
from leukfeat.kernels.otsu import otsu_two

__all__ = ["lighter_pixels"]

_GREEN = 1  # what red cells absorb


@kernel
def lighter_pixels(region: RegionPixels) -> RegionPixels:
    """Keep the pixels of each image whose green lies above Otsu's threshold.

    Parameters
    ----------
    region : RegionPixels
        The pixels of one region.

    Returns
    -------
    RegionPixels
        The same, in the same order, without the darker class; all of them where there is one class only.
    """
    n_images = region.bounds.size - 1
    bounds = np.zeros(n_images + 1, dtype=np.int64)
    channels = np.empty(region.channels.size, dtype=np.uint8)
    for i in range(n_images):
        pixels = pixels_of(region, i)
        chosen = _lighter(pixels[_GREEN])
        bounds[i + 1] = bounds[i] + chosen.size
        kept = channels[4 * bounds[i] : 4 * bounds[i + 1]].reshape(4, chosen.size)
        for channel in range(4):
            for j in range(chosen.size):
                kept[channel, j] = pixels[channel, chosen[j]]
    return RegionPixels(channels[: 4 * bounds[-1]], bounds)


@kernel
def _lighter(levels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """List the pixels above Otsu's threshold; all where none is."""
    threshold = otsu_two(count_levels(levels))
    chosen = np.flatnonzero(levels > threshold)
    return chosen if chosen.size else np.arange(levels.size)
