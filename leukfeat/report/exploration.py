"""A data set looked at before anything is fitted: pictures, tables and one page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from leukfeat._tables import make_folder, write_json, write_text
from leukfeat._version import __version__
from leukfeat.errors import ConfigurationError
from leukfeat.extraction import extract
from leukfeat.features import CellFeatures, ImageFeatures
from leukfeat.imaging import LoadCells
from leukfeat.report.colors import color_by_class, draw_background, draw_colors
from leukfeat.report.explore import count_images, draw_samples
from leukfeat.report.figures import save_figure
from leukfeat.report.mean_images import draw_mean_images, mean_images
from leukfeat.report.tallies import count_by, count_sizes, draw_counts, draw_sizes, imbalance

__all__ = ["Exploration", "explore_images"]

_FAMILIES = ("color", "background", "shape")
_PER_CLASS = 8
_MOST_CLASSES = 40
_CAPTIONS = {  # of each picture: title, and what to look for
    "counts": ("Images and subjects", "Images by class, fold and split, and of each subject."),
    "samples": ("Samples", "Chosen at random, as the program frames them."),
    "regions": ("The same with their regions", "Green: outline of the cell, orange: of the nucleus."),
    "means": (
        "Mean image of each class",
        "Below: how often a pixel belongs to a nucleus. Means that differ outside the cells tell the class "
        "before any cell does.",
    ),
    "background": (
        "Colour of the bare slide",
        "Each dot an image. Where classes lie apart, a model can tell them by the slide alone.",
    ),
    "colors": (
        "Brightness and colour",
        "CIE L*, a* and b* of slide (where there is one), nucleus and cytoplasm: median, quartiles, 5 and "
        "95 %; in brackets the number of images.",
    ),
    "sizes": (
        "Image sizes and nuclei",
        "Sizes of the files (of a compact copy: of its original), and area of the nucleus in their pixels.",
    ),
}


@dataclass(frozen=True, eq=False)
class Exploration:
    """What was found.

    Attributes
    ----------
    page : pathlib.Path
        The page; pictures and `explore.json` lie beside it.
    summary : dict
        The tables as JSON holds them.
    errors : pandas.DataFrame
        `path` and `reason` of each image that could not be used.
    """

    page: Path
    summary: dict[str, Any]
    errors: pd.DataFrame


def explore_images(
    manifest: pd.DataFrame,
    folder: str | Path,
    load: LoadCells | None = None,
    *,
    title: str = "",
    seed: int = 0,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Exploration:
    """Write `explore.html`, its pictures and `explore.json`.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `leukfeat.datasets.read_manifest` returns it; images without a label are a class of their own.
    folder : str or pathlib.Path
        Where to write. What an earlier page has there is replaced.
    load : LoadCells, default=None
        How files become cells; None takes `LoadCells()`.
    title : str, default=""
        What the data set is called.
    seed : int, default=0
        Of the samples.
    jobs : int, default=None
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether measured rows are looked up and kept.
    progress : callable, default=None
        Called with the name of the stage, the number of images done and their total.

    Returns
    -------
    Exploration
        Where the page lies, and what it says.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one image can be used, or there are more than forty classes.
    """
    target = Path(folder)
    make_folder(target)
    named = _with_labels(manifest)
    features = ImageFeatures(load, CellFeatures(_FAMILIES))
    stage = None if progress is None else partial(progress, "extract")
    extraction = extract(named, features, jobs=jobs, cache=cache, progress=stage)
    table = extraction.table
    measured = pd.concat(
        [table.manifest, pd.DataFrame(table.values, columns=list(table.feature_names))], axis=1
    )
    settled = LoadCells(table.metadata["size"], table.metadata["scene"])
    if settled.scene == "masked":  # cells on black have no slide, only a rim
        measured = measured.drop(columns=[name for name in measured if str(name).startswith("background_")])
    means = mean_images(table.manifest, settled, seed=seed)
    summary = _summarize(named, measured, extraction.errors, settled.scene, title)
    pictures = _draw(named, measured, means, settled, target, seed)
    write_json(summary, target / "explore.json")
    write_text(_render(summary, pictures), target / "explore.html")
    return Exploration(target / "explore.html", summary, extraction.errors)


def _with_labels(manifest: pd.DataFrame) -> pd.DataFrame:
    labels = manifest["label"] if "label" in manifest else pd.Series(None, index=manifest.index, dtype=object)
    named = manifest.assign(label=labels.astype(object).where(labels.notna(), "(no label)"))
    if named["label"].nunique() > _MOST_CLASSES:
        raise ConfigurationError(
            f"A page shows at most {_MOST_CLASSES} classes. Got {named['label'].nunique()}: is 'label' the "
            "class?"
        )
    return named


def _summarize(
    manifest: pd.DataFrame, measured: pd.DataFrame, errors: pd.DataFrame, scene: str, title: str
) -> dict[str, Any]:
    return {
        "title": title,
        "version": __version__,
        "scene": scene,
        "images": len(manifest),
        "failed": errors.to_dict("records"),
        "classes": _records(count_images(manifest)),
        "imbalance": imbalance(manifest),
        **{
            f"by_{column}": _records(count_by(manifest, column))
            for column in ("fold", "split")
            if column in manifest
        },
        "subjects": int(manifest["subject"].nunique()) if "subject" in manifest else None,
        "sizes": _records(count_sizes(measured)),
        "colors": _records(color_by_class(measured)),
    }


def _draw(
    manifest: pd.DataFrame,
    measured: pd.DataFrame,
    means: dict[str, Any],
    load: LoadCells,
    target: Path,
    seed: int,
) -> list[tuple[str, str, str]]:
    """Write the pictures; return name, title and caption of each, in the order of the page."""
    usable = manifest[manifest["path"].isin(measured["path"])]
    figures = {
        "counts": draw_counts(manifest),
        "samples": draw_samples(usable, load, n_per_class=_PER_CLASS, seed=seed, regions=False),
        "regions": draw_samples(usable, load, n_per_class=_PER_CLASS, seed=seed),
        "means": draw_mean_images(means),
        **({} if load.scene == "masked" else {"background": draw_background(measured)}),
        "colors": draw_colors(measured),
        "sizes": draw_sizes(measured),
    }
    for name in _CAPTIONS:
        if name in figures:
            save_figure(figures[name], target / f"{name}.png")
        else:
            (target / f"{name}.png").unlink(missing_ok=True)
    return [(f"{name}.png", *_CAPTIONS[name]) for name in figures]


def _render(summary: dict[str, Any], pictures: list[tuple[str, str, str]]) -> str:
    from jinja2 import Environment

    template = (resources.files("leukfeat.report") / "templates" / "explore.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    return page.render(summary=summary, pictures=pictures)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON holds them: a number that is missing is null."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): _plain(value) for key, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: Any) -> Any:
    item = value.item() if hasattr(value, "item") else value
    return round(item, 4) if isinstance(item, float) else item
