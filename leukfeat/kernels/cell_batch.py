"""Several images as ragged arrays: what kernels read that measure a batch in one call.

The pixels and runs of all images and cells lie one after the other; bounds say where those of one begin.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = [
    "CellObjects",
    "RegionPixels",
    "cell_runs_of",
    "nucleus_runs_of",
    "pixels_of",
]


class RegionPixels(NamedTuple):
    """The pixels of one region (all nuclei, all cytoplasm or all that is outside) of several images.

    Attributes
    ----------
    channels : numpy.ndarray of uint8, shape (4 * n_pixels,)
        For each image its red, then its green, its blue and its grey, row by row; see `pixels_of`.
    bounds : numpy.ndarray of int64, shape (n_images + 1,)
        Number of pixels before each image, and of all.
    """

    channels: NDArray[np.uint8]
    bounds: NDArray[np.int64]


class CellObjects(NamedTuple):
    """The cells of several images, in the order in which their first pixels are met.

    Attributes
    ----------
    bounds : numpy.ndarray of int64, shape (n_images + 1,)
        Number of cells before each image, and of all.
    boxes : numpy.ndarray of int64, shape (n_cells, 4)
        Bounding box in the frame: top, left, height, width.
    cell_runs, nucleus_runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop of the stretches of the pixels of each cell and of its nucleus (all lobes), counted
        from the upper left corner of the cell's box; see `cell_runs_of` and `nucleus_runs_of`.
    cell_run_bounds, nucleus_run_bounds : numpy.ndarray of int64, shape (n_cells + 1,)
        Number of runs before each cell, and of all. A cell without nucleus has no nucleus runs.
    """

    bounds: NDArray[np.int64]
    boxes: NDArray[np.int64]
    cell_runs: NDArray[np.int64]
    cell_run_bounds: NDArray[np.int64]
    nucleus_runs: NDArray[np.int64]
    nucleus_run_bounds: NDArray[np.int64]


@kernel
def pixels_of(pixels: RegionPixels, image: int) -> NDArray[np.uint8]:
    """Take the pixels of one image: red, green, blue and grey, shape (4, n), C-contiguous."""
    start, stop = 4 * pixels.bounds[image], 4 * pixels.bounds[image + 1]
    return pixels.channels[start:stop].reshape(4, (stop - start) // 4)


@kernel
def cell_runs_of(objects: CellObjects, cell: int) -> NDArray[np.int64]:
    """Take the runs of one cell, in its box."""
    return objects.cell_runs[objects.cell_run_bounds[cell] : objects.cell_run_bounds[cell + 1]]


@kernel
def nucleus_runs_of(objects: CellObjects, cell: int) -> NDArray[np.int64]:
    """Take the runs of one cell's nucleus, in the cell's box."""
    return objects.nucleus_runs[objects.nucleus_run_bounds[cell] : objects.nucleus_run_bounds[cell + 1]]
