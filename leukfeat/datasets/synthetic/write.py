"""A folder of synthetic images with its manifest."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict, Unpack

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.datasets.synthetic.generate import Settings, make_image

__all__ = ["write_synthetic"]

_COLUMNS = ("path", "label", "subject", "sequence", "region")


class _Keywords(TypedDict, total=False):
    n_subjects: int
    class_effect: float
    subject_effect: float
    subject_classes: str
    scene: str
    size: int | None
    seed: int


def write_synthetic(
    folder: str | Path,
    n: int,
    *,
    n_jobs: int = 1,
    overwrite: bool = False,
    **settings: Unpack[_Keywords],
) -> Path:
    """Write synthetic images, their true regions and a manifest.

    Images go to ``images/LABEL/NAME.png``, regions to ``regions/NAME.png``, and ``manifest.csv`` lists them
    in the columns path, label, subject, sequence and region, with paths relative to `folder`. The manifest
    is written last and in one step: a folder without one is unfinished.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where to write; made where it does not exist.
    n : int
        Number of images.
    n_jobs : int, default=1
        Number of processes, at least 1. The files do not depend on it.
    overwrite : bool, default=False
        Whether to replace a set that is already there. Files that its manifest lists are deleted first.
    **settings : keyword arguments
        Further arguments of `synthesize`.

    Returns
    -------
    pathlib.Path
        The manifest.

    Raises
    ------
    FileExistsError
        If the folder has a manifest and `overwrite` is false.
    TypeError
        If an argument has the wrong type.
    ValueError
        If an argument is out of its range.
    """
    checked = Settings(n, **settings)
    n_jobs = check_int("write_synthetic", "n_jobs", n_jobs, low=1)
    folder = Path(folder)
    manifest = folder / "manifest.csv"
    if manifest.exists():
        _make_way(manifest, overwrite)
    pieces = [range(start, checked.n, n_jobs) for start in range(n_jobs)]
    rows = Parallel(n_jobs=n_jobs)(delayed(_write_images)(folder, checked, piece) for piece in pieces)
    _write_manifest(manifest, sorted(row for piece in rows for row in piece))
    return manifest


def _make_way(manifest: Path, overwrite: bool) -> None:
    """Delete a manifest and the files below its folder that it lists, if that is wanted."""
    if not overwrite:
        raise FileExistsError(
            f"write_synthetic expects a folder without a set. Got {manifest}, which exists. "
            "Choose another folder, or pass overwrite=True to replace the set."
        )
    with manifest.open(newline="", encoding="utf-8") as file:
        listed = [row.get(column) for row in csv.DictReader(file) for column in ("path", "region")]
    manifest.unlink()
    folder = manifest.parent.resolve()
    for name in filter(None, listed):
        path = (folder / name).resolve()
        if path.is_relative_to(folder):
            path.unlink(missing_ok=True)


def _write_images(folder: Path, settings: Settings, indices: Iterable[int]) -> list[tuple[object, ...]]:
    """Write some images and return their rows, each led by its place in the manifest."""
    rows: list[tuple[object, ...]] = []
    for index in indices:
        image = make_image(settings, index)
        path = Path("images") / image.label / f"{image.name}.png"
        region = Path("regions") / f"{image.name}.png"
        _write_png(folder / path, image.rgb[:, :, ::-1])
        _write_png(folder / region, image.region)
        row = (path.as_posix(), image.label, image.subject, image.sequence, region.as_posix())
        rows.append((index, *row))
    return rows


def _write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    path.write_bytes(data.tobytes())


def _write_manifest(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(row[1:] for row in rows)
    temporary.replace(path)
