"""C-NMC 2019: leukaemic and healthy lymphoid cells, of known patients."""

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import pandas as pd

from leukfeat.datasets.adapter import Adapter, Tree, read_side_table, require_unique
from leukfeat.datasets.card import Card
from leukfeat.datasets.registry import read_registry
from leukfeat.errors import ManifestError

__all__ = ["C_NMC", "prelim_labels"]

_NAME = re.compile(r"UID_(H?\d+)_(\d+)_(\d+)_(all|hem)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_FOLD = re.compile(r"fold_(\d)", re.IGNORECASE)
_PHASES = {"prelim": "preliminary", "final": "final"}
_LABELS = {"all": "ALL", "hem": "HEM", "1": "ALL", "0": "HEM"}
_LABEL_TABLE = "*prelim*labels*.csv"
_LABEL_COLUMNS = ("Patient_ID", "new_names", "labels")

# Subjects that share byte-identical images, and the fold that holds most of their images.
_MERGED = {
    ("20", "21"): "2",
    ("51", "75", "78"): "1",
    ("H10", "H3"): "1",
    ("H2", "H4", "H5", "H6"): "2",
}
_MERGED_INTO = {subject: "+".join(group) for group in _MERGED for subject in group}
_FOLD_OF_MERGED = {"+".join(group): fold for group, fold in _MERGED.items()}

_CARD = Card(
    name="c-nmc",
    title="C-NMC 2019 (ISBI 2019 challenge)",
    contents="Lymphoid cells of children with B-lineage acute lymphoblastic leukaemia (ALL) and of healthy "
    "ones (HEM), each cut out on black and stain-normalised; BMP, 450 x 450 (final phase 600 x 600).",
    authors="Gupta and Gupta, SBILab, IIIT Delhi, with AIIMS Delhi",
    licence="CC BY 3.0 (The Cancer Imaging Archive)",
    source="Kaggle andrewmvd/leukemia-classification; https://doi.org/10.7937/tcia.2019.dc64i46r",
    citation="Gupta A., Gupta R.: ALL challenge dataset of ISBI 2019. The Cancer Imaging Archive, 2019. "
    "https://doi.org/10.7937/tcia.2019.dc64i46r",
    scene="masked",
    counts={"ALL": 7272 + 1219, "HEM": 3389 + 648},
    defects=(
        "The official folds leak: 106 groups of byte-identical images, 99 of them across subjects and 94 "
        "across folds. Subjects 20 and 21, 51 with 75 and 78, H2 with H4, H5 and H6, H3 with H10 are one "
        "subject each; 66 subjects remain of 73, each in one fold.",
        "Leukaemic cells are about 30 % larger: area alone is a strong model.",
        "Saying ALL of every cell of the preliminary phase gives accuracy 0.653 and F1 0.79: look at the "
        "balanced accuracy, and say --positive ALL.",
        "One healthy subject is written h3. Subject numbers of ALL and HEM are different name spaces.",
        "The labels of the preliminary phase are rows of a CSV in numerical order: read in alphabetical "
        "order (1.bmp, 10.bmp, 100.bmp) labels and images no longer match.",
        "The final phase has no labels.",
    ),
    kaggle="andrewmvd/leukemia-classification",
    n_bytes=10_420_000_000,
)


def prelim_labels() -> dict[str, str]:
    """Return the published labels of the preliminary phase.

    Returns
    -------
    dict of str to str
        By number, `"1"` to `"1867"`: `"ALL"` or `"HEM"`.
    """
    source = resources.files("leukfeat.datasets") / "registries" / "c-nmc_prelim_labels.csv.xz"
    with resources.as_file(source) as path:
        table = pd.read_csv(path, dtype=str)
    return {
        Path(name).stem: _LABELS[label] for name, label in zip(table["file"], table["label"], strict=True)
    }


def _recognize(tree: Tree) -> str | None:
    named = sum(_NAME.fullmatch(path.stem) is not None for path in tree.images)
    phases = sum(_phase(tree, path) in _PHASES.values() for path in tree.images)
    if 2 * (named + phases) <= len(tree.images) or not _is_of_challenge(tree, named):
        return None
    others = f" and {phases} lie in folders of its test phases" if phases else ""
    return f"{named} of {len(tree.images)} images are named UID_SUBJECT_IMAGE_CELL_CLASS{others}"


def _is_of_challenge(tree: Tree, named: int) -> bool:
    """Tell a lone test phase by its folder's whole name, for numbers alone say little."""
    return named > 0 or any("phase_data" in folder.lower() for folder in tree.folders(tree.images[0]))


def _phase(tree: Tree, path: Path) -> str | None:
    """Return the phase of the challenge that an image belongs to, by its name and the innermost folder."""
    if _NAME.fullmatch(path.stem):
        return "training"
    if not _NUMBER.fullmatch(path.stem):
        return None
    for folder in tree.folders(path):
        found = [phase for word, phase in _PHASES.items() if word in folder.lower()]
        if found:
            return found[0]
    return None


def _arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
    frame = pd.DataFrame({"path": [str(path) for path in tree.images]}, dtype=object)
    frame["phase"] = [_phase(tree, path) for path in tree.images]
    n_others = int(frame["phase"].isna().sum())
    frame = frame[frame["phase"].notna()].reset_index(drop=True)
    if frame.empty:
        raise ManifestError(
            f"{tree.folder} holds no image of C-NMC. Expected names like UID_20_1_1_all.bmp, or numbers in a "
            "folder C-NMC_test_prelim_phase_data or C-NMC_test_final_phase_data."
        )
    stems = [Path(path).stem for path in frame["path"]]
    require_unique(frame.assign(stem=[stem.lower() for stem in stems]), ["phase", "stem"], "C-NMC")
    table = _read_labels(tree)
    described = [_describe(stem, phase, table) for stem, phase in zip(stems, frame["phase"], strict=True)]
    frame[["label", "subject_original"]] = pd.DataFrame(described, index=frame.index, dtype=object)
    frame["subject"] = [_MERGED_INTO.get(name, name) for name in frame["subject_original"]]
    frame["fold_original"] = _folds(tree, frame)
    frame["fold"] = [
        fold if fold is None else _FOLD_OF_MERGED.get(subject, fold)
        for subject, fold in zip(frame["subject"], frame["fold_original"], strict=True)
    ]
    frame["split"] = ["train" if phase == "training" else "test" for phase in frame["phase"]]
    columns = ["path", "label", "subject", "fold", "split", "phase", "subject_original", "fold_original"]
    return frame[columns], tuple(_notes(frame, table, n_others))


def _describe(
    stem: str, phase: str, table: dict[str, tuple[str, str | None]]
) -> tuple[str | None, str | None]:
    """Return label and subject of an image."""
    if phase == "training":
        return _of_name(stem)
    return table.get(str(int(stem)), (None, None)) if phase == "preliminary" else (None, None)


def _of_name(stem: str) -> tuple[str, str]:
    match = _NAME.fullmatch(stem)
    if match is None:
        raise ManifestError(f"{stem} is no name of C-NMC: expected UID_SUBJECT_IMAGE_CELL_CLASS.")
    return _LABELS[match[4].lower()], match[1].upper()


def _folds(tree: Tree, frame: pd.DataFrame) -> list[str | None]:
    """Read the official fold from the folder, or where mirrors left it out, from the list of all files."""
    folds = [_fold(tree.folders(Path(path))) for path in frame["path"]]
    training = frame["phase"] == "training"
    if all(fold is not None for fold, needed in zip(folds, training, strict=True) if needed):
        return [fold if needed else None for fold, needed in zip(folds, training, strict=True)]
    listed = (Path(path) for path in read_registry("c-nmc").files["path"])
    official = {path.stem.lower(): _fold(path.parts[-2::-1]) for path in listed}
    stems = [Path(path).stem.lower() for path in frame["path"]]
    return [
        (fold or official.get(stem)) if needed else None
        for fold, stem, needed in zip(folds, stems, training, strict=True)
    ]


def _fold(folders: Sequence[str]) -> str | None:
    """Read the fold from folders, innermost first."""
    matches = map(_FOLD.fullmatch, folders)
    return next((match[1] for match in matches if match), None)


def _read_labels(tree: Tree) -> dict[str, tuple[str, str | None]]:
    """Return label and subject by number: the CSV's, else the published label without a subject."""
    published: dict[str, tuple[str, str | None]] = {
        number: (label, None) for number, label in prelim_labels().items()
    }
    for path in tree.tables(_LABEL_TABLE):
        published.update(_read_label_table(path))
    return published


def _read_label_table(path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    table = read_side_table(path)
    missing = [name for name in _LABEL_COLUMNS if name not in table]
    if missing:
        raise ManifestError(f"{path}: the labels of C-NMC's preliminary phase need a column {missing[0]!r}.")
    for row, (original, name, label) in enumerate(table[list(_LABEL_COLUMNS)].itertuples(index=False), 1):
        if not (_NAME.fullmatch(Path(original).stem) and _NUMBER.fullmatch(Path(name).stem)):
            raise ManifestError(
                f"{path}, row {row}: expected names like UID_57_29_1_all.bmp and 1.bmp. Got {original!r} and "
                f"{name!r}."
            )
        of_name, subject = _of_name(Path(original).stem)
        if _LABELS.get(label) != of_name:
            raise ManifestError(f"{path}, row {row}: {name} is labelled {label}, but comes from {original}.")
        yield str(int(Path(name).stem)), (of_name, subject)


def _notes(frame: pd.DataFrame, table: dict[str, tuple[str, str | None]], n_others: int) -> Iterator[str]:
    merged = sorted(set(frame["subject"]) & set(_FOLD_OF_MERGED))
    if merged:
        n_moved = int((frame["fold"] != frame["fold_original"])[frame["fold"].notna()].sum())
        yield (
            f"Subjects that share identical images are one: {', '.join(merged)}; {n_moved} images moved to "
            "the fold that holds most of theirs. As they were: subject_original, fold_original."
        )
    counts = frame["phase"].value_counts()
    if counts.get("preliminary"):
        prelim = frame[frame["phase"] == "preliminary"]
        published = prelim_labels()
        wrong = sum(
            published.get(number) != table[number][0]
            for number in map(_number, prelim["path"])
            if number in table
        )
        if wrong:
            yield f"The labels CSV differs from the published one in {wrong} images."
        if prelim["subject"].isna().any():
            yield (
                "Without its labels CSV, labels of the preliminary phase are the published ones, and its "
                "subjects are unknown."
            )
    if counts.get("final"):
        yield f"The final phase ({counts['final']} images) has no labels."
    if n_others:
        yield f"Images that are not of C-NMC, left out: {n_others}."


def _number(path: str) -> str:
    return str(int(Path(path).stem))


C_NMC = Adapter(_CARD, _recognize, _arrange)
