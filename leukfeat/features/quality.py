"""Quality of the pictures, measured beside the features: for the quality gate, not for models."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.family import CellFamily
from leukfeat.features.spec import FeatureSpec
from leukfeat.features.view import CellViews
from leukfeat.imaging.quality import QUALITY_MEASURES, measure_quality

__all__ = ["QualityFamily"]


class QualityFamily(CellFamily):
    """Focus, exposure, clipped pixels, colour, foreground and number of cells of an image.

    It is no family of the registry: what an image looks like to a microscopist decides whether a model may
    judge it (`leukfeat.scoring.quality_flags`), not what the model says.

    Notes
    -----
    Input: uint8, shape (n_samples, size, size, 4). Output: float32, shape (n_samples, 6): variance of the
    Laplacian of grey, mean grey (0 to 255) and mean of the largest channel less the smallest (0 to 255), each
    within the cells and NaN where there is none; share of clipped pixels; share of pixels that are cells;
    number of cells. In frame pixels, of whose size focus depends. See `leukfeat.imaging.quality`.

    References
    ----------
    .. [1] Pech-Pacheco et al., 2000, :doi:`10.1109/ICPR.2000.903548` (variance of the Laplacian)
    """

    family: ClassVar[str] = "quality"

    def specs(self) -> tuple[FeatureSpec, ...]:
        """List the columns, in order.

        Returns
        -------
        tuple of FeatureSpec
            Six columns.
        """
        return _SPECS

    def measure(self, views: CellViews) -> NDArray[np.float64]:
        """Compute the rows of a few images.

        Parameters
        ----------
        views : CellViews
            The images and their regions.

        Returns
        -------
        numpy.ndarray of float64, shape (n_views, 6)
            Focus, exposure and colour are NaN without cells.
        """
        return measure_quality(views.cells, views.grey, np.diff(views.objects.bounds))


_SPECS = tuple(
    FeatureSpec(f"quality_{measure}", "quality", "1", 0, description)
    for measure, description in QUALITY_MEASURES.items()
)
