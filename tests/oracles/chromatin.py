"""Top-hats by SciPy's morphology."""

from math import ceil, nan

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from leukfeat.features.chromatin import ChromatinFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import Region, cells

__all__ = ["ORACLES", "octagon", "opening"]

ORACLE = Oracle("SciPy")
# Width of each octagon, and the greatest sum of its steps from the centre.
OCTAGONS = {5: 3, 9: 6, 15: 10}
COLUMNS = {
    f"chromatin_{kind}_{measure}_d{diameter}": ORACLE
    for kind in ("tophat", "blackhat")
    for diameter in OCTAGONS
    for measure in ("count", "area", "strength")
}


def octagon(diameter: int) -> NDArray[np.uint8]:
    rows, columns = np.abs(np.mgrid[:diameter, :diameter] - diameter // 2)
    return (rows + columns <= OCTAGONS[diameter]).astype(np.uint8)


def opening(
    levels: NDArray[np.uint8], mask: NDArray[np.bool_], footprint: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Of the image on the mask alone: what lies outside is heeded by neither step."""
    eroded = ndimage.grey_erosion(np.where(mask, levels, 255), footprint=footprint, mode="constant", cval=255)
    return ndimage.grey_dilation(np.where(mask, eroded, 0), footprint=footprint, mode="constant", cval=0)


def _of_nucleus(region: Region) -> tuple[int, NDArray[np.float64]] | None:
    """Pixels of the interior, and spots, spot pixels and sum of each top-hat; None without an interior."""
    interior = ndimage.binary_erosion(region.nucleus, octagon(5))
    if not interior.any():
        return None
    box = ndimage.find_objects(interior.astype(np.uint8))[0]
    levels, mask = region.grey[box], interior[box]
    threshold = max(1, ceil(levels[mask].std()))
    hats = (
        np.where(mask, image - opening(image, mask, octagon(diameter)), 0)
        for image in (levels, 255 - levels)
        for diameter in OCTAGONS
    )
    return int(mask.sum()), np.array([_statistics(hat, threshold) for hat in hats])


def _statistics(hat: NDArray[np.uint8], threshold: int) -> tuple[int, int, int]:
    spots = hat >= threshold
    return ndimage.label(spots, np.ones((3, 3)))[1], int(spots.sum()), int(hat.sum())


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    nuclei = [nucleus for nucleus in map(_of_nucleus, cells(image)) if nucleus]
    if not nuclei:
        return dict.fromkeys(COLUMNS, nan)
    n_pixels = sum(n for n, _ in nuclei)
    totals = sum(statistics for _, statistics in nuclei) / np.array([len(nuclei), n_pixels, n_pixels])
    return dict(zip(COLUMNS, totals.ravel().tolist(), strict=True))


ORACLES = FamilyOracles(ChromatinFeatures(), reference, COLUMNS)
