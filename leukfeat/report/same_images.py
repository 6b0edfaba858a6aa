"""Two runs of the same test images: whether they are, and their predictions under common names."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leukfeat._tables import normal_path
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Estimate, draw_multiplicities, estimate, measure_widening
from leukfeat.report.predictions import Predictions
from leukfeat.report.saved_run import SavedRun

__all__ = ["PairedEstimates", "estimate_in_pairs", "require_same_images"]

_PLACE = ["image", "repeat", "fold"]


@dataclass(frozen=True)
class PairedEstimates:
    """Scores of two runs from the same draws.

    Attributes
    ----------
    first, second : dict of str to dict of str to Estimate
        By model and metric.
    widening : float
        See `leukfeat.evaluation.compare_estimates`.
    """

    first: dict[str, dict[str, Estimate]]
    second: dict[str, dict[str, Estimate]]
    widening: float


def require_same_images(first: SavedRun, second: SavedRun) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions of two runs with common names of their images, or refuse.

    Parameters
    ----------
    first, second : SavedRun
        The runs.

    Returns
    -------
    tuple of pandas.DataFrame
        The predictions of each, with `image`: the same for the same bytes where both runs know them, else for
        the same path.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If classes, test images or their labels differ.
    """
    for name, what in (("classes", "classes"), ("positive", "positive class")):
        values = [run.predictions.attrs[name] for run in (first, second)]
        if values[0] != values[1]:
            raise ConfigurationError(
                f"Runs are compared on the same images and classes. The {what} of {first.folder} and "
                f"{second.folder} differ: {values[0]} and {values[1]}."
            )
    by_bytes = all(_knows_bytes(run) for run in (first, second))
    named = [_name_images(run, by_bytes) for run in (first, second)]
    here, there = (
        Counter(zip(frame["image"], frame["label"].astype(str), strict=True))
        for frame in (frame.drop_duplicates("image") for frame in named)
    )
    if here != there:
        raise ConfigurationError(
            f"Runs are compared on the same test images, with the same labels. {(here - there).total()} of "
            f"{here.total()} in {first.folder} are not in {second.folder}, and {(there - here).total()} of "
            f"{there.total()} not the other way round. Run both on one manifest."
        )
    return named[0], named[1]


def _knows_bytes(run: SavedRun) -> bool:
    return run.digests is not None and bool(run.predictions["path"].isin(run.digests.index).all())


def _name_images(run: SavedRun, by_bytes: bool) -> pd.DataFrame:
    """Name images by their bytes, those of equal bytes by their number, or by their absolute path."""
    frame = run.predictions
    paths = pd.Series(frame["path"].unique())
    if by_bytes and run.digests is not None:
        digests = pd.Series(run.digests[~run.digests.index.duplicated()].reindex(paths).to_numpy())
        sorted_paths = paths.sort_values()
        number = digests.loc[sorted_paths.index].groupby(digests.loc[sorted_paths.index]).cumcount()
        names = digests + "-" + number.reindex(paths.index).astype(str)
    else:
        names = pd.Series([str(normal_path(run.folder.resolve() / path)) for path in paths])
    known = dict(zip(paths, names, strict=True))
    named = frame.assign(image=[known[path] for path in frame["path"]])
    named.attrs = frame.attrs
    return named


def estimate_in_pairs(first: pd.DataFrame, second: pd.DataFrame) -> PairedEstimates | None:
    """Score the models of two runs on the same draws of a bootstrap.

    Parameters
    ----------
    first, second : pandas.DataFrame
        As `require_same_images` returns them.

    Returns
    -------
    PairedEstimates or None
        None where the test folds of the runs differ: what is not tested in the same folds cannot be
        paired.
    """
    places = [
        set(frame[_PLACE].drop_duplicates().itertuples(index=False, name=None)) for frame in (first, second)
    ]
    if places[0] != places[1]:
        return None
    known = first.drop_duplicates("image").set_index("image")
    aligned = second.assign(
        **{name: known[name].reindex(second["image"]).to_numpy() for name in ("unit", "subject")}
    )
    runs = []
    for frame in (first, aligned):
        renamed = frame.assign(path=frame["image"]).sort_values(["model", *_PLACE], kind="stable")
        renamed.attrs = frame.attrs if frame is first else second.attrs
        runs.append(Predictions.read(renamed))
    strata = runs[0].strata()
    if not np.array_equal(strata, runs[1].strata()):
        return None
    widening = measure_widening(strata)
    draws = draw_multiplicities(strata, n_draws=runs[0].n_draws, seed=runs[0].seed)
    found = [
        {
            model: estimate(list(run.folds(model).values()), draws, widening=widening)
            for model in run.kinds
            if not run.missing_fold(model)
        }
        for run in runs
    ]
    return PairedEstimates(found[0], found[1], widening)
