"""What each feature family adds."""

from typing import TYPE_CHECKING

import numpy as np

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import (
    COLORS,
    FULL_WIDTH,
    MUTED,
    describe,
    label_rows,
    new_figure,
    number,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_ablation", "has_ablation"]

_METRIC = "balanced_accuracy"
_ROW = 6.5  # mm


def has_ablation(data: FigureData) -> bool:
    """Return whether families were left out one by one.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        Whether any has a number.
    """
    return data.ablation is not None and bool(data.ablation["value"].notna().any())


@styled
def draw_ablation(data: FigureData) -> "Figure":
    """Draw by how much the best model falls behind without each family.

    Parameters
    ----------
    data : FigureData
        A run with an ablation.

    Returns
    -------
    matplotlib.figure.Figure
        One row per family, the one that is missed most on top.
    """
    table = data.ablation
    if table is None:
        raise ValueError("draw_ablation needs an ablation. Got none.")
    table = table[table["metric"] == _METRIC]
    rows = table.sort_values(["difference", "family"], ascending=[False, True]).to_dict("records")
    model = describe(rows[0]["model"])
    key = (
        f"Leave one family out. {data.say_interval('Line: interval', 'paired bootstrap')}. "
        "Filled: the interval leaves out 0. Right: the score without the family."
    )
    figure = new_figure(
        FULL_WIDTH,
        32 + _ROW * len(rows),
        f"What each feature family adds to {model}",
        f"{data.caption}. {key}",
    )
    panel = figure.subplots()
    panel.axvline(0, color=MUTED, linewidth=0.8)
    for place, row in enumerate(rows):
        value, low, high = (row[name] for name in ("difference", "difference_low", "difference_high"))
        at = panel.get_yaxis_transform()
        if np.isnan(value):
            panel.text(0.02, place, "failed", transform=at, va="center", color=MUTED)
            continue
        filled = COLORS[0] if low > 0 or high < 0 else "white"
        panel.plot([low, high], [place, place], color=COLORS[0], linewidth=1.4)
        panel.plot(value, place, "o", color=COLORS[0], markerfacecolor=filled, markersize=5)
        panel.text(1.01, place, number(row["value"]), transform=at, va="center")
    label_rows(panel, [f"without {describe(row['family'], 22)}" for row in rows])
    panel.set_xlabel("Balanced accuracy with all families minus without this one")
    panel.grid(axis="x")
    return figure
