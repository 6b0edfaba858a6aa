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

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.kernels.discs import disc_centres, join_discs

__all__ = ["Discs", "inscribed_discs"]


class Discs(NamedTuple):
    """Inscribed discs of a mask, largest first.

    Attributes
    ----------
    centres : array of int64, shape (n_discs, 2)
        Row and column.
    radii : array of float32, shape (n_discs,)
        Radii in pixels.
    cells : array of int64, shape (n_discs,)
        Number of the cell each disc belongs to, from 1.
    """

    centres: NDArray[np.int64]
    radii: NDArray[np.float32]
    cells: NDArray[np.int64]

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.cells.max(initial=0))


def inscribed_discs(mask: NDArray[np.uint8], radius: float, neck: float) -> Discs:
    """Find the discs inscribed in a mask and the cells they make up.

    Parameters
    ----------
    mask : array of uint8, shape (height, width)
        0 and 1, C-contiguous.
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
    summits = disc_centres(distance, np.float32(radius), max(int(radius / 2), 1))
    radii = distance[summits[:, 0], summits[:, 1]]
    order = np.argsort(-radii, kind="stable")
    kept, cells = join_discs(distance, summits[order], neck)
    return Discs(summits[order[kept]], radii[order[kept]], cells)
