"""How good a picture is: sharp or not, light or dark, clipped, coloured, and how much of it is cells."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.picture_quality import quality_sums

__all__ = ["QUALITY_MEASURES", "measure_quality"]

QUALITY_MEASURES = {
    "focus": "Variance of the Laplacian of grey within the cells.",
    "exposure": "Mean grey of the cells.",
    "clipped": "Share of pixels with a channel at 255, or within the cells at 0.",
    "colour": "Mean over the cells of the largest channel less the smallest.",
    "foreground": "Share of pixels that are cells.",
    "cells": "Number of cells.",
}


def measure_quality(
    cells: NDArray[np.uint8], grey: NDArray[np.uint8], n_cells: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Measure the quality of framed images.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_images, size, size, 4)
        Red, green, blue and region, C-contiguous.
    grey : numpy.ndarray of uint8, shape (n_images, size, size)
        Their luma, C-contiguous.
    n_cells : numpy.ndarray of int, shape (n_images,)
        Number of cells of each.

    Returns
    -------
    numpy.ndarray of float64, shape (n_images, 6)
        In the order of `QUALITY_MEASURES`. Focus, exposure and colour are NaN where there is no cell.

    References
    ----------
    .. [1] Pech-Pacheco et al., 2000, :doi:`10.1109/ICPR.2000.903548` (variance of the Laplacian)
    """
    sums = quality_sums(cells, grey).astype(np.float64)
    clipped, n_inside, light, colour, n_inner, laplacian, squares = sums.T
    n_pixels = grey.shape[1] * grey.shape[2]
    inside, inner = np.where(n_inside > 0, n_inside, np.nan), np.where(n_inner > 0, n_inner, np.nan)
    focus = squares / inner - (laplacian / inner) ** 2
    shares = clipped / n_pixels, colour / inside, n_inside / n_pixels
    return np.column_stack([focus, light / inside, *shares, n_cells])
