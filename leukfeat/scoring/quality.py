"""The quality gate: between which limits the training images lie, and what lies outside."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leukfeat.imaging.quality import QUALITY_MEASURES

__all__ = ["GATED", "quality_flags", "quality_limits"]

GATED = {  # what is looked at: column of a feature table by name of the measure
    **{name: f"quality_{name}" for name in QUALITY_MEASURES},
    "width": "image_width",
    "height": "image_height",
}
_QUANTILES = (0.001, 0.999)
_WIDENING = 1.25


def quality_limits(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Find between which limits the images of a training table lie.

    Parameters
    ----------
    frame : pandas.DataFrame
        A feature table, or its manifest, as `leukfeat.extraction.extract` makes it. Measures that it lacks,
        as tables of earlier versions do, have no limits.

    Returns
    -------
    dict of str to tuple of float
        Low and high by measure: focus, exposure, clipped, colour, foreground, cells, width, height.

    Notes
    -----
    The limits are the 0.1 % and the 99.9 % quantile, the lower divided and the higher multiplied by 1.25:
    what is a quarter beyond nearly all that a model has learned from is outside. No measure is negative.
    """
    limits = {}
    for measure, column in GATED.items():
        values = frame[column].to_numpy(dtype=np.float64) if column in frame else np.empty(0)
        known = values[np.isfinite(values)]
        if len(known):
            low, high = np.quantile(known, _QUANTILES)
            limits[measure] = float(low / _WIDENING), float(high * _WIDENING)
    return limits


def quality_flags(
    measures: Mapping[str, float], limits: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Say in what an image differs from those that a model has learned from.

    Parameters
    ----------
    measures : mapping of str to float
        Of one image. What is NaN, as focus is without a cell, is not judged; the number of cells is.
    limits : mapping of str to tuple of float
        As `quality_limits` finds them.

    Returns
    -------
    tuple of str
        Such as ``"focus low"`` or ``"cells high"``, in the order of the limits; empty for one like those.

    Examples
    --------
    >>> from leukfeat.scoring import quality_flags
    >>> quality_flags({"focus": 3.0, "exposure": 120.0}, {"focus": (40.0, 900.0), "exposure": (60.0, 190.0)})
    ('focus low',)
    """
    flags = []
    for measure, (low, high) in limits.items():
        value = measures.get(measure, np.nan)
        if value < low:
            flags.append(f"{measure} low")
        elif value > high:
            flags.append(f"{measure} high")
    return tuple(flags)
