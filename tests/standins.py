"""Trees of tiny files in the place of data sets."""

from collections.abc import Iterable
from pathlib import Path

from leukfeat.datasets import read_registry
from leukfeat.datasets.cnmc import prelim_labels

__all__ = ["PRELIM_TABLE", "plant", "plant_cnmc", "prelim_table"]

PRELIM_TABLE = "validation_data/C-NMC_test_prelim_phase_data_labels.csv"


def plant(base: Path, names: Iterable[str]) -> Path:
    """Make small files, each with its name as content."""
    for name in names:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return base


def plant_cnmc(base: Path) -> Path:
    """Make a file for each image of C-NMC 2019, without the labels CSV."""
    names = [name for name in read_registry("c-nmc").files["path"] if name != PRELIM_TABLE]
    for folder in {(base / name).parent for name in names}:
        folder.mkdir(parents=True)
    for name in names:
        (base / name).touch()
    return base


def prelim_table() -> str:
    """Write a labels CSV as the challenge has it: 28 subjects, in numerical order."""
    labels = prelim_labels()
    rows = ["Patient_ID,new_names,labels"]
    for number in sorted(labels, key=int):
        is_all = labels[number] == "ALL"
        subject = f"{60 + int(number) % 15}" if is_all else f"H{30 + int(number) % 13}"
        original = f"UID_{subject}_{number}_1_{'all' if is_all else 'hem'}.bmp"
        rows.append(f"{original},{number}.bmp,{int(is_all)}")
    return "\n".join(rows) + "\n"
