"""Files on disk against the registry of their data set."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from leukfeat._tables import normal_path
from leukfeat.datasets.folders import IMAGE_SUFFIXES
from leukfeat.datasets.registry import Registry, hash_files, list_files

__all__ = ["FileCheck", "verify_files"]

_BAD = ("altered", "misplaced", "extra", "unreadable")


@dataclass(frozen=True, eq=False)
class FileCheck:
    """What became of each file of a data set.

    Attributes
    ----------
    files : pandas.DataFrame
        A row for each file that was judged: `path` (absolute), `registered` (its path in the registry, or
        None), `sha256`, `state` (`"good"`, `"altered"`, `"misplaced"`, `"extra"` or `"unreadable"`) and
        `reason` (a sentence; empty where it is good).
    missing : tuple of str
        Paths in the registry without a file, in its order.
    n_expected : int
        Number of files in the registry.
    """

    files: pd.DataFrame
    missing: tuple[str, ...]
    n_expected: int

    def is_good(self, *, subset: bool = False) -> bool:
        """Tell whether all is well.

        Parameters
        ----------
        subset : bool, default=False
            Whether files may be missing.

        Returns
        -------
        bool
            False also where not one file is good.
        """
        states = set(self.files["state"])
        return states == {"good"} and (subset or not self.missing)

    def of(self, state: str) -> pd.DataFrame:
        """Select files.

        Parameters
        ----------
        state : str
            See `files`.

        Returns
        -------
        pandas.DataFrame
            Their rows.
        """
        return self.files[self.files["state"] == state]

    @property
    def bad(self) -> pd.DataFrame:
        """The files that are not as they should be, altered ones first."""
        return pd.concat([self.of(state) for state in _BAD])


def verify_files(
    folder: str | Path, registry: Registry, progress: Callable[[int, int], None] | None = None
) -> FileCheck:
    """Check every file below a folder against a registry.

    A file is found by its name. Of its folders those count that the registry knows: copies of a data set
    that rename the outermost folder, or nest one in itself, are recognised; an image in the folder of another
    class or fold is misplaced.

    Parameters
    ----------
    folder : str or pathlib.Path
        The data set, or a part of it.
    registry : Registry
        What its files must be.
    progress : callable, default=None
        Called with the number of files done and their total.

    Returns
    -------
    FileCheck
        Files that are neither listed nor images are passed over.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it is no folder.
    """
    base = normal_path(folder)
    shelves = _Shelves(registry)
    listed = [path for path in list_files(base) if path.name in shelves.by_name or _is_image(path)]
    hashes = hash_files(listed, progress)
    columns = registry.files
    expected = dict(zip(columns["path"], zip(columns["sha256"], columns["bytes"], strict=True), strict=True))
    taken: dict[str, Path] = {}
    rows = []
    for path, (digest, size) in zip(listed, hashes, strict=True):
        place = shelves.find(path, base, digest)
        verdict = _judge(place, digest, size, expected, taken)
        if place.registered is not None and verdict[0] in ("good", "altered", "misplaced", "unreadable"):
            taken.setdefault(place.registered, path)
        rows.append((str(path), place.registered, digest, *verdict))
    files = pd.DataFrame(rows, columns=["path", "registered", "sha256", "state", "reason"], dtype=object)
    missing = tuple(path for path in registry.files["path"] if path not in taken)
    return FileCheck(files, missing, len(registry.files))


@dataclass(frozen=True)
class _Place:
    """Where in the registry a file belongs, and whether its folders say so."""

    registered: str | None
    fits: bool = True


class _Shelves:
    """The files of a registry by name."""

    def __init__(self, registry: Registry) -> None:
        self.by_name: dict[str, list[str]] = defaultdict(list)
        self._digests = dict(zip(registry.files["path"], registry.files["sha256"], strict=True))
        for path in registry.files["path"]:
            self.by_name[PurePosixPath(path).name].append(path)
        self._folders = {
            folder for path in registry.files["path"] for folder in PurePosixPath(path).parts[:-1]
        }

    def find(self, path: Path, base: Path, digest: str | None) -> _Place:
        """Return the entry that a file is, by its name and folders, and among several by its content."""
        entries = self.by_name.get(path.name, [])
        inside = self._known(path.relative_to(base).parts[:-1])
        fitting = [
            entry for entry in entries if _ends_with(self._known(PurePosixPath(entry).parts[:-1]), inside)
        ]
        if not fitting:
            same = [entry for entry in entries if self._digests[entry] == digest]
            return _Place(same[0] if same else entries[0] if len(entries) == 1 else None, fits=False)
        whole = self._known(path.parts[:-1])
        closest = max(fitting, key=lambda entry: (_shared(entry, whole), self._digests[entry] == digest))
        return _Place(closest)

    def _known(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Keep the folders that the registry knows, one nested in itself once."""
        known: list[str] = []
        for folder in folders:
            if folder in self._folders and (not known or known[-1] != folder):
                known.append(folder)
        return tuple(known)


def _ends_with(folders: Sequence[str], end: Sequence[str]) -> bool:
    return len(end) <= len(folders) and tuple(folders[len(folders) - len(end) :]) == tuple(end)


def _shared(entry: str, folders: Sequence[str]) -> int:
    """Count the innermost folders that an entry of the registry shares."""
    count = 0
    for one, other in zip(reversed(PurePosixPath(entry).parts[:-1]), reversed(folders), strict=False):
        if one != other:
            break
        count += 1
    return count


def _judge(
    place: _Place, digest: str | None, size: int, expected: dict[str, tuple[str, int]], taken: dict[str, Path]
) -> tuple[str, str]:
    """Return the state of a file, and why."""
    if place.registered is None:
        return "extra", "not a file of the data set"
    if digest is None:
        return "unreadable", "the file cannot be read"
    wanted, n_bytes = expected[place.registered]
    if place.registered in taken:
        return "extra", f"a second file for {place.registered}; the first is {taken[place.registered]}"
    if size != n_bytes:
        return "altered", f"{size} bytes, {n_bytes} expected"
    if digest != wanted:
        return (
            "altered",
            f"other bytes than {place.registered} has (SHA-256 {digest[:12]}…, {wanted[:12]}… expected)",
        )
    return ("good", "") if place.fits else ("misplaced", f"belongs to {place.registered}")


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES
