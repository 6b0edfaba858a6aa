"""How the images of a comparison are split."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.comparison.settings import Settings
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Splits, make_splits
from leukfeat.evaluation.subset import choose_subset
from leukfeat.extraction import Extraction

__all__ = ["can_be_divided", "divide", "divide_the_rest", "limited"]

_COLUMNS = ("subject", "sequence", "fold", "split")


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
    return make_splits(
        manifest["label"].to_numpy(dtype=object),
        **_columns(manifest),
        same=None if same is None else [None if group < 0 else str(group) for group in same],
        protocol=settings.protocol,
        n_folds=settings.n_folds,
        n_repeats=settings.n_repeats,
        embargo=settings.embargo,
        seed=settings.seed,
        allow_leaks=settings.allow_leaks,
    )


def limited(
    manifest: pd.DataFrame, keep: NDArray[np.bool_], settings: Settings
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Keep no more images than the settings allow, whole subjects.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As in `divide`.
    keep : numpy.ndarray of bool, shape (n_images,)
        Which images take part otherwise.
    settings : Settings
        Limit, number of folds and seed.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n_images,)
        Which images take part.
    notes : tuple of str
        How many are left out; none where all fit.
    """
    if settings.limit is None or settings.limit >= keep.sum():
        return keep, ()
    part = manifest[keep]
    chosen = choose_subset(
        part["label"].to_numpy(dtype=object),
        **_columns(part),
        n_images=settings.limit,
        n_folds=settings.n_folds,
        seed=settings.seed,
    )
    places = np.flatnonzero(keep)
    fewer = np.zeros_like(keep)
    fewer[places[chosen]] = True
    n_out = len(places) - len(chosen)
    return fewer, (f"Images left out: {n_out}, for the limit of {settings.limit} images.",)


def _columns(manifest: pd.DataFrame) -> dict[str, Any]:
    """Return what splits are made from besides labels; None where the manifest does not know."""
    columns: dict[str, Any] = {
        name: manifest[column].to_numpy(dtype=object) if column in manifest else None
        for name, column in (("subjects", "subject"), ("folds", "fold"), ("split", "split"))
    }
    known = "sequence" in manifest
    columns["sequence"] = manifest["sequence"].to_numpy(dtype=float, na_value=np.nan) if known else None
    return columns


def can_be_divided(manifest: pd.DataFrame, settings: Settings, source: str = "The manifest") -> None:
    """Raise if the images cannot be split; what leaks is said later, when images have been looked at.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As in `divide`.
    settings : Settings
        As in `divide`.
    source : str, default="The manifest"
        Where it comes from, for the message.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If they cannot; the message names the source, and the columns that it has not and would need.
    """
    try:
        divide(manifest, replace(settings, allow_leaks=True))
    except ConfigurationError as error:
        raise ConfigurationError(f"{_lacking(manifest, source, str(error))} {error}") from error


def _lacking(manifest: pd.DataFrame, source: str, message: str) -> str:
    """Say which columns are absent of those that a message names."""
    named = [name for name in _COLUMNS if name not in manifest and repr(name) in message]
    if not named:
        return f"{source}:"
    return f"{source} has no column {' and no column '.join(map(repr, named))}."


def divide_the_rest(
    extraction: Extraction, settings: Settings, same: NDArray[np.intp] | None = None
) -> Splits:
    """Split what could be used, and was looked at; if that is too little, name the images that are missing.

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
        The folds. Their notes do not repeat what the audit says of leaks that were allowed.
    """
    try:
        return _without_allowed_leaks(divide(extraction.table.manifest, settings, same))
    except ConfigurationError as error:
        if extraction.errors.empty:
            raise
        first = extraction.errors.iloc[0]
        raise ConfigurationError(
            f"{error} Images that could not be used: {len(extraction.errors)}; "
            f"the first: {first['path']}: {first['reason']}."
        ) from error


def _without_allowed_leaks(splits: Splits) -> Splits:
    """Leave it to the audit, which sees more of them, to warn of leaks that the manifest's division has."""
    allowed = splits.plan.warnings
    notes = tuple(note for note in splits.notes if note not in allowed)
    return replace(splits, notes=notes, leaks=splits.leaks and notes[:1] == splits.notes[:1])
