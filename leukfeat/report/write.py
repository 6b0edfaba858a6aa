"""The page of a run, written into its folder."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukfeat._tables import write_text
from leukfeat.report.inline_figures import draw_inline
from leukfeat.report.page import render
from leukfeat.report.pictures import read_pictures
from leukfeat.report.saved_run import SavedRun
from leukfeat.report.statistics import Statistics, summarize_predictions
from leukfeat.report.summary import summarise

__all__ = ["PAGE", "Written", "write_first_report", "write_report"]

_NO_PICTURES = "No pictures of cells"
_LOG = logging.getLogger(__name__)

PAGE = "report.html"


@dataclass(frozen=True)
class Written:
    """A page that was written.

    Attributes
    ----------
    page : pathlib.Path
        The file.
    summary : dict
        What it says, as JSON holds it.
    said : tuple of str
        The same in a few sentences.
    """

    page: Path
    summary: dict[str, Any]
    said: tuple[str, ...]


def write_report(
    run: SavedRun | str | Path, output: str | Path | None = None, statistics: Statistics | None = None
) -> Written:
    """Write the page of a run from what its folder holds, without fitting anything.

    Parameters
    ----------
    run : SavedRun, str or pathlib.Path
        A run folder.
    output : str or pathlib.Path, default=None
        The file; None takes `report.html` in the run folder.
    statistics : Statistics, default=None
        Of the run's predictions, where they are known already; None computes them.

    Returns
    -------
    Written
        The file, and what it says.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is no run folder, its files cannot be read, or the page cannot be written.
    """
    saved = run if isinstance(run, SavedRun) else SavedRun.read(run)
    known = summarize_predictions(saved.predictions) if statistics is None else statistics
    summary = summarise(saved, known)
    figures, failures = draw_inline(saved, known, summary)
    pictures = read_pictures(summary["thumbnails"])
    if not pictures:
        failures |= _why_no_pictures(summary)
    target = saved.folder / PAGE if output is None else Path(output)
    write_text(render(summary, figures, pictures, failures), target)
    warnings = [item["text"] for item in summary["warnings"]]
    missing = [f"Not in the report: {text}" for text in summary["missing"]]
    said = (*summary["verdict"]["sentences"], *warnings, *missing)
    return Written(target, summary, said)


def _why_no_pictures(summary: dict[str, Any]) -> dict[str, str]:
    if summary["thumbnails"]:
        return {"cells": "The pictures of cells that the run lists are not in its folder, or are none."}
    said = [note for note in summary["notes"] if note.startswith(_NO_PICTURES)]
    return {"cells": said[0]} if said else {}


def write_first_report(folder: Path, target: Path, statistics: Statistics) -> None:
    """Write the page of a run that is about to end; a run is not lost for its page.

    Parameters
    ----------
    folder : pathlib.Path
        Where the run lies until it is whole.
    target : pathlib.Path
        Where it will lie.
    statistics : Statistics
        Of its predictions.
    """
    try:
        write_report(SavedRun.read(folder, target.resolve().name), statistics=statistics)
    except Exception as error:  # whatever drawing raises: numbers and models are there without it
        reason = f"{type(error).__name__}: {error}"
        _LOG.warning(
            "The report could not be written: %s. leukfeat report %s tries again.",
            *(reason, target),
            exc_info=_LOG.isEnabledFor(logging.DEBUG),
        )
