"""PBC: eight classes of normal blood cells."""

import re
from pathlib import Path

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree
from leukfeat.datasets.card import Card
from leukfeat.errors import ManifestError

__all__ = ["PBC"]

_COUNTS = {
    "basophil": 1218,
    "eosinophil": 3117,
    "erythroblast": 1551,
    "ig": 2895,
    "lymphocyte": 1214,
    "monocyte": 1420,
    "neutrophil": 3329,
    "platelet": 2348,
}
_ALIASES = {"immature_granulocyte": "ig", "immature_granulocytes": "ig"}
_SUBTYPE = re.compile(r"([A-Za-z]+)_\d+")
_N_TELLING = 6  # class folders that tell this set from another one of white cells

_CARD = Card(
    name="pbc",
    title="Peripheral blood cells of normal individuals (PBC_dataset_normal_DIB)",
    contents="Single cells of healthy people in eight classes, May-Grünwald-Giemsa, JPEG, mostly 360 x 363.",
    authors="Acevedo, Merino, Alférez, Molina, Boldú and Rodellar, Hospital Clínic de Barcelona",
    licence="CC BY 4.0",
    source="https://doi.org/10.17632/snkd93bnjr.1; a mirror: Kaggle unclesamulus/blood-cells-image-dataset",
    citation="Acevedo A. et al.: A dataset of microscopic peripheral blood cell images for development of "
    "automatic recognition systems. Data in Brief 30, 2020. https://doi.org/10.1016/j.dib.2020.105474",
    scene="cell",
    counts=_COUNTS,
    defects=(
        "Patients are unknown: a split by patient is impossible, and the numbers in the names are no order.",
        "Others report 17 groups of byte-identical images, one of them (EO_225902, BNE_191112) under two "
        "classes: run leukfeat data audit.",
        "neutrophil/.DS_169665.jpg is no image; hidden files are left out here.",
        "The class ig holds promyelocytes, myelocytes and metamyelocytes together: see the column subtype.",
    ),
    kaggle="unclesamulus/blood-cells-image-dataset",
    n_bytes=290_000_000,
)


def _class_of(path: Path) -> str | None:
    folder = path.parent.name.lower()
    name = _ALIASES.get(folder, folder)
    return name if name in _COUNTS else None


def _recognize(tree: Tree) -> str | None:
    found = [name for path in tree.images if (name := _class_of(path))]
    if len(set(found)) < _N_TELLING or 2 * len(found) <= len(tree.images):
        return None
    return f"{len(set(found))} of its 8 class folders hold {len(found)} of {len(tree.images)} images"


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    rows = [(str(path), name, _subtype(path)) for path in tree.images if (name := _class_of(path))]
    if not rows:
        raise ManifestError(f"{tree.folder} holds no class folder of PBC ({', '.join(_COUNTS)}).")
    n_others = len(tree.images) - len(rows)
    notes = (f"Images in no class folder, left out: {n_others}.",) if n_others else ()
    return pd.DataFrame(rows, columns=["path", "label", "subtype"]), notes


def _subtype(path: Path) -> str | None:
    match = _SUBTYPE.fullmatch(path.stem)
    return match[1].upper() if match else None


PBC = Adapter(_CARD, _recognize, _arrange)
