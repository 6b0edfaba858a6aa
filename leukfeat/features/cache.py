"""Rows kept from one run to the next."""

import hashlib
import inspect
import json
import logging
import os
import pickle
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import cv2
import numba
import numpy as np
import platformdirs
from numpy.typing import NDArray

from leukfeat._version import __version__
from leukfeat.features.family import CellFamily
from leukfeat.features.packing import narrowest

__all__ = ["RowCache", "default_cache_folder", "family_key", "usable_cache_folder"]

_LOG = logging.getLogger(__name__)
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS rows (
    image BLOB, family BLOB, row BLOB, PRIMARY KEY (image, family)
) WITHOUT ROWID;
"""
_TYPES = {"uint8": "<u1", "float32": "<f4"}
_CODE = ("features", "imaging", "kernels")  # the packages whose code decides a row's values


def default_cache_folder() -> Path:
    """Return `LEUKFEAT_CACHE`, or the user's cache folder."""
    chosen = os.environ.get("LEUKFEAT_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("leukfeat", appauthor=False))


def usable_cache_folder() -> Path | None:
    """Return the cache folder, or None, with a warning logged, where it cannot be used."""
    folder = default_cache_folder()
    with RowCache(folder) as rows:
        rows.probe()
        return folder if rows.usable else None


def family_key(family: CellFamily, *, scene: str, size: int) -> str:
    """Return a digest of all that decides a family's values besides the image.

    Parameters
    ----------
    family : CellFamily
        With its parameters.
    scene : str
        The settled scene.
    size : int
        Side of the frame in pixels.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    kind = type(family)
    configuration = {
        "version": __version__,
        "code": _code_digest(),
        "libraries": [cv2.__version__, np.__version__, numba.__version__],  # pixels and sums are theirs
        "family": f"{kind.__module__}.{kind.__qualname__}",
        "source": _source_digest(kind),
        "parameters": {**family.get_params(), **family.provenance()},
        "scene": scene,
        "size": family.frame_size or size,
    }
    text = json.dumps(configuration, sort_keys=True, default=_pickle_digest)
    return hashlib.sha256(text.encode()).hexdigest()


class RowCache:
    """Feature rows by the image's bytes and the family's configuration, in one SQLite file.

    A cache never fails a run: what goes wrong with its file is logged, and the rows are computed anew. Use it
    as a context manager; rows are kept when the block ends.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where `rows.sqlite` lies or is made.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._connection: sqlite3.Connection | None = None
        self._fresh: list[tuple[bytes, bytes, bytes]] = []

    @property
    def usable(self) -> bool:
        """Whether the file is open."""
        return self._connection is not None

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._folder / "rows.sqlite", timeout=60)
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
        return self

    def __exit__(self, *error: object) -> None:
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", self._fresh)
        except sqlite3.Error as failure:
            self._give_up(failure)
        else:
            self._connection.close()

    def probe(self) -> None:
        """Try to write, so that a file that can only be read is left alone from the start."""
        if self._connection is None:
            return
        try:
            self._connection.execute("INSERT OR REPLACE INTO rows VALUES (x'', x'', x'')")
            self._connection.rollback()
        except sqlite3.Error as error:
            self._give_up(error)

    def get(self, image: str, families: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return the rows that are known.

        Parameters
        ----------
        image : str
            SHA-256 of the file.
        families : iterable of str
            Keys from `family_key`.

        Returns
        -------
        dict of str to numpy.ndarray of float32
            By family key; those not known are absent.
        """
        if self._connection is None:
            return {}
        wanted = set(families)
        query = "SELECT family, row FROM rows WHERE image = ?"
        try:
            found = self._connection.execute(query, (bytes.fromhex(image),)).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
            return {}
        known = {key.hex(): _decoded(data) for key, data in found if key.hex() in wanted}
        return {key: row for key, row in known.items() if row is not None}

    def put(self, image: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep rows of one image, to be written when the block ends.

        Parameters
        ----------
        image : str
            SHA-256 of the file.
        rows : mapping of str to numpy.ndarray of float32
            By family key.
        """
        for family, row in rows.items():
            key = bytes.fromhex(image), bytes.fromhex(family)
            self._fresh.append((*key, _encoded(row)))

    def _give_up(self, error: Exception) -> None:
        _warn_once(self._folder, str(error))
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _encoded(row: NDArray[np.float32]) -> bytes:
    """Return the row's bytes and a mark of their type: pixels take one byte each instead of four."""
    dtype = narrowest(row)
    return row.astype(_TYPES[dtype]).tobytes() + dtype[:1].encode()


def _decoded(data: bytes) -> NDArray[np.float32] | None:
    """Return the row, or None where the bytes are none."""
    kinds = {dtype[:1].encode(): np.dtype(kind) for dtype, kind in _TYPES.items()}
    kind = kinds.get(data[-1:])
    if kind is None or (len(data) - 1) % kind.itemsize:
        return None
    return np.frombuffer(data[:-1], dtype=kind).astype(np.float32)


@cache
def _warn_once(folder: Path, reason: str) -> None:
    advice = "Delete it, name another folder in LEUKFEAT_CACHE, or do without a cache."
    _LOG.warning("The cache in %s is left alone: %s. %s", folder, reason, advice)


def _pickle_digest(value: object) -> str:
    return hashlib.sha256(pickle.dumps(value)).hexdigest()


@cache
def _code_digest() -> str:
    digest = hashlib.sha256()
    for package in _CODE:
        for name, source in sorted(_sources(package)):
            digest.update(name.encode() + b"\0" + source + b"\0")
    return digest.hexdigest()


def _sources(package: str) -> list[tuple[str, bytes]]:
    root = Path(str(resources.files("leukfeat"))) / package
    return [(path.relative_to(root).as_posix(), path.read_bytes()) for path in root.rglob("*.py")]


@cache
def _source_digest(kind: type[CellFamily]) -> str:
    """Return the digest of the file that defines a family, so that an edited family is computed anew.

    A family without a file, typed into an interactive session, gets a digest that no other run has.
    """
    try:
        source = inspect.getsourcefile(kind)
    except (OSError, TypeError):
        source = None
    code = Path(source).read_bytes() if source else os.urandom(32)
    return hashlib.sha256(code).hexdigest()
