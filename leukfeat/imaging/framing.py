"""Squares and resampling: every image becomes a frame of size x size pixels."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice, check_int
from leukfeat.kernels.area_resampling import resample_area

__all__ = ["frame", "square"]


def frame(rgb: NDArray[np.uint8], size: int, scene: str) -> tuple[NDArray[np.uint8], float]:
    """Bring an image to a square of fixed size.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        An image.
    size : int
        Side of the frame in pixels, in [16, 4096].
    scene : {'masked', 'cell', 'field'}
        What the image shows, see `square`.

    Returns
    -------
    framed : array of uint8, shape (size, size, 3)
        A new, C-contiguous array, resampled by area (each frame pixel is the mean of the source pixels
        below it, weighted by their overlap, in integers; an enlarged square is interpolated).
    scale : float
        Source pixels per frame pixel: side of the square divided by `size`.

    Raises
    ------
    TypeError
        If `size` is not an int or `rgb` is not an array of uint8.
    ValueError
        If `size`, `scene` or the shape of `rgb` is not allowed.
    """
    check_int("frame", "size", size, 16, 4096)
    _check_image("frame", rgb)
    source = square(rgb, scene)
    side = source.shape[0]
    if side > size:
        return resample_area(source, size), side / size
    copy = np.array(source, order="C")
    return copy if side == size else _enlarge(copy, size), side / size


def _enlarge(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def square(image: NDArray[Any], scene: str) -> NDArray[Any]:
    """Make an image, or a mask that belongs to one, square.

    Parameters
    ----------
    image : array, shape (height, width) or (height, width, channels)
        An image or a label image.
    scene : {'masked', 'cell', 'field'}
        'masked': one cell on black, padded with zeros to its long side. 'cell': one cell in the centre,
        cropped to its short side. 'field': many cells, edges replicated to its long side. Always centred; of
        an odd difference the smaller half lies above or to the left.

    Returns
    -------
    array, shape (side, side) or (side, side, channels)
        May be a view of `image`.

    Raises
    ------
    ValueError
        If `scene` is unknown or `image` has not two or three axes or no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> square(np.array([[1, 2, 3, 4]]), "cell")
    array([[2]])
    >>> square(np.array([[1, 2, 3]]), "field")
    array([[1, 2, 3],
           [1, 2, 3],
           [1, 2, 3]])
    """
    make = _SQUARES[check_choice("square", "scene", scene, _SQUARES)]
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(f"square expects an image of shape (height, width[, channels]). Got {image.shape}.")
    return image if image.shape[0] == image.shape[1] else make(image)


def _crop(image: NDArray[Any]) -> NDArray[Any]:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _pad_with_black(image: NDArray[Any]) -> NDArray[Any]:
    side = max(image.shape[:2])
    padded = np.zeros((side, side, *image.shape[2:]), image.dtype)
    padded[_middle(image)] = image
    return padded


def _replicate_edges(image: NDArray[Any]) -> NDArray[Any]:
    side = max(image.shape[:2])
    padded = np.empty((side, side, *image.shape[2:]), image.dtype)
    rows, columns = _middle(image)
    padded[rows, columns] = image
    padded[: rows.start] = padded[rows.start]
    padded[rows.stop :] = padded[rows.stop - 1]
    padded[:, : columns.start] = padded[:, columns.start, np.newaxis]
    padded[:, columns.stop :] = padded[:, columns.stop - 1, np.newaxis]
    return padded


def _middle(image: NDArray[Any]) -> tuple[slice, slice]:
    """Return the rows and the columns of the square that the image takes."""
    height, width = image.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return slice(top, top + height), slice(left, left + width)


def _check_image(owner: str, rgb: NDArray[np.uint8]) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8:
        got = f"dtype {rgb.dtype}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise TypeError(
            f"{owner} expects an image: a NumPy array of uint8, shape (height, width, 3). Got {got}."
        )
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"{owner} expects an image of shape (height, width, 3). Got {rgb.shape}.")


_SQUARES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "masked": _pad_with_black,
    "cell": _crop,
    "field": _replicate_edges,
}
