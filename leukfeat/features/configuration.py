"""How a table was made, as JSON holds it, and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from leukfeat._version import __version__
from leukfeat.errors import ConfigurationError, WeightsError
from leukfeat.features.cells import CellFeatures
from leukfeat.features.cnn import FrozenCNN
from leukfeat.features.family import CellFamily
from leukfeat.features.images import ImageFeatures
from leukfeat.features.registry import FAMILIES
from leukfeat.features.table import FeatureTable, configuration_hash
from leukfeat.imaging import LoadCells

__all__ = ["columns_by_family", "describe_images", "rebuild_images", "remake_images"]

_OTHERS = "other columns"


def describe_images(images: ImageFeatures) -> dict[str, Any]:
    """Describe fitted image features.

    Parameters
    ----------
    images : ImageFeatures
        Fitted.

    Returns
    -------
    dict
        `version`, `scene` (settled), `size`, `families` (name and parameters of each; of a network, the
        SHA-256 of its weights is one of them) and `hash` of these.
    """
    configuration = {
        "version": __version__,
        "scene": images.load_.scene_,
        "size": images.load_.size,
        "families": [_describe_family(family) for family in images.families_],
    }
    return {**configuration, "hash": configuration_hash(configuration)}


def rebuild_images(table: FeatureTable) -> ImageFeatures | None:
    """Make the image features that a table came from.

    Parameters
    ----------
    table : FeatureTable
        With its metadata.

    Returns
    -------
    ImageFeatures or None
        Fitted; None when this version would not make the same columns, a family is not in the registry, or
        the weights of a network are not on this machine.
    """
    if table.metadata.get("version") != __version__:
        return None
    try:
        images = remake_images(table.metadata)
    except WeightsError:
        return None
    same = images is not None and tuple(images.get_feature_names_out()) == table.feature_names
    return images if same else None


def remake_images(configuration: Mapping[str, Any]) -> ImageFeatures | None:
    """Make image features from their description, whatever version it is of.

    Parameters
    ----------
    configuration : mapping
        `scene`, `size` and `families`, as `describe_images` says them.

    Returns
    -------
    ImageFeatures or None
        Fitted; None when there are no families, or one is not in the registry.

    Raises
    ------
    leukfeat.errors.WeightsError
        If the weights of a network are not on this machine.
    """
    described = configuration.get("families", [])
    if not described or any(entry["name"] not in _kinds() for entry in described):
        return None
    families = [_kinds()[entry["name"]](**_frozen(entry["parameters"])) for entry in described]
    load = LoadCells(size=configuration["size"], scene=configuration["scene"])
    return ImageFeatures(load, CellFeatures(families)).fit([])


def columns_by_family(table: FeatureTable) -> dict[str, tuple[str, ...]]:
    """Say which columns each family of a table made.

    Parameters
    ----------
    table : FeatureTable
        With its metadata.

    Returns
    -------
    dict of str to tuple of str
        By name of the family, of a network `emb` and its name, in the order of the table. Columns of which
        this version cannot tell the family, such as those of a network whose weights are not on this machine,
        are together `other columns`.
    """
    families: dict[str, list[str]] = {}
    makers = _makers(table)
    for name in table.feature_names:
        families.setdefault(makers.get(name, _OTHERS), []).append(name)
    return {family: tuple(names) for family, names in families.items()}


def _makers(table: FeatureTable) -> dict[str, str]:
    """Return the family of each column that the description accounts for."""
    makers: dict[str, str] = {}
    for entry in table.metadata.get("families", []):
        kind = _kinds().get(entry["name"])
        if kind is None:
            continue
        try:
            family = kind(**_frozen(entry["parameters"]))
            names = family.get_feature_names_out()
        except (WeightsError, ConfigurationError, TypeError, ValueError):  # of another version or machine
            continue
        label = entry["name"]
        if kind is FrozenCNN:
            label = f"{label} {Path(str(entry['parameters']['backbone'])).stem}"
        makers |= dict.fromkeys((str(name) for name in names), label)
    return makers


def _kinds() -> dict[str, type[CellFamily]]:
    """Return what a description can name: the registry, and networks, which need their weights named."""
    return {**FAMILIES, FrozenCNN.family: FrozenCNN}


def _describe_family(family: CellFamily) -> dict[str, Any]:
    return {"name": _name(family), "parameters": _plain({**family.get_params(), **family.provenance()})}


def _name(family: CellFamily) -> str:
    """Return a family's key in the registry, or the place of a class that is not registered."""
    kind = type(family)
    registered = _kinds().get(family.family) is kind
    return family.family if registered else f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
