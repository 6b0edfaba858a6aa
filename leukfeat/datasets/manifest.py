"""The manifest: one row per image, who it is of and what it shows."""

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from leukfeat._tables import paths_relative_to, read_metadata, write_csv, write_parquet
from leukfeat.errors import ManifestError

__all__ = ["MISSING_WORDS", "SPLITS", "check_manifest", "read_manifest", "write_manifest"]

SPLITS = ("train", "val", "test")
_TEXT_COLUMNS = ("path", "label", "subject", "fold", "split")
_EXACT_FLOAT = 2.0**53  # below it a float64 holds every whole number
_LARGEST_INT = 2.0**63
MISSING_WORDS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]


def read_manifest(
    path: str | Path, *, root: str | Path | None = None, require_labels: bool = True
) -> pd.DataFrame:
    """Read and check a manifest.

    Parameters
    ----------
    path : str or pathlib.Path
        A CSV (UTF-8) or Parquet file with a column `path` and, unless `require_labels` is false, `label`;
        optional columns are `subject`, `fold`, `split` (`"train"`, `"val"`, `"test"`) and `sequence`
        (order of acquisition). Others are carried along, but for the features of a table of features.
    root : str or pathlib.Path, optional
        What relative image paths start from; by default the manifest's folder.
    require_labels : bool, default=True
        Whether a manifest without labels is refused.

    Returns
    -------
    pandas.DataFrame
        The rows in their order, `path` absolute, text columns as strings with missing values as NaN or None.

    Raises
    ------
    leukfeat.errors.ManifestError
        If the file cannot be read as a table or breaks the schema; the message names the row.
    """
    source = Path(path)
    frame = _read_table(source)
    if "path" not in frame.columns:
        raise ManifestError(
            f"{source}: a manifest needs a column 'path'. Got the columns {_listed(frame.columns)}."
        )
    base = Path(root).absolute() if root is not None else source.absolute().parent
    frame["path"] = _as_text(frame["path"])
    _check_paths_given(frame, str(source))
    frame["path"] = [os.path.normpath(base / name) for name in frame["path"]]
    return check_manifest(frame, require_labels=require_labels, source=str(source))


def check_manifest(
    frame: pd.DataFrame, *, require_labels: bool = True, source: str = "The manifest"
) -> pd.DataFrame:
    """Check the rows of a manifest and bring its columns to their types.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table with the columns that `read_manifest` describes.
    require_labels : bool, default=True
        Whether a table without a single label is refused.
    source : str, default="The manifest"
        What the table is called in messages.

    Returns
    -------
    pandas.DataFrame
        A checked copy with a fresh index.

    Raises
    ------
    leukfeat.errors.ManifestError
        If a column is missing, a path is empty or stands twice, a split is unknown or a sequence no number.
    """
    frame = frame.reset_index(drop=True)
    if "path" not in frame.columns:
        raise ManifestError(f"{source}: a manifest needs a column 'path'. Got {_listed(frame.columns)}.")
    if frame.empty:
        raise ManifestError(f"{source} has no rows. Give it one row per image.")
    for column in set(_TEXT_COLUMNS) & set(frame.columns):
        frame[column] = _as_text(frame[column])
    _check_paths_given(frame, source)
    _check_paths_unique(frame, source)
    _check_labels(frame, source, require_labels)
    _check_splits(frame, source)
    if "sequence" in frame.columns:
        frame["sequence"] = _as_sequence(frame, source)
    return frame


