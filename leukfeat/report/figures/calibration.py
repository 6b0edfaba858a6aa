"""Whether probabilities are what they say."""

from typing import TYPE_CHECKING

import numpy as np

from leukfeat.evaluation.reliability import measure_reliability
from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import COLORS, HALF_WIDTH, MUTED, describe, new_figure, number, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_calibration", "has_probabilities"]

_FEW = 10  # predictions of a bin that say next to nothing


def has_probabilities(data: FigureData) -> bool:
    """Return whether the best model has calibrated probabilities.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        In every test fold.
    """
    return data.best is not None and all(fold.probabilities is not None for fold in data.folds(data.best))


@styled
def draw_calibration(data: FigureData) -> "Figure":
    """Draw how often the best model is right against how sure it is.

    Parameters
    ----------
    data : FigureData
        A run whose best model has calibrated probabilities.

    Returns
    -------
    matplotlib.figure.Figure
        The reliability curve with intervals at 95 %, and below it how many predictions each bin has.
    """
    best = str(data.best)
    found = measure_reliability(data.folds(best), data.multiplicities, data.statistics.widening)
    claim = "of the predicted class" if data.positive is None else f"of {describe(data.positive)}"
    value, _, _ = data.interval(best, "ece")
    error = "" if np.isnan(value) else f" ECE {number(value)} (15 bins, mean over folds)."
    caption = (
        f"{data.caption}. {data.say_interval('Line: interval')}. Hollow: fewer than {_FEW} predictions."
        f"{error}"
    )
    figure = new_figure(HALF_WIDTH, HALF_WIDTH + 32, f"Calibration of {describe(best)}", caption)
    panel, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    panel.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    known, few = found.n_predictions >= _FEW, (found.n_predictions > 0) & (found.n_predictions < _FEW)
    panel.vlines(found.claimed[known], found.low[known], found.high[known], color=COLORS[0], linewidth=1.1)
    panel.plot(found.claimed[known], found.happened[known], "o-", color=COLORS[0], markersize=4)
    panel.plot(found.claimed[few], found.happened[few], "o", color=COLORS[0], mfc="none", markersize=4)
    panel.set(ylabel="Share of images where it is true", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    panel.grid()
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    below.bar(middles, found.n_predictions, 0.085, color=MUTED)
    below.set(xlabel=f"Calibrated probability {claim}", ylabel="Predictions")
    return figure
