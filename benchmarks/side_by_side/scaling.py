"""More cells in one call, and more threads in one process."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numba
import numpy as np
from numpy.typing import NDArray

from leukfeat import CellFeatures

N_CELLS = (100, 200, 400, 800)
N_SHARED = 400

Cells = NDArray[np.uint8]


def scale_with_cells(images: Sequence[Cells], rounds: int) -> dict[str, float]:
    """Return milliseconds per image by number of cells; larger sets repeat the smallest."""
    block = first(images, N_CELLS[0])
    features = CellFeatures()
    sets = {n: np.tile(block, (n // len(block), 1, 1, 1)) for n in N_CELLS if n >= len(block)}
    times: dict[int, list[float]] = {n: [] for n in sets}
    for _ in range(rounds):
        for n, cells in sets.items():
            start = time.perf_counter()
            features.transform(cells)
            times[n].append(1000 * (time.perf_counter() - start) / len(cells))
    return {str(n): float(np.median(figures)) for n, figures in times.items()}


def time_of_all(images: Sequence[Cells], rounds: int) -> float:
    """Return milliseconds per image of all columns of all cells in one call."""
    cells, features = np.stack(images), CellFeatures()
    features.transform(cells[:10])
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        features.transform(cells)
        times.append(1000 * (time.perf_counter() - start) / len(cells))
    return float(np.median(times))


def first(images: Sequence[Cells], n: int) -> Cells:
    """Return the first `n` cells, repeated if there are fewer."""
    return np.stack([images[k % len(images)] for k in range(n)])


def scale_with_threads(images: Sequence[Cells], counts: Sequence[int], rounds: int) -> dict[str, float]:
    """Return images per second of one call by number of threads that it may use."""
    cells, features = first(images, N_SHARED), CellFeatures()
    rates: dict[int, list[float]] = {n: [] for n in counts}
    for _ in range(rounds):
        for n in counts:
            with numba_threads(n):
                start = time.perf_counter()
                features.transform(cells)
                rates[n].append(len(cells) / (time.perf_counter() - start))
    return {str(n): float(np.median(figures)) for n, figures in rates.items()}


@contextmanager
def numba_threads(n: int) -> Iterator[None]:
    """Set the number of threads that compiled code may use, as NUMBA_NUM_THREADS does."""
    before = numba.config.NUMBA_NUM_THREADS
    numba.config.NUMBA_NUM_THREADS = n
    try:
        yield
    finally:
        numba.config.NUMBA_NUM_THREADS = before
