"""The four-class set: smear fields of benign and malignant lymphoid cells, patients unknown."""

import re
from pathlib import Path

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree, require_unique
from leukfeat.datasets.card import Card
from leukfeat.errors import ManifestError

__all__ = ["ALL_SMEARS", "to_binary"]

_NAME = re.compile(r"WBC-(?:Malignant-)?(Benign|Early|Pre|Pro)-(\d+)", re.IGNORECASE)
_CLASSES = ("Benign", "Early", "Pre", "Pro")
_COUNTS = {"Benign": 504, "Early": 985, "Pre": 963, "Pro": 804}
_VERSIONS = ("original", "segmented")

_CARD = Card(
    name="all-smears",
    title="Acute lymphoblastic leukaemia image data set (the four-class set)",
    contents="Smear fields of benign haematogones and of three stages of B-lineage ALL (Early, Pre, Pro), "
    "JPEG, 224 x 224, in two versions of the same photographs: Original and Segmented.",
    authors="Aria, Ghaderzadeh, Bashash, Abolghasemi, Asadi and Hosseini, Taleqani Hospital, Tehran",
    licence="The terms of the data set on Kaggle; look them up before you publish anything made with it",
    source="Kaggle mehradaria/leukemia",
    citation="Aria M. et al.: Acute Lymphoblastic Leukemia (ALL) image dataset. Kaggle, 2021. "
    "https://doi.org/10.34740/KAGGLE/DSV/2175623",
    scene="field",
    counts=_COUNTS,
    defects=(
        "89 patients, but no name tells which: a split by patient is impossible, and a random split tests on "
        "neighbours of training images. File numbers follow the acquisition: split by blocks.",
        "The colour of the bare slide alone reaches a balanced accuracy of about 0.82 (chance: 0.25): a "
        "model may learn the slide instead of the cells.",
        "A scale bar lies in a corner; that corner alone reaches 0.72.",
        "40 images are exact duplicates, all in Pro.",
        "An embargo of 37 images still leaks: one model fell from 0.978 without any to 0.927 at 120.",
    ),
    kaggle="mehradaria/leukemia",
)


def to_binary(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Map the four classes to benign and malignant.

    Parameters
    ----------
    frame : pandas.DataFrame
        A manifest of the four-class set.

    Returns
    -------
    frame : pandas.DataFrame
        A copy: `label` is `"benign"` or `"malignant"`, `label_original` the class of four, and `sequence`
        runs on through the three malignant classes, so that neighbours stay neighbours.
    notes : tuple of str
        What was done.
    """
    binary = frame.assign(label_original=frame["label"])
    binary["label"] = ["benign" if label == "Benign" else "malignant" for label in frame["label"]]
    starts, start = {}, 0
    for label in _CLASSES[1:]:
        starts[label] = start
        start += (
            int(frame.loc[frame["label"] == label, "sequence"].max())
            if (frame["label"] == label).any()
            else 0
        )
    shifts = [starts.get(label, 0) for label in frame["label"]]
    binary["sequence"] = frame["sequence"] + pd.array(shifts, dtype="Int64")
    return binary, ("The sequence of malignant images runs on through Early, Pre and Pro.",)


def _recognize(tree: Tree) -> str | None:
    named = sum(_NAME.fullmatch(path.stem) is not None for path in tree.images)
    if 2 * named <= len(tree.images):
        return None
    return f"{named} of {len(tree.images)} images are named WBC-Benign-N or WBC-Malignant-STAGE-N"


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    named = [(path, match) for path in tree.images if (match := _NAME.fullmatch(path.stem))]
    if not named:
        raise ManifestError(f"{tree.folder} holds no image of the four-class set (WBC-Benign-001.jpg, …).")
    frame = pd.DataFrame(
        {
            "path": [str(path) for path, _ in named],
            "label": [match[1].capitalize() for _, match in named],
            "sequence": pd.array([int(match[2]) for _, match in named], dtype="Int64"),
            "version": [_version(tree, path) for path, _ in named],
        }
    )
    n_others = len(tree.images) - len(named)
    notes = [f"Images that are not of the four-class set, left out: {n_others}."] if n_others else []
    if set(_VERSIONS) <= set(frame["version"]):
        frame = frame[frame["version"] == "original"].reset_index(drop=True)
        notes.append("Original and Segmented are the same photographs: the original ones are listed.")
    require_unique(frame, ["label", "sequence"], "The four-class set")
    if frame["version"].isna().all():
        frame = frame.drop(columns="version")
    return frame, tuple(notes)


def _version(tree: Tree, path: Path) -> str | None:
    folders = (folder.lower() for folder in tree.folders(path))
    return next((folder for folder in folders if folder in _VERSIONS), None)


ALL_SMEARS = Adapter(_CARD, _recognize, _arrange)
