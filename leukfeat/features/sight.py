"""What a network sees of a cell: which part, on which ground, how often turned."""

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.framing import frame

__all__ = ["around_cells", "on_plain_ground", "resized", "turned"]

_MARGIN = 0.1  # of the box's side, on each side
_SMALLEST = 8  # pixels; fewer show nothing


def around_cells(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut out the smallest square around all cells of an image, with a margin of a tenth.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region, with at least one pixel of a cell.

    Returns
    -------
    numpy.ndarray of uint8, shape (side, side, 4)
        A view, moved to lie inside the image where the square does not; the image itself at most.
    """
    size = len(cell)
    rows, columns = (np.flatnonzero((cell[..., 3] != 0).any(axis=axis)) for axis in (1, 0))
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    side = int(min(max(round(longest * (1 + 2 * _MARGIN)), _SMALLEST), size))
    top, left = (
        int(np.clip((ends[0] + ends[-1] + 1 - side) // 2, 0, size - side)) for ends in (rows, columns)
    )
    return cell[top : top + side, left : left + side]


def on_plain_ground(cell: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Paint all that is no cell in one colour.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (height, width, 4)
        Red, green, blue and region.
    colour : tuple of int
        Red, green, blue.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width, 4)
        A new image.
    """
    painted = np.full(cell.shape, (*colour, 0), dtype=np.uint8)
    return np.asarray(cv2.copyTo(cell, cv2.extractChannel(cell, 3), painted), dtype=np.uint8)


def resized(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resample a square image as frames are.

    Parameters
    ----------
    image : numpy.ndarray of uint8, shape (side, side, 4)
        Red, green, blue and region.
    size : int
        Side wanted, in pixels.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size, 4)
        By area where it shrinks, interpolated where it grows; then all of it is region 255.
    """
    if len(image) == size:
        return image
    rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(frame(rgb, size, "cell")[0], cv2.COLOR_RGB2RGBA), dtype=np.uint8)


def turned(images: NDArray[np.uint8], views: int) -> NDArray[np.uint8]:
    """Turn and mirror images.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n, size, size, channels)
        Square images.
    views : {1, 8}
        How many of the square's symmetries; one is the image itself.

    Returns
    -------
    numpy.ndarray of uint8, shape (n * views, size, size, channels)
        The views of the first image, then those of the second, and so on.
    """
    if views == 1:
        return images
    quarters = [np.rot90(images, k, axes=(1, 2)) for k in range(4)]
    every = np.stack([view for quarter in quarters for view in (quarter, quarter[:, :, ::-1])], axis=1)
    return every.reshape(-1, *images.shape[1:])
