"""Many feature columns as one: a Parquet file with tens of thousands of columns takes minutes."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leukfeat.errors import ManifestError

__all__ = ["PACKED", "narrowest", "pack", "unpack"]

PACKED = "features_packed"
_AT_ONCE = 2**22  # values: what is tried on them takes little memory


def pack(values: NDArray[np.float32]) -> tuple[pa.Array, str]:
    """Turn rows into bytes, as whole numbers where that loses nothing.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_samples, n_features)
        Features.

    Returns
    -------
    column : pyarrow.FixedSizeBinaryArray, length n_samples
        The bytes of each row, little-endian, in the order of the features.
    dtype : {"uint8", "float32"}
        What they are: `uint8` where every value is a whole number from 0 to 255.
    """
    dtype = narrowest(values)
    rows = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    width = rows.shape[1] * rows.itemsize
    buffers = [None, pa.py_buffer(rows)]
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(rows), buffers), dtype


def unpack(column: Any, dtype: str, n_features: int) -> NDArray[np.float32]:
    """Turn bytes into rows.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of fixed-size binary
        As `pack` made it, read from a file.
    dtype : {"uint8", "float32"}
        What the bytes are.
    n_features : int
        Number of features.

    Returns
    -------
    numpy.ndarray of float32, shape (n_samples, n_features)
        The same values.

    Raises
    ------
    leukfeat.errors.ManifestError
        If the rows have another length.
    """
    kind = np.dtype(dtype).newbyteorder("<")
    width = n_features * kind.itemsize
    if column.type != pa.binary(width):
        raise ManifestError(f"The column {PACKED!r} must hold {width} bytes in each row. Got {column.type}.")
    rows = np.empty((len(column), n_features), dtype=np.float32)
    start = 0
    for chunk in column.chunks:
        stop = start + len(chunk)
        data = np.frombuffer(chunk.buffers()[1], dtype=np.uint8)
        part = data[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        rows[start:stop] = part.view(kind).reshape(len(chunk), n_features)
        start = stop
    return rows


def narrowest(values: NDArray[np.float32]) -> str:
    """Choose the narrowest type that holds values bit for bit.

    Parameters
    ----------
    values : numpy.ndarray of float32
        Features.

    Returns
    -------
    {"uint8", "float32"}
        `uint8` where all are whole numbers from 0 to 255, and no zero is negative.
    """
    parts = np.array_split(values, max(1, values.size // _AT_ONCE))
    return "uint8" if all(_are_bytes(part) for part in parts) else "float32"


def _are_bytes(values: NDArray[np.float32]) -> bool:
    within = (values >= 0) & (values <= 255) & ~np.signbit(values)
    return bool((within & (values == np.floor(values))).all())
