"""Regions as kernels read them that measure a batch."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, RegionPixels

__all__ = ["one_nucleus", "pixels_in"]


def one_nucleus(*runs_of_images: NDArray[np.int64]) -> CellObjects:
    """One cell in each image, all nucleus, of these runs, which its box leaves where they are."""
    n = len(runs_of_images)
    runs = np.concatenate(runs_of_images)
    bounds = np.cumsum([0, *map(len, runs_of_images)])
    return CellObjects(np.arange(n + 1), np.zeros((n, 4), np.int64), runs, bounds, runs, bounds)


def pixels_in(*channels_of_images: NDArray[np.uint8]) -> RegionPixels:
    """The pixels of one region; of each image red, green, blue and grey, shape (4, n)."""
    bounds = np.cumsum([0, *(channels.shape[1] for channels in channels_of_images)])
    return RegionPixels(np.concatenate([channels.ravel() for channels in channels_of_images]), bounds)
