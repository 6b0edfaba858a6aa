"""The figures of a run as parts of its page."""

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leukfeat.report.figures import FigureData, svg_text
from leukfeat.report.figures.drawings import DRAWINGS
from leukfeat.report.leaderboard import TITLES
from leukfeat.report.predictions import Predictions
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.statistics import Statistics

__all__ = ["InlineFigure", "draw_inline"]

_SIZE = re.compile(r'(<svg\b[^>]*?)\s(width|height)="([\d.]+)pt"')
_WIDTH, _WIDE = re.compile(r'<svg\b[^>]*?\swidth="([\d.]+)"'), 600
_PIXELS = 1.33 * 1.28  # of a point: figures for paper are small on a screen
_LOG = logging.getLogger(__name__)
_SECTIONS = {  # by figure; what the page shows as a table is left to the files
    "roc": "curves",
    "precision_recall": "curves",
    "calibration": "calibration",
    "subjects": "subjects",
    "ablation": "families",
}


@dataclass(frozen=True)
class InlineFigure:
    """A figure that stands inside a page.

    Attributes
    ----------
    name : str
        Of one figure of the page only.
    svg : str
        The figure.
    caption : str
        What it shows, in words.
    """

    name: str
    svg: str
    caption: str

    @property
    def is_wide(self) -> bool:
        """Whether a narrow screen had better show a part of it than all of it small.

        Returns
        -------
        bool
            For a figure of several panels side by side.
        """
        found = _WIDTH.search(self.svg)
        return found is not None and float(found[1]) > _WIDE


def draw_inline(
    saved: SavedRun, statistics: Statistics, summary: Mapping[str, Any]
) -> tuple[dict[str, list[InlineFigure]], dict[str, str]]:
    """Draw what a page shows and a table cannot.

    Parameters
    ----------
    saved : SavedRun
        The run.
    statistics : Statistics
        Of its predictions.
    summary : mapping
        As `leukfeat.report.summary.summarise` returns it.

    Returns
    -------
    figures : dict of str to list of InlineFigure
        By section of the page.
    failures : dict of str to str
        By section, why a figure could not be drawn; the page is not lost for one.
    """
    data = FigureData(
        leaderboard=_frame(summary),
        predictions=Predictions.read(saved.predictions),
        statistics=statistics,
        leaks=summary["run"]["leaks"],
        seconds=summary["stages"],
        ablation=saved.ablation,
    )
    figures: dict[str, list[InlineFigure]] = {}
    failures = {}
    for drawing in DRAWINGS:
        section = _SECTIONS.get(drawing.name)
        if section is None:
            continue
        try:
            if not drawing.suits(data):
                continue
            svg = svg_text(drawing.draw(data), drawing.name, drawing.title, drawing.description)
        except Exception as error:  # whatever drawing raises: the numbers are there without it
            _LOG.warning("The figure %s could not be drawn.", drawing.name, exc_info=True)
            failures[section] = f"It could not be drawn: {type(error).__name__}: {error}"
            continue
        found = InlineFigure(drawing.name, _enlarge(svg), drawing.description)
        figures.setdefault(section, []).append(found)
    return figures, failures


def _enlarge(svg: str) -> str:
    """Give a figure a size in pixels, at which its smallest text can be read."""
    for _ in ("width", "height"):
        svg = _SIZE.sub(
            lambda found: f'{found[1]} {found[2]}="{_PIXELS * float(found[3]):.0f}"', svg, count=1
        )
    return svg


def _frame(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Return the leaderboard as `leaderboard.csv` holds it, as far as figures need it."""
    marks = {"best": "best", "like best": "yes"}
    rows = []
    for row in summary["leaderboard"]:
        cells = {"Model": row["model"], "Like Best": marks.get(row["mark"], "")}
        for key, score in row["scores"].items():
            for suffix, name in (("", "value"), (" Low", "low"), (" High", "high"), (" SD", "sd")):
                cells[f"{TITLES[key]}{suffix}"] = _float(score[name])
        rows.append({**cells, "Kind": row["kind"], "Reason": row["reason"]})
    return pd.DataFrame(rows)


def _float(value: float | None) -> float:
    return math.nan if value is None else value
