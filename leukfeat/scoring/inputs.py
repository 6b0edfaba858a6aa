"""What is to be scored: images, folders, manifests and lists of paths, as one list in their order."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from leukfeat.datasets import read_manifest
from leukfeat.datasets.folders import IMAGE_SUFFIXES, natural_order
from leukfeat.errors import ConfigurationError

__all__ = ["STDIN", "as_text", "gather_inputs"]

STDIN = "-"
_TABLES = (".csv", ".parquet")


def gather_inputs(
    inputs: Sequence[str], *, root: str | Path | None = None, stdin: BinaryIO | None = None
) -> list[str]:
    """List the image files that a call names, in the order in which it names them.

    Parameters
    ----------
    inputs : sequence of str
        Images; folders, whose images are taken at any depth in natural order; manifests (`.csv`, `.parquet`);
        or `-` for paths on standard input, one in each line or with NUL behind each.
    root : str or pathlib.Path, default=None
        What relative paths of manifests start from; None takes the folder of each.
    stdin : binary file, default=None
        Standard input; None takes that of the process.

    Returns
    -------
    list of str
        Paths, as they were named: whether there is such an image shows when its turn comes. A folder that
        cannot be listed stands for what is in it.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If nothing is named, a folder holds no image, or a manifest cannot be read.
    """
    paths = [path for item in inputs for path in _expand(item, root, stdin)]
    if not paths:
        raise ConfigurationError("Nothing to score. Name images, folders, manifests, or - for a list.")
    return paths


def as_text(path: str) -> str:
    r"""Write a path so that any file can hold it: bytes that are no UTF-8 become `\xNN`.

    Parameters
    ----------
    path : str
        As the system names it.

    Returns
    -------
    str
        The same for nearly all paths.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _expand(item: str, root: str | Path | None, stdin: BinaryIO | None) -> Iterator[str]:
    if item == STDIN:
        yield from _listed(sys.stdin.buffer if stdin is None else stdin)
    elif Path(item).is_dir():
        yield from _below(item)
    elif Path(item).suffix.lower() in _TABLES:
        yield from read_manifest(item, root=root, require_labels=False)["path"]
    else:
        yield item


def _listed(stream: BinaryIO) -> Iterator[str]:
    data = stream.read()
    separator = b"\0" if b"\0" in data else b"\n"
    for line in data.split(separator):
        name = line.removesuffix(b"\r") if separator == b"\n" else line
        if name:
            yield os.fsdecode(name)


def _below(folder: str) -> list[str]:
    """List images by their suffix, and folders that cannot be listed; but hidden ones; follow no link."""
    found: list[str] = []
    closed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            str(Path(place) / name)
            for name in files
            if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".")
        ]
    found += [str(error.filename) for error in closed]
    if not found:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise ConfigurationError(f"{folder} holds no image ({kinds}). Give the folder that holds the images.")
    return sorted(sorted(found), key=lambda path: natural_order(Path(path)))
