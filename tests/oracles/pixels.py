"""Grey values, by a plain statement of luma and of a mean by area."""

import numpy as np
from numpy.typing import NDArray

from leukfeat.features.pixels import PixelFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import grey

__all__ = ["ORACLES"]

FAMILY = PixelFeatures()
SIDE = FAMILY.side
COLUMNS = {
    f"pixels_grey_{row:03d}_{column:03d}": Oracle.exact("NumPy statement")
    for row in range(SIDE)
    for column in range(SIDE)
}


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    rows = _sums(_sums(grey(image).astype(np.int64)).T).T
    n = len(image) ** 2
    return dict(zip(COLUMNS, ((2 * rows + n) // (2 * n)).ravel().tolist(), strict=True))


def _sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut every row of an image into `SIDE` lines and add up as many lines as it has rows."""
    return np.repeat(values, SIDE, axis=0).reshape(SIDE, len(values), -1).sum(axis=1)


ORACLES = FamilyOracles(FAMILY, reference, COLUMNS)
