"""Where weights are found on this machine: by name, by path or by the SHA-256 of the file."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leukfeat.errors import WeightsError
from leukfeat.features.cache import default_cache_folder
from leukfeat.features.preprocessing import IMAGENET, Preprocessing
from leukfeat.features.weights_table import WEIGHTS, WeightsFile

__all__ = [
    "Weights",
    "damaged_file",
    "download_folder",
    "find_file",
    "known_files",
    "known_names",
    "list_files",
    "locate",
    "onnx_files",
    "sha256_of",
    "verify_files",
    "weights_folders",
]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Weights:
    """A file of weights on this machine.

    Attributes
    ----------
    path : pathlib.Path
        The ONNX file.
    sha256 : str
        Of its bytes.
    name : str
        As columns show it: from the table, or the name of the file that was asked for, in lower case.
    preprocessing : Preprocessing
        From the table, or ImageNet's.
    width : int or None
        Of the penultimate layer, where the table knows the file.
    stamp : tuple of int
        Length and time of change of the file whose SHA-256 was computed.
    """

    path: Path
    sha256: str
    name: str
    preprocessing: Preprocessing
    width: int | None
    stamp: tuple[int, int]

    @property
    def untouched(self) -> bool:
        """Whether the file is still there as it was when its SHA-256 was computed."""
        try:
            return _stamp(self.path) == self.stamp
        except OSError:
            return False


def locate(backbone: str | Path, sha256: str = "") -> Weights:
    """Find the weights of a network.

    Parameters
    ----------
    backbone : str or pathlib.Path
        A name of the table, the path of an ONNX file, the name of one in a folder of weights, or the SHA-256
        of one.
    sha256 : str, default=""
        What the file's SHA-256 must be; empty for whatever `backbone` names. With it, the file is found
        wherever it lies in a folder of weights, under any name.

    Returns
    -------
    Weights
        The file, its SHA-256 computed.

    Raises
    ------
    leukfeat.errors.WeightsError
        If there is no such file; the message says how to get it.
    """
    text = str(backbone)
    digest = sha256 or (text if _DIGEST.fullmatch(text) else "")
    if digest:
        return _locate_digest(text, digest)
    entries = known_files(text)
    if entries:
        return _locate_known(entries)
    for path in _possible_paths(text):
        return _describe(path, text)
    raise WeightsError(f"Unknown backbone {text!r}. Choose from: {known_names()}; or name an ONNX file.")


def known_names() -> str:
    """Return the names of the table, for a message."""
    return ", ".join(dict.fromkeys(repr(entry.name) for entry in WEIGHTS))


def list_files() -> list[tuple[WeightsFile, Path | None]]:
    """List the table.

    Returns
    -------
    list of (WeightsFile, pathlib.Path or None)
        Each file, and where it lies on this machine.
    """
    return [(entry, find_file(entry)) for entry in WEIGHTS]


def known_files(name: str) -> tuple[WeightsFile, ...]:
    """Return the files that the table lists under a name, the one to download first.

    Parameters
    ----------
    name : str
        Of a network.

    Returns
    -------
    tuple of WeightsFile
        Empty for a name that it does not list.
    """
    return tuple(entry for entry in WEIGHTS if entry.name == name)


def find_file(entry: WeightsFile) -> Path | None:
    """Find a file of the table in the folders of weights, under its own name or another.

    Parameters
    ----------
    entry : WeightsFile
        The file.

    Returns
    -------
    pathlib.Path or None
        Where it lies; its bytes were checked.
    """
    for path in onnx_files(entry.file):
        if path.stat().st_size == entry.n_bytes and sha256_of(path) == entry.sha256:
            return path
    return None


def damaged_file(entry: WeightsFile) -> Path | None:
    """Find a file that has the name of one in the table, but not its bytes.

    Parameters
    ----------
    entry : WeightsFile
        The file that it should be.

    Returns
    -------
    pathlib.Path or None
        What stands in its place.
    """
    paths = [folder / entry.file for folder in weights_folders()]
    return next((path for path in paths if path.is_file() and sha256_of(path) != entry.sha256), None)


def verify_files() -> list[dict[str, str]]:
    """Compare the files in the folders of weights with the table.

    Returns
    -------
    list of dict
        `path`, `sha256`, `name` (empty for a file that the table does not know) and `state`: `"known"`,
        `"damaged"` (called like a file of the table, with other bytes) or `"unknown"`.
    """
    names = {entry.sha256: entry.name for entry in WEIGHTS}
    claimed = {entry.file for entry in WEIGHTS}
    files = []
    for path in onnx_files():
        digest = sha256_of(path)
        unknown = "damaged" if path.name in claimed else "unknown"
        state = "known" if digest in names else unknown
        files.append({"path": str(path), "sha256": digest, "name": names.get(digest, ""), "state": state})
    return files


def weights_folders() -> tuple[Path, ...]:
    """Return where weights are looked for: `LEUKFEAT_WEIGHTS`, then the cache's folder for them."""
    chosen = os.environ.get("LEUKFEAT_WEIGHTS")
    return (*([Path(chosen)] if chosen else []), download_folder())


