"""Image files to rows: each read once, in a worker that may die, and only its row sent back."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukfeat._guarded_workers import map_batches
from leukfeat._task_process import describe_error
from leukfeat._workers import map_in_workers
from leukfeat.errors import ImageError
from leukfeat.features import ImageFeatures
from leukfeat.features.cache import RowCache, family_key, usable_cache_folder
from leukfeat.features.family import CellFamily
from leukfeat.features.images import Frames, batched
from leukfeat.imaging.compact import is_compact
from leukfeat.imaging.headers import read_header
from leukfeat.kernels.compiled import is_kept
from leukfeat.kernels.form import measure_form
from leukfeat.testing import example_cells

__all__ = ["SECONDS_PER_IMAGE", "Measured", "measure_files"]

_LOG = logging.getLogger(__name__)
SECONDS_PER_IMAGE = 60.0


@dataclass(frozen=True)
class Measured:
    """What came of one image file.

    Attributes
    ----------
    digest : str
        SHA-256 of its bytes; empty where it could not be read.
    about : tuple of (int, int, str)
        Width, height and format of the file.
    row : numpy.ndarray of float32 or None
        What was measured, family after family; None where it could not be used.
    reason : str
        Why not; else empty.
    copy_side : int
        Side of a compact copy in pixels; 0 for any other file.
    """

    digest: str = ""
    about: tuple[int, int, str] = (0, 0, "")
    row: NDArray[np.float32] | None = None
    reason: str = ""
    copy_side: int = 0


def measure_files(
    images: ImageFeatures,
    paths: Sequence[str],
    aside: Sequence[CellFamily] = (),
    *,
    jobs: int,
    cache: bool = True,
    limit: float = SECONDS_PER_IMAGE,
    in_process: bool = False,
    go_on: bool = False,
) -> Iterator[Sequence[Measured]]:
    """Measure image files, in order, a few at a time.

    Parameters
    ----------
    images : ImageFeatures
        Fitted.
    paths : sequence of str
        The files.
    aside : sequence of CellFamily, default=()
        What is measured behind the features.
    jobs : int
        Worker processes.
    cache : bool, default=True
        Whether rows are looked up and kept.
    limit : float, default=60.0
        Seconds that an image may cost which hangs; it is given up then.
    in_process : bool, default=False
        Whether all is done in this process: an image that hangs or crashes it then takes it along.
    go_on : bool, default=False
        Whether an image that brings down what opens or measures it is one that cannot be used, instead of
        an error.

    Yields
    ------
    sequence of Measured
        One for each of the next files.
    """
    families = (*images.families_, *aside)
    folder = usable_cache_folder() if cache else None
    measure = _Measurer(images, families, _keys(images, families), folder, go_on)
    _compile_kernels(images, families, paths, 1 if in_process else jobs)
    yield from map_batches(
        measure,
        batched(paths),
        jobs=jobs,
        lost=_lost,
        limit=limit,
        preload=(__name__,),
        in_process=in_process,
    )


def _lost(_: str, reason: str) -> Measured:
    return Measured(reason=reason)


def _unmeasurable(error: Exception) -> str:
    return f"it cannot be measured ({describe_error(error)})"


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
    go_on: bool = False

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        return tuple(len(family.specs()) for family in self.families)

    def __call__(self, paths: Sequence[str]) -> list[Measured]:
        if self.folder is None:
            return self._outcomes(paths, None)
        with RowCache(self.folder) as cache:
            return self._outcomes(paths, cache)

    def _outcomes(self, paths: Sequence[str], cache: RowCache | None) -> list[Measured]:
        images = [self._open(path, cache) for path in paths]
        readable = [image for image in images if isinstance(image, _Image)]
        for lacking in dict.fromkeys(image.lacking for image in readable if image.lacking):
            alike = [image for image in readable if image.lacking == lacking]
            self._measure(alike, dict(zip(self.keys, self.families, strict=True)))
        return [self._close(image, cache) if isinstance(image, _Image) else image for image in images]

    def _open(self, path: str, cache: RowCache | None) -> "_Image | Measured":
        """Read one file and what is known of it; frame it if something is not."""
        digest = ""
        try:
            data = self.images.load_.read(path)
            digest = hashlib.sha256(data).hexdigest()
            rows = {} if cache is None else cache.get(digest, self.keys)
            widths = zip(self.keys, self._widths, strict=True)
            lacking = tuple(key for key, width in widths if len(rows.get(key, ())) != width)
            header = read_header(data)
            about = header.width, header.height, header.format
            side = header.width if is_compact(data) else 0
            if not lacking:
                return _Image(path, digest, about, side, rows, lacking, {})
            families = [f for key, f in zip(self.keys, self.families, strict=True) if key in lacking]
            frames = self.images.frame(self.images.load_.decode(data, path), families)
            return _Image(path, digest, about, side, rows, lacking, frames)
        except ImageError as error:
            return Measured(digest, reason=error.reason)
        except Exception as error:  # of a library, or memory that was refused
            if self.go_on:
                return Measured(digest, reason=_unmeasurable(error))
            error.add_note(f"This happened with the image {path}.")
            raise

    def _measure(self, images: list["_Image"], families: dict[str, CellFamily]) -> None:
        """Measure images that lack the same rows; one that brings down a family is named, or marked."""
        chosen = [families[key] for key in images[0].lacking]
        try:
            measured = self.images.measure_frames([image.frames for image in images], chosen)
        except Exception as error:
            if len(images) > 1:
                for image in images:
                    self._measure([image], families)
            if self.go_on:
                if len(images) == 1:
                    images[0].failure.append(_unmeasurable(error))
                return
            error.add_note(f"This happened with the image {images[0].path}.")
            raise
        for image, rows in zip(images, measured, strict=True):
            image.rows.update(zip(image.lacking, rows, strict=True))

    def _close(self, image: "_Image", cache: RowCache | None) -> Measured:
        if image.failure:
            return Measured(image.digest, image.about, reason=image.failure[0])
        if cache is not None and image.lacking:
            cache.put(image.digest, {key: image.rows[key] for key in image.lacking})
        row = np.concatenate([image.rows[key] for key in self.keys])
        return Measured(image.digest, image.about, row, copy_side=image.copy_side)


@dataclass(frozen=True)
class _Image:
    """One image on its way to its row: `rows` by family key, those in `lacking` still to come.

    `failure` holds the reason, where it has brought down a family.
    """

    path: str
    digest: str
    about: tuple[int, int, str]
    copy_side: int
    rows: dict[str, NDArray[np.float32]]
    lacking: tuple[str, ...]
    frames: Frames
    failure: list[str] = field(default_factory=list)
