"""A run folder read again: all that a report is made of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from leukfeat._tables import read_metadata
from leukfeat.errors import ConfigurationError

__all__ = ["SavedRun"]

_OPTIONAL = {  # what an older run does not have, and what the report then lacks
    "leaderboard.json": "times, memory and notes",
    "ablation.parquet": "what each feature family adds (leukfeat compare --ablation computes it)",
    "thumbnails/thumbnails.parquet": "pictures of cells",
}
_OPTIONAL_TABLES = ("thumbnails/thumbnails.parquet", "ablation.parquet")


@dataclass(frozen=True, eq=False)
class SavedRun:
    """What lies in a run folder.

    Attributes
    ----------
    folder : pathlib.Path
        Where it lies.
    name : str
        What the run is called.
    record : dict
        `run.json`.
    outcome : dict
        `leaderboard.json`; empty where there is none.
    predictions : pandas.DataFrame
        `predictions.parquet`, its settings in `attrs`.
    digests : pandas.Series or None
        SHA-256 of each image by path, from `features.parquet`.
    errors : pandas.DataFrame
        `path` and `reason` of images that could not be used.
    ablation : pandas.DataFrame or None
        `ablation.parquet`.
    thumbnails : pandas.DataFrame or None
        `thumbnails.parquet`, the files absolute.
    missing : tuple of str
        What a report of this run lacks, and which file would hold it.
    """

    folder: Path
    name: str
    record: dict[str, Any]
    outcome: dict[str, Any]
    predictions: pd.DataFrame
    digests: pd.Series | None
    errors: pd.DataFrame
    ablation: pd.DataFrame | None
    thumbnails: pd.DataFrame | None
    missing: tuple[str, ...]

    @classmethod
    def read(cls, folder: str | Path, name: str | None = None) -> Self:
        """Read a run folder.

        Parameters
        ----------
        folder : str or pathlib.Path
            As `leukfeat compare` wrote it; by an earlier version, too.
        name : str, default=None
            What the run is called; None takes the folder's name.

        Returns
        -------
        SavedRun
            What lies there.

        Raises
        ------
        leukfeat.errors.ConfigurationError
            If it is no run folder, or a file in it cannot be read.
        """
        path = Path(folder)
        for needed in ("run.json", "predictions.parquet"):
            if not (path / needed).is_file():
                raise ConfigurationError(
                    f"{path} is not a run folder: it has no {needed}. Name one that leukfeat compare wrote."
                )
        thumbnails, ablation = (_read_optional(path / file) for file in _OPTIONAL_TABLES)
        if thumbnails is not None:
            files = [str(path / "thumbnails" / Path(str(file)).name) for file in thumbnails["file"]]
            thumbnails = thumbnails.assign(file=files)
        predictions = _read_frame(path / "predictions.parquet")
        errors = _read_frame(path / "errors.parquet")
        return cls(
            folder=path,
            name=path.resolve().name if name is None else name,
            record=_read_json(path / "run.json"),
            outcome=_read_json(path / "leaderboard.json"),
            predictions=pd.DataFrame() if predictions is None else predictions,
            digests=_read_digests(path / "features.parquet"),
            errors=pd.DataFrame(columns=["path", "reason"]) if errors is None else errors,
            ablation=ablation,
            thumbnails=thumbnails,
            missing=tuple(
                f"{what}: {file} is not in the run folder."
                for file, what in _OPTIONAL.items()
                if not (path / file).is_file()
            )
            + tuple(
                f"{file} cannot be read and is left out."
                for file, table in zip(_OPTIONAL_TABLES, (thumbnails, ablation), strict=True)
                if table is None and (path / file).is_file()
            ),
        )


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ConfigurationError(f"{path} must hold a JSON object. Got a {type(value).__name__}.")
    return value


def _read_frame(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    try:
        frame = pd.read_parquet(path, columns=None if columns is None else list(columns))
        frame.attrs.update(read_metadata(path))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ConfigurationError(f"{path} cannot be read as Parquet: {error}.") from error
    return frame


def _read_optional(path: Path) -> pd.DataFrame | None:
    """Return a table that a report can do without."""
    try:
        return _read_frame(path)
    except ConfigurationError:
        return None


def _read_digests(path: Path) -> pd.Series | None:
    """Return the SHA-256 of each image by its path; None where the table has none."""
    try:
        table = _read_frame(path, ["path", "sha256"])
    except ConfigurationError:
        return None
    return None if table is None else table.set_index("path")["sha256"]
