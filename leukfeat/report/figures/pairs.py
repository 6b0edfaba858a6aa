"""Tests between all models."""

from typing import TYPE_CHECKING, Any

import numpy as np

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import FULL_WIDTH, MUTED, describe, new_figure, number, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_pairs", "has_pairs"]

_LEVEL = 0.05
_MOST = 10  # rows; of more, names and numbers would touch
_CELL = 12.5  # mm
_LEAST_P = 0.001


def has_pairs(data: FigureData) -> bool:
    """Return whether there are two rows to compare.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        Whether `draw_pairs` has anything to draw.
    """
    return len(data.pairs) > 0


@styled
def draw_pairs(data: FigureData) -> "Figure":
    """Draw the difference of every two rows and the p-value of none.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    matplotlib.figure.Figure
        The lower half of a matrix, best row first: the row of a cell scores less than its column by what
        stands in it. Coloured where the difference is significant.
    """
    pairs = data.pairs.to_dict("records")
    ranked = list(dict.fromkeys(name for pair in pairs for name in (pair["first"], pair["second"])))
    shown, n = ranked[:_MOST], min(len(ranked), _MOST)
    metric = pairs[0]["metric"].replace("_", " ")
    key = "Upper number: by how much the column is ahead of the row; lower: p (paired bootstrap, Holm)."
    left_out = f" The best {_MOST} of {len(ranked)} rows." if len(ranked) > n else ""
    title = f"Tests between rows, {metric}. Coloured: p < {_LEVEL}"
    figure = new_figure(FULL_WIDTH, 52 + _CELL * 0.8 * (n - 1), title, f"{data.caption}. {key}{left_out}")
    panel = figure.subplots()
    gaps = np.full((n - 1, n - 1), np.nan)
    for pair in pairs:
        if pair["first"] in shown and pair["second"] in shown:
            row, column = shown.index(pair["second"]) - 1, shown.index(pair["first"])
            if pair["p_holm"] < _LEVEL:
                gaps[row, column] = pair["difference"]
            _write(panel, row, column, pair)
    top = np.nanmax(gaps, initial=0.0) if not np.isnan(gaps).all() else 1.0
    panel.imshow(gaps, cmap="YlOrBr", vmin=-0.15 * top, vmax=1.6 * top, aspect="auto")
    for edge in np.arange(n):
        panel.plot([-0.5, edge + 0.5], [edge - 0.5] * 2, color=MUTED, linewidth=0.3)
        panel.plot([edge - 0.5] * 2, [max(edge - 1.5, -0.5), n - 1.5], color=MUTED, linewidth=0.3)
    names = [describe(name) for name in shown]
    panel.set(xlim=(-0.5, n - 1.5), ylim=(n - 1.5, -0.5))
    panel.set_yticks(range(n - 1), names[1:])
    panel.set_xticks(range(n - 1), names[:-1], rotation=35, ha="right", rotation_mode="anchor")
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    return figure


def _write(panel: "Axes", row: int, column: int, pair: dict[Any, Any]) -> None:
    p = pair["p_holm"]
    said = "p –" if np.isnan(p) else f"p < {_LEAST_P}" if p < _LEAST_P else f"p {p:.3f}"
    significant = p < _LEVEL
    text = f"{number(pair['difference'])}\n{said}"
    how: dict[str, Any] = {"color": "#000000"} if significant else {}
    panel.text(column, row, text, ha="center", va="center", linespacing=1.1, **how)
