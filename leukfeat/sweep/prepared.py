"""The table's steps, done once for all models that share a training set."""

import json
import mmap
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dgemm, dsyrk
from sklearn.preprocessing import StandardScaler

from leukfeat.sweep.reduction import ReduceColumns

__all__ = ["Prepared", "column_blocks", "prepare", "read_columns", "release", "symmetric"]

_BLOCK_BYTES = 1 << 23  # of a block of columns: few enough to stay near the cores, wide enough for BLAS
_ROWS = 256  # that are read before their pages are let go: systems map more around each than was asked for


@dataclass(frozen=True)
class Prepared:
    """A training set and the rows to predict, as every model sees them.

    Attributes
    ----------
    train : numpy.ndarray of float64, shape (n, p)
        Training rows: medians for what could not be measured, constants dropped, standardised; C order.
    out : numpy.ndarray of float64, shape (m, p)
        Rows to predict, transformed alike.
    products : numpy.ndarray of float64, shape (n + m, n), or None
        Inner products of the training rows, then of the rows to predict, with the training rows. Made where
        there are more columns than training rows; what is solved there needs no more of the columns.
    columns : numpy.ndarray of intp, shape (p,)
        Places of the columns that were kept in the table, as it is after a reduction.
    seconds : float
        Wall time that the preparation took.
    """

    train: NDArray[np.float64]
    out: NDArray[np.float64]
    products: NDArray[np.float64] | None
    columns: NDArray[np.intp]
    seconds: float

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Map what `prepare` has written into memory, read-only.

        Parameters
        ----------
        folder : pathlib.Path
            Where it lies.

        Returns
        -------
        Prepared
            With arrays on disk.
        """
        told = json.loads((folder / "prepared.json").read_text())
        products = folder / "products.npy"
        return cls(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            out=np.load(folder / "out.npy", mmap_mode="r"),
            products=np.load(products, mmap_mode="r") if products.exists() else None,
            columns=np.asarray(told["columns"], dtype=np.intp),
            seconds=told["seconds"],
        )


def prepare(
    values: NDArray[np.float32],
    train: NDArray[np.intp],
    out: NDArray[np.intp],
    folder: Path,
    reduction: ReduceColumns | None = None,
) -> Prepared:
    """Fit the steps before a model on some rows, apply them to these and to others, and write both.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_samples, n_features)
        The table; NaN where something could not be measured.
    train : numpy.ndarray of intp, shape (n,)
        Rows to fit on.
    out : numpy.ndarray of intp, shape (m,)
        Rows to predict.
    folder : pathlib.Path
        Existing folder that receives `train.npy`, `out.npy`, for wide tables `products.npy`, and
        `prepared.json`.
    reduction : ReduceColumns, default=None
        What puts few columns in the place of many, unfitted; None keeps all.

    Returns
    -------
    Prepared
        As `Prepared.read` gives it.

    Raises
    ------
    ValueError
        If no column varies on the training rows, or a value is infinite.

    Notes
    -----
    Bit for bit what the steps of `leukfeat.sweep.steps.table_pipeline` give. A block of columns is worked on
    at a time, so that memory holds little more than one block and the products.
    """
    started = time.perf_counter()
    table, train, out = (values, train, out) if reduction is None else _reduced(values, train, out, reduction)
    columns = _varying(table, train)
    written = [
        _new_array(folder / name, (len(rows), len(columns)))
        for name, rows in (("train.npy", train), ("out.npy", out))
    ]
    products = _Products(len(train), len(out)) if len(columns) > len(train) else None
    for block in column_blocks(len(train) + len(out), len(columns)):
        transformed = _transform(table, columns[block], train, out)
        for array, rows in zip(written, transformed, strict=True):
            array[:, block] = rows
            release(array)
        if products is not None:
            products.add(*transformed)
    if products is not None:
        np.save(folder / "products.npy", products.total())
    told = {"seconds": time.perf_counter() - started, "columns": columns.tolist()}
    (folder / "prepared.json").write_text(json.dumps(told))
    return Prepared.read(folder)


def column_blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Divide columns into blocks that are worked on one at a time.

    Parameters
    ----------
    n_rows : int
        Number of rows of float64.
    n_columns : int
        Number of columns.

    Yields
    ------
    slice
        Of columns.
    """
    width = max(1, _BLOCK_BYTES // (8 * max(1, n_rows)))
    for start in range(0, n_columns, width):
        yield slice(start, min(start + width, n_columns))


def release(array: NDArray[Any]) -> None:
    """Let go of the pages of a mapped array; they stay in its file.

    Parameters
    ----------
    array : numpy.ndarray
        As `numpy.memmap` gives it; nothing happens to others.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def read_columns(array: NDArray[Any], columns: slice, rows: NDArray[np.intp] | None = None) -> NDArray[Any]:
    """Copy some columns of an array that may be mapped, holding few of its pages at a time.

    Parameters
    ----------
    array : numpy.ndarray, shape (n_samples, n_features)
        In C order.
    columns : slice
        Which columns.
    rows : numpy.ndarray of intp, default=None
        Which rows; None takes all.

    Returns
    -------
    numpy.ndarray, shape (n_rows, n_columns)
        In C order.
    """
    chosen = np.arange(len(array)) if rows is None else rows
    read = np.empty((len(chosen), columns.stop - columns.start), dtype=array.dtype)
    for start in range(0, len(chosen), _ROWS):
        some = chosen[start : start + _ROWS]
        read[start : start + _ROWS] = array[some, columns]
        release(array)
    return read


def symmetric(lower: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy the lower triangle of a matrix over its upper one, in place.

    Parameters
    ----------
    lower : numpy.ndarray of float64, shape (n, n)
        What stands above the diagonal is overwritten.

    Returns
    -------
    numpy.ndarray of float64, shape (n, n)
        The same array.
    """
    size = 256
    for start in range(0, len(lower), size):
        rows = slice(start, min(start + size, len(lower)))
        corner = lower[rows, rows]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
        for left in range(0, start, size):
            lower[left : left + size, rows] = lower[rows, left : left + size].T
    return lower


def _new_array(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Map a new file whose room on the disk is taken at once: a full disk is named here, and kills nobody."""
    array = np.lib.format.open_memmap(path, "w+", np.float64, shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _reduced(
    values: NDArray[np.float32], train: NDArray[np.intp], out: NDArray[np.intp], reduction: ReduceColumns
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows in the order asked for, fewer columns of them, and their new places."""
    reduction.fit(values[train])
    parts = [reduction.transform(values[rows]) for rows in (train, out) if len(rows)]
    places = np.arange(len(train) + len(out), dtype=np.intp)
    return np.concatenate(parts), places[: len(train)], places[len(train) :]


def _varying(values: NDArray[Any], train: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the columns that are not constant on the training rows."""
    least = np.full(values.shape[1], np.nan, dtype=values.dtype)
    most = least.copy()
    n_rows = max(1, _BLOCK_BYTES // (8 * values.shape[1]))
    for start in range(0, len(train), n_rows):
        rows = values[train[start : start + n_rows]]
        release(values)
        np.fmin(least, np.fmin.reduce(rows, axis=0), out=least)
        np.fmax(most, np.fmax.reduce(rows, axis=0), out=most)
    columns = np.flatnonzero(most > least)
    if not len(columns):
        raise ValueError("No feature varies on the training rows: none meets the variance threshold.")
    return columns


def _transform(
    values: NDArray[Any], columns: NDArray[np.intp], train: NDArray[np.intp], out: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Impute and standardise some columns, (n, c) and (m, c); each lies together, as in the stock steps."""
    near = slice(columns[0], columns[-1] + 1)
    fitted, others = (
        np.ascontiguousarray(read_columns(values, near, rows).T)[columns - near.start].astype(np.float64)
        for rows in (train, out)
    )
    medians = _medians(fitted)
    for block in (fitted, others):
        missing = np.isnan(block)
        if missing.any():
            np.copyto(block, medians[:, None], where=missing)
    scaler = StandardScaler(copy=False).fit(fitted.T)
    return scaler.transform(fitted.T), scaler.transform(others.T) if len(out) else others.T


def _medians(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each row's numbers; each row has one at least."""
    ordered = np.sort(columns.astype(np.float32), axis=1)  # float32 sorts faster, and is what they were
    counts = (~np.isnan(ordered)).sum(axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, (counts - 1) // 2], ordered[row, counts // 2]
    return np.asarray((low.astype(np.float64) + high) / 2)


class _Products:
    """Inner products of rows, summed over blocks of columns in place."""

    def __init__(self, n: int, m: int) -> None:
        self._within = np.zeros((n, n), order="F")
        self._across = np.zeros((n, m), order="F")

    def add(self, train: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        self._within = dsyrk(1.0, train, beta=1.0, c=self._within, overwrite_c=1)
        if self._across.size:
            self._across = dgemm(1.0, train, out, beta=1.0, c=self._across, trans_b=1, overwrite_c=1)

    def total(self) -> NDArray[np.float64]:
        """Return them in C order, those of the training rows first."""
        return np.concatenate([symmetric(self._within.T), self._across.T])
