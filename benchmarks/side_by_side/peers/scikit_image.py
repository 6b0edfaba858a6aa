"""scikit-image, with NumPy and SciPy for what they do better."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage.color import rgb2hsv, rgb2lab
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
from skimage.measure import perimeter_crofton, regionprops

from side_by_side.cells import N_LEVELS, Regions
from side_by_side.contenders import GLCM_D1, LBP_FRAME, Peer
from side_by_side.peers.statistics import mean_and_range, mean_sd_skewness

ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "ASM", "correlation", "mean", "variance", "entropy")
NEIGHBOURHOODS = ((8, 1), (16, 2))
REGIONS = ("nucleus", "cytoplasm")
OPTICAL_DENSITY = -np.log10((np.arange(256) + 1) / 256)


class Inputs:
    """Masks and crops, and the region properties that several families share."""

    def __init__(self, regions: Regions) -> None:
        self.given = regions
        _ = regions.cell_labels, regions.nucleus_labels, regions.levels, regions.surrounded
        _ = regions.pixels, regions.grey_pixels, regions.nucleus, regions.grey

    @cached_property
    def cells(self) -> list[Any]:
        """Properties of the cells."""
        return list(regionprops(self.given.cell_labels))

    @cached_property
    def nuclei(self) -> list[Any]:
        """Properties of the nuclei; the first cells in their order."""
        return list(regionprops(self.given.nucleus_labels))


def shape(inputs: Inputs) -> NDArray[np.float64]:
    nuclei = [[*form(item), item.euler_number, *item.moments_hu] for item in inputs.nuclei]
    return np.concatenate([np.median(nuclei, axis=0), np.median([form(c) for c in inputs.cells], axis=0)])


def form(item: Any) -> list[float]:
    """Measures of nucleus and cell."""
    area, perimeter = item.area, item.perimeter_crofton
    return [
        area,
        perimeter,
        item.equivalent_diameter_area,
        item.axis_major_length,
        item.axis_minor_length,
        item.eccentricity,
        item.extent,
        item.solidity,
        perimeter_crofton(item.image_convex) / perimeter,
        4 * np.pi * area / perimeter**2,
        item.feret_diameter_max,
    ]


def nc(inputs: Inputs) -> NDArray[np.float64]:
    pairs = zip(inputs.cells, inputs.nuclei, strict=False)
    return np.median([proportions(cell, nucleus, inputs.given) for cell, nucleus in pairs], axis=0)


def proportions(cell: Any, nucleus: Any, regions: Regions) -> list[float]:
    """Area ratio, distance of the centroids, least and greatest width of the cytoplasm."""
    distances = ndimage.distance_transform_edt(regions.nucleus_labels[cell.slice] != cell.label)
    widths = distances[cell.image & ~ndimage.binary_erosion(cell.image)]
    offset = np.hypot(*np.subtract(cell.centroid, nucleus.centroid))
    ratio = nucleus.area / cell.area
    return [ratio, offset, widths.min(), widths.max(), float(ratio == 1)]


def firstorder(inputs: Inputs) -> NDArray[np.float64]:
    return np.concatenate([intensity(inputs.given.grey_pixels[region]) for region in REGIONS])


def intensity(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the 18 first-order statistics of IBSI; NaN without pixels."""
    if not len(grey):
        return np.full(18, np.nan)
    x = grey.astype(np.float64)
    low, p10, p25, p50, p75, p90, high = np.percentile(x, (0, 10, 25, 50, 75, 90, 100))
    mean, variance, energy = x.mean(), x.var(), float(x @ x)
    within = x[(x >= p10) & (x <= p90)]
    deviations = [np.abs(x - mean).mean(), np.abs(within - within.mean()).mean(), np.abs(x - p50).mean()]
    moments = [mean, variance, stats.skew(x), stats.kurtosis(x)]
    quantiles = [p50, low, p10, p90, high, p75 - p25, high - low]
    shares = [np.sqrt(variance) / mean, (p75 - p25) / (p75 + p25)]
    return np.array([*moments, *quantiles, *deviations, *shares, energy, np.sqrt(energy / len(x))])


def glcm(inputs: Inputs) -> NDArray[np.float64]:
    return texture(inputs.given.levels, (1, 2, 3))


def glcm_d1(inputs: Inputs) -> NDArray[np.float64]:
    return texture(inputs.given.levels, (1,))


