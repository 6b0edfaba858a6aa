"""Grey-level morphology within a mask, by octagons: interior and top-hats."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.compiled import kernel

__all__ = ["DIAMETERS", "MARGIN", "interior", "top_hats"]

DIAMETERS = (5, 9, 15)
MARGIN = 7

# What is left out at each side of the top-hats: all of the margin but one pixel.
_CUT = MARGIN - 1
# An octagon is the Minkowski sum of a square and a diamond. Their radii, from each diameter to the next.
_SQUARE_STEPS, _DIAMOND_STEPS = (1, 1, 1), (1, 1, 2)


@kernel
def interior(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Erode a mask by an octagon 5 pixels wide: leave out its rim of two pixels.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; 0 within two pixels of the border.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width)
        1 where the octagon around the pixel lies inside, else 0.
    """
    return _erode(mask.ravel(), mask.shape[1], 1, 1).reshape(mask.shape)


@kernel
def top_hats(levels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    r"""Find what is brighter, and what is darker, than its surroundings and narrower than an octagon.

    The white top-hat is an image less its opening, the black one its closing less the image. Erosion and
    dilation ignore pixels outside the mask, so that both are those of the image on the mask alone: an opening
    lies nowhere above it and is its own opening.

    An octagon holds the offsets with :math:`\max(|x|, |y|) \le r` and :math:`|x| + |y| \le s`, where
    :math:`(r, s)` is (2, 3), (4, 6) and (7, 10): 21, 69 and 185 pixels. The first two are the discs of
    diameter 5 and 9, the third has 8 pixels more than the one of diameter 15.

    Parameters
    ----------
    levels : numpy.ndarray of uint8, shape (height, width)
        Grey levels, C-contiguous.
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; 0 within `MARGIN` pixels of the border.

    Returns
    -------
    numpy.ndarray of uint8, shape (6, height - 2 * MARGIN + 2, width - 2 * MARGIN + 2)
        White top-hats by octagons of `DIAMETERS`, then the black ones; 0 outside the mask. Of the margin, one
        pixel is left at each side.

    References
    ----------
    .. [1] Serra, 1982, "Image Analysis and Mathematical Morphology", Academic Press, ISBN 978-0-12-637240-3
    """
    height, width = levels.shape
    n_scales = len(DIAMETERS)
    hats = np.empty((2 * n_scales, height - 2 * _CUT, width - 2 * _CUT), dtype=np.uint8)
    _fill_white(levels.ravel(), mask.ravel(), width, hats[:n_scales])
    _fill_white(~levels.ravel(), mask.ravel(), width, hats[n_scales:])
    return hats


@kernel
def _fill_white(
    levels: NDArray[np.uint8], inside: NDArray[np.uint8], width: int, hats: NDArray[np.uint8]
) -> None:
    eroded = _choose(inside, levels)
    square = diamond = 0
    for k in range(len(hats)):
        eroded = _erode(eroded, width, _SQUARE_STEPS[k], _DIAMOND_STEPS[k])
        square, diamond = square + _SQUARE_STEPS[k], diamond + _DIAMOND_STEPS[k]
        # A dilation is the erosion of the negative.
        negative = _erode(_choose(inside, ~eroded), width, square, diamond)
        _subtract_opening(levels, negative, inside, width, hats[k])


@kernel
def _choose(inside: NDArray[np.uint8], levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Set to 255, which no erosion heeds, what lies outside."""
    chosen = np.empty_like(levels)
    for i in range(levels.size):
        chosen[i] = levels[i] if inside[i] else 255
    return chosen


@kernel
def _subtract_opening(
    levels: NDArray[np.uint8],
    negative: NDArray[np.uint8],
    inside: NDArray[np.uint8],
    width: int,
    hat: NDArray[np.uint8],
) -> None:
    """Write `levels` less the opening, which is given as its negative."""
    for y in range(hat.shape[0]):
        row = hat[y]
        start = (y + _CUT) * width + _CUT
        stop = start + row.shape[0]
        here, less, within = levels[start:stop], negative[start:stop], inside[start:stop]
        for x in range(row.shape[0]):
            row[x] = here[x] + less[x] - 255 if within[x] else 0


@kernel
def _erode(levels: NDArray[np.uint8], width: int, square: int, diamond: int) -> NDArray[np.uint8]:
    """Erode by the sum of a square and a diamond of these radii an image laid out row after row.

    A neighbour is a fixed step away, so that each pass is one loop over the whole image. Beyond the end of a
    row the next one begins, and pixels at both ends of the image keep their level: this is right only for
    pixels that far from the border.
    """
    here, spare = levels.copy(), levels.copy()
    reach = 0
    while reach < square:
        step = min(reach + 1, square - reach)
        _least_of_three(here, step, spare)
        _least_of_three(spare, step * width, here)
        reach += step
    reach = 0
    # Every second pixel of a diamond, as on a chessboard: the square fills the gaps.
    while reach < diamond:
        step = min(reach + 1, diamond - reach)
        _least_of_four(here, step, step * width, spare)
        here, spare = spare, here
        reach += step
    return here


@kernel
def _least_of_three(levels: NDArray[np.uint8], step: int, least: NDArray[np.uint8]) -> None:
    n = levels.size - 2 * step
    before, here, after = levels[:n], levels[step : step + n], levels[2 * step :]
    inner = least[step : step + n]
    for i in range(n):
        inner[i] = min(min(before[i], here[i]), after[i])


@kernel
def _least_of_four(levels: NDArray[np.uint8], step: int, down: int, least: NDArray[np.uint8]) -> None:
    n = levels.size - 2 * down
    above, below = levels[:n], levels[2 * down :]
    left, right = levels[down - step : down - step + n], levels[down + step : down + step + n]
    inner = least[down : down + n]
    for i in range(n):
        inner[i] = min(min(above[i], below[i]), min(left[i], right[i]))
