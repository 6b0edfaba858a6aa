"""Grey values themselves."""

from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews

__all__ = ["PixelFeatures"]


class PixelFeatures(CellFamily):
    """The grey value of every pixel of the frame: what models see when nothing is measured.

    Parameters
    ----------
    side : int, default=200
        Pixels along each side, in [1, 1000]. `ImageFeatures` frames the image at this size, whatever size
        other families want.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, side * side), Rec. 601
    luma in whole grey levels of [0, 255], row after row from the upper left: 40,000 columns by default. The
    luma of cells of another size is resampled by area: each pixel is the mean of what lies below it, rounded
    once, halves upwards. Regions are not looked at; nothing is NaN.
    """

    family: ClassVar[str] = "pixels"

    def __init__(self, side: int = 200) -> None:
        self.side = side

    @property
    def frame_size(self) -> int | None:  # type: ignore[override]
        """The side: images are framed at the size of their row."""
        return self.side

    def check_parameters(self) -> None:
        """Raise if the side is outside its range."""
        check_int("PixelFeatures", "side", self.side, 1, 1000)

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            One column for each pixel, row after row.
        """
        return _specs(self.side)

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Return the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, side * side)
            Grey levels.
        """
        grey = views.grey
        if grey.shape[1] != self.side:
            return np.stack([_resampled(image, self.side).ravel() for image in grey])
        return grey.reshape(len(views), -1).astype(np.float64)


def _resampled(grey: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Resample by area: all sums are whole numbers below 2**53, so no order of adding changes them."""
    size = len(grey)
    target, source = np.arange(side)[:, np.newaxis] * size, np.arange(size) * side
    overlaps = np.minimum(target + size, source + side) - np.maximum(target, source)
    weights = np.maximum(overlaps, 0).astype(np.float64)
    sums = weights @ grey.astype(np.float64) @ weights.T
    return np.asarray((2 * sums + size**2) // (2 * size**2))


@cache
def _specs(side: int) -> tuple[FeatureSpec, ...]:
    text = "Grey of the pixel in this row and column, counted from 0."
    return tuple(
        FeatureSpec(f"pixels_grey_{row:03d}_{column:03d}", "pixels", "grey level", 0, text)
        for row in range(side)
        for column in range(side)
    )