def download_folder() -> Path:
    """Return where downloaded weights are kept."""
    return default_cache_folder() / "weights"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, computed once in a process as long as the file stays as it is.

    Parameters
    ----------
    path : pathlib.Path
        A file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return _sha256(path, _stamp(path))


@lru_cache(maxsize=256)
def _sha256(path: Path, stamp: tuple[int, int]) -> str:  # noqa: ARG001 - a changed file is another entry
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def onnx_files(first: str = "") -> list[Path]:
    """List the ONNX files in the folders of weights.

    Parameters
    ----------
    first : str, default=""
        The file name of those that come before all others.

    Returns
    -------
    list of pathlib.Path
        Those in `LEUKFEAT_WEIGHTS` before those in the cache; folders and broken links are passed over.
    """
    found = [path for folder in weights_folders() for path in sorted(folder.glob("*.onnx"))]
    return sorted((path for path in found if path.is_file()), key=lambda path: path.name != first)


def _possible_paths(text: str) -> Iterator[Path]:
    """Yield the files that a text may name: a path, or a file in a folder of weights."""
    for folder in (Path(), *weights_folders()):
        for name in (text, f"{text}.onnx"):
            path = folder / name
            if path.is_file() and path.suffix == ".onnx":
                yield path.absolute()


def _locate_known(entries: Sequence[WeightsFile]) -> Weights:
    for entry in entries:
        path = find_file(entry)
        if path is not None:
            return _describe(path, entry.name)
    raise WeightsError(_how_to_get(entries))


def _locate_digest(text: str, digest: str) -> Weights:
    entry = next((entry for entry in WEIGHTS if entry.sha256 == digest), None)
    known = find_file(entry) if entry is not None else None
    for path in (known,) if known is not None else (*_possible_paths(text), *onnx_files()):
        if sha256_of(path) == digest:
            return _describe(path, path.name if text == digest else text)
    if entry is not None:
        raise WeightsError(_how_to_get([entry]))
    named = "" if text == digest else f" of {text!r}"
    raise WeightsError(
        f"The weights{named} with the SHA-256 {digest} are not on this machine. "
        f"Put the file into {_where_to_put()}."
    )


def _describe(path: Path, text: str) -> Weights:
    """Describe a file; one that the table does not know is named by the text that asked for it."""
    digest = sha256_of(path)
    entry = next((entry for entry in WEIGHTS if entry.sha256 == digest), None)
    name = (
        entry.name
        if entry
        else _NO_WORD.sub("_", Path(text).name.removesuffix(".onnx").lower()).strip("_") or "net"
    )
    preprocessing, width = (entry.preprocessing, entry.width) if entry else (IMAGENET, None)
    return Weights(path, digest, name, preprocessing, width, _stamp(path))


def _how_to_get(entries: Sequence[WeightsFile]) -> str:
    """Say how to get the first of the files of one name, and which of them are damaged."""
    entry, damaged = entries[0], [damaged_file(item) for item in entries]
    size = f"{entry.n_bytes / 1e6:.1f} MB"
    wrong = "".join(f" {path} has the name of such a file but not its SHA-256." for path in damaged if path)
    fetch = (
        f"Fetch it with: leukfeat weights fetch {entry.name}; or put it into" if entry.url else "Put it into"
    )
    return (
        f"The weights of {entry.name!r} are not on this machine: {entry.file} ({size}).{wrong} "
        f"{fetch} {_where_to_put()}."
    )


def _where_to_put() -> str:
    chosen = os.environ.get("LEUKFEAT_WEIGHTS")
    if not chosen:
        return "a folder and set LEUKFEAT_WEIGHTS to it"
    absent = "" if Path(chosen).is_dir() else ", which does not exist"
    return f"{chosen} (LEUKFEAT_WEIGHTS{absent})"
