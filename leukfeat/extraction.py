"""Manifest to feature table: each image read once, in a worker, and only its row sent back."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._tables import normal_path, paths_relative_to, write_parquet
from leukfeat._workers import check_jobs, map_in_workers
from leukfeat.datasets import check_manifest
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.features import ImageFeatures
from leukfeat.features.cache import RowCache, family_key, usable_cache_folder
from leukfeat.features.configuration import describe_images
from leukfeat.features.family import CellFamily
from leukfeat.features.fingerprint import FingerprintFamily, fingerprint_texts
from leukfeat.features.images import Frames, batched
from leukfeat.features.table import FeatureTable, assemble, check_columns
from leukfeat.imaging.headers import read_header
from leukfeat.kernels.compiled import is_kept
from leukfeat.kernels.form import measure_form
from leukfeat.testing import example_cells

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


@dataclass(frozen=True)
class _Outcome:
    digest: str = ""
    about: tuple[int, int, str] = (0, 0, "")
    row: NDArray[np.float32] | None = None
    reason: str = ""


def extract(
    manifest: pd.DataFrame,
    images: ImageFeatures | None = None,
    *,
    aside: Sequence[CellFamily] = (),
    jobs: int | None = None,
    cache: bool = True,
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
        Worker processes; None takes one per core.
    cache : bool, default=True
        Whether rows are looked up and kept in `LEUKFEAT_CACHE`, or the user's cache folder.
    progress : callable, default=None
        Called with the number of images done and their total.

    Returns
    -------
    Extraction
        The table, and the images that failed with their reasons; none is dropped unsaid. Its manifest gains
        `image_width`, `image_height` (pixels), `image_format` and `fingerprint` of each file.

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
    families = (*fitted.families_, *aside, FingerprintFamily())
    measure = _Measurer(fitted, families, _keys(fitted, families), usable_cache_folder() if cache else None)
    _compile_kernels(fitted, families, paths, n_jobs)
    chunks = list(batched(paths))
    outcomes: list[_Outcome] = []
    for chunk in map_in_workers(measure, chunks, jobs=min(n_jobs, len(chunks)), preload=(__name__,)):
        outcomes.extend(chunk)
        if progress is not None:
            progress(len(outcomes), len(paths))
    return _collect(checked, outcomes, fitted, [spec.name for family in aside for spec in family.specs()])


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


def _compile_kernels(
    images: ImageFeatures, families: Sequence[CellFamily], paths: Sequence[str], jobs: int
) -> None:
    """Compile what is not on disk yet, a part in each worker, before every worker needs all of it."""
    if is_kept(measure_form):
        return
    _LOG.info("The first use compiles what measures the images: about a minute, once.")
    parts = (None, *families)
    for _ in map_in_workers(
        _Compiler(images, tuple(next(batched(paths), ()))), parts, jobs=jobs, preload=(__name__,)
    ):
        pass


@dataclass(frozen=True)
class _Compiler:
    """Calls what is to be compiled: a family's kernels, or those that make cells of files."""

    images: ImageFeatures
    paths: tuple[str, ...]

    def __call__(self, family: CellFamily | None) -> None:
        if family is not None:
            family.transform(example_cells(size=family.frame_size or 64))
            return
        load = self.images.load_
        for path in self.paths:
            with suppress(ImageError):  # a bad file is reported when its turn comes
                load.cell(load.decode(load.read(path), path))


def _collect(
    manifest: pd.DataFrame, outcomes: Sequence[_Outcome], images: ImageFeatures, aside: Sequence[str]
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
    table = assemble(described, digests, rows[:, : len(names)], names, describe_images(images))
    return Extraction(table, errors, images)


def _keys(images: ImageFeatures, families: Sequence[CellFamily]) -> tuple[str, ...]:
    load = images.load_
    return tuple(family_key(family, scene=load.scene_, size=load.size) for family in families)


@dataclass(frozen=True)
class _Measurer:
    """Measures one chunk of images, in whatever process it is called."""

    images: ImageFeatures
    families: tuple[CellFamily, ...]
    keys: tuple[str, ...]
    folder: Path | None

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        return tuple(len(family.specs()) for family in self.families)

    def __call__(self, paths: Sequence[str]) -> list[_Outcome]:
        if self.folder is None:
            return self._outcomes(paths, None)
        with RowCache(self.folder) as cache:
            return self._outcomes(paths, cache)

    def _outcomes(self, paths: Sequence[str], cache: RowCache | None) -> list[_Outcome]:
        images = [self._open(path, cache) for path in paths]
        readable = [image for image in images if isinstance(image, _Image)]
        for lacking in dict.fromkeys(image.lacking for image in readable if image.lacking):
            alike = [image for image in readable if image.lacking == lacking]
            self._measure(alike, dict(zip(self.keys, self.families, strict=True)))
        return [self._close(image, cache) if isinstance(image, _Image) else image for image in images]

    def _open(self, path: str, cache: RowCache | None) -> "_Image | _Outcome":
        """Read one file and what is known of it; frame it if something is not."""
        try:
            data = self.images.load_.read(path)
            digest = hashlib.sha256(data).hexdigest()
            rows = {} if cache is None else cache.get(digest, self.keys)
            widths = zip(self.keys, self._widths, strict=True)
            lacking = tuple(key for key, width in widths if len(rows.get(key, ())) != width)
            header = read_header(data)
            about = header.width, header.height, header.format
            if not lacking:
                return _Image(path, digest, about, rows, lacking, {})
            families = [f for key, f in zip(self.keys, self.families, strict=True) if key in lacking]
            frames = self.images.frame(self.images.load_.decode(data, path), families)
            return _Image(path, digest, about, rows, lacking, frames)
        except ImageError as error:
            return _Outcome(reason=error.reason)

    def _measure(self, images: list["_Image"], families: dict[str, CellFamily]) -> None:
        """Measure images that lack the same rows; one that brings down a family is named."""
        chosen = [families[key] for key in images[0].lacking]
        try:
            measured = self.images.measure_frames([image.frames for image in images], chosen)
        except Exception as error:
            if len(images) > 1:
                for image in images:
                    self._measure([image], families)
            error.add_note(f"This happened with the image {images[0].path}.")
            raise
        for image, rows in zip(images, measured, strict=True):
            image.rows.update(zip(image.lacking, rows, strict=True))

    def _close(self, image: "_Image", cache: RowCache | None) -> _Outcome:
        if cache is not None and image.lacking:
            cache.put(image.digest, {key: image.rows[key] for key in image.lacking})
        return _Outcome(image.digest, image.about, np.concatenate([image.rows[key] for key in self.keys]))


@dataclass(frozen=True)
class _Image:
    """One image on its way to its row: `rows` by family key, those in `lacking` still to come."""

    path: str
    digest: str
    about: tuple[int, int, str]
    rows: dict[str, NDArray[np.float32]]
    lacking: tuple[str, ...]
    frames: Frames
