"""The audit of a manifest from its images on, as the command line does it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._validation import check_choice
from leukfeat.audit.duplicates import find_duplicates
from leukfeat.audit.report import BY_MANIFEST, SPLIT_BY, Audit, audit_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Fold, Splits, make_splits
from leukfeat.extraction import extract
from leukfeat.features import CellFeatures, ImageFeatures
from leukfeat.features.fingerprint import FingerprintFamily, fingerprint_texts
from leukfeat.imaging import LoadCells

__all__ = ["ImageAudit", "audit_images"]


@dataclass(frozen=True, eq=False)
class ImageAudit:
    """The audit of a manifest, what was left out of it, and how a comparison would split it.

    Attributes
    ----------
    audit : Audit
        Of the images that can be read.
    errors : pandas.DataFrame
        `path` and `reason` of those that cannot.
    scene : str
        What the images show.
    protocol : str or None
        By which a comparison would split the images that can be read; None where it cannot.
    split : str
        How it would, a full sentence, or why it cannot.
    """

    audit: Audit
    errors: pd.DataFrame
    scene: str
    protocol: str | None
    split: str


def audit_images(
    manifest: pd.DataFrame,
    load: LoadCells | None = None,
    *,
    protocol: str = "auto",
    n_folds: int = 5,
    embargo: int = 37,
    jobs: int | None = None,
    cache: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImageAudit:
    """Read the images of a manifest, find what is the same and judge it.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `leukfeat.datasets.read_manifest` returns it; labels are not needed.
    load : LoadCells, default=None
        How files become cells; None takes `LoadCells()`.
    protocol : {"auto", "official", "grouped", "blocks", "random"}, default="auto"
        How the images are going to be split.
    n_folds : int, default=5
        Number of folds.
    embargo : int, default=37
        Images left out beside a test block.
    jobs : int, default=None
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether fingerprints are looked up and kept.
    progress : callable, default=None
        Called with the name of the stage, the number of images done and their total.

    Returns
    -------
    ImageAudit
        The findings, the images that cannot be read, and how the others would be split.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one image can be read.
    ValueError
        If the protocol is unknown, or a number out of its range.
    """
    check_choice("audit_images", "protocol", protocol, SPLIT_BY)
    features = ImageFeatures(load, CellFeatures([FingerprintFamily()]))
    extraction = extract(manifest, features, jobs=jobs, cache=cache, progress=_stage(progress, "extract"))
    images = extraction.table.manifest.assign(fingerprint=fingerprint_texts(extraction.table.values))
    settled = LoadCells(extraction.table.metadata["size"], extraction.table.metadata["scene"])
    duplicates = find_duplicates(images, settled, jobs=jobs, progress=_stage(progress, "audit"))
    splits, reason = _plan(images, protocol, n_folds, embargo)
    audit = audit_manifest(
        images,
        duplicates,
        folds=() if splits is None else _telling_folds(images, protocol, splits),
        protocol=protocol,
        n_unreadable=len(extraction.errors),
    )
    chosen, split = (None, reason) if splits is None else (splits.protocol, splits.notes[0])
    return ImageAudit(audit, extraction.errors, settled.scene, chosen, split)


def _stage(progress: Callable[[str, int, int], None] | None, stage: str) -> Callable[[int, int], None] | None:
    return None if progress is None else partial(progress, stage)


def _plan(images: pd.DataFrame, protocol: str, n_folds: int, embargo: int) -> tuple[Splits | None, str]:
    """Split the labelled images as a comparison would, leaks allowed; or return why it would not."""
    try:
        part = images[select_rows(images)[0]]
        return _split(part, protocol, n_folds, embargo), ""
    except ConfigurationError as error:
        return None, str(error)


def _split(part: pd.DataFrame, protocol: str, n_folds: int, embargo: int) -> Splits:
    def column(name: str) -> NDArray[np.object_] | None:
        return part[name].to_numpy(dtype=object) if name in part else None

    return make_splits(
        part["label"].to_numpy(dtype=object),
        subjects=column("subject"),
        sequence=column("sequence"),
        folds=column("fold"),
        split=column("split"),
        protocol=protocol,
        n_folds=n_folds,
        embargo=embargo,
        allow_leaks=True,
    )


def _telling_folds(images: pd.DataFrame, protocol: str, splits: Splits) -> tuple[Fold, ...]:
    """Return the folds where the manifest itself does not say what is kept together."""
    follows_folds = "fold" in images and protocol in BY_MANIFEST
    has_subjects = "subject" in images and images["subject"].notna().all()
    if follows_folds or has_subjects:
        return ()
    rows = np.flatnonzero(select_rows(images)[0])
    return tuple(replace(fold, train=rows[fold.train], test=rows[fold.test]) for fold in splits.folds)
