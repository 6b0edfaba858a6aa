"""A table of the user's own, with columns by other names."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from leukfeat._tables import normal_path
from leukfeat.datasets.manifest import MISSING_WORDS, SPLITS, check_manifest
from leukfeat.errors import ManifestError

__all__ = ["manifest_from_table"]

# What columns are called elsewhere, the likeliest first.
_NAMES = {
    "path": ("path", "image_path", "filepath", "file_path", "filename", "file_name", "file", "image", "img"),
    "label": ("label", "class", "target", "category", "cell_type"),
    "subject": ("subject", "subject_id", "patient", "patient_id", "case", "case_id"),
    "fold": ("fold",),
    "split": ("split", "subset", "partition", "set"),
    "sequence": ("sequence",),
}
_SPLITS = {
    **{split: split for split in SPLITS},
    "training": "train",
    "valid": "val",
    "validation": "val",
    "testing": "test",
}


def manifest_from_table(
    source: str | Path, *, columns: Mapping[str, str] | None = None, root: str | Path | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Make a manifest from a table of one's own.

    Parameters
    ----------
    source : str or pathlib.Path
        A CSV, TSV or Parquet file with a column of image paths. Cells that say NA, null or such are empty.
    columns : mapping of str to str, default=None
        What a manifest's columns are called there: `{"label": "diagnosis"}`. Others are found under usual
        names (`filename`, `class`, `patient_id` and the like); `subset` and the like are taken for the split
        only where nothing else than parts of one stands there.
    root : str or pathlib.Path, default=None
        What relative image paths start from; by default the table's folder.

    Returns
    -------
    frame : pandas.DataFrame
        The manifest, paths absolute; other columns are carried along.
    notes : tuple of str
        What was taken for what, in full sentences.

    Raises
    ------
    leukfeat.errors.ManifestError
        If it is no table, a column named is not there, or not one image exists.
    """
    table, emptied = _without_words(_read(Path(source)))
    renamed = _renames(table, dict(columns or {}), str(source))
    table = table.rename(columns={old: new for new, old in renamed.items()})
    if "path" not in table:
        listed = ", ".join(map(repr, table.columns))
        raise ManifestError(f"{source}: no column tells the path of an image. Name one (path=…) of {listed}.")
    base = normal_path(Path(source).parent if root is None else root)
    given = [None if pd.isna(path) else os.path.normpath(base / str(path)) for path in table["path"]]
    frame = table.assign(path=pd.Series(given, dtype=object))
    if "split" in frame:
        frame["split"] = [_SPLITS.get(_word(split), split) for split in frame["split"]]
    frame = check_manifest(frame, require_labels=False, source=str(source))
    missing = [path for path in frame["path"] if not Path(path).is_file()]
    if len(missing) == len(frame):
        raise ManifestError(f"{source}: not one image exists; the first: {missing[0]}. Say --root.")
    return frame, (*_notes(renamed, missing, len(frame)), *emptied)


def _read(source: Path) -> pd.DataFrame:
    """Read a table, every cell of a CSV as text, empty ones as None."""
    try:
        if source.suffix.lower() == ".parquet":
            return pd.read_parquet(source)
        mark = "\t" if source.suffix.lower() == ".tsv" else ","
        table = pd.read_csv(
            source, sep=mark, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
        )
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ManifestError(
            f"{source} cannot be read as a table (CSV or TSV in UTF-8, or Parquet): {error}"
        ) from error
    return table.astype(object).where(table != "", None)


def _without_words(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Empty the cells that say in a word that nothing is known; note which these were."""
    notes = []
    for name in table.columns:
        empty = table[name].isin([word for word in MISSING_WORDS if word])
        if empty.any():
            words = ", ".join(sorted(map(str, table.loc[empty, name].unique())))
            notes.append(f"Taken for empty in the column {name}: {words} ({empty.sum()} rows).")
            table[name] = table[name].astype(object).where(~empty, None)
    return table, notes


def _word(split: object) -> str:
    return str(split).strip().lower()


def _renames(table: pd.DataFrame, asked: dict[str, str], source: str) -> dict[str, str]:
    """Find the column for each of a manifest's that is not there by its own name."""
    unknown = sorted(set(asked) - set(_NAMES))
    if unknown:
        raise ManifestError(f"{unknown[0]!r} is no column of a manifest. Choose from: {', '.join(_NAMES)}.")
    for wanted in asked.values():
        if wanted not in table:
            listed = ", ".join(map(repr, table.columns))
            raise ManifestError(f"{source} has no column {wanted!r}. Choose from: {listed}.")
    found = {new: old for new, old in asked.items() if new != old}
    by_lower = {str(name).lower().replace(" ", "_"): str(name) for name in table.columns}
    for column, usual in _NAMES.items():
        name = next((by_lower[name] for name in usual if name in by_lower), None)
        if column in asked or column in table or name is None or name in asked.values():
            continue
        if column != "split" or set(map(_word, table[name].dropna())) <= set(_SPLITS):
            found[column] = name
    clash = [new for new in found if new in table]
    if clash:
        raise ManifestError(
            f"{source} has a column {clash[0]!r} already. Rename it, then take another for it."
        )
    return found


def _notes(renamed: dict[str, str], missing: list[str], n_rows: int) -> Iterator[str]:
    if renamed:
        taken = ", ".join(f"{old} as {new}" for new, old in renamed.items())
        yield f"Columns by other names: {taken}."
    if missing:
        yield f"Images that do not exist: {len(missing)} of {n_rows}; the first: {missing[0]}."