def write_manifest(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a manifest as CSV, or as Parquet where the name ends in `.parquet`.

    Parameters
    ----------
    frame : pandas.DataFrame
        A manifest with absolute paths, as `read_manifest` returns it.
    path : str or pathlib.Path
        The file to write. Image paths in it are relative when all images lie in its folder or below.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    target = Path(path)
    checked = check_manifest(frame, require_labels=False)
    checked["path"] = paths_relative_to(target.parent, checked["path"])
    write = write_parquet if target.suffix == ".parquet" else write_csv
    write(checked, target)
    return target


def _read_table(source: Path) -> pd.DataFrame:
    if not source.is_file():
        raise ManifestError(f"{source} is not a file. Give a manifest (CSV or Parquet).")
    try:
        return _read_parquet(source) if source.suffix.lower() == ".parquet" else _read_csv(source)
    except pd.errors.ParserWarning as error:
        raise ManifestError(
            f"{source}, row 1: more fields than columns. Put what holds a comma in quotation marks."
        ) from error
    except (OSError, UnicodeDecodeError, pa.ArrowException, pd.errors.ParserError, ValueError) as error:
        raise ManifestError(
            f"{source} cannot be read as a manifest (CSV in UTF-8, or Parquet): {error}"
        ) from error


def _read_parquet(source: Path) -> pd.DataFrame:
    """Read a table; of a table of features, the manifest that it holds."""
    features = read_metadata(source).get("features")
    table = pd.read_parquet(source)
    return table if features is None else table.drop(columns=[*features, "features_packed"], errors="ignore")


def _read_csv(source: Path) -> pd.DataFrame:
    columns = pd.read_csv(source, nrows=0, encoding="utf-8-sig").columns
    missing = {name: [""] if name in _TEXT_COLUMNS else MISSING_WORDS for name in columns}
    text = dict.fromkeys({*_TEXT_COLUMNS, "sequence"} & set(columns), str)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # fields of the first row would be lost
        return pd.read_csv(
            source,
            dtype=text,
            keep_default_na=False,
            na_values=missing,
            encoding="utf-8-sig",
            index_col=False,
            low_memory=False,
        )


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        values = values.astype("Int64") if _are_whole(numbers, _EXACT_FLOAT) else values
    known = values.notna() & (values.astype(str) != "")
    return values.astype(str).astype(object).where(known, None)


def _check_paths_given(frame: pd.DataFrame, source: str) -> None:
    empty = frame["path"].isna()
    if empty.any():
        raise ManifestError(f"{source}, row {_first(empty)}: the path is empty. Every row names an image.")


def _check_paths_unique(frame: pd.DataFrame, source: str) -> None:
    names = frame["path"].map(os.path.normpath)
    repeated = names.duplicated()
    if repeated.any():
        row = _first(repeated)
        first = _first(names == names.iloc[row - 1])
        raise ManifestError(
            f"{source}, row {row}: {frame['path'].iloc[row - 1]} stands in row {first} already. "
            "Name every image once."
        )


def _check_labels(frame: pd.DataFrame, source: str, required: bool) -> None:
    if not required:
        return
    if "label" not in frame.columns:
        raise ManifestError(
            f"{source}: a manifest to fit on needs a column 'label'. Got {_listed(frame.columns)}."
        )
    if frame["label"].isna().all():
        raise ManifestError(f"{source}: no row has a label. Fill the column 'label'.")


def _check_splits(frame: pd.DataFrame, source: str) -> None:
    if "split" not in frame.columns:
        return
    unknown = frame["split"].notna() & ~frame["split"].isin(SPLITS)
    if unknown.any():
        row = _first(unknown)
        raise ManifestError(
            f"{source}, row {row}: the split {frame['split'].iloc[row - 1]!r} is unknown. "
            "Use 'train', 'val' or 'test'."
        )


def _as_sequence(frame: pd.DataFrame, source: str) -> pd.Series:
    given = frame["sequence"]
    numbers = pd.to_numeric(given, errors="coerce", dtype_backend="numpy_nullable").mask(given.isna())
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(values) & given.notna()
    if wrong.any():
        row = _first(wrong)
        raise ManifestError(
            f"{source}, row {row}: the sequence {given.iloc[row - 1]!r} is no number. "
            "Number the images in order of acquisition."
        )
    limit = _LARGEST_INT if pd.api.types.is_integer_dtype(numbers) else _EXACT_FLOAT
    return numbers.astype("Int64") if _are_whole(values, limit) else pd.Series(values)


def _are_whole(values: NDArray[np.float64], limit: float) -> bool:
    known = values[~np.isnan(values)]
    return bool(((known % 1 == 0) & (np.abs(known) < limit)).all())


def _first(mask: pd.Series) -> int:
    """Return the number, counted from 1, of the first row where `mask` holds."""
    return int(mask.to_numpy().argmax()) + 1


def _listed(names: pd.Index) -> str:
    return ", ".join(repr(str(name)) for name in names)
