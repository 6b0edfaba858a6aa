"""Tables of scores as Parquet, CSV or lines of JSON, chunk after chunk."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from leukfeat._tables import replacing
from leukfeat.errors import ConfigurationError

__all__ = ["SUFFIXES", "check_suffix", "write_csv_rows", "write_tables"]

_METADATA_KEY = b"leukfeat"


def check_suffix(target: Path) -> str:
    """Return the suffix of a file of scores, or raise.

    Parameters
    ----------
    target : pathlib.Path
        The file.

    Returns
    -------
    {".parquet", ".csv", ".jsonl"}
        What it is going to be.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is none of them.
    """
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigurationError(f"Scores are written as {', '.join(SUFFIXES)}. Got {target}.")
    return suffix


def write_tables(
    tables: Iterable[pa.Table], schema: pa.Schema, metadata: Mapping[str, Any], target: Path
) -> None:
    """Write tables one behind the other, whole or not at all.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Of one schema; one at a time is held.
    schema : pyarrow.Schema
        Of all of them.
    metadata : mapping of str to object
        What JSON can hold; only Parquet keeps it.
    target : pathlib.Path
        The file; its suffix says how.
    """
    write = SUFFIXES[check_suffix(target)]
    with replacing(target) as temporary:
        write(tables, schema.with_metadata({_METADATA_KEY: json.dumps(metadata).encode()}), temporary)


def write_csv_rows(table: pa.Table, stream: TextIO, *, header: bool) -> None:
    """Write a table as CSV: what is missing is empty, numbers are exact.

    Parameters
    ----------
    table : pyarrow.Table
        Scores.
    stream : text file
        Where to write.
    header : bool
        Whether a line of names comes first.
    """
    table.to_pandas().to_csv(stream, index=False, header=header, lineterminator="\n")


def _write_parquet(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    with pq.ParquetWriter(path, schema) as writer:
        for table in tables:
            writer.write_table(table.replace_schema_metadata(schema.metadata))


def _write_csv(tables: Iterable[pa.Table], _: pa.Schema, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        for number, table in enumerate(tables):
            write_csv_rows(table, stream, header=number == 0)


def _write_lines(tables: Iterable[pa.Table], _: pa.Schema, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        for table in tables:
            for row in table.to_pylist():
                plain = {name: _plain(value) for name, value in row.items()}
                stream.write(json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """Return what JSON can hold: it knows neither NaN nor infinities."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


SUFFIXES: dict[str, Callable[[Iterable[pa.Table], pa.Schema, Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".jsonl": _write_lines,
}
