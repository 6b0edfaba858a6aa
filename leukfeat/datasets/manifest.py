"""The manifest: one row per image, who it is of and what it shows."""

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa

from leukfeat._tables import paths_relative_to, write_csv, write_parquet
from leukfeat.errors import ManifestError

__all__ = ["SPLITS", "check_manifest", "read_manifest", "write_manifest"]

SPLITS = ("train", "val", "test")
_TEXT_COLUMNS = ("path", "label", "subject", "fold", "split")
_MISSING_WORDS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]


def read_manifest(
    path: str | Path, *, root: str | Path | None = None, require_labels: bool = True
) -> pd.DataFrame:
    """Read and check a manifest.

    Parameters
    ----------
    path : str or pathlib.Path
        A CSV (UTF-8) or Parquet file with a column `path` and, unless `require_labels` is false, `label`;
        optional columns are `subject`, `fold`, `split` (`"train"`, `"val"`, `"test"`) and `sequence`
        (order of acquisition). Others are carried along.
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
    absolute = [str(Path(name).absolute()) for name in checked["path"]]
    checked["path"] = paths_relative_to(target.parent, absolute)
    write = write_parquet if target.suffix == ".parquet" else write_csv
    write(checked, target)
    return target


def _read_table(source: Path) -> pd.DataFrame:
    if not source.is_file():
        raise ManifestError(f"{source} is not a file. Give a manifest (CSV or Parquet).")
    try:
        return pd.read_parquet(source) if source.suffix == ".parquet" else _read_csv(source)
    except (OSError, UnicodeDecodeError, pa.ArrowException, pd.errors.ParserError, ValueError) as error:
        raise ManifestError(
            f"{source} cannot be read as a manifest (CSV in UTF-8, or Parquet): {error}"
        ) from error


def _read_csv(source: Path) -> pd.DataFrame:
    columns = pd.read_csv(source, nrows=0, encoding="utf-8-sig").columns
    missing = {name: [""] if name in _TEXT_COLUMNS else _MISSING_WORDS for name in columns}
    text = dict.fromkeys(set(_TEXT_COLUMNS) & set(columns), str)
    return pd.read_csv(
        source, dtype=text, keep_default_na=False, na_values=missing, encoding="utf-8-sig", index_col=False
    )


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    known = values.notna() & (values.astype(str) != "")
    return values.astype(str).astype(object).where(known, None)


def _check_paths_given(frame: pd.DataFrame, source: str) -> None:
    empty = frame["path"].isna()
    if empty.any():
        raise ManifestError(f"{source}, row {_first(empty)}: the path is empty. Every row names an image.")


def _check_paths_unique(frame: pd.DataFrame, source: str) -> None:
    repeated = frame["path"].duplicated()
    if repeated.any():
        row = _first(repeated)
        name = frame["path"].iloc[row - 1]
        first = _first(frame["path"] == name)
        raise ManifestError(
            f"{source}, row {row}: {name} stands in row {first} already. Name every image once."
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
    numbers = pd.to_numeric(frame["sequence"], errors="coerce").astype(float)
    wrong = numbers.isna() & frame["sequence"].notna()
    if wrong.any():
        row = _first(wrong)
        raise ManifestError(
            f"{source}, row {row}: the sequence {frame['sequence'].iloc[row - 1]!r} is no number. "
            "Number the images in order of acquisition."
        )
    whole = bool((numbers.dropna() % 1 == 0).all())
    return numbers.astype("Int64") if whole else numbers


def _first(mask: pd.Series) -> int:
    """Return the number, counted from 1, of the first row where `mask` holds."""
    return int(mask.to_numpy().argmax()) + 1


def _listed(names: pd.Index) -> str:
    return ", ".join(repr(str(name)) for name in names)
