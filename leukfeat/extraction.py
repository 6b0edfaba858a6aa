"""Manifest to feature table: each image read once, in a worker, and only its row sent back."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leukfeat._tables import normal_path, paths_relative_to, write_parquet
from leukfeat._validation import check_real
from leukfeat._workers import check_jobs
from leukfeat.datasets import check_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.features import FrozenCNN, ImageFeatures
from leukfeat.features.configuration import describe_images
from leukfeat.features.family import CellFamily
from leukfeat.features.fingerprint import FingerprintFamily, fingerprint_texts
from leukfeat.features.quality import QualityFamily
from leukfeat.features.table import FeatureTable, assemble, check_columns
from leukfeat.measurement import SECONDS_PER_IMAGE, Measured, measure_files

__all__ = ["Extraction", "extract", "write_errors"]

_LOG = logging.getLogger(__name__)
_ABOUT = ("image_width", "image_height", "image_format")


@dataclass(frozen=True)
class Extraction:
    """What came of a manifest's images.

    Attributes
    ----------
    table : FeatureTable
        One row for each image that could be used, in the manifest's order.
    errors : pandas.DataFrame
        `path` and `reason` of each image that could not.
    images : ImageFeatures or None
        Fitted: what made the table; None for a table read from a file that this version cannot remake.
    """

    table: FeatureTable
    errors: pd.DataFrame
    images: ImageFeatures | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the features must know, in full sentences; it travels with the table."""
        return tuple(self.table.metadata.get("notes", ()))


def extract(
    manifest: pd.DataFrame,
    images: ImageFeatures | None = None,
    *,
    aside: Sequence[CellFamily] = (),
    jobs: int | None = None,
    cache: bool = True,
    timeout: float = SECONDS_PER_IMAGE,
    progress: Callable[[int, int], None] | None = None,
) -> Extraction:
    """Measure the images of a manifest.

    Parameters
    ----------
    manifest : pandas.DataFrame
        A table with a column `path`, as `leukfeat.datasets.read_manifest` returns it; labels are not needed.
    images : ImageFeatures, default=None
        How images are loaded and measured; fitted here (its scene settled) unless it is already. None takes
        `ImageFeatures()`.
    aside : sequence of CellFamily, default=()
        What else is measured, for other purposes than to be a feature: its columns become columns of the
        table's manifest.
    jobs : int, default=None
        Worker processes; None takes one per core. 1 measures in this process, where nothing guards against an
        image that hangs or crashes it.
    cache : bool, default=True
        Whether rows are looked up and kept in `LEUKFEAT_CACHE`, or the user's cache folder.
    timeout : float, default=60.0
        Seconds that an image which hangs may cost; it has failed then.
    progress : callable, default=None
        Called with the number of images done and their total.

    Returns
    -------
    Extraction
        The table, and the images that failed with their reasons; none is dropped unsaid. Its manifest gains
        `image_width`, `image_height` (pixels), `image_format`, the measures of
        `leukfeat.features.quality.QualityFamily` and `fingerprint` of each file.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one image can be used.
    """
    n_jobs = check_jobs("extract", jobs)
    checked = check_manifest(manifest, require_labels=False)
    paths = [str(normal_path(path)) for path in checked["path"]]
    checked["path"] = pd.Series(paths, dtype=object)
    fitted = _fit(ImageFeatures() if images is None else images, paths)
    check_columns(checked, [spec.name for spec in fitted.specs()])
    behind = (*aside, QualityFamily(), FingerprintFamily())
    outcomes: list[Measured] = []
    for chunk in measure_files(
        fitted,
        paths,
        behind,
        jobs=n_jobs,
        cache=cache,
        limit=check_real("extract", "timeout", timeout, low=1),
        in_process=n_jobs == 1,
    ):
        outcomes.extend(chunk)
        if progress is not None:
            progress(len(outcomes), len(paths))
    names = [spec.name for family in (*aside, QualityFamily()) for spec in family.specs()]
    return _collect(checked, outcomes, fitted, names)


def write_errors(errors: pd.DataFrame, path: str | Path) -> None:
    """Write the images that failed as Parquet.

    Parameters
    ----------
    errors : pandas.DataFrame
        `path` (absolute) and `reason`.
    path : str or pathlib.Path
        The file; image paths are relative to its folder when all images lie in it or below.
    """
    write_parquet(
        errors.astype("string").assign(path=paths_relative_to(Path(path).parent, errors["path"])), path
    )


def _fit(images: ImageFeatures, paths: list[str]) -> ImageFeatures:
    if images.__sklearn_is_fitted__():
        return images
    fitted = images.fit(paths)
    load = fitted.load_
    how = "as asked" if load.scene != "auto" else "told from the images; --scene overrules"
    _LOG.info("Scene: %s (%s).", load.scene_, how)
    return fitted


def _collect(
    manifest: pd.DataFrame, outcomes: Sequence[Measured], images: ImageFeatures, aside: Sequence[str]
) -> Extraction:
    reasons = [outcome.reason for outcome in outcomes if outcome.row is None]
    good = np.array([outcome.row is not None for outcome in outcomes])
    if not good.any():
        first = f"{manifest['path'].iloc[0]}: {reasons[0]}"
        raise ConfigurationError(f"Not one of {len(outcomes)} images could be used; the first: {first}.")
    errors = pd.DataFrame({"path": manifest["path"][~good].to_numpy(), "reason": reasons}, dtype=object)
    rows = np.stack([outcome.row for outcome in outcomes if outcome.row is not None])
    names = [spec.name for spec in images.specs()]
    used = [outcome for outcome in outcomes if outcome.row is not None]
    described = manifest[good].assign(
        **{name: [outcome.about[place] for outcome in used] for place, name in enumerate(_ABOUT)},
        **{name: rows[:, len(names) + place] for place, name in enumerate(aside)},
        fingerprint=fingerprint_texts(rows[:, len(names) + len(aside) :]),
    )
    digests = [outcome.digest for outcome in used]
    notes = _enlarged(images, {outcome.copy_side for outcome in used if outcome.copy_side})
    metadata = describe_images(images) | ({"notes": notes} if notes else {})
    table = assemble(described, digests, rows[:, : len(names)], names, metadata)
    return Extraction(table, errors, images)


def _enlarged(images: ImageFeatures, sides: set[int]) -> list[str]:
    """Say for which features compact copies, of these sides, have too few pixels."""
    wanted: dict[int, set[str]] = {}
    for family in images.families_:
        who = f"network {family.backbone}" if isinstance(family, FrozenCNN) else "handcrafted features"
        wanted.setdefault(family.frame_size or images.load_.size, set()).add(who)
    return [
        f"Compact copies of {side} pixels a side were enlarged to {size} ({', '.join(sorted(whose))}): these "
        "features are not those of the originals."
        for side in sorted(sides)
        for size, whose in sorted(wanted.items())
        if size > side
    ]
