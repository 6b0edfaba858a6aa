"""Microscope images of blood cells into features, and an honest comparison of classical models.

The public names are imported when they are first asked for, so that `import leukfeat` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from leukfeat._version import __version__

if TYPE_CHECKING:
    from leukfeat.comparison import Comparison, Settings, compare
    from leukfeat.datasets import manifest_from_folders, read_manifest, write_manifest
    from leukfeat.extraction import Extraction, extract
    from leukfeat.features import CellFeatures, FeatureSpec, FeatureTable, ImageFeatures
    from leukfeat.imaging import LoadCells

__all__ = [
    "CellFeatures",
    "Comparison",
    "Extraction",
    "FeatureSpec",
    "FeatureTable",
    "ImageFeatures",
    "LoadCells",
    "Settings",
    "__version__",
    "compare",
    "extract",
    "manifest_from_folders",
    "read_manifest",
    "write_manifest",
]

_HOMES = {
    "leukfeat.comparison": ("Comparison", "Settings", "compare"),
    "leukfeat.datasets": ("manifest_from_folders", "read_manifest", "write_manifest"),
    "leukfeat.extraction": ("Extraction", "extract"),
    "leukfeat.features": ("CellFeatures", "FeatureSpec", "FeatureTable", "ImageFeatures"),
    "leukfeat.imaging": ("LoadCells",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'leukfeat' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
