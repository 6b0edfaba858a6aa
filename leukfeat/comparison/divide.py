"""How the images of a comparison are split."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.comparison.settings import Settings
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Splits, make_splits
from leukfeat.extraction import Extraction

__all__ = ["can_be_divided", "divide", "divide_the_rest"]


def divide(manifest: pd.DataFrame, settings: Settings, same: NDArray[np.intp] | None = None) -> Splits:
    """Split images by the protocol of the settings.

    Parameters
    ----------
    manifest : pandas.DataFrame
        `label` and, where known, `subject`, `sequence`, `fold` and `split`.
    settings : Settings
        Protocol, number of folds and repeats, embargo, seed.
    same : numpy.ndarray of intp, shape (n_images,), default=None
        Number of the group of identical images that each belongs to, -1 for none.

    Returns
    -------
    Splits
        The folds.
    """
    columns = {
        name: manifest[column].to_numpy(dtype=object) if column in manifest else None
        for name, column in (("subjects", "subject"), ("folds", "fold"), ("split", "split"))
    }
    sequence = manifest["sequence"].to_numpy(dtype=float, na_value=np.nan) if "sequence" in manifest else None
    return make_splits(
        manifest["label"].to_numpy(dtype=object),
        **columns,
        sequence=sequence,
        same=None if same is None else [None if group < 0 else str(group) for group in same],
        protocol=settings.protocol,
        n_folds=settings.n_folds,
        n_repeats=settings.n_repeats,
        embargo=settings.embargo,
        seed=settings.seed,
        allow_leaks=settings.allow_leaks,
    )


def can_be_divided(manifest: pd.DataFrame, settings: Settings) -> None:
    """Raise if the images cannot be split; what leaks is said later, when images have been looked at.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As in `divide`.
    settings : Settings
        As in `divide`.
    """
    divide(manifest, replace(settings, allow_leaks=True))


def divide_the_rest(
    extraction: Extraction, settings: Settings, same: NDArray[np.intp] | None = None
) -> Splits:
    """Split what could be used; if that is too little, name the images that are missing.

    Parameters
    ----------
    extraction : Extraction
        What could be used, and what could not.
    settings : Settings
        As in `divide`.
    same : numpy.ndarray of intp, shape (n_images,), default=None
        As in `divide`.

    Returns
    -------
    Splits
        The folds.
    """
    try:
        return divide(extraction.table.manifest, settings, same)
    except ConfigurationError as error:
        if extraction.errors.empty:
            raise
        first = extraction.errors.iloc[0]
        raise ConfigurationError(
            f"{error} Images that could not be used: {len(extraction.errors)}; "
            f"the first: {first['path']}: {first['reason']}."
        ) from error
