"""Which class is taken for which."""

from typing import TYPE_CHECKING, Any

import numpy as np

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import FULL_WIDTH, HALF_WIDTH, describe, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_confusion"]

_CELL = 14.0  # mm
_MOST_WITH_BOTH = 8  # classes; of more, a cell holds its rate alone


@styled
def draw_confusion(data: FigureData) -> "Figure":
    """Draw the confusion matrix of the best model over all test folds, as counts and rates of the true class.

    Parameters
    ----------
    data : FigureData
        A run with a best model.

    Returns
    -------
    matplotlib.figure.Figure
        One panel; the colour is the rate.
    """
    from sklearn.metrics import confusion_matrix

    frame, classes = data.predictions.frame, list(data.classes)
    rows = frame[frame["model"] == data.best]
    counts = confusion_matrix(rows["label"].tolist(), rows["predicted"].tolist(), labels=classes)
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    n, names = len(classes), [describe(name, 18) for name in classes]
    cell = _CELL if n <= _MOST_WITH_BOTH else 9.5
    width = min(max(HALF_WIDTH, 48 + cell * n), FULL_WIDTH)
    title = f"Confusion matrix of {describe(data.best)}"
    figure = new_figure(width, 40 + cell * n, title, data.caption)
    panel = figure.subplots()
    panel.imshow(rates, cmap="Blues", vmin=0, vmax=1)
    for (i, j), rate in np.ndenumerate(rates):
        text = f"{counts[i, j]:,}\n{rate:.0%}" if n <= _MOST_WITH_BOTH else f"{rate:.0%}"
        color = "#ffffff" if rate > 0.5 else "#000000"
        panel.text(j, i, text, ha="center", va="center", color=color)
    totals = [f"{name} ({total:,})" for name, total in zip(names, counts.sum(axis=1), strict=True)]
    panel.set_yticks(range(n), totals)
    turned: dict[str, Any] = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if n > 2 else {}
    panel.set_xticks(range(n), names, **turned)
    panel.set(xlabel="Predicted", ylabel="True (n)")
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    return figure
