"""A smear with many white cells.

The rule, in four steps:

1. *Chromatin.* Twice the density in green less that in red less twice that in blue: high in what binds azure,
   near zero in red cells, grey or pink, and in black print. Otsu's threshold [1]_ on it, kept within bounds.
2. *Cytoplasm.* Ink within reach of chromatin whose ratio of densities in blue and green is that of the ring
   around chromatin and not that of red cells; only where the two differ clearly.
3. *Cells.* Components, parted between their inscribed discs (`leukfeat.kernels.discs`), a
   background line one pixel wide between two cells. What holds no disc of chromatin is no cell: platelets,
   specks.
4. *Nucleus.* Otsu's threshold within each cell; a cell whose two classes hardly differ is all nucleus.

The first two steps are compiled in `leukfeat.kernels.field_cells`, where their constants stand.

References
----------
.. [1] Otsu, 1979, :doi:`10.1109/TSMC.1979.4310076`
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.imaging.segmentation.elements import POINT, ellipse
from leukfeat.imaging.segmentation.labels import CYTOPLASM, NUCLEUS
from leukfeat.imaging.segmentation.nuclei import nuclei_of_cells
from leukfeat.kernels.bit_frames import paint
from leukfeat.kernels.bit_morphology import clean
from leukfeat.kernels.bit_runs import draw_bits, find_bit_runs
from leukfeat.kernels.discs import inscribed_discs
from leukfeat.kernels.field_cells import Reaches, cytoplasm_of_smear, stain_of_smear
from leukfeat.kernels.planes import brightness
from leukfeat.kernels.stain import yellow_ratio
from leukfeat.kernels.touching_cells import part_cells

__all__ = ["segment_field"]

_REACH = 15
_RADIUS = 0.02
_NECK = 0.8


def segment_field(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Segment all white cells of a smear.

    Parameters
    ----------
    rgb : array of uint8, shape (size, size, 3)
        The framed image.

    Returns
    -------
    array of uint8, shape (size, size)
        Region: 0 background, 128 cytoplasm, 255 nucleus. Every cell is one 4-connected component.
    """
    size = len(rgb)
    stain = stain_of_smear(rgb)
    if not stain.found:
        return np.zeros((size, size), np.uint8)
    chromatin = clean(stain.chromatin, ellipse(3, size), ellipse(5, size))
    discs = inscribed_discs(find_bit_runs(chromatin), (0, 0, size, size), _RADIUS * size, _NECK)
    if discs.n_cells == 0:
        return np.zeros((size, size), np.uint8)
    green, background = stain.planes[1], stain.background
    ratio = np.asarray(cv2.blur(yellow_ratio(stain.planes, background), (3, 3)), dtype=np.uint8)
    white = chromatin | cytoplasm_of_smear(green, background.green, ratio, chromatin, _reaches(size))
    runs, labels = part_cells(white, discs)
    dark = np.asarray(cv2.GaussianBlur(brightness(stain.planes), (3, 3), 0), dtype=np.uint8)
    nuclei = clean(nuclei_of_cells(dark, runs, labels, discs.n_cells), ellipse(3, size), ellipse(3, size))
    cells = draw_bits(runs, size)
    return np.asarray(paint(cells, CYTOPLASM, nuclei & cells, NUCLEUS - CYTOPLASM))


@lru_cache(maxsize=8)
def _reaches(size: int) -> Reaches:
    """Gather what the search for cytoplasm needs for a size of frames."""
    return Reaches(ellipse(_REACH, size), ellipse(9, size), ellipse(3, size), POINT, ellipse(5, size))
