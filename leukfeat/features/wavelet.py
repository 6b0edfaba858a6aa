"""Wavelet energies of the cell."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.kernels.haar import wavelet_rows

__all__ = ["WaveletFeatures"]

_N_LEVELS = 3


class WaveletFeatures(CellFamily):
    r"""Energies of the Haar wavelet transform of the whole cell's grey, at three levels.

    How much grey varies between neighbours at 1, 2 and 4 frame pixels, along the axes and along diagonals.
    Which structures of a cell these are depends on the magnification, and on how much the frame reduces it.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 12): four
    measures at each of three levels. An image without cells gives NaN.

    Each cell is transformed in its bounding box, where pixels outside the cell take the cell's mean grey,
    rounded to an integer: background never enters. The transform [1]_ [2]_ is orthonormal; at level
    :math:`k` it takes differences of adjacent blocks of :math:`2^{k-1} \times 2^{k-1}` pixels. Where a side
    does not divide by two, its last row or column is paired with itself (symmetric extension). That serves
    cells of any size: in one narrower than 8 pixels the last levels hold little or nothing, down to a cell of
    one pixel with energies 0. The grid starts at the upper left corner of the box: translation changes
    nothing, nor do reflection and rotation by 90 degrees where the sides are multiples of 8. Elsewhere these
    move the grid, and the coarser the level, the more its energies with it.

    With :math:`H_k, V_k, D_k` the sums over all cells of the squared horizontal, vertical and diagonal detail
    coefficients of level :math:`k`, and :math:`N` the number of cell pixels:

    - energy_axis :math:`(H_k+V_k)/N`, energy_diagonal :math:`D_k/N`;
    - anisotropy :math:`|H_k-V_k|/(H_k+V_k)`: 0 for structures without a direction, 1 for stripes along an
      axis; NaN where the level has no detail along the axes;
    - share :math:`(H_k+V_k+D_k)/\sum_j (H_j+V_j+D_j)`: the three sum to 1; NaN where all cells are constant.

    References
    ----------
    .. [1] Haar, 1910, "Zur Theorie der orthogonalen Funktionensysteme", :doi:`10.1007/BF01456326`
    .. [2] Mallat, 1989, "A theory for multiresolution signal decomposition: the wavelet representation",
       :doi:`10.1109/34.192463`
    """

    family: ClassVar[str] = "wavelet"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Four columns for each level, the finest first.
        """
        return _SPECS

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of several images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 12)
            NaN without cells.
        """
        return np.asarray(wavelet_rows(views.grey, views.objects, _N_LEVELS))


_MEASURES = {
    "energy_axis": ("grey level^2", "Energy of horizontal and vertical details per pixel"),
    "energy_diagonal": ("grey level^2", "Energy of diagonal details per pixel"),
    "anisotropy": ("1", "Difference of horizontal and vertical energy over their sum"),
    "share": ("1", "Share of the detail energy"),
}

_SPECS = tuple(
    FeatureSpec(f"wavelet_{name}_l{level}", "wavelet", unit, 0, f"{text}, Haar level {level} (cell).")
    for level in range(1, _N_LEVELS + 1)
    for name, (unit, text) in _MEASURES.items()
)
