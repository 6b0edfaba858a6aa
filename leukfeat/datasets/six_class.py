"""The six-class set: five blood cancers and healthy blood."""

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree
from leukfeat.datasets.card import Card
from leukfeat.datasets.folders import manifest_from_folders

__all__ = ["SIX_CLASS"]

_CLASSES = ("ALL", "AML", "CLL", "CML", "MM", "Healthy")
_ALIASES = {
    "h": "Healthy",
    "normal": "Healthy",
    "multiple myeloma": "MM",
    **{name.lower(): name for name in _CLASSES},
}
_LEAST = {"ALL", "AML", "CLL", "CML"}

_CARD = Card(
    name="six-class",
    title="The six-class set (ALL, AML, CLL, CML, multiple myeloma, healthy)",
    contents="Smear images in six class folders, as several collections on the web have them.",
    authors="Not known: such collections are put together from several sources",
    licence="Look it up where you got it",
    source="Wherever you got it",
    citation="Cite the place you got it from.",
    scene="field",
    defects=(
        "Patients are unknown, and classes may come from different sources: stain, camera and size tell the "
        "class before any cell does. Look at leukfeat explore before you fit anything.",
        "Augmented copies of one image may stand in training and test: run leukfeat data audit.",
    ),
)


def _recognize(tree: Tree) -> str | None:
    folders = {folder.lower() for path in tree.images for folder in tree.inner(path)}
    found = sorted({_ALIASES[folder] for folder in folders if folder in _ALIASES})
    return f"there are class folders {', '.join(found)}" if set(found) >= _LEAST else None


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    frame = manifest_from_folders(tree.folder)
    frame["label"] = [_ALIASES.get(label.lower(), label) for label in frame["label"]]
    others = sorted(set(frame["label"]) - set(_CLASSES))
    return frame, (f"Classes that the six-class set has not: {', '.join(others)}.",) if others else ()


SIX_CLASS = Adapter(_CARD, _recognize, _arrange)
