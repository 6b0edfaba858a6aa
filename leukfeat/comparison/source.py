"""From a manifest or a feature table to the images that take part, measured."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from leukfeat.comparison.divide import can_be_divided
from leukfeat.comparison.settings import Settings
from leukfeat.datasets import check_manifest, read_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError
from leukfeat.extraction import Extraction, extract
from leukfeat.features import FAMILIES, CellFeatures, FeatureTable, ImageFeatures
from leukfeat.features.configuration import rebuild_images
from leukfeat.features.table import is_feature_table
from leukfeat.imaging import LoadCells

__all__ = ["Source", "read_source"]

Source = str | Path | pd.DataFrame


def read_source(
    source: Source,
    settings: Settings,
    *,
    root: str | Path | None,
    jobs: int,
    cache: bool,
    progress: Callable[[int, int], None] | None,
) -> tuple[Extraction, tuple[str, ...]]:
    """Read a feature table, or make one, of the rows that take part.

    Parameters
    ----------
    source : str, pathlib.Path or pandas.DataFrame
        A manifest, as a file or as a frame, or a feature table.
    settings : Settings
        What is compared and how.
    root : str or pathlib.Path or None
        What relative image paths start from.
    jobs : int
        Worker processes.
    cache : bool
        Whether feature rows are looked up and kept.
    progress : callable or None
        Called with the number of images done and their total.

    Returns
    -------
    extraction : Extraction
        The table. Made here, it holds the background's colours aside.
    notes : tuple of str
        Which rows were left out.
    """
    if not isinstance(source, pd.DataFrame) and is_feature_table(source):
        table = FeatureTable.read(source, root=root)
        _check_unchanged(table, settings)
        keep, notes = select_rows(table.manifest, settings.labels, settings.positive)
        can_be_divided(table.manifest[keep], settings)
        taken = table.take(keep)
        nothing = pd.DataFrame({"path": [], "reason": []}, dtype=object)
        return Extraction(taken, nothing, rebuild_images(taken)), notes
    manifest = _read(source, root)
    keep, notes = select_rows(manifest, settings.labels, settings.positive)
    manifest = manifest[keep]
    can_be_divided(manifest, settings)  # said before an hour of extraction, not after
    images = ImageFeatures(LoadCells(settings.size, settings.scene), CellFeatures(settings.families))
    aside = [] if "background" in (settings.families or ()) else [FAMILIES["background"]()]
    return extract(manifest, images, aside=aside, jobs=jobs, cache=cache, progress=progress), notes


def _read(source: Source, root: str | Path | None) -> pd.DataFrame:
    """Return a checked manifest with absolute paths."""
    if not isinstance(source, pd.DataFrame):
        return read_manifest(source, root=root)
    manifest = check_manifest(source)
    base = Path.cwd() if root is None else Path(root).absolute()
    return manifest.assign(path=[str(base / name) for name in manifest["path"]])


def _check_unchanged(table: FeatureTable, settings: Settings) -> None:
    """Refuse settings of the features that the table, made already, cannot follow."""
    made, default = table.metadata, Settings()
    families = [entry["name"] for entry in made["families"]]
    asked = {
        "families": settings.families is not None and list(settings.families) != families,
        "scene": settings.scene not in (default.scene, made["scene"]),
        "size": settings.size not in (default.size, made["size"]),
    }
    found = {"families": families, "scene": made["scene"], "size": made["size"]}
    for name, differs in asked.items():
        if differs:
            raise ConfigurationError(
                f"The feature table was made with {name!r} {found[name]!r}, not {getattr(settings, name)!r}. "
                "Leave it out, or extract again."
            )
