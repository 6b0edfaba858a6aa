"""Pictures of a leaderboard."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from leukfeat._tables import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_confusion", "draw_leaderboard", "draw_roc", "save_figure"]

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666")  # Okabe and Ito
_DPI = 150


def save_figure(figure: "Figure", path: str | Path) -> None:
    """Write a figure as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : str or pathlib.Path
        The file.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a class may be called $a$
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)


def draw_leaderboard(leaderboard: pd.DataFrame, scores: pd.DataFrame, caption: str) -> "Figure":
    """Draw balanced accuracy and ROC AUC of every row, with their intervals, each fold a dot.

    Parameters
    ----------
    leaderboard : pandas.DataFrame
        As `leukfeat.report.leaderboard.build_leaderboard` returns it.
    scores : pandas.DataFrame
        As `leukfeat.report.statistics.Statistics.scores` holds them.
    caption : str
        What was compared and how.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels side by side.
    """
    from matplotlib.figure import Figure

    models = list(leaderboard["Model"])[::-1]
    figure = Figure(figsize=(9, 1.4 + 0.42 * len(models)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    metrics = (("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC"))
    for panel, (metric, title) in zip(panels, metrics, strict=True):
        for place, model in enumerate(models):
            row = leaderboard[leaderboard["Model"] == model].iloc[0]
            color = _COLORS[0] if row["Kind"] == "model" else _COLORS[-1]
            folds = scores[(scores["model"] == model) & (scores["metric"] == metric)]["value"]
            panel.plot(folds, np.full(len(folds), place), "o", color=color, alpha=0.35, markersize=5)
            panel.plot(
                [row[f"{title} Low"], row[f"{title} High"]], [place, place], color=color, linewidth=1.6
            )
            panel.plot(row[title], place, "|", color=color, markersize=18, markeredgewidth=2.5)
        panel.set(
            xlabel=title,
            yticks=range(len(models)),
            yticklabels=[_marked(leaderboard, model) for model in models],
        )
        panel.grid(axis="x", alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        f"{caption}\nbar: mean, line: interval at 95 %, dots: folds, *: like the best", fontsize=9
    )
    return figure


def _marked(leaderboard: pd.DataFrame, model: str) -> str:
    """Return a model's name, with a star where it cannot be told from the best."""
    alike = leaderboard.loc[leaderboard["Model"] == model, "Like Best"].eq("yes").any()
    return f"{model} *" if alike else model


def draw_roc(predictions: pd.DataFrame, models: Sequence[str], positive: str, caption: str) -> "Figure":
    """Draw one ROC curve per model, averaged over test folds at equal false positive rates.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As `predictions.parquet` holds them, of two classes.
    models : sequence of str
        Which models, best first.
    positive : str
        The positive class.
    caption : str
        What was compared and how.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 5.4), layout="constrained")
    panel = figure.subplots()
    panel.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle="--")
    grid = np.linspace(0, 1, 501)
    for number, model in enumerate(models):
        rows = predictions[predictions["model"] == model]
        curve = _mean_roc(rows, positive, f"score_{positive}", grid)
        panel.plot(grid, curve, color=_COLORS[number % len(_COLORS)], label=model, linewidth=1.4)
    panel.set(
        xlabel="1 - specificity",
        ylabel=f"Sensitivity ({positive})",
        xlim=(-0.01, 1),
        ylim=(0, 1.01),
        aspect=1,
    )
    panel.legend(loc="lower right", frameon=False, fontsize=8)
    panel.set_title(caption, fontsize=8)
    return figure


def draw_confusion(predictions: pd.DataFrame, model: str, classes: Sequence[str], caption: str) -> "Figure":
    """Draw the confusion matrix of one model over all test folds, as counts and rates of the true class.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As `predictions.parquet` holds them.
    model : str
        Which model.
    classes : sequence of str
        All classes, sorted.
    caption : str
        What was compared and how.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    from matplotlib.figure import Figure
    from sklearn.metrics import confusion_matrix

    rows = predictions[predictions["model"] == model]
    counts = confusion_matrix(rows["label"].tolist(), rows["predicted"].tolist(), labels=list(classes))
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.85 * len(classes)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    panel = figure.subplots()
    panel.imshow(rates, cmap="Blues", vmin=0, vmax=1)
    for (i, j), rate in np.ndenumerate(rates):
        text = f"{counts[i, j]}\n{rate:.0%}"
        panel.text(j, i, text, ha="center", va="center", color="white" if rate > 0.5 else "black", fontsize=9)
    ticks = range(len(classes))
    panel.set(xticks=ticks, yticks=ticks, yticklabels=classes, xlabel="Predicted", ylabel="True")
    panel.set_xticks(ticks, classes, rotation=30, ha="right")
    panel.set_title(f"{model}\n{caption}", fontsize=8)
    return figure


def _mean_roc(rows: pd.DataFrame, positive: str, score: str, grid: np.ndarray) -> np.ndarray:
    from sklearn.metrics import roc_curve

    curves = []
    for _, fold in rows.groupby(["repeat", "fold"]):
        truth = fold["label"] == positive
        if 0 < truth.sum() < len(truth):
            false_positive, true_positive, _ = roc_curve(truth, fold[score])
            curves.append(np.interp(grid, false_positive, true_positive))
    return np.mean(curves, axis=0) if curves else np.full(len(grid), np.nan)
