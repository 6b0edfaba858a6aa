"""Any tree with one folder per class."""

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree
from leukfeat.datasets.card import Card
from leukfeat.datasets.folders import manifest_from_folders
from leukfeat.errors import ManifestError

__all__ = ["CLASS_FOLDERS"]

_CARD = Card(
    name="folders",
    title="A tree with one folder per class",
    contents="Whatever you put there.",
    authors="You know best",
    licence="You know best",
    source="Your disk",
    citation="You know best.",
    scene="auto",
    defects=("Patients are unknown: give them in a column subject, or no split keeps them apart.",),
)


def _recognize(tree: Tree) -> str | None:
    try:
        frame = manifest_from_folders(tree.folder)
    except ManifestError:
        return None
    names = sorted(frame["label"].unique())
    listed = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    if "split" in frame:
        listed += f" in {', '.join(name for name in ('train', 'val', 'test') if name in set(frame['split']))}"
    return f"every image lies in a class folder: {listed}"


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    frame = manifest_from_folders(tree.folder)
    if "sequence" not in frame:
        return frame, ("No sequence: file names end in no number, or twice in the same.",)
    return frame, (
        "The sequence is the number in each name; delete the column if that is no order of acquisition.",
    )


CLASS_FOLDERS = Adapter(_CARD, _recognize, _arrange)
