"""Box counting by SciPy's filters: one box at every pixel."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from leukfeat.features.fractal import FractalFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, median_over_cells

__all__ = ["ORACLES", "dimensions"]

ORACLE = Oracle("SciPy")
COLUMNS = {"fractal_outline_nucleus": ORACLE, "fractal_grey_nucleus": ORACLE}
SIZES = (2, 4, 8, 16)


def dimensions(mask: NDArray[np.bool_], levels: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Of the outline and of the relief; None for a region that is too narrow for three sizes."""
    if not mask.any():
        return None
    (box,) = ndimage.find_objects(mask.astype(np.uint8))
    shorter = min(side.stop - side.start for side in box)
    sizes = [size for size in SIZES if 2 * size <= shorter]
    if len(sizes) < 3:
        return None
    inside, levels = np.pad(mask[box], max(SIZES)), np.pad(levels[box].astype(np.int64), max(SIZES))
    return (
        _dimension(sizes, [_outline_boxes(inside, size) for size in sizes]),
        _dimension(sizes, [_relief_boxes(inside, levels, size) for size in sizes]),
    )


def _dimension(sizes: list[int], numbers: list[float]) -> float:
    return float(stats.linregress(-np.log(sizes), np.log(numbers)).slope)


def _outline_boxes(mask: NDArray[np.bool_], size: int) -> float:
    outline = mask & ~ndimage.binary_erosion(mask, np.ones((3, 3)))
    return np.count_nonzero(ndimage.binary_dilation(outline, np.ones((size, size)))) / size**2


def _relief_boxes(mask: NDArray[np.bool_], levels: NDArray[np.int64], size: int) -> float:
    """Cubes per position of a square: one, and one more for each boundary within the range of levels."""
    # From centre to centre: neighbours share a row or column of pixels.
    greatest = ndimage.maximum_filter(np.where(mask, levels, -1), size + 1)
    least = ndimage.minimum_filter(np.where(mask, levels, 256), size + 1)
    ranges = (greatest - least)[greatest >= 0]
    return float(1 + ranges.mean() / size) / size**2


def _of_cell(region: Region) -> dict[str, float]:
    return dict(zip(COLUMNS, dimensions(region.nucleus, region.grey) or (), strict=False))


ORACLES = FamilyOracles(FractalFeatures(), median_over_cells(_of_cell, tuple(COLUMNS)), COLUMNS)
