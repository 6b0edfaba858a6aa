"""First-order statistics by NumPy and SciPy."""

from collections.abc import Callable
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from leukfeat.features.firstorder import FirstOrderFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import CYTOPLASM, NUCLEUS, grey, ratio

__all__ = ["MEASURES", "ORACLES", "statistics", "unless_constant"]

NUMPY = Oracle("NumPy")
LEVELS = Oracle.exact("NumPy")
SCIPY = Oracle("SciPy")
STATEMENT = Oracle("NumPy statement")
MEASURES = {
    "mean": NUMPY,
    "variance": NUMPY,
    "skewness": SCIPY,
    "kurtosis": SCIPY,
    "median": LEVELS,
    "min": LEVELS,
    "p10": NUMPY,
    "p90": NUMPY,
    "max": LEVELS,
    "iqr": SCIPY,
    "range": LEVELS,
    "mean_absolute_deviation": STATEMENT,
    "robust_mean_absolute_deviation": STATEMENT,
    "median_absolute_deviation": STATEMENT,
    "coefficient_of_variation": NUMPY,
    "quartile_coefficient_of_dispersion": STATEMENT,
    "energy": STATEMENT,
    "rms": STATEMENT,
}
REGIONS = {"nucleus": NUCLEUS, "cytoplasm": CYTOPLASM}


def statistics(x: NDArray[np.float64]) -> dict[str, float]:
    """The 18 measures of a sample."""
    if not len(x):
        return dict.fromkeys(MEASURES, nan)
    p10, p25, p75, p90 = np.percentile(x, [10, 25, 75, 90])
    return {
        "mean": x.mean(),
        "variance": x.var(),
        "skewness": unless_constant(stats.skew, x),
        "kurtosis": unless_constant(stats.kurtosis, x),
        "median": np.median(x),
        "min": x.min(),
        "p10": p10,
        "p90": p90,
        "max": x.max(),
        "iqr": stats.iqr(x),
        "range": np.ptp(x),
        "mean_absolute_deviation": _mean_deviation(x, x.mean()),
        "robust_mean_absolute_deviation": _robust_deviation(x, p10, p90),
        "median_absolute_deviation": _mean_deviation(x, np.median(x)),
        "coefficient_of_variation": ratio(x.std(), x.mean()),
        "quartile_coefficient_of_dispersion": ratio(p75 - p25, p75 + p25),
        "energy": (x**2).sum(),
        "rms": np.sqrt((x**2).mean()),
    }


def unless_constant(moment: Callable[[NDArray[np.float64]], float], x: NDArray[np.float64]) -> float:
    """SciPy's standardised moments of equal values are NaN; here they are 0."""
    return float(moment(x)) if np.ptp(x) else 0.0


def _mean_deviation(x: NDArray[np.float64], centre: float) -> float:
    return float(np.abs(x - centre).mean())


def _robust_deviation(x: NDArray[np.float64], low: float, high: float) -> float:
    inner = x[(x >= low) & (x <= high)]
    return _mean_deviation(inner, inner.mean()) if len(inner) else nan


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    levels = grey(image).astype(float)
    return {
        f"firstorder_{measure}_{region}": float(value)
        for region, level in REGIONS.items()
        for measure, value in statistics(levels[image[..., 3] == level]).items()
    }


COLUMNS = {f"firstorder_{measure}_{region}": MEASURES[measure] for region in REGIONS for measure in MEASURES}
ORACLES = FamilyOracles(FirstOrderFeatures(), reference, COLUMNS)
