"""The audit of a manifest from its images on, as the command line does it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from leukfeat._validation import check_choice
from leukfeat.audit.duplicates import find_duplicates
from leukfeat.audit.report import BY_MANIFEST, SPLIT_BY, Audit, audit_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import Fold, make_splits
from leukfeat.extraction import extract
from leukfeat.features import CellFeatures, ImageFeatures
from leukfeat.features.fingerprint import FingerprintFamily, fingerprint_texts
from leukfeat.imaging import LoadCells

__all__ = ["ImageAudit", "audit_images", "plan_folds"]


@dataclass(frozen=True, eq=False)
class ImageAudit:
    """The audit of a manifest, and what was left out of it.

    Attributes
    ----------
    audit : Audit
        Of the images that can be read.
    errors : pandas.DataFrame
        `path` and `reason` of those that cannot.
    scene : str
        What the images show.
    """

    audit: Audit
    errors: pd.DataFrame
    scene: str


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
        Number of folds, where identical images have no subject.
    embargo : int, default=37
        Images left out beside a test block, where identical images have no subject.
    jobs : int, default=None
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether fingerprints are looked up and kept.
    progress : callable, default=None
        Called with the name of the stage, the number of images done and their total.

    Returns
    -------
    ImageAudit
        The findings, and the images that cannot be read.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one image can be read.
    ValueError
        If the protocol is unknown.
    """
    check_choice("audit_images", "protocol", protocol, SPLIT_BY)
    features = ImageFeatures(load, CellFeatures([FingerprintFamily()]))
    extraction = extract(manifest, features, jobs=jobs, cache=cache, progress=_stage(progress, "extract"))
    images = extraction.table.manifest.assign(fingerprint=fingerprint_texts(extraction.table.values))
    settled = LoadCells(extraction.table.metadata["size"], extraction.table.metadata["scene"])
    duplicates = find_duplicates(images, settled, jobs=jobs, progress=_stage(progress, "audit"))
    folds, reason = _plan(images, protocol, n_folds, embargo)
    audit = audit_manifest(
        images,
        duplicates,
        folds=folds,
        protocol=protocol,
        n_unreadable=len(extraction.errors),
        unplanned=reason,
    )
    return ImageAudit(audit, extraction.errors, settled.scene)


def _stage(progress: Callable[[str, int, int], None] | None, stage: str) -> Callable[[int, int], None] | None:
    return None if progress is None else partial(progress, stage)


def _plan(images: pd.DataFrame, protocol: str, n_folds: int, embargo: int) -> tuple[tuple[Fold, ...], str]:
    """Plan folds where the manifest itself does not say what is kept together; or return why it cannot be."""
    follows_folds = "fold" in images and protocol in BY_MANIFEST
    has_subjects = "subject" in images and images["subject"].notna().all()
    if follows_folds or has_subjects or "label" not in images:
        return (), ""
    try:
        return plan_folds(images, protocol, n_folds, embargo), ""
    except ConfigurationError as error:
        return (), str(error)


def plan_folds(
    images: pd.DataFrame, protocol: str = "auto", n_folds: int = 5, embargo: int = 37
) -> tuple[Fold, ...]:
    """Split the labelled images that are not kept for the end, as a comparison does.

    Parameters
    ----------
    images : pandas.DataFrame
        A manifest.
    protocol : {"auto", "official", "grouped", "blocks", "random"}, default="auto"
        How to split; the manifest's folds play no part.
    n_folds : int, default=5
        Number of folds.
    embargo : int, default=37
        Images left out on either side of a tested block.

    Returns
    -------
    tuple of Fold
        Their rows are those of `images`.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If these images cannot be split so.
    """
    rows = np.flatnonzero(select_rows(images)[0])
    part = images.iloc[rows]
    splits = make_splits(
        part["label"].to_numpy(dtype=object),
        subjects=part["subject"].to_numpy(dtype=object) if "subject" in part else None,
        sequence=part["sequence"].to_numpy(dtype=float, na_value=np.nan) if "sequence" in part else None,
        split=part["split"].to_numpy(dtype=object) if "split" in part else None,
        protocol="auto" if protocol in BY_MANIFEST else protocol,
        n_folds=n_folds,
        embargo=embargo,
        allow_leaks=True,
    )
    return tuple(replace(fold, train=rows[fold.train], test=rows[fold.test]) for fold in splits.folds)
