"""Cells counted by SciPy and measured by scikit-image."""

from math import nan, pi

import numpy as np
from numpy.typing import NDArray
from skimage.measure import perimeter_crofton

from leukfeat.features.population import PopulationFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, cells

__all__ = ["ORACLES"]

NUMPY, SKIMAGE = Oracle("NumPy"), Oracle("scikit-image")
AGGREGATES = {"mean": np.mean, "sd": np.std, "max": np.max}
COLUMNS = {
    "population_n_cells": Oracle.exact("SciPy"),
    "population_area_fraction": NUMPY,
    "population_size_mean_px": NUMPY,
    "population_size_sd_px": NUMPY,
    "population_size_max_px": Oracle.exact("NumPy"),
    **{f"population_roundness_{aggregate}": SKIMAGE for aggregate in AGGREGATES},
    **{f"population_nc_ratio_{aggregate}": NUMPY for aggregate in AGGREGATES},
}


def _quantities(region: Region) -> tuple[float, float, float]:
    area, nucleus = int(region.cell.sum()), int(region.nucleus.sum())
    roundness = 4 * pi * area / perimeter_crofton(region.cell, directions=4) ** 2
    return area, roundness, nucleus / area if nucleus else nan


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    found = cells(image)
    columns = np.array([_quantities(region) for region in found]).reshape(-1, 3).T
    samples = [column[~np.isnan(column)] for column in columns]
    spread = [aggregate(x) if len(x) else nan for x in samples for aggregate in AGGREGATES.values()]
    values = [len(found), (image[..., 3] > 0).mean(), *spread]
    return dict(zip(COLUMNS, map(float, values), strict=True))


ORACLES = FamilyOracles(PopulationFeatures(), reference, COLUMNS)