def texture(levels: NDArray[np.uint8], distances: tuple[int, ...]) -> NDArray[np.float64]:
    """Mean and range over angles; level 0, outside the nuclei, is cut off before the properties."""
    counts = graycomatrix(levels, distances, ANGLES, levels=N_LEVELS + 1, symmetric=True)[1:, 1:]
    return np.concatenate([mean_and_range(graycoprops(counts, name)) for name in PROPERTIES])


def lbp(inputs: Inputs) -> NDArray[np.float64]:
    return np.concatenate([patterns(*inputs.given.surrounded, *pair) for pair in NEIGHBOURHOODS])


def lbp_of_frame(inputs: Inputs) -> NDArray[np.float64]:
    """As `lbp`, but coding the whole frame, as one does who does not cut out the nuclei."""
    given = inputs.given
    return np.concatenate([patterns(given.grey, given.nucleus, *pair) for pair in NEIGHBOURHOODS])


def patterns(
    grey: NDArray[np.uint8], mask: NDArray[np.bool_], n_points: int, radius: int
) -> NDArray[np.float64]:
    """Shares of the riu2 codes of the nuclei's pixels."""
    codes = local_binary_pattern(grey, n_points, radius, method="uniform")[mask]
    return np.bincount(codes.astype(np.intp), minlength=n_points + 2) / len(codes)


def color(inputs: Inputs) -> NDArray[np.float64]:
    return np.concatenate([colours(inputs.given.pixels[region]) for region in REGIONS])


def colours(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean, deviation and skewness of HSV (hue on the circle), Lab, optical density; NaN without pixels."""
    if not len(rgb):
        return np.full(27, np.nan)
    hsv = rgb2hsv(rgb)
    hue = np.exp(2j * np.pi * hsv[hsv[:, 1] > 0, 0])
    moment = hue.mean()
    length = np.abs(moment)
    skewness = ((hue * np.conj(moment) / length) ** 2).imag.mean() / (1 - length) ** 1.5
    circular = [np.angle(moment, deg=True) % 360, np.degrees(np.sqrt(-2 * np.log(length))), skewness]
    channels = np.concatenate([hsv[:, 1:], rgb2lab(rgb), OPTICAL_DENSITY[rgb]], axis=1)
    return np.concatenate([circular, mean_sd_skewness(channels)])


def population(inputs: Inputs) -> NDArray[np.float64]:
    areas = np.array([item.area for item in inputs.cells])
    perimeters = np.array([item.perimeter_crofton for item in inputs.cells])
    nuclei = np.array([item.area for item in inputs.nuclei])
    quantities = (areas, 4 * np.pi * areas / perimeters**2, nuclei / areas[: len(nuclei)])
    spread = [value for x in quantities for value in (x.mean(), x.std(), x.max())]
    return np.array([len(areas), areas.sum() / inputs.given.cell_labels.size, *spread])


PEER = Peer(
    prepare=Inputs,
    families={
        "shape": shape,
        "nc": nc,
        "firstorder": firstorder,
        "glcm": glcm,
        "lbp": lbp,
        "color": color,
        "population": population,
    },
    texts={
        "shape": "`regionprops` of nuclei and cells: area, `perimeter_crofton`, diameter, axes, "
        "eccentricity, extent, solidity, convexity, roundness, `feret_diameter_max`; of nuclei also "
        "`euler_number`, `moments_hu`. No least Feret diameter, no enclosing circle",
        "nc": "areas and centroids of `regionprops`; `distance_transform_edt` on the cell's outline",
        "firstorder": "the same 18 statistics of the grey pixels of nucleus and cytoplasm by NumPy and SciPy",
        "glcm": "`graycomatrix` of the nuclei's box, 32 levels, 4 angles, with 8 of `graycoprops`, mean and "
        "range. None of the other Haralick measures",
        "lbp": "`local_binary_pattern`, `uniform`, (8, 1) and (16, 2), of the nuclei's box with its margin; "
        "in the row of the whole frame of all of it, and the nuclei's codes taken afterwards",
        "color": "`rgb2hsv` and `rgb2lab` of the pixels of nucleus and cytoplasm, optical density by a "
        "table; mean, deviation, skewness by NumPy",
        "population": "the same 11 columns from `regionprops`",
    },
    extra={GLCM_D1: glcm_d1, LBP_FRAME: lbp_of_frame},
)
