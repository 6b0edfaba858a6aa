"""Pictures of the cells that a run finds hardest."""

import logging
from dataclasses import replace
from pathlib import Path

from leukfeat.features import FeatureTable
from leukfeat.imaging import LoadCells
from leukfeat.report.predictions import Predictions
from leukfeat.report.remarkable import choose_cells
from leukfeat.report.run_folder import Results
from leukfeat.report.thumbnails import THUMBNAILS, write_thumbnails

__all__ = ["keep_pictures"]

_LOG = logging.getLogger(__name__)


def keep_pictures(results: Results, table: FeatureTable, folder: Path) -> Results:
    """Write the most wrong and the least certain cells of the best model as pictures.

    Parameters
    ----------
    results : Results
        What came out.
    table : FeatureTable
        What it came from: how its images were loaded.
    folder : pathlib.Path
        The run folder.

    Returns
    -------
    Results
        The same, with a note where pictures could not be made: the run is not lost for them.
    """
    if results.best is None:
        return results
    try:
        chosen = choose_cells(Predictions.read(results.predictions), results.best)
        load = LoadCells(table.metadata["size"], table.metadata["scene"])
        said = write_thumbnails(chosen, load, folder / THUMBNAILS)
    except Exception as error:  # numbers are there without them
        _LOG.warning("Pictures of cells could not be made.", exc_info=True)
        said = (f"No pictures of cells: {type(error).__name__}: {error}",)
    return replace(results, notes=(*results.notes, *said))
