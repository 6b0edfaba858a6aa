"""A second, closer look at images that may be the same."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat._workers import check_jobs, map_in_workers
from leukfeat.errors import ImageError
from leukfeat.features.images import batched
from leukfeat.features.view import CellViews
from leukfeat.imaging import CompactCell, LoadCells
from leukfeat.kernels.difference_hash import box_of_cells

__all__ = ["Closeup", "correlations", "look_closer"]

_SIDE = 64
_PAIRS_AT_ONCE = 1024  # some 100 MB


@dataclass(frozen=True, eq=False)
class Closeup:
    """What two images are compared by.

    Attributes
    ----------
    pixels : str
        SHA-256 of the decoded pixels and their shape.
    parts : dict of str to numpy.ndarray of uint8, shape (64, 64)
        Grey of the whole `frame` and of the bounding box of all cells (`cell`), resampled by area.
    """

    pixels: str
    parts: dict[str, NDArray[np.uint8]]


def look_closer(
    paths: Sequence[str],
    load: LoadCells,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Closeup | None]:
    """Load images again.

    Parameters
    ----------
    paths : sequence of str
        Image files.
    load : LoadCells
        How files become cells, its scene settled.
    jobs : int, default=None
        Worker processes; None takes one per core.
    progress : callable, default=None
        Called with the number of images done and their total.

    Returns
    -------
    list of Closeup or None
        One for each path; None where the image can no longer be read.
    """
    chunks = list(batched(paths))
    n_jobs = max(min(check_jobs("look_closer", jobs), len(chunks)), 1)
    closeups: list[Closeup | None] = []
    for some in map_in_workers(_Looker(load), chunks, jobs=n_jobs, preload=(__name__,)):
        closeups.extend(some)
        if progress is not None:
            progress(len(closeups), len(paths))
    return closeups


@dataclass(frozen=True)
class _Looker:
    """Loads one chunk of images, in whatever process it is called."""

    load: LoadCells

    def __call__(self, paths: Sequence[str]) -> list[Closeup | None]:
        return [self._closeup(path) for path in paths]

    def _closeup(self, path: str) -> Closeup | None:
        try:
            picture = self.load.decode(self.load.read(path), path)
        except ImageError:
            return None
        (view,) = CellViews(self.load.cell(picture)[0][np.newaxis])
        top, bottom, left, right = box_of_cells(view.cell)
        parts = {"frame": view.grey, "cell": view.grey[top:bottom, left:right]}
        pixels = picture.cell if isinstance(picture, CompactCell) else picture
        return Closeup(_digest(pixels), {part: _thumbnail(grey) for part, grey in parts.items()})


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small = cv2.resize(np.ascontiguousarray(grey), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def correlations(pictures: NDArray[np.uint8], pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """Compute Pearson's correlation of the grey levels of pairs of pictures.

    Parameters
    ----------
    pictures : numpy.ndarray of uint8, shape (n_pictures, 64, 64)
        Grey.
    pairs : numpy.ndarray of intp, shape (n_pairs, 2)
        Which pictures.

    Returns
    -------
    numpy.ndarray of float64, shape (n_pairs,)
        From -1 to 1; NaN where a picture is of one level. Sums are integers, the same on every machine.
    """
    chunks = np.array_split(pairs, max(-(-len(pairs) // _PAIRS_AT_ONCE), 1))
    return np.concatenate([_correlate(pictures[chunk[:, 0]], pictures[chunk[:, 1]]) for chunk in chunks])


def _correlate(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float64]:
    x, y = (side.reshape(len(side), _SIDE * _SIDE).astype(np.int64) for side in (left, right))
    n = x.shape[1]
    product = n * np.einsum("ij,ij->i", x, y) - x.sum(axis=1) * y.sum(axis=1)
    spreads = [n * np.einsum("ij,ij->i", side, side) - side.sum(axis=1) ** 2 for side in (x, y)]
    spread = np.sqrt(spreads[0].astype(np.float64)) * np.sqrt(spreads[1].astype(np.float64))
    correlation = np.full(len(product), np.nan)
    np.divide(product, spread, out=correlation, where=spread > 0)
    return correlation
