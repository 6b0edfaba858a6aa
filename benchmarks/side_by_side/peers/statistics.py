"""Statistics of samples by NumPy, for libraries that leave them to it."""

import numpy as np
from numpy.typing import NDArray


def mean_sd_skewness(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean, standard deviation and skewness of each column, in a row."""
    means = channels.mean(axis=0)
    deviations = channels - means
    squares = deviations * deviations
    variances = squares.mean(axis=0)
    thirds = (squares * deviations).mean(axis=0)
    sds = np.sqrt(variances)
    skewness = np.divide(thirds, variances * sds, out=np.zeros_like(thirds), where=variances > 0)
    return np.concatenate([means, sds, skewness])


def mean_and_range(by_angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean and range over the last axis, in a row."""
    return np.concatenate([by_angle.mean(axis=-1).ravel(), np.ptp(by_angle, axis=-1).ravel()])
