"""Registries: the path, size and SHA-256 of every file of a data set."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from lzma import LZMAError
from pathlib import Path
from typing import Any

import pandas as pd

from leukfeat._tables import normal_path, replacing
from leukfeat._workers import available_cores
from leukfeat.errors import ConfigurationError

__all__ = [
    "SHIPPED",
    "Registry",
    "hash_files",
    "list_files",
    "make_registry",
    "read_registry",
    "write_registry",
]

_COLUMNS = ("path", "sha256", "bytes")
SHIPPED = ("c-nmc",)
_COMPRESSIONS: dict[str, dict[str, Any]] = {".gz": {"method": "gzip", "mtime": 1}, ".xz": {"method": "xz"}}
_SUFFIXES = (".csv", ".csv.gz", ".csv.xz")
_BUFFER = 2**20


@dataclass(frozen=True, eq=False)
class Registry:
    """What a data set's files must be.

    Attributes
    ----------
    name : str
        The data set, or the file that lists it.
    files : pandas.DataFrame
        `path` (with forward slashes, relative to the data set's folder), `sha256` (64 hexadecimal digits)
        and `bytes`.
    """

    name: str
    files: pd.DataFrame


def read_registry(source: str | Path) -> Registry:
    """Read a registry that leukfeat ships, or one from a file.

    Parameters
    ----------
    source : str or pathlib.Path
        `"c-nmc"`, or a file that `write_registry` wrote.

    Returns
    -------
    Registry
        Its files, in the order listed.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If there is neither such a data set nor such a file, or it is no registry.
    """
    if str(source) in SHIPPED:
        shipped = resources.files("leukfeat.datasets") / "registries" / f"{source}.csv.xz"
        with resources.as_file(shipped) as path:
            return Registry(str(source), _read(path))
    if not Path(source).is_file():
        raise ConfigurationError(
            f"No registry {str(source)!r}. Choose from: {', '.join(map(repr, SHIPPED))}, or name a file that "
            "'leukfeat data register' wrote."
        )
    return Registry(str(source), _read(Path(source)))


def make_registry(
    folder: str | Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    leave_out: str | Path | None = None,
) -> Registry:
    """List every file below a folder.

    Parameters
    ----------
    folder : str or pathlib.Path
        The data set. Hidden files and folders are left out.
    progress : callable, default=None
        Called with the number of files done and their total.
    leave_out : str or pathlib.Path, default=None
        A file that is not listed: where the registry itself is going to be written.

    Returns
    -------
    Registry
        Sorted by path.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If there is no file, or one cannot be read.
    """
    base = normal_path(folder)
    without = None if leave_out is None else normal_path(leave_out)
    paths = [path for path in list_files(base) if path != without]
    if not paths:
        raise ConfigurationError(f"{base} holds no file. Name the folder of the data set.")
    hashes = hash_files(paths, progress)
    unreadable = [path for path, (digest, _) in zip(paths, hashes, strict=True) if digest is None]
    if unreadable:
        raise ConfigurationError(f"{unreadable[0]} cannot be read. Make it readable, or move it elsewhere.")
    rows = [
        (path.relative_to(base).as_posix(), digest, size)
        for path, (digest, size) in zip(paths, hashes, strict=True)
    ]
    files = pd.DataFrame(rows, columns=list(_COLUMNS))
    return Registry(base.name, files.sort_values("path", ignore_index=True))


def write_registry(registry: Registry, path: str | Path) -> Path:
    """Write a registry as CSV, compressed where the name ends in `.gz` or `.xz`.

    Parameters
    ----------
    registry : Registry
        What to write.
    path : str or pathlib.Path
        The file: `.csv`, `.csv.gz` or `.csv.xz`.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If the name ends otherwise.
    """
    target = Path(path)
    if not target.name.endswith(_SUFFIXES):
        raise ConfigurationError(f"A registry is a {', '.join(_SUFFIXES)} file. Got {target}.")
    with replacing(target) as temporary:
        registry.files.to_csv(temporary, index=False, compression=_COMPRESSIONS.get(target.suffix))
    return target


def list_files(folder: Path) -> list[Path]:
    """List the files below a folder, hidden ones and those in hidden folders left out.

    Parameters
    ----------
    folder : pathlib.Path
        Where to look.

    Returns
    -------
    list of pathlib.Path
        Sorted.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is no folder.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is not a folder. Name the folder of the data set.")
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return sorted(path for path in found if not _is_hidden(path.relative_to(folder)))


def hash_files(
    paths: Sequence[Path], progress: Callable[[int, int], None] | None = None
) -> list[tuple[str | None, int]]:
    """Compute the SHA-256 of files, on all cores.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Regular files.
    progress : callable, default=None
        Called with the number of files done and their total.

    Returns
    -------
    list of (str or None, int)
        The digest and the number of bytes; None and 0 for a file that cannot be read.
    """
    hashes = []
    with ThreadPoolExecutor(available_cores()) as pool:  # hashlib and reading let other threads run
        for done, result in enumerate(pool.map(_hash_file, paths), 1):
            hashes.append(result)
            if progress is not None:
                progress(done, len(paths))
    return hashes


def _hash_file(path: Path) -> tuple[str | None, int]:
    try:
        with path.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256", _bufsize=_BUFFER)
            return digest.hexdigest(), file.tell()
    except OSError:
        return None, 0


def _read(path: Path) -> pd.DataFrame:
    try:
        files = pd.read_csv(
            path, dtype={"path": "str", "sha256": "str", "bytes": "int64"}, keep_default_na=False
        )
    except (ValueError, OSError, EOFError, LZMAError, zlib.error) as error:
        raise ConfigurationError(f"{path} cannot be read as a registry: {error}") from error
    missing = [name for name in _COLUMNS if name not in files]
    if missing:
        raise ConfigurationError(f"{path} is no registry: it has no column {missing[0]!r}.")
    empty = (files["path"] == "") | (files["sha256"] == "")
    if empty.any():
        row = int(empty.to_numpy().argmax()) + 1
        raise ConfigurationError(f"{path}, row {row}: the path or the digest is empty. Make it anew.")
    return files[list(_COLUMNS)]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
