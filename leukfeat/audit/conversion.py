"""Compact copies of data sets: every image framed and segmented once and for all."""

import hashlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import pandas as pd
from sklearn.base import clone

from leukfeat._tables import make_folder, normal_path, replacing
from leukfeat._workers import check_jobs, map_in_workers
from leukfeat.datasets import check_manifest, read_manifest, write_manifest
from leukfeat.errors import ConfigurationError, ImageError, ManifestError
from leukfeat.imaging import CompactCell, LoadCells
from leukfeat.imaging.compact import encode_compact
from leukfeat.imaging.headers import read_header

__all__ = ["Conversion", "convert_images"]

_LOG = logging.getLogger(__name__)
_ABOUT = ("source_sha256", "source_width", "source_height", "source_format")
_IMAGES = "images"
_MANIFEST = "manifest.csv"
_BATCH = 16


@dataclass(frozen=True, eq=False)
class Conversion:
    """What came of a data set's images.

    Attributes
    ----------
    manifest : pathlib.Path
        Lists the copies, with all columns of the original manifest and `source_sha256`, `source_width`,
        `source_height` (pixels) and `source_format` of each original.
    n_images : int
        Number of copies.
    errors : pandas.DataFrame
        `path` and `reason` of each image that could not be used.
    scene : str
        What the images show.
    bytes_before, bytes_after : int
        Size of the originals that were used, and of their copies.
    """

    manifest: Path
    n_images: int
    errors: pd.DataFrame
    scene: str
    bytes_before: int
    bytes_after: int


