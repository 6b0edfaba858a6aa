"""The leaderboard as a picture."""

from typing import TYPE_CHECKING

import numpy as np

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import (
    COLORS,
    FULL_WIDTH,
    INK,
    MUTED,
    describe,
    label_rows,
    new_figure,
    number,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_leaderboard"]

_METRICS = (("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC"))
_ROW = 6.5  # mm


@styled
def draw_leaderboard(data: FigureData) -> "Figure":
    """Draw balanced accuracy and ROC AUC of every row, with their intervals, each fold a dot.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels side by side; a row without numbers says why.
    """
    rows = data.leaderboard.to_dict("records")
    key = (
        f"Thick mark: mean over folds. {data.say_interval('Line: interval')}. Dots: "
        "folds. *: cannot be told from the best. Grey: shortcuts and chance."
    )
    figure = new_figure(FULL_WIDTH, 28 + _ROW * len(rows), "Leaderboard", f"{data.caption}. {key}")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (metric, title) in zip(panels, _METRICS, strict=True):
        for place, row in enumerate(rows):
            _draw_row(panel, place, str(row["Model"]), row["Kind"] in ("model", "nested"), data, metric)
        panel.set_xlabel(title)
        panel.grid(axis="x")
    for place, row in enumerate(rows):
        if row["Reason"]:
            said = describe(f"failed: {row['Reason']}", 34)
            at = panels[0].get_yaxis_transform()
            panels[0].text(0.02, place, said, transform=at, va="center", color=MUTED, clip_on=False)
    label_rows(
        panels[0], [describe(row["Model"]) + (" *" if row["Like Best"] == "yes" else "") for row in rows]
    )
    panels[1].tick_params(axis="y", length=0)
    return figure


def _draw_row(panel: "Axes", place: int, model: str, is_model: bool, data: FigureData, metric: str) -> None:
    scores, color = data.statistics.scores, COLORS[0] if is_model else MUTED
    value, low, high = data.interval(model, metric)
    if np.isnan(value):
        return
    folds = scores[(scores["model"] == model) & (scores["metric"] == metric)]["value"]
    panel.plot(folds, np.full(len(folds), place), "o", color=color, alpha=0.35, markersize=3.5, mew=0)
    panel.plot([low, high], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
    panel.plot(value, place, "|", color=color, markersize=11, markeredgewidth=2.2)
    at = panel.get_yaxis_transform()
    panel.text(1.01, place, number(value), transform=at, va="center", color=INK)
