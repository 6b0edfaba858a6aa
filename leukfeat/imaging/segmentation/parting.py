"""Part cells that touch, by the watershed of the distance transform in the form discs give it.

Every peak of the distance to the background is the centre of a disc inscribed in the mask. Two peaks belong
to one cell when one lies within the other's disc, or when no neck lies between them. Pixels go to the disc
with the smallest power, d² - r² [1]_: between two overlapping discs that is their common chord, which is the
neck the watershed [2]_ would find, at a fraction of its cost and free of its plateaus.

References
----------
.. [1] Aurenhammer, 1987, Power diagrams, :doi:`10.1137/0216006`
.. [2] Vincent and Soille, 1991, :doi:`10.1109/34.87344`
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Discs", "inscribed_discs", "power_labels"]

_N_STEPS = 12
_DUPLICATE = 0.5
_NEAR = 1.5


class Discs(NamedTuple):
    """Inscribed discs of a mask, largest first.

    Attributes
    ----------
    rows, columns : array of int64, shape (n_discs,)
        Centres.
    radii : array of float32, shape (n_discs,)
        Radii in pixels.
    cells : array of int64, shape (n_discs,)
        Number of the cell each disc belongs to, from 1.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    radii: NDArray[np.float32]
    cells: NDArray[np.int64]


def inscribed_discs(mask: NDArray[np.uint8], radius: float, neck: float) -> Discs:
    """Find the discs inscribed in a mask and the cells they make up.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1.
    radius : float
        Smallest radius of a disc, in pixels.
    neck : float
        Two discs are two cells where the mask between them narrows below this share of the smaller radius.

    Returns
    -------
    Discs
        The discs; those of one cell share its number.
    """
    distance = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 5), dtype=np.float32)
    width = 2 * max(int(radius / 2), 1) + 1
    summit = cv2.dilate(distance, np.ones((width, width), np.uint8))
    rows, columns = np.nonzero((distance >= summit) & (distance >= radius))
    order = np.argsort(-distance[rows, columns], kind="stable")
    return _merge(distance, rows[order], columns[order], neck)


def power_labels(mask: NDArray[np.uint8], discs: Discs) -> NDArray[np.int32]:
    """Give each pixel of a mask to the cell whose disc has the smallest power there.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1.
    discs : Discs
        At least one disc.

    Returns
    -------
    array of int32, shape (height, width)
        Number of the cell, 0 outside the mask.
    """
    height, width = mask.shape
    y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    best = np.full(mask.shape, np.inf, dtype=np.float32)
    labels = np.zeros(mask.shape, dtype=np.int32)
    for row, column, radius, cell in zip(*discs, strict=True):
        power = (y - row) ** 2 + ((x - column) ** 2 - radius**2)
        closer = power < best
        np.copyto(best, power, where=closer)
        np.copyto(labels, cell, where=closer)
    return labels * mask


def _merge(
    distance: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64], neck: float
) -> Discs:
    """Join each disc to the largest one that holds its centre, or towards which there is no neck."""
    centres, radii = list(zip(rows.tolist(), columns.tolist(), strict=True)), distance[rows, columns].tolist()
    kept: list[int] = []
    cells: list[int] = []
    for i, centre in enumerate(centres):
        gaps = [math.dist(centre, centres[k]) for k in kept]
        if any(gap < _DUPLICATE * radii[k] for k, gap in zip(kept, gaps, strict=True)):
            continue
        joined = (
            cell
            for k, cell, gap in zip(kept, cells, gaps, strict=True)
            if gap < radii[k]
            or (
                gap < _NEAR * (radii[k] + radii[i]) and _width(distance, centres[k], centre) > neck * radii[i]
            )
        )
        cells.append(next(joined, max(cells, default=0) + 1))
        kept.append(i)
    index = np.array(kept, dtype=np.int64)
    return Discs(rows[index], columns[index], distance[rows, columns][index], np.array(cells, dtype=np.int64))


def _width(distance: NDArray[np.float32], start: tuple[int, int], end: tuple[int, int]) -> float:
    """Return the smallest distance to the background on the way between two centres."""
    down, right = end[0] - start[0], end[1] - start[1]
    steps = range(_N_STEPS)
    return min(
        float(distance[start[0] + down * i // _N_STEPS, start[1] + right * i // _N_STEPS]) for i in steps
    )
