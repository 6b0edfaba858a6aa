"""One image of cells, with what several families need of it computed once."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.form import measure_form
from leukfeat.kernels.region_pixels import region_pixels
from leukfeat.kernels.runs import connected_runs, draw_runs, find_runs, home_runs

__all__ = ["CellObject", "CellView"]

_NUCLEUS = 255
_BACKGROUND = 0


@dataclass(frozen=True)
class CellObject:
    """One cell: a 4-connected component of the region channel.

    Attributes
    ----------
    top, left, height, width : int
        Of its bounding box in the frame, in frame pixels.
    cell_runs, nucleus_runs : numpy.ndarray of int64, shape (n, 3)
        Row, start, stop of the stretches of the cell's pixels and of its nucleus' (all lobes together),
        counted from the box's upper left corner; see `leukfeat.kernels.runs.find_runs`.
    """

    top: int
    left: int
    height: int
    width: int
    cell_runs: NDArray[np.int64]
    nucleus_runs: NDArray[np.int64]

    @cached_property
    def cell(self) -> NDArray[np.uint8]:
        """1 inside the cell (cytoplasm and nucleus), else 0; shape (height, width)."""
        return np.asarray(draw_runs(self.cell_runs, self.height, self.width))

    @cached_property
    def nucleus(self) -> NDArray[np.uint8]:
        """1 inside its nucleus, else 0; shape (height, width)."""
        return np.asarray(draw_runs(self.nucleus_runs, self.height, self.width))

    @cached_property
    def cell_form(self) -> NDArray[np.float64]:
        """Size and form of the cell, in the order of `leukfeat.kernels.form.FORM_MEASURES`."""
        return np.asarray(measure_form(self.cell_runs))

    @cached_property
    def nucleus_form(self) -> NDArray[np.float64] | None:
        """Size and form of the nucleus, in the same order; None for a cell without nucleus."""
        return np.asarray(measure_form(self.nucleus_runs)) if len(self.nucleus_runs) else None

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the bounding box in the frame."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


class CellView:
    """One row of a cells array and what is derived from it.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region (0 background, 128 cytoplasm, 255 nucleus).
    """

    def __init__(self, cell: NDArray[np.uint8]) -> None:
        self.cell: NDArray[np.uint8] = np.ascontiguousarray(cell)

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Red, green, blue, shape (size, size, 3)."""
        return np.asarray(cv2.cvtColor(self.cell, cv2.COLOR_RGBA2RGB), dtype=np.uint8)

    @cached_property
    def region(self) -> NDArray[np.uint8]:
        """0 background, 128 cytoplasm, 255 nucleus, shape (size, size)."""
        return np.asarray(cv2.extractChannel(self.cell, 3), dtype=np.uint8)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Rec. 601 luma, uint8, shape (size, size)."""
        return np.asarray(cv2.cvtColor(self.cell, cv2.COLOR_RGBA2GRAY), dtype=np.uint8)

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

    @property
    def nucleus_pixels(self) -> NDArray[np.uint8]:
        """Red, green, blue and grey of the pixels of all nuclei, row by row, shape (4, n)."""
        return self._pixels[0]

    @property
    def cytoplasm_pixels(self) -> NDArray[np.uint8]:
        """Red, green, blue and grey of the pixels of all cytoplasm, row by row, shape (4, n)."""
        return self._pixels[1]

    @cached_property
    def _pixels(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        nucleus, cytoplasm = region_pixels(self.cell, self.grey)
        return nucleus, cytoplasm

    @cached_property
    def nucleus_runs(self) -> NDArray[np.int64]:
        """Row, start, stop of the stretches of nucleus pixels; see `leukfeat.kernels.runs.find_runs`."""
        return np.asarray(find_runs(self.region, _NUCLEUS))

    @cached_property
    def objects(self) -> tuple[CellObject, ...]:
        """The cells, in the order in which their first pixels are met row by row."""
        runs, nucleus_runs = find_runs(self.region, 1), self.nucleus_runs
        labels, n_objects = connected_runs(runs)
        if n_objects == 1:
            return (_object(runs, nucleus_runs),)
        homes = labels[home_runs(nucleus_runs, runs)]
        return tuple(_object(runs[labels == k], nucleus_runs[homes == k]) for k in range(n_objects))


def _object(runs: NDArray[np.int64], nucleus_runs: NDArray[np.int64]) -> CellObject:
    top, left = int(runs[0, 0]), int(runs[:, 1].min())
    height, width = int(runs[-1, 0]) + 1 - top, int(runs[:, 2].max()) - left
    corner = np.array([top, left, left])
    return CellObject(top, left, height, width, runs - corner, nucleus_runs - corner)
