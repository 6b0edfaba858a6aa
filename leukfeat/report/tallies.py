"""How many images there are of what: tables and bars."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from leukfeat.report.class_colors import class_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["count_by", "count_sizes", "draw_counts", "draw_sizes", "imbalance"]

_AREA = "shape_area_nucleus_px"
_OF = "images of {}"  # so that a class may be called like another column
_N_SIZES = 12
_N_TICKS = 45


def count_by(manifest: pd.DataFrame, column: str) -> pd.DataFrame:
    """Count images and subjects by a column and class.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With `label`, `column` and perhaps `subject`.
    column : str
        `"fold"` or `"split"`, for example; images without an entry are left out.

    Returns
    -------
    pandas.DataFrame
        One row per value of the column: its value, `images`, `images of …` each class and, where there are
        any, `subjects`.
    """
    known = manifest.dropna(subset=column)
    if known.empty:
        return pd.DataFrame(columns=[column, "images"])
    counts = pd.crosstab(known[column].astype(str), known["label"]).rename(columns=_OF.format)
    counts.insert(0, "images", counts.sum(axis=1))
    if "subject" in known:
        counts["subjects"] = known.groupby(known[column].astype(str))["subject"].nunique()
    return counts.rename_axis(index=column, columns=None).reset_index()


def imbalance(manifest: pd.DataFrame) -> dict[str, Any]:
    """Measure how unequal classes are.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With `label`.

    Returns
    -------
    dict
        `largest` and `smallest` class, `ratio` of their sizes, and `majority_accuracy`: what saying the
        largest class of every image scores.
    """
    counts = manifest["label"].value_counts()
    return {
        "largest": str(counts.index[0]),
        "smallest": str(counts.index[-1]),
        "ratio": round(float(counts.iloc[0] / counts.iloc[-1]), 3),
        "majority_accuracy": round(float(counts.iloc[0] / counts.sum()), 4),
    }


def count_sizes(measured: pd.DataFrame) -> pd.DataFrame:
    """Count images by size, format and class.

    Parameters
    ----------
    measured : pandas.DataFrame
        With `image_width`, `image_height`, `image_format` and `label`; of compact copies with
        `source_width`, `source_height` and `source_format`, which count in their place.

    Returns
    -------
    pandas.DataFrame
        The commonest first: `format`, `width`, `height`, `images` and `images of …` each class.
    """
    keys = [_of_source(measured, name).rename(name) for name in ("format", "width", "height")]
    counts = pd.crosstab(keys, measured["label"]).rename(columns=_OF.format)
    counts.insert(0, "images", counts.sum(axis=1))
    return (
        counts.sort_values("images", ascending=False, kind="stable").rename_axis(columns=None).reset_index()
    )


def draw_counts(manifest: pd.DataFrame) -> "Figure":
    """Draw images by class, by fold and split, and by subject.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With `label`; `fold`, `split` and `subject` are drawn where they are.

    Returns
    -------
    matplotlib.figure.Figure
        One panel each, subjects below.
    """
    from matplotlib.figure import Figure

    columns = [name for name in ("fold", "split") if name in manifest and manifest[name].notna().any()]
    with_subjects = "subject" in manifest and manifest["subject"].notna().any()
    figure = Figure(
        figsize=(max(4 + 3 * len(columns), 8), 5.6 if with_subjects else 3.2), layout="constrained"
    )
    parts = figure.subfigures(2 if with_subjects else 1, 1, squeeze=False)[:, 0]
    panels = parts[0].subplots(1, 1 + len(columns), squeeze=False)[0]
    _draw_classes(panels[0], manifest)
    for panel, column in zip(panels[1:], columns, strict=True):
        _draw_stacks(panel, manifest, column)
    if with_subjects:
        _draw_subjects(parts[1].subplots(), manifest)
    return figure


def draw_sizes(measured: pd.DataFrame) -> "Figure":
    """Draw the commonest image sizes and the area of the nucleus by class.

    Parameters
    ----------
    measured : pandas.DataFrame
        With the columns that `count_sizes` takes, and `shape_area_nucleus_px`.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = count_sizes(measured).head(_N_SIZES)[::-1]
    labels = [f"{row.width} × {row.height} {row.format}" for row in sizes.itertuples()]
    start = np.zeros(len(sizes))
    for label, color in class_colors(measured["label"]).items():
        images = sizes[_OF.format(label)].to_numpy()
        left.barh(labels, images, left=start, color=color, label=label)
        start += images
    left.set(xlabel="Images", title="Size and format")
    for label, color in class_colors(measured["label"]).items():
        area = measured.loc[measured["label"] == label, _AREA].dropna()
        if len(area):
            edges = np.linspace(0, max(float(np.nanquantile(measured[_AREA], 0.99)), 1), 40)
            right.hist(
                area, bins=edges, histtype="step", density=True, color=color, label=label, linewidth=1.4
            )
    right.set(xlabel="Area of the nucleus (px²)", yticks=[], title="Nuclei")
    right.legend(frameon=False, fontsize=8)
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _of_source(measured: pd.DataFrame, name: str) -> pd.Series:
    """Return a property of the images: for a compact copy, of its original."""
    own, source = measured[f"image_{name}"], f"source_{name}"
    if not {source, "source_sha256"} <= set(measured):  # as leukfeat data convert names them
        return own
    known = measured[source].notna()
    return measured[source].where(known, own).astype(own.dtype)


def _draw_classes(panel: "Axes", manifest: pd.DataFrame) -> None:
    colors = class_colors(manifest["label"])
    counts = manifest["label"].value_counts()
    bars = panel.bar(list(colors), [counts[label] for label in colors], color=list(colors.values()))
    panel.bar_label(
        bars, labels=[f"{counts[label]}\n{counts[label] / len(manifest):.0%}" for label in colors], fontsize=8
    )
    panel.margins(y=0.2)
    panel.set(title="Classes", ylabel="Images")
    panel.tick_params(axis="x", rotation=30)
    panel.spines[["top", "right"]].set_visible(False)


def _draw_stacks(panel: "Axes", manifest: pd.DataFrame, column: str) -> None:
    counts = count_by(manifest, column)
    start = np.zeros(len(counts))
    for label, color in class_colors(manifest["label"]).items():
        name = _OF.format(label)
        heights = counts[name].to_numpy() if name in counts else np.zeros(len(counts))
        panel.bar(counts[column], heights, bottom=start, color=color)
        start += heights
    panel.set(title=column.capitalize())
    panel.spines[["top", "right"]].set_visible(False)


def _draw_subjects(panel: "Axes", manifest: pd.DataFrame) -> None:
    known = manifest.dropna(subset="subject")
    counts = pd.crosstab(known["subject"].astype(str), known["label"])
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    start = np.zeros(len(counts))
    for label, color in class_colors(manifest["label"]).items():
        heights = counts[label].to_numpy() if label in counts else np.zeros(len(counts))
        panel.bar(range(len(counts)), heights, bottom=start, color=color, width=0.9)
        start += heights
    shown = list(counts.index) if len(counts) <= _N_TICKS else []
    panel.set_xticks(range(len(shown)), shown, rotation=90, fontsize=7)
    panel.set(title=f"Images of each of {len(counts)} subjects", ylabel="Images")
    panel.margins(x=0.01)
    panel.spines[["top", "right"]].set_visible(False)
