"""Brightness and colour by class: the shortcut seen with the eye."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from leukfeat.report.class_colors import class_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["color_by_class", "draw_background", "draw_colors"]

_PARTS = {
    "slide": "background_mean_lab_{}",
    "nucleus": "color_mean_lab_{}_nucleus",
    "cytoplasm": "color_mean_lab_{}_cytoplasm",
}
_CHANNELS = {"l": "L* (brightness)", "a": "a* (green to red)", "b": "b* (blue to yellow)"}
_MOST_DOTS = 1500  # of a class


def color_by_class(measured: pd.DataFrame) -> pd.DataFrame:
    """Summarise brightness and colour of slide, nucleus and cytoplasm by class.

    Parameters
    ----------
    measured : pandas.DataFrame
        With `label` and the columns of the families `color` and, where there is a slide, `background`.

    Returns
    -------
    pandas.DataFrame
        One row per part, channel and class: `part`, `channel`, `label`, `mean`, `sd`, and `effect`: how far
        the mean lies from that of all other images, in standard deviations of all images. NaN where there is
        nothing to measure.
    """
    rows = []
    for part, pattern in _parts(measured).items():
        for channel in _CHANNELS:
            values = measured[pattern.format(channel)].astype(float)
            spread = values.std(ddof=0)
            for label in class_colors(measured["label"]):
                inside = measured["label"] == label
                gap = values[inside].mean() - values[~inside].mean()
                effect = gap / spread if spread > 0 else np.nan
                rows.append((part, channel, label, values[inside].mean(), values[inside].std(ddof=0), effect))
    return pd.DataFrame(rows, columns=["part", "channel", "label", "mean", "sd", "effect"])


def draw_background(measured: pd.DataFrame) -> "Figure":
    """Draw the colour of the bare slide, each image a dot.

    Parameters
    ----------
    measured : pandas.DataFrame
        With `label` and the columns of the family `background`.

    Returns
    -------
    matplotlib.figure.Figure
        b* against a*, and L* against a*.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, channel in zip(panels, ("b", "l"), strict=True):
        for label, color in class_colors(measured["label"]).items():
            rows = measured[measured["label"] == label]
            shown = rows.sample(min(len(rows), _MOST_DOTS), random_state=0)
            x, y = (shown[_PARTS["slide"].format(name)] for name in ("a", channel))
            panel.plot(x, y, ".", color=color, alpha=0.4, markersize=4, label=label, markeredgewidth=0)
        panel.set(xlabel=_CHANNELS["a"], ylabel=_CHANNELS[channel])
        panel.spines[["top", "right"]].set_visible(False)
    legend = panels[1].legend(frameon=False, fontsize=8, markerscale=3)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    return figure


def draw_colors(measured: pd.DataFrame) -> "Figure":
    """Draw brightness and colour of slide, nucleus and cytoplasm by class.

    Parameters
    ----------
    measured : pandas.DataFrame
        With `label` and the columns of the families `color` and, where there is a slide, `background`.

    Returns
    -------
    matplotlib.figure.Figure
        One row per part, one column per channel; in brackets the number of images in which the part is
        measured.
    """
    from matplotlib.figure import Figure

    colors = class_colors(measured["label"])
    parts = _parts(measured)
    figure = Figure(figsize=(9.5, (1.2 + 0.25 * len(colors)) * len(parts)), layout="constrained")
    panels = figure.subplots(len(parts), len(_CHANNELS), sharey="row", squeeze=False)
    for row, (part, pattern) in zip(panels, parts.items(), strict=True):
        for panel, (channel, title) in zip(row, _CHANNELS.items(), strict=True):
            _draw_boxes(panel, measured, pattern.format(channel), colors)
            if part == next(iter(parts)):
                panel.set_title(title, fontsize=9)
        counts = measured.groupby("label")[pattern.format("l")].count()
        row[0].set_yticks(
            range(1, len(colors) + 1), [f"{label} ({counts[label]})" for label in colors], fontsize=8
        )
        row[0].invert_yaxis()
        row[0].set_ylabel(part)
    return figure


def _parts(measured: pd.DataFrame) -> dict[str, str]:
    return {part: pattern for part, pattern in _PARTS.items() if pattern.format("l") in measured}


def _draw_boxes(panel: "Axes", measured: pd.DataFrame, column: str, colors: dict[str, str]) -> None:
    groups: list[Any] = [measured.loc[measured["label"] == label, column].dropna() for label in colors]
    drawn = panel.boxplot(
        groups, orientation="horizontal", widths=0.7, whis=(5, 95), showfliers=False, patch_artist=True
    )
    for box, color in zip(drawn["boxes"], colors.values(), strict=True):
        box.set(facecolor=color, alpha=0.8)
    for line in drawn["medians"]:
        line.set_color("black")
    panel.grid(axis="x", alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
