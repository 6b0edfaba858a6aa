"""Which images of a table are the same, or nearly so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.audit.closeups import Closeup, correlations, look_closer
from leukfeat.audit.hamming import close_pairs
from leukfeat.features.fingerprint import fingerprint_words
from leukfeat.imaging import LoadCells

__all__ = ["LEAST_CORRELATION", "LIMIT", "Duplicates", "find_duplicates"]

LIMIT = 10  # bits of 128 that the hashes of near-duplicates differ in, at most

# By scene and part of the image: how far the grey levels of near-duplicates correlate, at least. Chosen by
# looking at every pair of real images within the limit: pairs that show two cells reach 0.970 as cells (small
# blurred ones) and 0.93 as frames, fields within the limit are all one field. Frames of masked cells tell
# nothing, for most of them is black; of a field the box around all cells is nearly the frame.
LEAST_CORRELATION = {
    "masked": {"cell": 0.95},
    "cell": {"frame": 0.95, "cell": 0.98},
    "field": {"frame": 0.90},
}

_MOST_PAIRS = 1_000_000  # candidates that are looked at


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Which rows of a table hold the same image, or nearly so.

    Attributes
    ----------
    files : numpy.ndarray of intp, shape (n_images,)
        For each row the first row whose file has the same bytes, as a rule itself.
    pixels : numpy.ndarray of intp, shape (n_images,)
        For each row the first row with the same pixels after decoding; the same bytes have the same pixels.
    near : numpy.ndarray of intp, shape (n_pairs, 2)
        Pairs of rows of other pixels that show the same cell or field, each group of identical images by its
        first row.
    correlation : numpy.ndarray of float64, shape (n_pairs,)
        How far they correlate: the larger one of frame and cell, where both were compared.
    n_unconfirmed : int
        Number of images that looked like another but could not be read again.
    complete : bool
        Whether all images were compared: false where there are no fingerprints, or too many pairs alike.
    """

    files: NDArray[np.intp]
    pixels: NDArray[np.intp]
    near: NDArray[np.intp]
    correlation: NDArray[np.float64]
    n_unconfirmed: int = 0
    complete: bool = True


def find_duplicates(
    images: pd.DataFrame,
    load: LoadCells,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Duplicates:
    """Find identical files, identical pixels and near-duplicates.

    Images whose fingerprints differ in few bits are candidates; each of them is read a second time. Pairs
    that then neither have the same pixels nor correlate are no duplicates.

    Parameters
    ----------
    images : pandas.DataFrame
        Columns `path` (absolute), `sha256` and `fingerprint`; without the last one only files are compared.
    load : LoadCells
        How files become cells, its scene settled: as the fingerprints were made.
    jobs : int, default=None
        Worker processes; None takes one per core.
    progress : callable, default=None
        Called with the number of images looked at again and their total.

    Returns
    -------
    Duplicates
        Rows are counted from 0, whatever the index.
    """
    files = _first_alike(images["sha256"].tolist())
    if "fingerprint" not in images:
        return Duplicates(files, files, _no_pairs(), np.empty(0), complete=False)
    least = LEAST_CORRELATION[getattr(load, "scene_", load.scene)]
    candidates, complete = _candidates(images, np.unique(files), tuple(least))
    rows = np.unique(np.concatenate([pairs.ravel() for pairs in candidates.values()]))
    paths = images["path"].iloc[rows].tolist()
    closeups = dict(zip(rows.tolist(), look_closer(paths, load, jobs=jobs, progress=progress), strict=True))
    pixels = _same_pixels(files, closeups)
    near, correlation = _confirmed(candidates, closeups, pixels, least)
    lost = sum(closeup is None for closeup in closeups.values())
    return Duplicates(files, pixels, near, correlation, lost, complete)


def _no_pairs() -> NDArray[np.intp]:
    return np.empty((0, 2), dtype=np.intp)


def _first_alike(values: Sequence[str]) -> NDArray[np.intp]:
    """Return for each value the place where it stands first."""
    codes, _ = pd.factorize(np.asarray(values, dtype=object))
    _, first = np.unique(codes, return_index=True)
    return first[codes].astype(np.intp)


def _candidates(
    images: pd.DataFrame, rows: NDArray[np.intp], parts: Sequence[str]
) -> tuple[dict[str, NDArray[np.intp]], bool]:
    """Find the pairs of some rows whose hashes are close, by part of the image, and whether these are all."""
    words = fingerprint_words(images["fingerprint"].iloc[rows].tolist())
    close = {part: close_pairs(words[part], LIMIT, _MOST_PAIRS) for part in parts}
    pairs = {part: rows[found.pairs] for part, found in close.items()}
    return pairs, all(found.complete for found in close.values())


def _same_pixels(files: NDArray[np.intp], closeups: dict[int, Closeup | None]) -> NDArray[np.intp]:
    """Join files that hold the same pixels."""
    first: dict[str, int] = {}
    joined = np.arange(len(files))
    for row, closeup in sorted(closeups.items()):
        if closeup is not None:
            joined[row] = first.setdefault(closeup.pixels, row)
    return joined[files]


def _confirmed(
    candidates: dict[str, NDArray[np.intp]],
    closeups: dict[int, Closeup | None],
    pixels: NDArray[np.intp],
    least: dict[str, float],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Keep the pairs that correlate, each once, and how far they do."""
    seen = [row for row, closeup in closeups.items() if closeup is not None and pixels[row] == row]
    found, values = [_no_pairs()], [np.empty(0)]
    for part, pairs in candidates.items():
        apart = pairs[np.isin(pairs, seen).all(axis=1)]
        correlation = _correlations(part, apart, closeups)
        found.append(apart[correlation >= least[part]])
        values.append(correlation[correlation >= least[part]])
    near, place = np.unique(np.concatenate(found), axis=0, return_inverse=True)
    best = np.zeros(len(near))
    np.maximum.at(best, place.ravel(), np.concatenate(values))
    return near, best


def _correlations(
    part: str, pairs: NDArray[np.intp], closeups: dict[int, Closeup | None]
) -> NDArray[np.float64]:
    rows, places = np.unique(pairs, return_inverse=True)
    if not len(rows):
        return np.empty(0)
    pictures = [closeup.parts[part] for row in rows.tolist() if (closeup := closeups[row]) is not None]
    return correlations(np.stack(pictures), places.reshape(pairs.shape))
