"""A manifest from a tree with one folder per class."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from leukfeat._tables import normal_path
from leukfeat.errors import ManifestError

__all__ = ["IMAGE_SUFFIXES", "find_images", "manifest_from_folders", "natural_order"]

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff")
_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_TRAILING_NUMBER = re.compile(r"(\d{1,18})$")


def find_images(folder: str | Path) -> list[Path]:
    """List the images below a folder by their suffix, sorted, hidden files and folders left out.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where to look, at any depth.

    Returns
    -------
    list of pathlib.Path
        Below `folder`, with natural order of numbers (`2.png` before `10.png`).

    Raises
    ------
    leukfeat.errors.ManifestError
        If it is no folder or holds no image.
    """
    base = Path(folder)
    if not base.is_dir():
        raise ManifestError(f"{base} is not a folder. Give the folder that holds the images.")
    found = [path for path in base.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES]
    images = [path for path in found if not _is_hidden(path.relative_to(base)) and not path.is_dir()]
    if not images:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise ManifestError(f"{base} holds no image ({kinds}). Give the folder that holds the images.")
    return sorted(sorted(images), key=natural_order)


def manifest_from_folders(folder: str | Path) -> pd.DataFrame:
    """Make a manifest from a tree with one folder per class.

    Parameters
    ----------
    folder : str or pathlib.Path
        Its direct subfolders name the classes; images may lie deeper. Where all of them are named for parts
        of a split (train or training; val, valid or validation; test or testing), the folders below name
        the classes. A folder that only wraps such a tree is passed over.

    Returns
    -------
    pandas.DataFrame
        `path` (absolute), `label`, `split` where folders name it and, where file names end in a number,
        `sequence`: that number, in most sets the order of acquisition within its class; it is missing for
        names without one. The same number twice in one class is no order: then there is no `sequence`.

    Raises
    ------
    leukfeat.errors.ManifestError
        If there is no image, or images lie where they have no class.
    """
    base = normal_path(folder)
    images = find_images(base)
    base = _unwrapped(base, images)
    insides = [path.relative_to(base).parts[:-1] for path in images]
    splits = _splits(insides)
    depth = 0 if splits is None else 1
    loose = [path for path, inside in zip(images, insides, strict=True) if len(inside) <= depth]
    if loose:
        expected = f"{base}/CLASS/…" if splits is None else f"{base}/SPLIT/CLASS/…"
        raise ManifestError(
            f"{loose[0]} lies in no class folder. Expected {expected}; move it, or name the folder above."
        )
    frame = pd.DataFrame(
        {"path": [str(path) for path in images], "label": [inside[depth] for inside in insides]}
    )
    if splits is not None:
        frame["split"] = splits
    frame["sequence"] = pd.array([_trailing_number(path) for path in images], dtype="Int64")
    numbered = frame.dropna(subset="sequence")
    if numbered.empty or numbered.duplicated(["label", "sequence"]).any():
        return frame.drop(columns="sequence")
    return frame


def _unwrapped(base: Path, images: Sequence[Path]) -> Path:
    """Return the folder below, while there is but one that holds all images and has several itself."""
    inner = {path.relative_to(base).parts[0] for path in images}
    (only, *others) = inner
    if others or (base / only).is_file():
        return base
    below = [path.relative_to(base / only).parts for path in images]
    if any(len(parts) < 2 for parts in below):
        return base
    if len({parts[0] for parts in below}) > 1:
        return base / only
    deeper = _unwrapped(base / only, images)
    return base if deeper == base / only else deeper


def _splits(insides: Sequence[tuple[str, ...]]) -> list[str] | None:
    """Return the part of a split that each image lies in; None unless all folders are named for one."""
    outer = {inside[0].lower() if inside else "" for inside in insides}
    if "train" not in {_SPLIT_FOLDERS.get(name) for name in outer} or not outer <= set(_SPLIT_FOLDERS):
        return None
    return [_SPLIT_FOLDERS[inside[0].lower()] for inside in insides]


def _trailing_number(path: Path) -> int | None:
    match = _TRAILING_NUMBER.search(path.stem)
    return int(match.group(1)) if match else None


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Return a key that sorts paths with their numbers by value.

    Parameters
    ----------
    path : pathlib.Path
        A file.

    Returns
    -------
    list of tuple
        Numbers and what stands between them.
    """
    pieces = re.split(r"(\d+)", str(path))
    return [(int(piece), "") if index % 2 else (0, piece) for index, piece in enumerate(pieces)]
