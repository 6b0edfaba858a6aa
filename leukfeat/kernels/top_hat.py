"""Grey-level morphology within a mask, by octagons: interior and top-hats."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.bounding_box import crop
from leukfeat.kernels.compiled import kernel

__all__ = ["DIAMETERS", "GAP", "RIM", "interior", "top_hats"]

DIAMETERS = (5, 9, 15)
# Pixels between the rows of images that are laid out in one line: as far as the largest octagon reaches.
GAP = 7
# Width of the rim that the smallest octagon leaves.
RIM = 2

# An octagon is the Minkowski sum of a square and a diamond. Their radii, from each diameter to the next.
_SQUARE_STEPS, _DIAMOND_STEPS = (1, 1, 1), (1, 1, 2)


@kernel
def interior(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Erode a mask by an octagon 5 pixels wide: leave out its rim of two pixels.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside, C-contiguous; beyond its border all is outside.

    Returns
    -------
    numpy.ndarray of uint8, shape (max(height - 4, 0), max(width - 4, 0))
        1 where the octagon around the pixel lies inside, else 0; the border of two pixels, where it nowhere
        does, is left out.
    """
    height, width = mask.shape
    if min(height, width) <= 2 * RIM:
        return np.empty((max(height - 2 * RIM, 0), max(width - 2 * RIM, 0)), dtype=np.uint8)
    line, spare = mask.copy().ravel(), np.empty(mask.size, dtype=np.uint8)
    eroded = _erode(line, spare, width, 1, 1)[0].reshape(height, width)
    return crop(eroded, RIM, RIM, height - 2 * RIM, width - 2 * RIM)


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
        Grey levels.
    mask : numpy.ndarray of uint8, shape (height, width)
        1 inside, 0 outside; beyond its border all is outside.

    Returns
    -------
    numpy.ndarray of uint8, shape (6, height + 1, width + GAP)
        White top-hats by octagons of `DIAMETERS`, then the black ones; 0 outside the mask. The image begins
        in the second row: the first row and the last `GAP` columns are 0.

    References
    ----------
    .. [1] Serra, 1982, "Image Analysis and Mathematical Morphology", Academic Press, ISBN 978-0-12-637240-3
    """
    height, width = levels.shape
    stride, n_scales = width + GAP, len(DIAMETERS)
    hats = np.empty((2 * n_scales, height + 1, stride), dtype=np.uint8)
    line, outside = _lay_out(levels, mask)
    eroded, spare = line.copy(), np.empty_like(line)
    square = diamond = 0
    for k in range(n_scales):
        eroded, spare = _erode(eroded, spare, stride, _SQUARE_STEPS[k], _DIAMOND_STEPS[k])
        square, diamond = square + _SQUARE_STEPS[k], diamond + _DIAMOND_STEPS[k]
        # A dilation is the erosion of the negative.
        opened, spare = _erode(_negative(eroded, outside), spare, stride, square, diamond)
        for kind in range(2):
            start = _place(height, stride, kind, -1)
            _subtract_opening(line, opened, outside, start, hats[kind * n_scales + k].ravel())
    return hats


@kernel
def _lay_out(
    levels: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Lay out in one line the rows of an image and then of its negative, and mark what lies outside.

    Around both lies as much as octagons reach: one gap serves a row and the next. What lies outside is 255,
    which no erosion heeds, in the levels, too.
    """
    height, width = levels.shape
    size = _place(height, width + GAP, 2, 0)
    line, outside = np.full(size, 255, dtype=np.uint8), np.full(size, 255, dtype=np.uint8)
    for y in range(height):
        here, inside = levels[y], mask[y]
        for kind in range(2):
            start = _place(height, width + GAP, kind, y)
            row, beyond = line[start : start + width], outside[start : start + width]
            negative = np.uint8(-kind)
            for x in range(width):
                beyond[x] = inside[x] - 1
                row[x] = (here[x] ^ negative) | beyond[x]
    return line, outside


@kernel
def _place(height: int, stride: int, kind: int, y: int) -> int:
    """Where a row of the image (kind 0) or of its negative (1) begins in the line."""
    return GAP + (GAP + kind * (height + GAP) + y) * stride


@kernel
def _negative(line: NDArray[np.uint8], outside: NDArray[np.uint8]) -> NDArray[np.uint8]:
    negative = np.empty_like(line)
    for i in range(line.size):
        negative[i] = ~line[i] | outside[i]
    return negative


@kernel
def _subtract_opening(
    line: NDArray[np.uint8],
    negative: NDArray[np.uint8],
    outside: NDArray[np.uint8],
    start: int,
    hat: NDArray[np.uint8],
) -> None:
    """Write the image less its opening, which is given as its negative."""
    stop = start + hat.size
    here, less, beyond = line[start:stop], negative[start:stop], outside[start:stop]
    for i in range(hat.size):
        hat[i] = (here[i] + less[i] - 255) & ~beyond[i]


@kernel
def _erode(
    here: NDArray[np.uint8], spare: NDArray[np.uint8], stride: int, square: int, diamond: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Erode an image laid out in one line by the sum of a square and a diamond of these radii.

    A neighbour is a fixed step away, so that each pass is one loop over the whole image. The result is right
    where the whole octagon lies in the line. Both arrays are written to; the first of those returned holds
    the result, the second is free.
    """
    reach = 0
    while reach < square:
        step = min(reach + 1, square - reach)
        _least_of_three(here, step, spare)
        _least_of_three(spare, step * stride, here)
        reach += step
    reach = 0
    # Every second pixel of a diamond, as on a chessboard: the square fills the gaps.
    while reach < diamond:
        step = min(reach + 1, diamond - reach)
        _least_of_four(here, step, step * stride, spare)
        here, spare = spare, here
        reach += step
    return here, spare


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
