"""How a folder of a known data set becomes a manifest."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from leukfeat._tables import normal_path
from leukfeat.datasets.card import Card
from leukfeat.datasets.folders import find_images
from leukfeat.errors import ManifestError

__all__ = ["Adapter", "Tree", "read_side_table", "require_unique"]

Arranged = tuple[pd.DataFrame, tuple[str, ...]]


@dataclass(frozen=True)
class Tree:
    """The files below a folder.

    Attributes
    ----------
    folder : pathlib.Path
        Absolute, without `..`.
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | Path) -> "Tree":
        """Make the tree of a folder.

        Parameters
        ----------
        folder : str or pathlib.Path
            Where to look.

        Returns
        -------
        Tree
            Its files are listed when they are first asked for.
        """
        return cls(normal_path(folder))

    @cached_property
    def images(self) -> tuple[Path, ...]:
        """The images at any depth, in natural order."""
        return tuple(find_images(self.folder))

    def tables(self, pattern: str) -> list[Path]:
        """List files by their name.

        Parameters
        ----------
        pattern : str
            As `pathlib.Path.rglob` takes it.

        Returns
        -------
        list of pathlib.Path
            Sorted.
        """
        return sorted(path for path in self.folder.rglob(pattern) if path.is_file())

    def inner(self, path: Path) -> tuple[str, ...]:
        """Return the folders between the tree's folder and a file.

        Parameters
        ----------
        path : pathlib.Path
            A file in the tree.

        Returns
        -------
        tuple of str
            Outermost first.
        """
        return path.relative_to(self.folder).parts[:-1]

    def folders(self, path: Path) -> tuple[str, ...]:
        """Return the folders that tell of a file: the tree's own, and those between it and the file.

        Parameters
        ----------
        path : pathlib.Path
            A file in the tree.

        Returns
        -------
        tuple of str
            Innermost first. Where the tree itself lies tells nothing of its files.
        """
        return (self.folder.name, *self.inner(path))[::-1]


@dataclass(frozen=True)
class Adapter:
    """A data set that can be recognised, and what makes a manifest of it.

    Attributes
    ----------
    card : Card
        What the data set is.
    recognize : callable
        Takes a `Tree`; returns why it is this data set, as the end of a sentence, or None.
    arrange : callable
        Takes a `Tree`; returns a manifest with absolute paths, and notes in full sentences.
    """

    card: Card
    recognize: Callable[[Tree], str | None]
    arrange: Callable[[Tree], Arranged]


def read_side_table(path: Path) -> pd.DataFrame:
    """Read a CSV that lies beside the images of a data set.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    pandas.DataFrame
        Every cell as text; an empty one is an empty string.

    Raises
    ------
    leukfeat.errors.ManifestError
        If it cannot be read as a table.
    """
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read as a table (CSV in UTF-8): {error}") from error


def require_unique(frame: pd.DataFrame, columns: list[str], what: str) -> None:
    """Raise where a folder holds the same image of a data set twice.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the column `path`.
    columns : list of str
        What tells images of the data set apart.
    what : str
        The data set's name.

    Raises
    ------
    leukfeat.errors.ManifestError
        With both paths.
    """
    repeated = frame[frame.duplicated(columns, keep=False)].sort_values(columns, kind="stable")
    if len(repeated):
        first, second = repeated["path"].iloc[:2]
        raise ManifestError(
            f"{what} is here twice: {first} and {second} are the same image of it. Name one of the folders."
        )
