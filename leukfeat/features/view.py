"""One image of cells, with what several families need of it computed once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["CellObject", "CellView"]

_NUCLEUS = 255
_BACKGROUND = 0


@dataclass(frozen=True)
class CellObject:
    """One cell: a 4-connected component of the region channel, cut to its bounding box.

    Attributes
    ----------
    top, left : int
        Row and column of the box's upper left corner in the frame, in frame pixels.
    cell : numpy.ndarray of uint8, shape (height, width)
        1 inside the cell (cytoplasm and nucleus), else 0.
    nucleus : numpy.ndarray of uint8, shape (height, width)
        1 inside its nucleus, else 0; all its lobes together.
    """

    top: int
    left: int
    cell: NDArray[np.uint8]
    nucleus: NDArray[np.uint8]


class CellView:
    """One row of a cells array and what is derived from it.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region (0 background, 128 cytoplasm, 255 nucleus).
    """

    def __init__(self, cell: NDArray[np.uint8]) -> None:
        self.rgb: NDArray[np.uint8] = np.ascontiguousarray(cell[..., :3])
        self.region: NDArray[np.uint8] = np.ascontiguousarray(cell[..., 3])

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Rec. 601 luma, uint8, shape (size, size)."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @cached_property
    def nucleus(self) -> NDArray[np.bool_]:
        """Mask of all nuclei, shape (size, size)."""
        return np.asarray(self.region == _NUCLEUS)

    @cached_property
    def foreground(self) -> NDArray[np.bool_]:
        """Mask of all cells, nuclei included, shape (size, size)."""
        return np.asarray(self.region != _BACKGROUND)

    @cached_property
    def cytoplasm(self) -> NDArray[np.bool_]:
        """Mask of all cytoplasm, shape (size, size)."""
        return self.foreground & ~self.nucleus

    @cached_property
    def objects(self) -> tuple[CellObject, ...]:
        """The cells, in the order in which their first pixels are met row by row."""
        mask = self.foreground.astype(np.uint8)
        n_labels, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4, ltype=cv2.CV_32S)
        return tuple(
            self._object(np.asarray(labels), np.asarray(stats)[label], label) for label in range(1, n_labels)
        )

    def _object(self, labels: NDArray[Any], stats: NDArray[Any], label: int) -> CellObject:
        left, top, width, height = (int(value) for value in stats[:4])
        box = np.s_[top : top + height, left : left + width]
        cell = (labels[box] == label).astype(np.uint8)
        return CellObject(top, left, cell, cell & self.nucleus[box].astype(np.uint8))
