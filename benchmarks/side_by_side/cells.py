"""The cells that all contenders measure, and what is known about each beforehand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from leukfeat import LoadCells
from leukfeat.datasets.synthetic import SCENES, synthesize
from leukfeat.imaging.segmentation import BACKGROUND, CYTOPLASM, NUCLEUS

SIZE = 200
N_LEVELS = 32
MARGIN = 2  # the larger radius of the local binary patterns


class DataSet(NamedTuple):
    """A folder of real images, and its share of the cells."""

    name: str
    pattern: str
    scene: str
    share: float


DATA_SETS = (
    DataSet("DeepAPL", "deepapl/images/*/*.jpg", "cell", 0.5),
    DataSet("C-NMC", "cnmc_sample/**/*.bmp", "masked", 0.12),
    DataSet("four-class", "all_smears/Original/*/*.jpg", "field", 0.18),
)


@dataclass(frozen=True)
class Regions:
    """One image of cells, with masks, labels and crops ready: what a peer is given without its time running.

    Attributes
    ----------
    cell : numpy.ndarray of uint8, shape (200, 200, 4)
        Red, green, blue and region.
    """

    cell: NDArray[np.uint8]

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Red, green, blue."""
        return np.ascontiguousarray(self.cell[..., :3])

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Rec. 601 luma."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY))

    @cached_property
    def nucleus(self) -> NDArray[np.bool_]:
        """Mask of all nuclei."""
        return np.asarray(self.cell[..., 3] == NUCLEUS)

    @cached_property
    def cytoplasm(self) -> NDArray[np.bool_]:
        """Mask of all cytoplasm."""
        return np.asarray(self.cell[..., 3] == CYTOPLASM)

    @cached_property
    def cell_labels(self) -> NDArray[np.int32]:
        """1 … n on the cells, those with a nucleus first; 0 elsewhere."""
        labels, n = ndimage.label(self.cell[..., 3] != BACKGROUND)
        nucleated = np.unique(labels[self.nucleus])
        order = np.concatenate([[0], nucleated, np.setdiff1d(np.arange(1, n + 1), nucleated)])
        ranks = np.empty(n + 1, dtype=np.int32)
        ranks[order] = np.arange(n + 1)
        return np.asarray(ranks[labels])

    @cached_property
    def nucleus_labels(self) -> NDArray[np.int32]:
        """The same labels on the nuclei, so 1 … number of nuclei."""
        return np.where(self.nucleus, self.cell_labels, 0).astype(np.int32)

    @cached_property
    def nucleus_box(self) -> tuple[slice, slice]:
        """Box round all nuclei."""
        return bounding_box(self.nucleus)

    @cached_property
    def cell_box(self) -> tuple[slice, slice]:
        """Box round all cells."""
        return bounding_box(self.cell_labels > 0)

    @cached_property
    def levels(self) -> NDArray[np.uint8]:
        """Grey of the nuclei in 32 levels, 1 … 32, in their box; 0 outside them."""
        grey, nucleus = self.grey[self.nucleus_box], self.nucleus[self.nucleus_box]
        return np.where(nucleus, grey // (256 // N_LEVELS) + 1, 0).astype(np.uint8)

    @cached_property
    def surrounded(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Grey in the nuclei's box and a margin for neighbours, and the mask of the nuclei there."""
        inner = np.zeros_like(self.nucleus)
        inside = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]
        inner[inside] = self.nucleus[inside]
        rows, columns = bounding_box(inner)
        box = np.s_[rows.start - MARGIN : rows.stop + MARGIN, columns.start - MARGIN : columns.stop + MARGIN]
        return np.ascontiguousarray(self.grey[box]), np.ascontiguousarray(inner[box])

    @cached_property
    def pixels(self) -> dict[str, NDArray[np.uint8]]:
        """Red, green, blue of the pixels of each region, shape (n, 3)."""
        return {"nucleus": self.rgb[self.nucleus], "cytoplasm": self.rgb[self.cytoplasm]}

    @cached_property
    def grey_pixels(self) -> dict[str, NDArray[np.uint8]]:
        """Grey of the pixels of each region."""
        return {"nucleus": self.grey[self.nucleus], "cytoplasm": self.grey[self.cytoplasm]}

    @cached_property
    def crops(self) -> tuple[dict[str, NDArray[np.bool_]], ...]:
        """Masks of each cell, of its nucleus in the same box and in a box of its own; margins of 1."""
        return tuple(self._crops(k) for k in range(1, int(self.cell_labels.max()) + 1))

    def _crops(self, label: int) -> dict[str, NDArray[np.bool_]]:
        whole = self.cell_labels == label
        box = bounding_box(whole)
        nucleus = self.nucleus_labels[box] == label
        crops = {"cell": np.pad(whole[box], 1)}
        if nucleus.any():
            crops["nucleus_in_cell"] = np.pad(nucleus, 1)
            crops["nucleus"] = np.pad(nucleus[bounding_box(nucleus)], 1)
        return crops


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def mixed_cells(n: int, data: Path) -> tuple[list[Regions], dict[str, int]]:
    """Return `n` cells, the sources evenly mixed, and how many come from each."""
    groups: dict[str, list[Regions]] = {}
    for data_set in DATA_SETS:
        groups[data_set.name] = list(islice(real_cells(data_set, data), round(n * data_set.share)))
    missing = n - sum(map(len, groups.values()))
    for k, scene in enumerate(SCENES):
        share = missing // len(SCENES) + (k < missing % len(SCENES))
        groups[f"synthetic {scene}"] = list(islice(synthetic_cells(scene, 2 * share + 12), share))
    sources = {name: len(group) for name, group in groups.items() if group}
    return evenly_mixed(groups.values()), sources


def evenly_mixed(groups: Iterable[list[Regions]]) -> list[Regions]:
    """Interleave lists so that each stretch has about the same share of every list."""
    places = [((k + 0.5) / len(group), item) for group in groups for k, item in enumerate(group)]
    return [item for _, item in sorted(places, key=lambda place: place[0])]


def real_cells(data_set: DataSet, data: Path) -> Iterator[Regions]:
    """Yield the cells of a data set, spread over it, with leukfeat's segmentation."""
    load = LoadCells(size=SIZE, scene=data_set.scene)
    paths = sorted(data.glob(data_set.pattern))
    for index in np.random.default_rng(0).permutation(len(paths)):
        path = paths[index]
        yield from usable(load.cell(load.decode(load.read(path), path))[0])


def synthetic_cells(scene: str, n: int) -> Iterator[Regions]:
    """Yield synthetic cells with their true regions."""
    for image in synthesize(n, scene=scene, size=SIZE, seed=0):
        yield from usable(np.dstack([image.rgb, image.region]))


def usable(cell: NDArray[Any]) -> Iterator[Regions]:
    """Yield the cell if it has a nucleus, without which there is little to measure."""
    if (cell[MARGIN:-MARGIN, MARGIN:-MARGIN, 3] == NUCLEUS).any():
        yield Regions(np.ascontiguousarray(cell))
