"""Drawing cells into maps of stain concentration, and their true regions."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.datasets.synthetic.anatomy import Box, Outline, WhiteCell, depth_inside

__all__ = [
    "CYTOPLASM",
    "MeasuredCell",
    "measure",
    "stain_platelet",
    "stain_red_cell",
    "stain_white_cell",
    "true_region",
]

#: Concentrations of azure, eosin and haemoglobin.
CYTOPLASM = (0.22, 0.03, 0.0)
_CHROMATIN = (0.43, 0.43, 0.0)
_PLATELET = (0.26, 0.20, 0.0)

_RIM = 2.0


class MeasuredCell(NamedTuple):
    """A white cell on the frame.

    Parameters
    ----------
    white : WhiteCell
        The cell.
    box : Box
        Its part of the frame.
    cell, nucleus : numpy.ndarray of float32, shape of the box
        Depth inside cell and nucleus, in pixels, negative outside; touching cells share the space.
    """

    white: WhiteCell
    box: Box
    cell: NDArray[np.float32]
    nucleus: NDArray[np.float32]


def measure(whites: list[WhiteCell], size: int, unit: float) -> list[MeasuredCell]:
    """Measure how deep the pixels of a frame lie inside white cells.

    Where outlines overlap, a pixel belongs to the cell it lies deeper in, so that touching cells flatten
    against each other. A nucleus keeps a rim of cytoplasm.

    Parameters
    ----------
    whites : list of WhiteCell
        The cells.
    size : int
        Side of the frame, in pixels.
    unit : float
        Pixels per unit of length.

    Returns
    -------
    list of MeasuredCell
        The same cells.
    """
    outlines = [depth_inside(white.cell, (size, size)) for white in whites]
    first = np.full((size, size), -1e6, np.float32)
    second = first.copy()
    for box, depth in outlines:
        np.maximum(second[box], np.minimum(first[box], depth), out=second[box])
        np.maximum(first[box], depth, out=first[box])
    measured = []
    for white, (box, depth) in zip(whites, outlines, strict=True):
        rival = np.where(depth >= first[box], second[box], first[box])
        own = np.minimum(depth, (depth - rival) / 2)
        nucleus = np.full((size, size), -1e6, np.float32)
        inner, nuclear = depth_inside(white.nucleus, (size, size))
        nucleus[inner] = nuclear
        measured.append(MeasuredCell(white, box, own, np.minimum(nucleus[box], own - _RIM * unit)))
    return measured


def true_region(cells: list[MeasuredCell], size: int) -> NDArray[np.uint8]:
    """Mark what is covered by half or more: 0 background, 128 cytoplasm, 255 nucleus.

    Parameters
    ----------
    cells : list of MeasuredCell
        The white cells.
    size : int
        Side of the frame, in pixels.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size)
        Regions; each cell is one 4-connected component, parted from its neighbours by background.
    """
    region = np.zeros((size, size), np.uint8)
    owner = np.zeros((size, size), np.int16)
    for number, cell in enumerate(cells, start=1):
        region[cell.box][cell.cell > 0] = 128
        region[cell.box][cell.nucleus > 0] = 255
        owner[cell.box][cell.cell > 0] = number
    _part(region, owner)
    _drop_fragments(region)
    return region


def stain_red_cell(stains: NDArray[np.float32], outline: Outline, density: float, pallor: float) -> None:
    """Add a red cell with a pale centre; where cells overlap, the stain is denser.

    Parameters
    ----------
    stains : numpy.ndarray of float32, shape (3, size, size)
        Concentrations, changed in place.
    outline : Outline
        The red cell's outline.
    density : float
        Concentration of haemoglobin.
    pallor : float
        Share of haemoglobin that the centre lacks, in [0, 1].
    """
    box, depth = depth_inside(outline, stains.shape[1:])
    if depth.size:
        centre = np.square(1 - depth / np.float32(outline.radius))
        profile = 1 - np.float32(pallor) * np.exp(-np.square(centre / np.float32(0.30)))
        below, own = stains[2][box], np.float32(density) * profile * _coverage(depth)
        stains[2][box] = np.maximum(below, own) + np.float32(0.4) * np.minimum(below, own)


def stain_platelet(rng: np.random.Generator, stains: NDArray[np.float32], outline: Outline) -> None:
    """Add a granular platelet.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    stains : numpy.ndarray of float32, shape (3, size, size)
        Concentrations, changed in place.
    outline : Outline
        The platelet's outline.
    """
    box, depth = depth_inside(outline, stains.shape[1:])
    if depth.size:
        granules = 1 + 0.3 * _grain(rng, depth.shape, 0.2 * outline.radius)
        soft = np.clip(depth / np.float32(0.5 * outline.radius), 0, 1) * granules
        for stain, amount in zip(stains, _PLATELET, strict=True):
            stain[box] += np.float32(amount) * soft


def stain_white_cell(
    rng: np.random.Generator, stains: NDArray[np.float32], cell: MeasuredCell, unit: float
) -> None:
    """Draw a white cell over what lies below it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    stains : numpy.ndarray of float32, shape (3, size, size)
        Concentrations, changed in place.
    cell : MeasuredCell
        The cell.
    unit : float
        Pixels per unit of length.
    """
    fine = _grain(rng, cell.cell.shape, 1.2 * unit)
    coarse = _grain(rng, cell.cell.shape, 3.0 * unit)
    mottled = 1 + 0.10 * coarse + 0.35 * np.exp(-np.square(cell.cell / np.float32(2.5 * unit)))
    chromatin = _chromatin(cell, fine, coarse, unit)
    nucleoli = _nucleoli(cell)
    inside, nuclear = _coverage(cell.cell), _coverage(cell.nucleus)
    for k, stain in enumerate(stains):
        pale = np.float32(1 - (0.30, 0.55, 0.0)[k]) * nucleoli + (1 - nucleoli)
        body = (1 - nuclear) * np.float32(CYTOPLASM[k]) * mottled
        body += nuclear * np.float32(_CHROMATIN[k]) * chromatin * pale
        stain[cell.box] = stain[cell.box] * (1 - inside) + inside * body


def _chromatin(
    cell: MeasuredCell, fine: NDArray[np.float32], coarse: NDArray[np.float32], unit: float
) -> NDArray[np.float32]:
    """Relative density of chromatin: fine grain or coarse clumps, and a denser nuclear membrane."""
    share = np.float32(cell.white.clumping)
    clumps = np.tanh(np.float32(1.5) * coarse)
    membrane = np.exp(-np.square(cell.nucleus / np.float32(1.6 * unit)))
    return np.asarray(1 + 0.09 * (1 - share) * fine + 0.15 * share * clumps + 0.12 * membrane)


def _nucleoli(cell: MeasuredCell) -> NDArray[np.float32]:
    """Coverage of a cell's box by nucleoli, with soft edges."""
    covered = np.zeros(cell.cell.shape, np.float32)
    rows = np.arange(cell.box.rows.start, cell.box.rows.stop, dtype=np.float32)[:, None]
    columns = np.arange(cell.box.columns.start, cell.box.columns.stop, dtype=np.float32)[None, :]
    for y, x, radius in cell.white.nucleoli.astype(np.float32):
        apart = (np.square(rows - y) + np.square(columns - x)) / np.square(radius)
        np.maximum(covered, np.exp(-np.square(apart)), out=covered)
    return covered


def _coverage(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((depth + np.float32(0.5)).clip(0, 1))


def _grain(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> NDArray[np.float32]:
    """Gaussian noise of unit variance whose grains are `sigma` pixels wide."""
    sigma = max(0.4, sigma)
    noise = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), sigma)
    return np.asarray((noise * np.float32(2 * np.sqrt(np.pi) * sigma)).clip(-2.5, 2.5))


def _part(region: NDArray[np.uint8], owner: NDArray[np.int16]) -> None:
    """Turn pixels into background whose right or lower neighbour belongs to another cell."""
    cut = np.zeros(owner.shape, bool)
    cut[:, :-1] |= (owner[:, 1:] != owner[:, :-1]) & (owner[:, 1:] > 0)
    cut[:-1, :] |= (owner[1:, :] != owner[:-1, :]) & (owner[1:, :] > 0)
    region[cut & (owner > 0)] = 0


def _drop_fragments(region: NDArray[np.uint8]) -> None:
    """Remove crumbs that parting or the frame's edge has cut off a cell."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((region > 0).astype(np.uint8), connectivity=4)
    crumbs = stats[:, cv2.CC_STAT_AREA] * 10 < np.median(stats[1:, cv2.CC_STAT_AREA])
    region[crumbs[labels]] = 0
