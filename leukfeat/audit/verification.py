"""A data set verified: its files, what is in it, and what of it leaks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leukfeat.audit.duplicates import find_duplicates
from leukfeat.audit.findings import Finding
from leukfeat.audit.report import audit_manifest
from leukfeat.datasets.known import ADAPTERS, make_manifest
from leukfeat.datasets.registry import Registry
from leukfeat.datasets.verifying import FileCheck, verify_files
from leukfeat.errors import ManifestError
from leukfeat.imaging import LoadCells

__all__ = ["Verified", "count_rows", "verify_data"]

_COUNTED = ("phase", "split", "label", "fold", "subject")
_LEAKS = "identical_files"


@dataclass(frozen=True, eq=False)
class Verified:
    """What is known of a data set after its files were read.

    Attributes
    ----------
    check : FileCheck
        Each file against the registry.
    counts : dict
        Images by class, fold, subject and the like, as `count_rows` counts them; empty where leukfeat does
        not know the data set.
    leaks : tuple of Finding
        Groups of byte-identical images, and what they lie across as the data set was published.
    """

    check: FileCheck
    counts: dict[str, Any]
    leaks: tuple[Finding, ...]


def verify_data(
    folder: str | Path, registry: Registry, progress: Callable[[int, int], None] | None = None
) -> Verified:
    """Check the files of a data set, count its images and find identical ones.

    Parameters
    ----------
    folder : str or pathlib.Path
        The data set, or a part of it.
    registry : Registry
        What its files must be.
    progress : callable, default=None
        Called with the number of files done and their total.

    Returns
    -------
    Verified
        Counts and leaks are of the images that are there, good or not.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is no folder.
    """
    check = verify_files(folder, registry, progress)
    images = _images(folder, registry.name, check)
    if images is None:
        return Verified(check, {}, ())
    return Verified(check, count_rows(images), _leaks(images))


def count_rows(manifest: pd.DataFrame) -> dict[str, Any]:
    """Count the images of a manifest.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With any of the columns `label`, `split`, `phase`, `fold` and `subject`.

    Returns
    -------
    dict
        `images`; for each of these columns the number of images by value, missing ones left out;
        `subjects`: their number in all and by class.
    """
    counts: dict[str, Any] = {"images": len(manifest)}
    for column in _COUNTED:
        if column in manifest:
            found = manifest[column].dropna().astype(str).value_counts().sort_index()
            counts[column] = {str(name): int(count) for name, count in found.items()}
    if "subject" in manifest:
        counts["subjects"] = {"all": int(manifest["subject"].nunique())}
        if "label" in manifest:
            by_class = manifest.dropna(subset="label").groupby("label")["subject"].nunique()
            counts["subjects"] |= {str(name): int(count) for name, count in by_class.items()}
    return counts


def _images(folder: str | Path, name: str, check: FileCheck) -> pd.DataFrame | None:
    """Return the manifest of a data set that leukfeat knows, with the hash of each image."""
    if name not in ADAPTERS:
        return None
    try:
        frame = make_manifest(folder, name).frame
    except ManifestError:  # nothing of the data set is here, as the check says already
        return None
    digests = check.files.set_index("path")["sha256"]
    return frame.assign(sha256=frame["path"].map(digests)).dropna(subset="sha256").reset_index(drop=True)


def _leaks(images: pd.DataFrame) -> tuple[Finding, ...]:
    """Find identical images across subjects and folds as they were before leukfeat merged any."""
    published = images[["path", "label", "sha256"]].copy()
    for column in ("subject", "fold"):
        for name in (f"{column}_original", column):
            if name in images and column not in published:
                published[column] = images[name]
    duplicates = find_duplicates(published, LoadCells(), jobs=1)
    findings = audit_manifest(published, duplicates, protocol="official").findings
    return tuple(finding for finding in findings if finding.kind.startswith(_LEAKS))
