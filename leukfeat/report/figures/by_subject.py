"""The score of every patient, and the names of the worst."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import (
    COLORS,
    FULL_WIDTH,
    INK,
    MUTED,
    describe,
    name_handles,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_subjects", "has_subjects", "subject_scores"]

_SEVERAL = "several classes"
_N_NAMED = 6
_TOP = 1.0
_LEAST_GAP = 0.062  # between names, of the height of the panel


def has_subjects(data: FigureData) -> bool:
    """Return whether there are patients, and a best model to score them with.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        Whether `draw_subjects` has anything to draw.
    """
    return data.best is not None and bool((data.statistics.subjects["model"] == data.best).any())


def subject_scores(data: FigureData) -> pd.DataFrame:
    """List what the best model gets right of each patient.

    Parameters
    ----------
    data : FigureData
        A run with patients.

    Returns
    -------
    pandas.DataFrame
        `subject`, `n_images`, `accuracy` (over all test folds and repeats), `label` (its class; empty where
        it has images of several), worst first; of equal ones those with more images.
    """
    table = data.statistics.subjects
    own = table[table["model"] == data.best].drop(columns="model")
    images = data.predictions.frame[["subject", "label"]].drop_duplicates().groupby("subject")["label"]
    label = images.first().where(images.nunique() == 1, "")
    joined = own.assign(label=own["subject"].map(label))
    return joined.sort_values(
        ["accuracy", "n_images", "subject"], ascending=[True, False, True], ignore_index=True
    )


@styled
def draw_subjects(data: FigureData) -> "Figure":
    """Draw what the best model gets right of each patient, worst first, the worst by name.

    Parameters
    ----------
    data : FigureData
        A run with patients.

    Returns
    -------
    matplotlib.figure.Figure
        One panel; each patient a dot, its area by its number of images, its colour by class.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    table = subject_scores(data)
    title = f"Score of each patient, by {describe(data.best)}"
    figure = new_figure(FULL_WIDTH, 105, title, f"{data.caption}. Area of a dot: number of images.")
    panel = figure.subplots()
    handles, names = [], []
    for label, color in _colors(data, table).items():
        rows = table[table["label"] == label]
        area = 8 + 52 * rows["n_images"] / table["n_images"].max()
        handles.append(
            panel.scatter(rows.index + 1, rows["accuracy"], area, color=color, alpha=0.75, linewidths=0)
        )
        names.append(f"{describe(label or _SEVERAL)} ({len(rows)})")
    pooled = float(np.average(table["accuracy"], weights=table["n_images"]))
    panel.axhline(pooled, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    lowest = _name_worst(panel, table)
    panel.set(xlabel="Patients, worst first", ylabel="Share of images predicted right")
    panel.set_xlim(0, len(table) + 1)
    panel.set_ylim(lowest, _TOP + 0.03 * (_TOP - lowest))
    panel.set_yticks([tick for tick in panel.get_yticks() if max(lowest, 0) <= tick <= _TOP])
    panel.yaxis.set_major_formatter(PercentFormatter(1))
    panel.grid(axis="y")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    for handle in handles:
        handle.set_clip_on(False)
    name_handles(panel, handles, names, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="Class (patients)")
    return figure


def _colors(data: FigureData, table: pd.DataFrame) -> dict[str, str]:
    colors = {name: COLORS[place % len(COLORS)] for place, name in enumerate(data.classes)}
    return {label: color for label, color in {**colors, "": INK}.items() if (table["label"] == label).any()}


def _name_worst(panel: "Axes", table: pd.DataFrame) -> float:
    """Write the names of the worst patients below and right of their dots; return where the panel begins."""
    scores = table["accuracy"].to_numpy(dtype=np.float64)
    worst = table[table["accuracy"] < 1].head(_N_NAMED)
    span = max(_TOP - float(scores[0]), 0.05)
    if worst.empty:
        return _TOP - span
    right = min(len(worst) + 0.03 * len(table) + 0.5, 0.62 * len(table) + 1)
    ceiling = scores[min(int(right), len(scores)) - 1] - 0.85 * _LEAST_GAP * span  # dots there are above it
    heights = _spread(np.minimum(scores[: len(worst)], ceiling), _LEAST_GAP * span)
    for place, (row, height) in enumerate(zip(worst.to_dict("records"), heights, strict=True)):
        text = f"{describe(row['subject'], 24, 10)}: {row['accuracy']:.0%} of {row['n_images']:,}"
        line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "relpos": (0, 0.5)}
        panel.annotate(text, (place + 1, row["accuracy"]), (right, height), va="center", arrowprops=line)
    return float(min(scores[0], *heights) - _LEAST_GAP * span)


def _spread(values: NDArray[np.float64], gap: float) -> list[float]:
    """Move rising values downwards until neighbours are a gap apart, the highest where it is."""
    placed: list[float] = []
    for value in values[::-1]:
        placed.append(float(value) if not placed else min(float(value), placed[-1] - gap))
    return placed[::-1]
