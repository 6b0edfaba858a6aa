"""What a run took: time by stage, time and memory by model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import (
    COLORS,
    FULL_WIDTH,
    MUTED,
    describe,
    label_rows,
    name_handles,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_costs", "has_costs"]

_PARTS = {"Transform Time": COLORS[5], "Fit Time": COLORS[0], "Predict Time": COLORS[4]}
_ROW = 5.2  # mm


def has_costs(data: FigureData) -> bool:
    """Return whether any time is known.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        Of a stage or of a row.
    """
    return bool(data.seconds) or bool(data.leaderboard["Fit Time"].notna().any())


@styled
def draw_costs(data: FigureData) -> "Figure":
    """Draw wall time by stage, and time and peak memory of every row.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    matplotlib.figure.Figure
        Up to three panels, one below the other.
    """
    rows = data.leaderboard[data.leaderboard["Fit Time"].notna()]
    heights = [*([len(data.seconds)] if data.seconds else []), *([len(rows)] * 2 if len(rows) else [])]
    if not heights:
        raise ValueError("draw_costs needs a time of a stage or of a model. Got none.")
    caption = (
        f"{data.caption}. Times of a row are means over folds, without inner folds; what rows share is "
        "charged in full to each. Memory: the most that the process of any fold held, libraries included."
    )
    height = 22 + _ROW * sum(heights) + 17 * len(heights)
    figure = new_figure(FULL_WIDTH, height, "Time and memory", caption)
    panels = list(
        figure.subplots(len(heights), 1, squeeze=False, height_ratios=[n + 1 for n in heights])[:, 0]
    )
    if data.seconds:
        _draw_bars(
            panels.pop(0),
            list(data.seconds),
            [list(data.seconds.values())],
            [COLORS[0]],
            "Wall time by stage (s)",
        )
    if panels:
        names, order = [describe(name) for name in rows["Model"]], list(_PARTS)
        times = [rows[part].tolist() for part in order]
        _draw_bars(panels[0], names, times, list(_PARTS.values()), "Time of one fold (s)")
        parts = [part.removesuffix(" Time").lower() for part in order]
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": len(parts)}
        name_handles(panels[0], panels[0].containers, parts, **above)
        _draw_bars(panels[1], names, [rows["Peak Memory"].tolist()], [MUTED], "Peak memory (MB)")
    return figure


def _draw_bars(
    panel: "Axes", names: Sequence[str], parts: Sequence[Sequence[float]], colors: Sequence[str], title: str
) -> None:
    """Draw stacked bars, each with its total behind it."""
    left = np.zeros(len(names))
    for values, color in zip(parts, colors, strict=True):
        panel.barh(range(len(names)), np.nan_to_num(values), 0.65, left=left, color=color)
        left += np.nan_to_num(values)
    for place, total in enumerate(left):
        panel.annotate(_short(total), (total, place), (3, 0), textcoords="offset points", va="center")
    label_rows(panel, [describe(name) for name in names])
    panel.set_xlabel(title)
    panel.set_xlim(0, 1.12 * max(left.max(), 1e-9))
    panel.grid(axis="x")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
