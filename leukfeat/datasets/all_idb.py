"""What the two parts of ALL-IDB have in common: names that tell the class."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from leukfeat.datasets.adapter import Tree, require_unique
from leukfeat.errors import ManifestError

__all__ = ["AUTHORS", "CITATION", "LICENCE", "arrange_part", "count_part", "part_of"]

AUTHORS = "Donida Labati, Piuri and Scotti, Università degli Studi di Milano"
LICENCE = "For research, on request and under an agreement with the authors; not to be passed on"
CITATION = (
    "Donida Labati R., Piuri V., Scotti F.: ALL-IDB, the acute lymphoblastic leukemia image database for "
    "image processing. IEEE ICIP 2011. https://doi.org/10.1109/ICIP.2011.6115881"
)

_NAME = re.compile(r"Im(\d{3})_([01])", re.IGNORECASE)
_LABELS = {"0": "healthy", "1": "ALL"}
_N_FIELDS = 108


def part_of(tree: Tree, path: Path) -> int | None:
    """Tell the part that an image belongs to.

    Parameters
    ----------
    tree : Tree
        The data set.
    path : pathlib.Path
        An image.

    Returns
    -------
    int or None
        1 for fields, 2 for single cells: by the folder's name, else by number and format; None for another
        name.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        return None
    for folder in tree.folders(path):
        named = re.search(r"idb[-_ ]?([12])", folder, re.IGNORECASE)
        if named:
            return int(named[1])
    is_cell = int(match[1]) > _N_FIELDS or path.suffix.lower() in (".tif", ".tiff")
    return 2 if is_cell else 1


def count_part(part: int) -> Callable[[Tree], str | None]:
    """Make the function that recognises a part.

    Parameters
    ----------
    part : {1, 2}
        Which.

    Returns
    -------
    callable
        As `Adapter.recognize`.
    """

    def recognize(tree: Tree) -> str | None:
        n_named = sum(part_of(tree, path) == part for path in tree.images)
        what = "fields" if part == 1 else "single cells"
        if 4 * n_named <= len(tree.images):
            return None
        return f"{n_named} of {len(tree.images)} images are named ImNNN_0 or ImNNN_1 and are {what}"

    return recognize


def arrange_part(part: int) -> Callable[[Tree], tuple[pd.DataFrame, tuple[str, ...]]]:
    """Make the function that lists a part.

    Parameters
    ----------
    part : {1, 2}
        Which.

    Returns
    -------
    callable
        As `Adapter.arrange`: `label` is `"ALL"` or `"healthy"`, `sequence` the number.
    """

    def arrange(tree: Tree) -> tuple[pd.DataFrame, tuple[str, ...]]:
        named = [(path, _NAME.fullmatch(path.stem)) for path in tree.images if part_of(tree, path) == part]
        if not named:
            raise ManifestError(f"{tree.folder} holds no image of ALL-IDB{part} (ImNNN_0, ImNNN_1).")
        rows = [(str(path), _LABELS[match[2]], int(match[1])) for path, match in named if match]
        frame = pd.DataFrame(rows, columns=["path", "label", "sequence"]).astype({"sequence": "Int64"})
        require_unique(frame, ["sequence"], f"ALL-IDB{part}")
        n_others = len(tree.images) - len(rows)
        return frame, (f"Images of something else, left out: {n_others}.",) if n_others else ()

    return arrange