def convert_images(
    manifest: pd.DataFrame,
    folder: str | Path,
    load: LoadCells | None = None,
    *,
    jobs: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Make a compact copy of each image of a manifest.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `leukfeat.datasets.read_manifest` returns it; labels are not needed.
    folder : str or pathlib.Path
        Where to write `images/…` and `manifest.csv`, which comes last: a folder without one is unfinished.
    load : LoadCells, default=None
        How files become cells. None takes `LoadCells()`.
    jobs : int, default=None
        Worker processes; None takes one per core.
    overwrite : bool, default=False
        Whether to replace a copy that is there, once the new one is whole.
    progress : callable, default=None
        Called with the number of images done and their total.

    Returns
    -------
    Conversion
        Handcrafted features of the copies, measured at their size, equal those of the originals bit for bit.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the folder has a manifest and `overwrite` is false, or holds originals or a manifest of something
        else, or if not one image can be used.
    """
    n_jobs = check_jobs("convert_images", jobs)
    checked = check_manifest(manifest, require_labels=False)
    paths = [normal_path(path) for path in checked["path"]]
    target = normal_path(folder)
    names = _names(paths)
    earlier = _earlier_copies(target, paths, overwrite)
    _check_places(target, names, earlier)
    loader = clone(LoadCells() if load is None else load).fit([str(path) for path in paths])
    how = "as asked" if loader.scene != "auto" else "told from the images; --scene overrules"
    _LOG.info("Scene: %s (%s).", loader.scene_, how)
    make_folder(target)
    staged = target / f".{_IMAGES}.{os.getpid()}.tmp"
    tasks = list(zip(paths, [staged / name for name in names], strict=True))
    outcomes: list[_Outcome] = []
    chunks = [tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH)]
    try:
        for chunk in map_in_workers(
            _Converter(loader), chunks, jobs=min(n_jobs, len(chunks)), preload=(__name__,)
        ):
            outcomes.extend(chunk)
            if progress is not None:
                progress(len(outcomes), len(tasks))
        errors = _failures(paths, outcomes)
        copies = _publish(staged, names, outcomes, target, earlier)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return _finish(checked, copies, outcomes, errors, target, loader.scene_)


@dataclass(frozen=True)
class _Outcome:
    about: tuple[str, int, int, str] = ("", 0, 0, "")
    before: int = 0
    after: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class _Converter:
    """Converts one chunk of images, in whatever process it is called."""

    load: LoadCells

    def __call__(self, tasks: Sequence[tuple[Path, Path]]) -> list[_Outcome]:
        return [self._convert(source, target) for source, target in tasks]

    def _convert(self, source: Path, target: Path) -> _Outcome:
        try:
            data = self.load.read(source)
            header = read_header(data)
            picture = self.load.decode(data, source)
            if isinstance(picture, CompactCell) and len(picture.cell) != self.load.size:
                raise ImageError(f"a compact copy of {len(picture.cell)} pixels a side: convert the original")
            cell, scale = self.load.cell(picture)
            compact = encode_compact(cell, scale, self.load.scene_)
        except ImageError as error:
            return _Outcome(reason=error.reason)
        with replacing(target) as temporary:
            temporary.write_bytes(compact)
        about = hashlib.sha256(data).hexdigest(), header.width, header.height, header.format
        return _Outcome(about, len(data), len(compact))


def _earlier_copies(target: Path, paths: Sequence[Path], overwrite: bool) -> set[Path]:
    """Return the copies that an earlier conversion left in the folder; refuse a folder of anything else."""
    inside = next((path for path in paths if path.is_relative_to(target)), None)
    if inside is not None:
        raise ConfigurationError(f"{inside} lies in the folder where the copies go. Name another folder.")
    manifest = target / _MANIFEST
    if not manifest.exists():
        return set()
    try:
        listed = read_manifest(manifest, require_labels=False)
    except ManifestError:
        listed = pd.DataFrame()
    if _ABOUT[0] not in listed:
        raise ConfigurationError(f"{manifest} lists no compact copies. Name another folder.")
    if not overwrite:
        raise ConfigurationError(
            f"{manifest} exists. Name another folder, or say --overwrite to replace the set."
        )
    return {Path(path) for path in listed["path"] if Path(path).is_relative_to(target / _IMAGES)}


def _check_places(target: Path, names: Sequence[PurePath], earlier: set[Path]) -> None:
    """Refuse to replace what is no copy."""
    places = (target / _IMAGES / name for name in names)
    taken = next((place for place in places if place not in earlier and place.exists()), None)
    if taken is not None:
        raise ConfigurationError(f"{taken} exists, and no manifest.csv lists it. Name another folder.")


def _names(paths: Sequence[Path]) -> list[PurePath]:
    """Name each copy as its original, from the folder that all have in common."""
    common = Path(os.path.commonpath([path.parent for path in paths]))
    inner = [path.relative_to(common) for path in paths]
    names = [path.with_suffix(".png") for path in inner]
    while True:  # a longer name may be another's short one
        taken = Counter(str(name).lower() for name in names)
        longer = [
            path.with_name(f"{path.name}.png") if taken[str(name).lower()] > 1 else name
            for path, name in zip(inner, names, strict=True)
        ]
        if longer == names:
            return list[PurePath](names)
        names = longer


def _failures(paths: Sequence[Path], outcomes: Sequence[_Outcome]) -> pd.DataFrame:
    """List the images that could not be used; raise if none could."""
    failed = [
        (str(path), outcome.reason) for path, outcome in zip(paths, outcomes, strict=True) if outcome.reason
    ]
    if len(failed) == len(outcomes):
        raise ConfigurationError(
            f"Not one of {len(outcomes)} images could be used; the first: {': '.join(failed[0])}."
        )
    return pd.DataFrame(failed, columns=["path", "reason"], dtype=object)


def _publish(
    staged: Path, names: Sequence[PurePath], outcomes: Sequence[_Outcome], target: Path, earlier: set[Path]
) -> list[Path]:
    """Put the copies in their places and delete those of before; return where they lie."""
    (target / _MANIFEST).unlink(missing_ok=True)
    copies = []
    for name, outcome in zip(names, outcomes, strict=True):
        if outcome.reason is None:
            copy = target / _IMAGES / name
            make_folder(copy.parent)
            (staged / name).replace(copy)
            copies.append(copy)
    for stale in earlier.difference(copies):
        stale.unlink(missing_ok=True)
    return copies


def _finish(
    manifest: pd.DataFrame,
    paths: Sequence[Path],
    outcomes: Sequence[_Outcome],
    errors: pd.DataFrame,
    target: Path,
    scene: str,
) -> Conversion:
    used = [outcome for outcome in outcomes if outcome.reason is None]
    copies = manifest[[outcome.reason is None for outcome in outcomes]].assign(
        path=[str(path) for path in paths],
        **{name: [outcome.about[place] for outcome in used] for place, name in enumerate(_ABOUT)},
    )
    written = write_manifest(copies, target / _MANIFEST)
    before, after = sum(outcome.before for outcome in used), sum(outcome.after for outcome in used)
    return Conversion(written, len(used), errors, scene, before, after)
