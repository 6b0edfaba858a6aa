"""The feature table: the manifest's columns, the files' digests and the features."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from leukfeat._tables import paths_relative_to, read_metadata, write_parquet
from leukfeat.datasets import check_manifest
from leukfeat.errors import ManifestError
from leukfeat.features.packing import PACKED, pack, unpack

__all__ = ["FeatureTable", "configuration_hash", "is_feature_table"]

_FORMAT = 1
_PACKED_FORMAT = 2  # which versions that know columns only refuse
_MOST_COLUMNS = 2000  # beyond it Parquet takes a minute for what takes a second in one column


@dataclass(frozen=True)
class FeatureTable:
    """Features of images, and how they were made.

    Attributes
    ----------
    frame : pandas.DataFrame
        The manifest's columns (`path` absolute), `sha256` of each file and the feature columns.
    feature_names : tuple of str
        Which columns are features, in order.
    metadata : dict
        `version`, `scene`, `size`, `families` and `hash` of these.
    """

    frame: pd.DataFrame
    feature_names: tuple[str, ...]
    metadata: dict[str, Any]

    @property
    def values(self) -> NDArray[np.float32]:
        """The features, float32, shape (n_samples, n_features)."""
        return self.frame[list(self.feature_names)].to_numpy(dtype=np.float32)

    @property
    def manifest(self) -> pd.DataFrame:
        """All columns that are not features."""
        return self.frame.drop(columns=list(self.feature_names))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "FeatureTable":
        """Return a table of some rows.

        Parameters
        ----------
        rows : numpy.ndarray of int or bool
            Which rows.

        Returns
        -------
        FeatureTable
            With a fresh index.
        """
        frame = self.frame.loc[rows].reset_index(drop=True)
        return FeatureTable(frame, self.feature_names, self.metadata)

    def write(self, path: str | Path) -> Path:
        """Write the table as Parquet.

        Parameters
        ----------
        path : str or pathlib.Path
            The file; image paths are relative to its folder when all images lie in it or below.

        Returns
        -------
        pathlib.Path
            The file written.

        Notes
        -----
        Up to 2,000 features are columns. More of them, as pixels are, share the column `features_packed`: the
        bytes of each row, whose type stands as `packed` in the metadata (`uint8` where that loses nothing,
        else `float32`, little-endian) and whose names are there as always.
        """
        target = Path(path)
        paths = paths_relative_to(target.parent, self.frame["path"])
        metadata = {**self.metadata, "format": _FORMAT, "features": list(self.feature_names)}
        if len(self.feature_names) <= _MOST_COLUMNS:
            write_parquet(self.frame.assign(path=paths), target, metadata)
            return target
        manifest = self.manifest
        if PACKED in manifest:
            raise ManifestError(f"The manifest's column {PACKED!r} has the name of one of ours. Rename it.")
        column, dtype = pack(self.values)
        described = {**metadata, "format": _PACKED_FORMAT, "packed": dtype}
        write_parquet(manifest.assign(path=paths), target, described, {PACKED: column})
        return target

    @classmethod
    def read(cls, path: str | Path, *, root: str | Path | None = None) -> "FeatureTable":
        """Read a table that `write` wrote.

        Parameters
        ----------
        path : str or pathlib.Path
            A Parquet file.
        root : str or pathlib.Path, default=None
            What relative image paths start from; None takes the table's folder.

        Returns
        -------
        FeatureTable
            The same table, paths absolute.

        Raises
        ------
        leukfeat.errors.ManifestError
            If it is no feature table, or of a format this version does not know.
        """
        source = Path(path)
        metadata = _checked_metadata(source)
        names, packed = tuple(metadata.pop("features")), metadata.pop("packed", None)
        if packed is None:
            described, features = _read_columns(source, names)
        else:
            described, features = _read_packed(source, names, packed)
        base = Path(root).absolute() if root is not None else source.absolute().parent
        manifest = check_manifest(described, require_labels=False, source=str(source))
        manifest["path"] = pd.Series([str(base / name) for name in manifest["path"]], dtype=object)
        return cls(pd.concat([manifest, features], axis=1), names, metadata)


def assemble(
    manifest: pd.DataFrame,
    digests: Sequence[str],
    values: NDArray[np.float32],
    names: Sequence[str],
    metadata: dict[str, Any],
) -> FeatureTable:
    """Join a manifest, the files' digests and their rows.

    Parameters
    ----------
    manifest : pandas.DataFrame
        One row per image.
    digests : sequence of str
        SHA-256 of each file.
    values : numpy.ndarray of float32, shape (n_samples, n_features)
        The features.
    names : sequence of str
        Their names.
    metadata : dict
        How they were made.

    Returns
    -------
    FeatureTable
        The table.

    Raises
    ------
    leukfeat.errors.ManifestError
        If a column of the manifest has the name of a feature.
    """
    check_columns(manifest, names)
    described = manifest.reset_index(drop=True).assign(sha256=list(digests))
    features = pd.DataFrame(values, columns=list(names))
    return FeatureTable(pd.concat([described, features], axis=1), tuple(names), metadata)


def check_columns(manifest: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise if a column of a manifest has a name that a feature table gives itself.

    Parameters
    ----------
    manifest : pandas.DataFrame
        One row per image.
    names : sequence of str
        Names of the features.

    Raises
    ------
    leukfeat.errors.ManifestError
        If a column is called like a feature. One called `sha256` is replaced by the files' digests.
    """
    clash = sorted(set(names) & set(manifest.columns))
    if clash:
        raise ManifestError(f"The manifest's column {clash[0]!r} has the name of a feature. Rename it.")


def is_feature_table(path: str | Path) -> bool:
    """Return whether a file is a feature table, by its metadata.

    Parameters
    ----------
    path : str or pathlib.Path
        Any file.

    Returns
    -------
    bool
        False also for files that are not Parquet.
    """
    try:
        return "features" in read_metadata(path)
    except (OSError, pa.ArrowException, ValueError):
        return False


def configuration_hash(configuration: dict[str, Any]) -> str:
    """Return the SHA-256 of a configuration that JSON can hold.

    Parameters
    ----------
    configuration : dict
        Any nesting of JSON's types.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()


def _read_columns(source: Path, names: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return manifest and features, each feature a column of the file."""
    frame = pd.read_parquet(source)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ManifestError(f"{source} lists the feature {missing[0]!r} but has no such column.")
    return frame.drop(columns=list(names)), frame[list(names)]


def _read_packed(source: Path, names: tuple[str, ...], dtype: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return manifest and features, all features in one column of the file."""
    table = pq.read_table(source)
    if PACKED not in table.column_names:
        raise ManifestError(f"{source} has no column {PACKED!r}, where its features should be.")
    values = unpack(table.column(PACKED), dtype, len(names))
    return table.drop_columns(PACKED).to_pandas(), pd.DataFrame(values, columns=list(names))


def _checked_metadata(source: Path) -> dict[str, Any]:
    if not is_feature_table(source):
        raise ManifestError(f"{source} is no feature table. Make one with leukfeat extract.")
    metadata = read_metadata(source)
    if metadata.pop("format", None) not in (_FORMAT, _PACKED_FORMAT):
        raise ManifestError(f"{source} is of another format. Extract it again with this version.")
    return metadata
