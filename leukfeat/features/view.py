"""Images of cells, with what several families need of them computed once."""

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.cell_batch import CellObjects, RegionPixels
from leukfeat.kernels.cell_objects import find_objects
from leukfeat.kernels.form import measure_forms
from leukfeat.kernels.luma import luma
from leukfeat.kernels.region_pixels import region_pixels
from leukfeat.kernels.stretches import CYTOPLASM, NUCLEUS, OUTSIDE, Stretches, find_stretches

__all__ = ["CellView", "CellViews"]

_NUCLEUS_LEVEL = 255


class CellView:
    """One image of a batch and its masks.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region (0 background, 128 cytoplasm, 255 nucleus), C-contiguous.
    grey : numpy.ndarray of uint8, shape (size, size)
        Its Rec. 601 luma.
    """

    def __init__(self, cell: NDArray[np.uint8], grey: NDArray[np.uint8]) -> None:
        self.cell = cell
        self.grey = grey

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Red, green, blue, shape (size, size, 3), C-contiguous."""
        return np.asarray(cv2.cvtColor(self.cell, cv2.COLOR_RGBA2RGB), dtype=np.uint8)

    @cached_property
    def region(self) -> NDArray[np.uint8]:
        """0 background, 128 cytoplasm, 255 nucleus, shape (size, size), C-contiguous."""
        return np.asarray(cv2.extractChannel(self.cell, 3), dtype=np.uint8)

    @cached_property
    def nucleus(self) -> NDArray[np.bool_]:
        """Mask of all nuclei, shape (size, size)."""
        return np.asarray(self.region == _NUCLEUS_LEVEL)

    @cached_property
    def foreground(self) -> NDArray[np.bool_]:
        """Mask of all cells, nuclei included, shape (size, size)."""
        return np.asarray(self.region != 0)

    @cached_property
    def cytoplasm(self) -> NDArray[np.bool_]:
        """Mask of all cytoplasm, shape (size, size): any region value but those of background and nucleus."""
        return self.foreground & ~self.nucleus


class CellViews:
    """A batch of images; iterating over it gives a `CellView` of each.

    Parameters
    ----------
    cells : numpy.ndarray of uint8, shape (n_images, size, size, 4)
        Red, green, blue and region (0 background, 255 nucleus, any other value cytoplasm).
    """

    def __init__(self, cells: NDArray[np.uint8]) -> None:
        # Writable, too: kernels are compiled for arrays that are.
        self.cells: NDArray[np.uint8] = np.require(cells, requirements=("C", "W"))

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[CellView]:
        return map(CellView, self.cells, self.grey)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Rec. 601 luma, shape (n_images, size, size), C-contiguous."""
        return np.asarray(luma(self.cells))

    @cached_property
    def nucleus_pixels(self) -> RegionPixels:
        """Red, green, blue and grey of the pixels of all nuclei."""
        return self._pixels(NUCLEUS)

    @cached_property
    def cytoplasm_pixels(self) -> RegionPixels:
        """Red, green, blue and grey of the pixels of all cytoplasm."""
        return self._pixels(CYTOPLASM)

    @cached_property
    def outside_pixels(self) -> RegionPixels:
        """Red, green, blue and grey of the pixels outside all cells."""
        return self._pixels(OUTSIDE)

    @cached_property
    def objects(self) -> CellObjects:
        """The cells: 4-connected components of the region channel."""
        return find_objects(self._stretches)

    @cached_property
    def cell_forms(self) -> NDArray[np.float64]:
        """Size and form of each cell, shape (n_cells, 14); see `leukfeat.kernels.form.FORM_MEASURES`."""
        return np.asarray(measure_forms(self.objects.cell_runs, self.objects.cell_run_bounds))

    @cached_property
    def nucleus_forms(self) -> NDArray[np.float64]:
        """The same of the nucleus of each cell (all lobes together); NaN for a cell without nucleus."""
        return np.asarray(measure_forms(self.objects.nucleus_runs, self.objects.nucleus_run_bounds))

    @cached_property
    def _stretches(self) -> Stretches:
        return find_stretches(self.cells)

    def _pixels(self, part: int) -> RegionPixels:
        return region_pixels(self.cells, self.grey, self._stretches, part)
