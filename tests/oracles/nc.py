"""Nucleus in proportion to its cell, by SciPy."""

from math import dist

from scipy import ndimage

from leukfeat.features.nc import NCFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, median_over_cells

__all__ = ["ORACLES"]

SCIPY = Oracle("SciPy")
NUMPY = Oracle("NumPy")
COLUMNS = {
    "nc_area_ratio": NUMPY,
    "nc_centroid_offset_px": SCIPY,
    "nc_cytoplasm_width_min_px": SCIPY,
    "nc_cytoplasm_width_max_px": SCIPY,
    "nc_no_cytoplasm": Oracle.exact("NumPy"),
}


def _of_cell(region: Region) -> dict[str, float]:
    cell, nucleus = region.cell, region.nucleus
    if not nucleus.any():
        return {}
    distances = ndimage.distance_transform_edt(~nucleus)[cell & ~ndimage.binary_erosion(cell)]
    return {
        "nc_area_ratio": nucleus.sum() / cell.sum(),
        "nc_centroid_offset_px": dist(ndimage.center_of_mass(cell), ndimage.center_of_mass(nucleus)),
        "nc_cytoplasm_width_min_px": distances.min(),
        "nc_cytoplasm_width_max_px": distances.max(),
        "nc_no_cytoplasm": float((cell == nucleus).all()),
    }


ORACLES = FamilyOracles(NCFeatures(), median_over_cells(_of_cell, tuple(COLUMNS)), COLUMNS)
