"""ROC and precision-recall curves, with bands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.evaluation import FoldPredictions
from leukfeat.evaluation.bands import CurveBand, precision_recall_band, roc_band
from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.style import (
    COLORS,
    FULL_WIDTH,
    HALF_WIDTH,
    MUTED,
    describe,
    name_handles,
    new_figure,
    number,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["draw_precision_recall", "draw_roc", "has_scores"]

_MOST = 6  # rows: as many as there are colours
_COLUMNS = 3  # of small panels, one for each class
_OPACITY = 0.2  # of bands
_GUESS: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (2, 2))}
_SHORTCUTS = ("--", "-.", ":")  # grey lines


@dataclass(frozen=True)
class _Kind:
    title: str
    x: str
    y: str
    metric: str
    measure: Callable[[Sequence[FoldPredictions], NDArray[np.integer], int, float], CurveBand]

    def draw_guess(self, panel: "Axes", share: float) -> None:
        """Draw what guessing reaches, of a class with a share of the images."""
        if self.metric == "roc_auc":
            panel.plot([0, 1], [0, 1], **_GUESS)
        else:
            panel.plot([0, 1], [share, share], **_GUESS)


_ROC = _Kind("ROC curves", "1 − specificity", "Sensitivity", "roc_auc", roc_band)
_PR = _Kind("Precision-recall curves", "Recall", "Precision", "pr_auc", precision_recall_band)


def has_scores(data: FigureData) -> bool:
    """Return whether curves can be drawn.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    bool
        Of two classes, whether any row has scores that rank images; of several, whether the best model has.
    """
    return bool(_ranked(data))


@styled
def draw_roc(data: FigureData) -> "Figure":
    """Draw ROC curves: of two classes one per row, of several one per class of the best model.

    Parameters
    ----------
    data : FigureData
        A run with scores.

    Returns
    -------
    matplotlib.figure.Figure
        Means over test folds at equal false positive rates, of the best model with a pointwise band at 95 %.
        Areas are means over test folds, too. Several classes have a panel each, against the rest.
    """
    return _draw(data, _ROC)


@styled
def draw_precision_recall(data: FigureData) -> "Figure":
    """Draw precision-recall curves of the same rows or classes as `draw_roc`.

    Parameters
    ----------
    data : FigureData
        A run with scores.

    Returns
    -------
    matplotlib.figure.Figure
        Means over test folds at equal recalls, with bands. The dotted line is the share of the class.
    """
    return _draw(data, _PR)


def _ranked(data: FigureData) -> list[str]:
    """List the rows whose curves are drawn: of several classes the best model alone."""
    table = data.statistics.estimates
    scored = set(table[(table["metric"] == "roc_auc") & table["value"].notna()]["model"])
    rows = data.models if data.positive is not None else [str(data.best)]
    return [name for name in rows if name in scored]


def _draw(data: FigureData, kind: _Kind) -> "Figure":
    return _draw_classes(data, kind) if data.positive is None else _draw_rows(data, kind)


def _draw_rows(data: FigureData, kind: _Kind) -> "Figure":
    rows = _ranked(data)[:_MOST]
    caption = f"{data.caption}. Means over test folds. {data.say_interval('Band of the best model')}."
    if len(rows) < len(_ranked(data)):
        caption += f" The best {_MOST} of {len(_ranked(data))} rows."
    figure = new_figure(HALF_WIDTH, HALF_WIDTH + 24 + 4.4 * len(rows), kind.title, caption)
    panel = figure.subplots()
    _prepare(panel)
    kind.draw_guess(panel, _share(data, str(data.positive)))
    handles, names = [], []
    colors, dashes = iter(COLORS), iter(_SHORTCUTS * _MOST)
    for model in rows:
        is_shortcut = data.predictions.kinds[model] == "shortcut"
        color, dash = (MUTED, next(dashes)) if is_shortcut else (next(colors), "-")
        curve = _measure(data, kind, model, 0, with_band=model == data.best)
        handles += _draw_curve(panel, curve, color, dash)
        names.append(f"{describe(model)}: {_area(*data.interval(model, kind.metric))}")
    positive = describe(data.positive)
    panel.set(
        xlabel=kind.x if kind is _ROC else f"{kind.x} ({positive})",
        ylabel=f"{kind.y} ({positive})" if kind is _ROC else kind.y,
    )
    name_handles(figure, handles, names, loc="outside lower left", title="Area under the curve [95 %]")
    return figure


def _draw_classes(data: FigureData, kind: _Kind) -> "Figure":
    model, classes = str(data.best), data.classes
    caption = (
        f"{data.caption}. Each class against the rest. Means over test folds. "
        f"{data.say_interval('Band')}. The number above a panel is the area under its curve."
    )
    n_rows = -(-len(classes) // _COLUMNS)
    title = f"{kind.title} of {describe(model)}"
    figure = new_figure(FULL_WIDTH, 24 + 57 * n_rows, title, caption)
    grid = figure.subplots(n_rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for target, (name, panel) in enumerate(zip(classes, grid.flat, strict=False)):
        _prepare(panel)
        kind.draw_guess(panel, _share(data, name))
        curve = _measure(data, kind, model, target, with_band=True)
        _draw_curve(panel, curve, COLORS[target % len(COLORS)], "-")
        area = float(np.trapezoid(curve.value, curve.x))
        n = round(_share(data, name) * data.predictions.frame["path"].nunique())
        panel.set_title(f"{describe(name, 16)} (n = {n:,}): {_area(area)}")
    for panel in grid.flat[len(classes) :]:
        panel.set_visible(False)
    figure.supxlabel(kind.x)
    figure.supylabel(kind.y)
    return figure


def _prepare(panel: "Axes") -> None:
    panel.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect=1)
    panel.set(xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
    panel.grid()


def _measure(data: FigureData, kind: _Kind, model: str, target: int, *, with_band: bool) -> CurveBand:
    multiplicities = data.multiplicities if with_band else data.multiplicities[:0]
    return kind.measure(data.folds(model), multiplicities, target, data.statistics.widening)


def _draw_curve(panel: "Axes", curve: CurveBand, color: str, dash: str) -> list["Line2D"]:
    if not np.isnan(curve.low).all():
        panel.fill_between(curve.x, curve.low, curve.high, color=color, alpha=_OPACITY, linewidth=0)
    return panel.plot(curve.x, curve.value, color=color, linestyle=dash)


def _share(data: FigureData, label: str) -> float:
    images = data.predictions.frame.drop_duplicates("path")
    return float((images["label"] == label).mean())


def _area(value: float, low: float = np.nan, high: float = np.nan) -> str:
    if np.isnan(value):
        return "–"
    return number(value) + ("" if np.isnan(low) else f" [{number(low)}, {number(high)}]")
