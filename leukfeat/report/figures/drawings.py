"""Which figures a run has, in the order of its report."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leukfeat.report.figures.ablation import draw_ablation, has_ablation
from leukfeat.report.figures.by_subject import draw_subjects, has_subjects
from leukfeat.report.figures.calibration import draw_calibration, has_probabilities
from leukfeat.report.figures.confusion import draw_confusion
from leukfeat.report.figures.costs import draw_costs, has_costs
from leukfeat.report.figures.curves import draw_precision_recall, draw_roc, has_scores
from leukfeat.report.figures.data import FigureData
from leukfeat.report.figures.leaderboard import draw_leaderboard
from leukfeat.report.figures.pairs import draw_pairs, has_pairs
from leukfeat.report.figures.saving import save_png_and_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawing", "list_drawings", "write_figures"]

_LOG = logging.getLogger(__name__)


def _has_best(data: FigureData) -> bool:
    return data.best is not None


@dataclass(frozen=True)
class Drawing:
    """One figure that a run can have.

    Parameters
    ----------
    name : str
        Name of its files, without the ending.
    title : str
        What it shows, in a few words.
    description : str
        The same for those who cannot see it, a sentence or two.
    draw : callable
        Returns the figure of a run.
    is_possible : callable, default=None
        Returns whether a run has what it needs; None where every run has.
    """

    name: str
    title: str
    description: str
    draw: Callable[[FigureData], "Figure"]
    is_possible: Callable[[FigureData], bool] | None = None

    def suits(self, data: FigureData) -> bool:
        """Return whether a run has what the figure needs.

        Parameters
        ----------
        data : FigureData
            A run.

        Returns
        -------
        bool
            Whether it can be drawn.
        """
        return self.is_possible is None or self.is_possible(data)


DRAWINGS: tuple[Drawing, ...] = (
    Drawing(
        "leaderboard",
        "Leaderboard",
        "Balanced accuracy and ROC AUC of every row with intervals at 95 %, each test fold a dot. The table "
        "of the leaderboard holds the same numbers.",
        draw_leaderboard,
    ),
    Drawing(
        "tests",
        "Tests between rows",
        "Matrix of the differences between all rows with the p-values of paired bootstrap tests, corrected "
        "by Holm's method.",
        draw_pairs,
        has_pairs,
    ),
    Drawing(
        "roc",
        "ROC curves",
        "Sensitivity against one minus specificity, means over test folds with bands at 95 %; areas stand in "
        "the legend.",
        draw_roc,
        has_scores,
    ),
    Drawing(
        "precision_recall",
        "Precision-recall curves",
        "Precision against recall, means over test folds with bands at 95 %; areas stand in the legend.",
        draw_precision_recall,
        has_scores,
    ),
    Drawing(
        "confusion",
        "Confusion matrix",
        "How often the best model takes each class for each other, as counts and as shares of the true "
        "class.",
        draw_confusion,
        _has_best,
    ),
    Drawing(
        "calibration",
        "Calibration",
        "How often what the best model claims is true against the probability that it claims, with intervals "
        "at 95 %, and how many predictions there are of each probability.",
        draw_calibration,
        has_probabilities,
    ),
    Drawing(
        "subjects",
        "Score by patient",
        "Share of right predictions of each patient, a dot each, worst first, the worst by name.",
        draw_subjects,
        has_subjects,
    ),
    Drawing(
        "ablation",
        "What each feature family adds",
        "By how much the best model falls behind without each family, with intervals at 95 %.",
        draw_ablation,
        has_ablation,
    ),
    Drawing(
        "costs",
        "Time and memory",
        "Bars of wall time by stage, and of time and peak memory by row.",
        draw_costs,
        has_costs,
    ),
)


def list_drawings(data: FigureData) -> list[Drawing]:
    """List the figures that a run has.

    Parameters
    ----------
    data : FigureData
        A run.

    Returns
    -------
    list of Drawing
        In the order of a report.
    """
    return [drawing for drawing in DRAWINGS if drawing.suits(data)]


def write_figures(data: FigureData, folder: Path) -> dict[str, str]:
    """Write every figure of a run as PNG and SVG.

    Parameters
    ----------
    data : FigureData
        A run.
    folder : pathlib.Path
        Where to write.

    Returns
    -------
    dict of str to str
        By name of the figure, why it could not be drawn; a run is not lost for one.
    """
    failures = {}
    for drawing in DRAWINGS:
        try:
            if drawing.suits(data):
                figure = drawing.draw(data)
                save_png_and_svg(figure, folder, drawing.name, drawing.title, drawing.description)
        except Exception as error:  # whatever drawing raises: the numbers are there without it
            _LOG.warning("The figure %s could not be drawn.", drawing.name, exc_info=True)
            failures[drawing.name] = f"{type(error).__name__}: {error}"
    return failures
