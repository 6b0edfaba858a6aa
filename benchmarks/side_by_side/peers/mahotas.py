"""mahotas, with NumPy for statistics."""

from math import nan, pi, sqrt
from typing import Any

import mahotas
import numpy as np
from mahotas.features import ellipse_axes, haralick
from mahotas.features.lbp import lbp_transform
from mahotas.polygon import fill_convexhull
from numpy.typing import NDArray

from side_by_side.cells import Regions
from side_by_side.contenders import GLCM_D1, Peer
from side_by_side.peers.statistics import mean_sd_skewness

N_MEASURES = 13
NEIGHBOURHOODS = ((8, 1), (16, 2))
REGIONS = ("nucleus", "cytoplasm")


def prepare(regions: Regions) -> Regions:
    """Make masks and crops ready."""
    _ = regions.crops, regions.levels, regions.surrounded, regions.pixels
    return regions


def shape(regions: Regions) -> NDArray[np.float64]:
    nuclei = [item["nucleus"] for item in regions.crops if "nucleus" in item]
    of_nuclei = np.median([[*form(mask), mahotas.euler(mask)] for mask in nuclei], axis=0)
    return np.concatenate([of_nuclei, np.median([form(item["cell"]) for item in regions.crops], axis=0)])


def form(mask: NDArray[np.bool_]) -> list[float]:
    """Measures of nucleus and cell, from a mask in its bounding box with a margin of 1."""
    height, width = mask.shape
    area, perimeter = int(np.count_nonzero(mask)), mahotas.labeled.perimeter(mask)
    semimajor, semiminor = ellipse_axes(mask)
    hull = fill_convexhull(mask)
    return [
        area,
        perimeter,
        sqrt(4 * area / pi),
        2 * semimajor,
        2 * semiminor,
        sqrt(max(1 - (semiminor / semimajor) ** 2, 0.0)) if semimajor else nan,
        area / ((height - 2) * (width - 2)),
        area / int(np.count_nonzero(hull)),
        mahotas.labeled.perimeter(hull) / perimeter if perimeter else nan,
        4 * pi * area / perimeter**2 if perimeter else nan,
    ]


def nc(regions: Regions) -> NDArray[np.float64]:
    return np.median([proportions(item) for item in regions.crops if "nucleus" in item], axis=0)


def proportions(item: dict[str, NDArray[np.bool_]]) -> list[float]:
    """Area ratio, distance of the centroids, least and greatest width of the cytoplasm."""
    cell, nucleus = item["cell"], item["nucleus_in_cell"]
    ratio = np.count_nonzero(nucleus) / np.count_nonzero(cell)
    offset = np.hypot(*(mahotas.center_of_mass(cell) - mahotas.center_of_mass(nucleus)))
    widths = mahotas.distance(~nucleus)[mahotas.bwperim(cell)]
    return [ratio, offset, sqrt(widths.min()), sqrt(widths.max()), float(ratio == 1)]


def glcm(regions: Regions) -> NDArray[np.float64]:
    return np.concatenate([texture(regions.levels, distance) for distance in (1, 2, 3)])


def glcm_d1(regions: Regions) -> NDArray[np.float64]:
    return texture(regions.levels, 1)


def texture(levels: NDArray[np.uint8], distance: int) -> NDArray[np.float64]:
    """Mean and range over angles; NaN where an angle has no pairs."""
    try:
        return np.asarray(haralick(levels, ignore_zeros=True, return_mean_ptp=True, distance=distance))
    except ValueError:
        return np.full(2 * N_MEASURES, nan)


def lbp(regions: Regions) -> NDArray[np.float64]:
    return np.concatenate([patterns(*regions.surrounded, *pair) for pair in NEIGHBOURHOODS])


def patterns(
    grey: NDArray[np.uint8], mask: NDArray[np.bool_], n_points: int, radius: int
) -> NDArray[np.float64]:
    """Shares of the riu2 codes of the nuclei's pixels; mahotas' own histogram has a bin for every pattern."""
    codes = lbp_transform(grey, radius, n_points)[mask]
    return np.bincount(RIU2[n_points][codes], minlength=n_points + 2) / len(codes)


def riu2_of(n_points: int) -> NDArray[np.intp]:
    """Tabulate the riu2 code of each pattern."""
    patterns = np.arange(2**n_points)
    bits = (patterns[:, np.newaxis] >> np.arange(n_points)) & 1
    changes = np.count_nonzero(bits != np.roll(bits, 1, axis=1), axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), n_points + 1)


RIU2 = {n_points: riu2_of(n_points) for n_points, _ in NEIGHBOURHOODS}


def color(regions: Regions) -> NDArray[np.float64]:
    return np.concatenate([lab_statistics(regions.pixels[region]) for region in REGIONS])


def lab_statistics(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean, deviation and skewness of L, a and b; NaN without pixels."""
    if not len(rgb):
        return np.full(9, nan)
    lab: Any = mahotas.colors.rgb2lab(rgb[np.newaxis])
    return mean_sd_skewness(lab[0])


PEER = Peer(
    prepare=prepare,
    families={"shape": shape, "nc": nc, "glcm": glcm, "lbp": lbp, "color": color},
    texts={
        "shape": "of nuclei and cells: area, `labeled.perimeter`, diameter, `ellipse_axes`, eccentricity, "
        "extent, solidity and convexity by `fill_convexhull`, roundness; of nuclei also `euler`. No Feret "
        "diameters, no Hu invariants, no enclosing circle",
        "nc": "areas, `center_of_mass`, `distance` on the outline by `bwperim`",
        "glcm": "`haralick` of the nuclei's masked box, 32 levels, zeros ignored: 13 measures, mean and "
        "range",
        "lbp": "`lbp_transform`, (8, 1) and (16, 2), of the nuclei's box with its margin; riu2 bins by a "
        "table made beforehand, which is cheaper than mahotas' own histogram. mahotas 1.4.19 ignores shifts "
        "below one pixel on both axes, so one neighbour of (8, 1) is wrong; timed as it is",
        "color": "`colors.rgb2lab` of the pixels of nucleus and cytoplasm; mean, deviation, skewness by "
        "NumPy. mahotas has neither HSV nor optical density",
    },
    extra={GLCM_D1: glcm_d1},
)
