"""Images in bulk through a kept model: files or cells in, tables of scores out."""

import copy
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from leukfeat._validation import check_cells, check_choice, check_int, check_real
from leukfeat._workers import check_jobs, one_thread
from leukfeat.errors import ConfigurationError
from leukfeat.features import ImageFeatures
from leukfeat.features.quality import QualityFamily
from leukfeat.features.sessions import DEVICES, check_device
from leukfeat.imaging import check_paths
from leukfeat.measurement import SECONDS_PER_IMAGE, Measured, measure_files
from leukfeat.scoring.answers import ask
from leukfeat.scoring.table import ScoreTable

__all__ = ["CHUNK", "Scorer"]

_LOG = logging.getLogger(__name__)
CHUNK = 256
_BATCH = 16


@dataclass(frozen=True)
class Scorer:
    """Scores images with a kept model, a chunk at a time.

    Parameters
    ----------
    model : leukfeat.scoring.Model
        As `leukfeat.scoring.load_model` returns it.
    jobs : int, default=None
        Worker processes that read and measure images; None takes one per core. 1 measures in this process,
        where nothing guards against an image that hangs or crashes it.
    device : {"cpu", "cuda", "auto"}, default=None
        Where networks run, for models that have some; None leaves it as it was for training, `"auto"` takes
        CUDA where it is.
    strict : bool, default=False
        Whether images unlike those of the training get no prediction. They are flagged in either case.
    cache : bool, default=True
        Whether feature rows are looked up and kept; see `leukfeat.extraction.extract`.
    timeout : float, default=60.0
        Seconds that an image which hangs may cost.
    chunk : int, default=256
        Images to a table, in [1, 100000].

    Raises
    ------
    TypeError, ValueError
        If a parameter is none of its choices or out of its range.
    leukfeat.errors.ConfigurationError
        If there is no such device.

    Notes
    -----
    Memory does not grow with the number of images. Each image is one row, in the order given; one that cannot
    be used has a `reason` and no prediction. What images are scored together has no influence on their scores
    but in the last bits.
    """

    model: Any
    jobs: int | None = None
    device: str | None = None
    strict: bool = False
    cache: bool = True
    timeout: float = SECONDS_PER_IMAGE
    chunk: int = CHUNK

    def __post_init__(self) -> None:
        check_jobs("Scorer", self.jobs)
        check_real("Scorer", "timeout", self.timeout, low=1)
        check_int("Scorer", "chunk", self.chunk, 1, 100_000)
        if self.device is not None:
            check_choice("Scorer", "device", self.device, ("auto", *DEVICES))

    @property
    def table(self) -> ScoreTable:
        """The columns that scores of this model have."""
        return ScoreTable.of(self.model)

    def score(self, X: Any) -> Iterator[pd.DataFrame]:
        """Score images.

        Parameters
        ----------
        X : sequence of str, pandas.DataFrame with a column `path`, or numpy.ndarray of uint8
            Image files, or cells of shape (n, size, size, 4) as `leukfeat.imaging.LoadCells` makes them.
            Cells are taken as they are, a pixel of theirs for a pixel of the source.

        Yields
        ------
        pandas.DataFrame
            `path` (empty for cells), `sha256`, `predicted`, `proba_CLASS` of each class, `score_CLASS` (of
            the positive class of two, or of each), `decided` (the class by the model's threshold, where it
            has one), `quality` (what is unusual, empty if nothing), `distance` to the training images,
            `in_domain`, `reason` (why there is no prediction, else empty) and `model` (its id).
        """
        if isinstance(X, np.ndarray) and X.ndim > 1:
            yield from self._tables(_of_cells(self._images(), check_cells("Scorer", X)), None)
            return
        paths = check_paths("Scorer", X)
        measured = measure_files(
            self._images(),
            paths,
            (QualityFamily(),),
            jobs=check_jobs("Scorer", self.jobs),
            cache=self.cache,
            limit=self.timeout,
            in_process=self.jobs == 1,
            go_on=True,
        )
        yield from self._tables(measured, paths)

    def _tables(
        self, batches: Iterable[Sequence[Measured]], paths: Sequence[str] | None
    ) -> Iterator[pd.DataFrame]:
        """Gather what was measured to chunks, and make a table of each."""
        waiting: list[Measured] = []
        n_done = 0
        for batch in batches:
            waiting.extend(batch)
            while len(waiting) >= self.chunk:
                yield self._score(waiting[: self.chunk], paths, n_done)
                n_done += self.chunk
                del waiting[: self.chunk]
        if waiting:
            yield self._score(waiting, paths, n_done)

    def _score(self, measured: Sequence[Measured], paths: Sequence[str] | None, start: int) -> pd.DataFrame:
        names = [""] * len(measured) if paths is None else paths[start : start + len(measured)]
        n_quality = len(QualityFamily().specs())
        good = [item.row for item in measured if item.row is not None]
        if not good:
            return self.table.frame(names, measured, None, None, None, strict=self.strict)
        rows = np.stack(good)
        features, quality = rows[:, :-n_quality], rows[:, -n_quality:]
        with one_thread():
            answers = ask(self.model.pipeline[1:], features, self.model.positive)
            distances = None if self.model.domain is None else self.model.domain.distance(features)
        return self.table.frame(names, measured, answers, quality, distances, strict=self.strict)

    def _images(self) -> ImageFeatures:
        """Return the model's first step, its networks on the device asked for."""
        images: ImageFeatures = self.model.pipeline[0]
        if self.device is None:
            return images
        moved = copy.copy(images)
        moved.families_ = tuple(
            clone(family).set_params(device=self._device()) if hasattr(family, "device") else family
            for family in images.families_
        )
        return moved

    def _device(self) -> str:
        if self.device != "auto":
            check_device(str(self.device))
            return str(self.device)
        try:
            check_device("cuda")
        except ConfigurationError:
            _LOG.info("Networks run on the CPU.")
            return "cpu"
        _LOG.info("Networks run on CUDA.")
        return "cuda"


def _of_cells(images: ImageFeatures, cells: NDArray[np.uint8]) -> Iterator[list[Measured]]:
    """Measure cells, a few at a time, in this process."""
    size = cells.shape[1]
    other = next((family for family in images.families_ if family.frame_size not in (None, size)), None)
    if size != images.load_.size or other is not None:
        wanted = images.load_.size if size != images.load_.size else other.frame_size  # type: ignore[union-attr]
        raise ValueError(
            f"Scorer expects cells of {wanted} pixels for this model. Got {size}. Score the files instead."
        )
    families = (*images.families_, QualityFamily())
    for start in range(0, len(cells), _BATCH):
        frames = [{size: (cell, 1.0)} for cell in cells[start : start + _BATCH]]
        with one_thread():
            rows = images.measure_frames(frames, families)
        yield [Measured(about=(size, size, ""), row=np.concatenate(row)) for row in rows]
