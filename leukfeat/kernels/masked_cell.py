"""Compiled steps of the rule for one cell on black (`leukfeat.imaging.segmentation.masked`)."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bit_components import fill_holes
from leukfeat.kernels.bit_frames import at_most, crop, intersect
from leukfeat.kernels.bit_morphology import clean
from leukfeat.kernels.compiled import kernel
from leukfeat.kernels.grey_dilation import dilate_levels
from leukfeat.kernels.histograms import count_levels_within
from leukfeat.kernels.otsu import class_contrast, otsu_two

__all__ = ["carry_to_rim", "darker_part"]

_CONTRAST = 18
_SEPARABILITY = 0.69


@kernel
def carry_to_rim(
    dark: NDArray[np.uint8], inside: NDArray[np.uint64], reach: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Give what lies outside a mask the largest level of the mask within reach.

    Parameters
    ----------
    dark : numpy.ndarray of uint8, shape (size, size)
        Grey levels, C-contiguous.
    inside : numpy.ndarray of uint64, shape (n_words, size)
        The mask, see `leukfeat.kernels.bit_frames`.
    reach : numpy.ndarray of int64, shape (odd,)
        Structuring element, see `leukfeat.kernels.bit_morphology.dilate`.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size)
        A new image; 0 out of reach.
    """
    size = dark.shape[0]
    flags, levels = crop(inside, 0, 0, size, size).ravel(), dark.ravel()
    inner = np.empty((size, size), dtype=np.uint8)
    target = inner.ravel()
    for i in range(levels.shape[0]):
        target[i] = levels[i] * flags[i]
    carried = dilate_levels(inner, reach)
    target = carried.ravel()
    for i in range(levels.shape[0]):
        # Both are read before either is chosen, so that the compiler can take many pixels at once.
        own, other = levels[i], target[i]
        target[i] = own if flags[i] != 0 else other
    return carried


@kernel
def darker_part(
    dark: NDArray[np.uint8], cell: NDArray[np.uint64], closer: NDArray[np.int64], opener: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Find the nucleus: the darker class of a cell's pixels, or all of a cell whose classes hardly differ.

    Parameters
    ----------
    dark : numpy.ndarray of uint8, shape (size, size)
        Image in which chromatin is darkest.
    cell : numpy.ndarray of uint64, shape (n_words, size)
        The cell.
    closer, opener : numpy.ndarray of int64, shape (odd,)
        Structuring elements that clean the nucleus.

    Returns
    -------
    numpy.ndarray of uint64, shape (n_words, size)
        The nucleus.
    """
    counts = count_levels_within(dark, cell)
    threshold = otsu_two(counts)
    difference, separability = class_contrast(counts, threshold)
    if difference < _CONTRAST or separability < _SEPARABILITY:
        return cell
    darker = clean(intersect(at_most(dark, threshold), cell), closer, opener)
    return intersect(fill_holes(darker), cell)
