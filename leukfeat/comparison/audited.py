"""Images looked at before anything is fitted on them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.audit import Audit, Duplicates, audit_manifest, find_duplicates, merge_leaks
from leukfeat.comparison.divide import divide
from leukfeat.comparison.settings import Settings
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Fold
from leukfeat.extraction import Extraction
from leukfeat.imaging import LoadCells

__all__ = ["Audited", "audited"]


@dataclass(frozen=True)
class Audited:
    """Images after the audit.

    Attributes
    ----------
    extraction : Extraction
        The images; with leaks merged, subjects that share images have one name, and lie in one fold.
    same : numpy.ndarray of intp, shape (n_images,), or None
        With leaks merged, the number of the group of identical images that each belongs to, -1 for none.
    notes : tuple of str
        What every output must say.
    leaks : bool
        Whether something leaks and was allowed.
    """

    extraction: Extraction
    same: NDArray[np.intp] | None
    notes: tuple[str, ...]
    leaks: bool


def audited(extraction: Extraction, settings: Settings, jobs: int) -> Audited:
    """Find what is the same among images, and stop, merge or warn where it would leak.

    Parameters
    ----------
    extraction : Extraction
        The images that take part.
    settings : Settings
        Protocol, and what to do about leaks.
    jobs : int
        Worker processes.

    Returns
    -------
    Audited
        The images, and what is to be said of them.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If something leaks, and is neither merged nor allowed; or if merging leaves too little to split.
    """
    table = extraction.table
    load = LoadCells(table.metadata["size"], table.metadata["scene"])
    duplicates = find_duplicates(table.manifest, load, jobs=jobs)
    same = _groups(duplicates)
    audit = _judge(table.manifest, duplicates, settings, same)
    if not settings.merge_leaks:
        audit.require_sound(settings.allow_leaks)
        return Audited(extraction, None, audit.notes, not audit.is_sound)
    manifest, notes = merge_leaks(table.manifest, audit)
    merged = _judge(manifest, duplicates, settings, same)
    merged.require_sound(settings.allow_leaks)
    _require_enough(table.manifest, manifest, settings, same)
    changed = {name: manifest[name] for name in ("subject", "fold", "split") if name in manifest}
    fresh = replace(table, frame=table.frame.assign(**changed))
    said = (*merged.notes, *notes)
    return Audited(replace(extraction, table=fresh), same, said, not merged.is_sound)


def _groups(duplicates: Duplicates) -> NDArray[np.intp]:
    counts = np.bincount(duplicates.pixels, minlength=len(duplicates.pixels))
    return np.where(counts[duplicates.pixels] > 1, duplicates.pixels, -1)


def _judge(
    manifest: pd.DataFrame, duplicates: Duplicates, settings: Settings, same: NDArray[np.intp]
) -> Audit:
    folds, reason = _planned(manifest, settings, same)
    return audit_manifest(
        manifest,
        duplicates,
        folds=folds,
        protocol=settings.protocol,
        merged=settings.merge_leaks,
        unplanned=reason,
    )


def _planned(
    manifest: pd.DataFrame, settings: Settings, same: NDArray[np.intp]
) -> tuple[tuple[Fold, ...], str]:
    """Plan the folds where no subject tells what is kept together; or return why that cannot be."""
    if "subject" in manifest and manifest["subject"].notna().all():
        return (), ""
    try:
        kept = same if settings.merge_leaks else None
        return divide(manifest, replace(settings, allow_leaks=True), kept).folds, ""
    except ConfigurationError as error:
        return (), str(error)


def _require_enough(
    before: pd.DataFrame, after: pd.DataFrame, settings: Settings, same: NDArray[np.intp]
) -> None:
    """Raise if what is left after merging cannot be split, and say what merging did."""
    try:
        divide(after, replace(settings, allow_leaks=True), same)
    except ConfigurationError as error:
        joined = [
            f"{before[name].nunique()} {name}s into {after[name].nunique()}"
            for name in ("subject", "fold", "split")
            if name in before and after[name].nunique() < before[name].nunique()
        ]
        what = f"joined {' and '.join(joined)}" if joined else "keeps identical images together"
        raise ConfigurationError(f"After merging leaks, which {what}: {error}") from error
