"""From a manifest or a feature table to the images that take part, measured."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from leukfeat.comparison.divide import can_be_divided, limited
from leukfeat.comparison.settings import Settings
from leukfeat.datasets import check_manifest, read_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.errors import ConfigurationError
from leukfeat.extraction import Extraction, extract
from leukfeat.features import FAMILIES, CellFeatures, FeatureTable, FrozenCNN, ImageFeatures, choose_families
from leukfeat.features.configuration import rebuild_images
from leukfeat.features.table import is_feature_table
from leukfeat.imaging import LoadCells
from leukfeat.sweep.reduction import embedding_columns

__all__ = ["Source", "check_source", "read_source"]

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
        Which rows were left out, and what must be known of the features.
    """
    table, manifest, notes = _choose(source, settings, root)
    if table is not None:
        nothing = pd.DataFrame({"path": [], "reason": []}, dtype=object)
        extraction = Extraction(table, nothing, rebuild_images(table))
        return extraction, (*notes, *extraction.notes)
    aside = [] if "background" in (settings.families or ()) else [FAMILIES["background"]()]
    extraction = extract(manifest, _images(settings), aside=aside, jobs=jobs, cache=cache, progress=progress)
    return extraction, (*notes, *extraction.notes)


def check_source(source: Source, settings: Settings, *, root: str | Path | None) -> None:
    """Raise what `read_source` raises before it reads all images.

    Parameters
    ----------
    source : str, pathlib.Path or pandas.DataFrame
        A manifest, as a file or as a frame, or a feature table.
    settings : Settings
        What is compared and how.
    root : str or pathlib.Path or None
        What relative image paths start from.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If source and settings do not allow a comparison.
    ValueError
        If a setting is none of its choices or out of its range.
    """
    table, manifest, _ = _choose(source, settings, root)
    if table is None:
        _images(settings).fit(manifest["path"])


def _choose(
    source: Source, settings: Settings, root: str | Path | None
) -> tuple[FeatureTable | None, pd.DataFrame, tuple[str, ...]]:
    """Return the rows that take part, as a table where one was made, and which were left out."""
    table = _read_table(source, settings, root)
    _check_reduction(table, settings)
    manifest = _read(source, root) if table is None else table.manifest
    keep, notes = select_rows(manifest, settings.labels, settings.positive)
    keep, limit_notes = limited(manifest, keep, settings)
    _check_division(manifest[keep], settings, source, limit_notes)  # said before extraction, not after
    return None if table is None else table.take(keep), manifest[keep], (*notes, *limit_notes)


def _read_table(source: Source, settings: Settings, root: str | Path | None) -> FeatureTable | None:
    """Return a feature table that the settings fit; None for a manifest."""
    if isinstance(source, pd.DataFrame) or not is_feature_table(source):
        return None
    table = FeatureTable.read(source, root=root)
    _check_unchanged(table, settings)
    return table


def _check_reduction(table: FeatureTable | None, settings: Settings) -> None:
    """Refuse to reduce the columns of networks where there are none."""
    found = settings.embeddings if table is None else embedding_columns(table.feature_names)
    if settings.n_components is not None and not found:
        raise ConfigurationError(
            f"Nothing to reduce: n_components={settings.n_components} (--reduce) is for the columns of "
            "networks, and there are none. Name a network, or leave it out."
        )


def _check_division(
    manifest: pd.DataFrame, settings: Settings, source: Source, limit_notes: tuple[str, ...]
) -> None:
    name = "The manifest" if isinstance(source, pd.DataFrame) else str(source)
    try:
        can_be_divided(manifest, settings, name)
    except ConfigurationError as error:
        if not limit_notes:
            raise
        larger = f"This is what the limit of {settings.limit} images leaves: a larger one may do."
        raise ConfigurationError(f"{error} {larger}") from error


def _images(settings: Settings) -> ImageFeatures:
    families = choose_families(settings.families, settings.embeddings, device=settings.device)
    return ImageFeatures(LoadCells(settings.size, settings.scene), CellFeatures(families))


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
    entries = made["families"]
    families = [entry["name"] for entry in entries if entry["name"] != FrozenCNN.family] or ["none"]
    networks = [entry["parameters"]["backbone"] for entry in entries if entry["name"] == FrozenCNN.family]
    asked = {
        "families": settings.families is not None and list(settings.families) != families,
        "embeddings": settings.embeddings != default.embeddings and list(settings.embeddings) != networks,
        "scene": settings.scene not in (default.scene, made["scene"]),
        "size": settings.size not in (default.size, made["size"]),
    }
    found = {"families": families, "embeddings": networks, "scene": made["scene"], "size": made["size"]}
    for name, differs in asked.items():
        if differs:
            raise ConfigurationError(
                f"The feature table was made with {name!r} {found[name]!r}, not {getattr(settings, name)!r}. "
                "Leave it out, or extract again."
            )
