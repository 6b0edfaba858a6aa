"""DeepAPL: single cells of patients with acute myeloid or promyelocytic leukaemia."""

import re
from pathlib import Path

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree, read_side_table
from leukfeat.datasets.card import Card
from leukfeat.errors import ManifestError

__all__ = ["DEEPAPL"]

_PATIENT = re.compile(r"Patient_(\d+)", re.IGNORECASE)
_NAME = re.compile(r"([a-z][a-z ]*)_[A-Z]+_\d+.*")  # names that carry the class: blast_BL_15336348
_CLASSES = {
    "blast, no lineage spec": "blast",
    "band neutrophils": "band neutrophil",
    "segmented neutrophils": "neutrophil",
}
_PLURALS = {"eosinophils": "eosinophil", "basophils": "basophil", "smudge cells": "smudge cell"}
_MASTER = "master.csv"
_MASTER_COLUMNS = {"Patient_ID": "subject", "Diagnosis": "diagnosis", "Cohort": "cohort"}
_SPLITS = {"discovery": "train", "validation": "test"}

_CARD = Card(
    name="deepapl",
    title="DeepAPL",
    contents="Single cells from Wright-Giemsa smears of patients with APL or other AML, as CellaVision cuts "
    "and names them; JPEG, mostly 360 x 363.",
    authors="Sidhom, Siddarthan, Lai, Luo, Hambley, Bynum, Duffield, Streiff, Moliterno, Imus, Gocke, "
    "Gondek, DeZern, Baras, Kickler, Levis and Shenderov, Johns Hopkins University",
    licence="Published with the paper for replication; look up the terms before you publish anything more",
    source="Kaggle eugeneshenderov/acute-promyelocytic-leukemia-apl; https://github.com/sidhomj/DeepAPL",
    citation="Sidhom J.-W. et al.: Deep learning for diagnosis of acute promyelocytic leukemia via "
    "recognition of genomically imprinted morphologic features. npj Precision Oncology 5, 2021. "
    "https://doi.org/10.1038/s41698-021-00179-y",
    scene="cell",
    defects=(
        "Diagnosis (APL, AML) belongs to the patient: a model of cells must keep patients apart, and there "
        "are 34 APL among 106.",
        "The classes of cells are those of the laboratory's machine and staff, not of a panel.",
        "Image sizes vary a little (up to 365 high, seven up to 472 wide); classes are very unequal.",
        "Nucleus area alone tells blast from lymphocyte with a balanced accuracy above 0.9.",
    ),
    kaggle="eugeneshenderov/acute-promyelocytic-leukemia-apl",
)


def _recognize(tree: Tree) -> str | None:
    n_inside = sum(_patient(tree, path) is not None for path in tree.images)
    if 2 * n_inside <= len(tree.images):
        return None
    masters = [path for path in tree.tables(_MASTER) if _is_master(path)]
    named = sum(_NAME.fullmatch(path.stem) is not None for path in tree.images)
    if not masters and 2 * named <= len(tree.images) and not _has_slides(tree):
        return None
    table = f", and {masters[0].name} lists patients" if masters else ""
    return f"{n_inside} of {len(tree.images)} images lie in folders Patient_N{table}"


def _has_slides(tree: Tree) -> bool:
    return any("signed slides" in folder.lower() for folder in tree.folders(tree.images[0]))


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    rows = [(str(path), _label(path), name) for path in tree.images if (name := _patient(tree, path))]
    if not rows:
        raise ManifestError(f"{tree.folder} holds no folder Patient_N of DeepAPL.")
    frame = pd.DataFrame(rows, columns=["path", "label", "subject"])
    n_others = len(tree.images) - len(rows)
    left_out = (f"Images in no folder Patient_N, left out: {n_others}.",) if n_others else ()
    tables = [table for path in tree.tables(_MASTER) if (table := _read_master(path)) is not None]
    if not tables:
        return frame, (f"Without {_MASTER}, diagnosis and cohort are unknown.", *left_out)
    frame = frame.merge(tables[0], on="subject", how="left", validate="many_to_one")
    frame["split"] = [_SPLITS.get(str(cohort).lower()) for cohort in frame["cohort"]]
    unknown = frame.loc[frame["diagnosis"].isna(), "subject"].unique()
    notes = [f"Patients that {_MASTER} does not list: {', '.join(sorted(unknown))}."] if len(unknown) else []
    if (frame["split"] == "test").any():
        notes.append("The cohort Validation is the test split, as in the paper.")
    return frame, (*notes, *left_out)


def _patient(tree: Tree, path: Path) -> str | None:
    matches = map(_PATIENT.fullmatch, tree.folders(path))
    return next((f"Patient_{match[1]}" for match in matches if match), None)


def _label(path: Path) -> str | None:
    """Read the class from the name, else from the folder; None for cells that nobody signed."""
    match = _NAME.fullmatch(path.stem)
    if match:
        return match[1]
    folder = path.parent.name.lower()
    if _PATIENT.fullmatch(path.parent.name) or "slides" in folder:
        return None
    return _CLASSES.get(folder, _PLURALS.get(folder, folder))


def _is_master(path: Path) -> bool:
    try:
        return _read_master(path) is not None
    except ManifestError:
        return False


def _read_master(path: Path) -> pd.DataFrame | None:
    """Read the table of patients; None for another table of that name."""
    table = read_side_table(path)
    if not set(_MASTER_COLUMNS) <= set(table):
        return None
    patients = table[list(_MASTER_COLUMNS)].rename(columns=_MASTER_COLUMNS)
    repeated = patients["subject"].duplicated()
    if repeated.any():
        row = int(repeated.to_numpy().argmax())
        raise ManifestError(f"{path}, row {row + 1}: {patients['subject'].iloc[row]} stands there already.")
    return patients.astype(object).where(patients != "", None)


DEEPAPL = Adapter(_CARD, _recognize, _arrange)
