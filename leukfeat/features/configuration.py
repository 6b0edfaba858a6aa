"""How a table was made, as JSON holds it, and back."""

from typing import Any

import numpy as np

from leukfeat._version import __version__
from leukfeat.features.cells import CellFeatures
from leukfeat.features.family import CellFamily
from leukfeat.features.images import ImageFeatures
from leukfeat.features.registry import FAMILIES
from leukfeat.features.table import FeatureTable, configuration_hash
from leukfeat.imaging import LoadCells

__all__ = ["describe_images", "rebuild_images"]


def describe_images(images: ImageFeatures) -> dict[str, Any]:
    """Describe fitted image features.

    Parameters
    ----------
    images : ImageFeatures
        Fitted.

    Returns
    -------
    dict
        `version`, `scene` (settled), `size`, `families` (name and parameters of each) and `hash` of these.
    """
    configuration = {
        "version": __version__,
        "scene": images.load_.scene_,
        "size": images.load_.size,
        "families": [
            {"name": _name(family), "parameters": _plain(family.get_params())} for family in images.families_
        ],
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
        Fitted; None when this version would not make the same columns, or a family is not in the registry.
    """
    described = table.metadata.get("families", [])
    if not described or table.metadata["version"] != __version__:
        return None
    if any(entry["name"] not in FAMILIES for entry in described):
        return None
    families = [FAMILIES[entry["name"]](**_frozen(entry["parameters"])) for entry in described]
    load = LoadCells(size=table.metadata["size"], scene=table.metadata["scene"])
    images = ImageFeatures(load, CellFeatures(families)).fit([])
    same = tuple(images.get_feature_names_out()) == table.feature_names
    return images if same else None


def _name(family: CellFamily) -> str:
    """Return a family's key in the registry, or the place of a class that is not registered."""
    kind = type(family)
    registered = FAMILIES.get(family.family) is kind
    return family.family if registered else f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
