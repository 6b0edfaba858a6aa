"""Co-occurrence counted by scikit-image, measured by scikit-image and mahotas."""

from math import log, nan, sqrt

import numpy as np
from mahotas.features.texture import haralick_features
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops

from leukfeat.features.glcm import GLCMFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import NUCLEUS, grey

__all__ = ["MEASURES", "ORACLES", "cluster_measures", "in_nats", "matrices", "skimage_measures"]

SKIMAGE, MAHOTAS, STATEMENT = Oracle("scikit-image"), Oracle("mahotas"), Oracle("NumPy statement")
MEASURES = {
    "asm": SKIMAGE,
    "contrast": SKIMAGE,
    "correlation": SKIMAGE,
    "variance": SKIMAGE,
    "idm": SKIMAGE,
    "sum_average": MAHOTAS,
    "sum_variance": MAHOTAS,
    "sum_entropy": MAHOTAS,
    "entropy": SKIMAGE,
    "difference_variance": MAHOTAS,
    "difference_entropy": MAHOTAS,
    "imc1": MAHOTAS,
    "imc2": MAHOTAS,
    "dissimilarity": SKIMAGE,
    "cluster_shade": STATEMENT,
    "cluster_prominence": STATEMENT,
    "max_probability": STATEMENT,
}
DISTANCES = (1, 2, 3)
N_LEVELS = 32
# mahotas' order of its thirteen.
OF_MAHOTAS = tuple(MEASURES)[:13]
OF_SKIMAGE = {
    "asm": "ASM",
    "contrast": "contrast",
    "correlation": "correlation",
    "variance": "variance",
    "idm": "homogeneity",
    "entropy": "entropy",
    "dissimilarity": "dissimilarity",
}


def matrices(
    levels: NDArray[np.int64], mask: NDArray[np.bool_], distance: int, n_levels: int
) -> list[NDArray[np.int64]]:
    """Symmetric counts at 0, 45, 90 and 135 degrees of the pairs whose pixels both lie in the mask."""
    marked = np.where(mask, levels, n_levels).astype(np.uint16)
    # scikit-image rounds positions on a circle, where a diagonal step of d pixels lies at d sqrt(2), and
    # turns downwards where Haralick turns upwards.
    steps = [(distance * (sqrt(2) if k % 2 else 1), -k * np.pi / 4) for k in range(4)]
    counts = [
        graycomatrix(marked, [length], [angle], n_levels + 1, symmetric=True) for length, angle in steps
    ]
    return [count[:n_levels, :n_levels, 0, 0].astype(np.int64) for count in counts]


def skimage_measures(counts: NDArray[np.int64]) -> dict[str, float]:
    glcm = (counts / counts.sum())[:, :, np.newaxis, np.newaxis]
    return {name: float(graycoprops(glcm, theirs)[0, 0]) for name, theirs in OF_SKIMAGE.items()}


def mahotas_measures(counts: NDArray[np.int64]) -> dict[str, float]:
    return in_nats(haralick_features([counts], use_x_minus_y_variance=True)[0])


def in_nats(row: NDArray[np.float64]) -> dict[str, float]:
    """mahotas' thirteen by name, with natural logarithms."""
    measures = dict(zip(OF_MAHOTAS, row.tolist(), strict=True))
    for name in ("sum_entropy", "entropy", "difference_entropy"):
        measures[name] *= log(2)
    # mahotas puts entropies in bits into imc2.
    measures["imc2"] = sqrt(1 - (1 - measures["imc2"] ** 2) ** log(2))
    return measures


def cluster_measures(counts: NDArray[np.int64]) -> dict[str, float]:
    p = counts / counts.sum()
    i, j = np.indices(p.shape)
    deviations = i + j - 2 * (i * p).sum()
    return {
        "cluster_shade": (deviations**3 * p).sum(),
        "cluster_prominence": (deviations**4 * p).sum(),
        "max_probability": p.max(),
    }


def _measures(counts: NDArray[np.int64]) -> list[float]:
    values = mahotas_measures(counts) | skimage_measures(counts) | cluster_measures(counts)
    return [values[name] for name in MEASURES]


def _mean_and_range(by_angle: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Over the angles that hold pairs, shape (2, 17)."""
    rows = np.array([_measures(counts) for counts in by_angle if counts.any()])
    if not len(rows):
        return np.full((2, len(MEASURES)), nan)
    return np.stack([rows.mean(axis=0), np.ptp(rows, axis=0)])


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    levels, nucleus = grey(image).astype(np.int64) * N_LEVELS // 256, image[..., 3] == NUCLEUS
    values = [_mean_and_range(matrices(levels, nucleus, distance, N_LEVELS)) for distance in DISTANCES]
    return dict(zip(COLUMNS, np.stack(values).transpose(0, 2, 1).ravel().tolist(), strict=True))


COLUMNS = {
    f"glcm_{measure}_d{distance}_{aggregate}": oracle
    for distance in DISTANCES
    for measure, oracle in MEASURES.items()
    for aggregate in ("mean", "range")
}
ORACLES = FamilyOracles(GLCMFeatures(), reference, COLUMNS)
