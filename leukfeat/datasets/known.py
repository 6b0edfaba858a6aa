"""The data sets that leukfeat knows, and a manifest of any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leukfeat._validation import check_choice
from leukfeat.datasets.adapter import Adapter, Tree
from leukfeat.datasets.all_idb1 import ALL_IDB1
from leukfeat.datasets.all_idb2 import ALL_IDB2
from leukfeat.datasets.all_smears import ALL_SMEARS, to_binary
from leukfeat.datasets.card import Card
from leukfeat.datasets.class_folders import CLASS_FOLDERS
from leukfeat.datasets.cnmc import C_NMC
from leukfeat.datasets.deepapl import DEEPAPL
from leukfeat.datasets.own_table import manifest_from_table
from leukfeat.datasets.pbc import PBC
from leukfeat.datasets.six_class import SIX_CLASS
from leukfeat.errors import ConfigurationError, ManifestError

__all__ = ["ADAPTERS", "DataSet", "make_manifest"]

ADAPTERS: dict[str, Adapter] = {
    adapter.card.name: adapter
    for adapter in (C_NMC, ALL_SMEARS, ALL_IDB1, ALL_IDB2, PBC, DEEPAPL, SIX_CLASS, CLASS_FOLDERS)
}
_TABLES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set as it lies on disk.

    Attributes
    ----------
    name : str
        Which one; `"table"` for a table of the user's own.
    reason : str
        How that is known, in a full sentence.
    frame : pandas.DataFrame
        Its manifest, paths absolute.
    notes : tuple of str
        What was done, in full sentences.
    card : Card or None
        What is known of the data set; None for a table.
    """

    name: str
    reason: str
    frame: pd.DataFrame
    notes: tuple[str, ...]
    card: Card | None


def make_manifest(
    source: str | Path,
    dataset: str = "auto",
    *,
    binary: bool = False,
    columns: Mapping[str, str] | None = None,
    root: str | Path | None = None,
) -> DataSet:
    """Make the manifest of a data set.

    Parameters
    ----------
    source : str or pathlib.Path
        Its folder; or a table of one's own, for which only `columns` and `root` count.
    dataset : str, default="auto"
        Which data set it is: a key of `ADAPTERS`. `"auto"` recognises it.
    binary : bool, default=False
        Whether the four-class set is mapped to benign and malignant.
    columns : mapping of str to str, default=None
        Of a table: what a manifest's columns are called there.
    root : str or pathlib.Path, default=None
        Of a table: what relative image paths start from.

    Returns
    -------
    DataSet
        Its manifest, and what must be known of it.

    Raises
    ------
    leukfeat.errors.ManifestError
        If the folder holds no such data set.
    leukfeat.errors.ConfigurationError
        If `"auto"` recognises several, or an option does not fit the data set.
    ValueError
        If the data set is unknown.
    """
    check_choice("make_manifest", "dataset", dataset, ("auto", *ADAPTERS))
    if Path(source).is_file():
        if Path(source).suffix.lower() not in _TABLES:
            raise ManifestError(f"{source} is neither a folder nor a table ({', '.join(_TABLES)}).")
        _refuse(binary or dataset != "auto", "--dataset and --binary are for folders", source)
        frame, notes = manifest_from_table(source, columns=columns, root=root)
        return DataSet("table", f"{source} is a table.", frame, notes, None)
    _refuse(bool(columns) or root is not None, "--columns and --root are for tables", source)
    tree = Tree.at(source)
    name, reason = (dataset, "as asked") if dataset != "auto" else _recognize(tree)
    card = ADAPTERS[name].card
    frame, notes = ADAPTERS[name].arrange(tree)
    if binary:
        _refuse(name != "all-smears", "--binary is for all-smears", source)
        frame, more = to_binary(frame)
        notes = (*notes, *more)
    return DataSet(name, f"Data set: {name} ({reason}).", frame, notes, card)


def _refuse(wrong: bool, sentence: str, source: str | Path) -> None:
    if wrong:
        raise ConfigurationError(f"{sentence}. Got {source}.")


def _recognize(tree: Tree) -> tuple[str, str]:
    """Return the data set that a tree holds and why; any other tree of classes is one of folders."""
    reasons = {name: adapter.recognize(tree) for name, adapter in ADAPTERS.items() if name != "folders"}
    found = {name: reason for name, reason in reasons.items() if reason is not None}
    if len(found) > 1:
        listed = "; ".join(f"{name}: {reason}" for name, reason in found.items())
        raise ConfigurationError(f"{tree.folder} may hold several data sets ({listed}). Name one: --dataset.")
    if found:
        return next(iter(found.items()))
    reason = CLASS_FOLDERS.recognize(tree)
    if reason is None:
        names = ", ".join(ADAPTERS)
        raise ManifestError(
            f"{tree.folder} holds no data set that is known, and images lie in no class folders, or in that "
            f"folder itself. Expected {tree.folder}/CLASS/…, or one of: {names}; or write a table with the "
            "columns path and label."
        )
    return "folders", reason
