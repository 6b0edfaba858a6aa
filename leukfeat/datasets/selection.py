"""Which rows of a manifest a comparison is made on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._validation import check_choice, check_unique_names
from leukfeat.errors import ConfigurationError

__all__ = ["select_rows"]


def select_rows(
    manifest: pd.DataFrame, labels: Sequence[str] | None = None, positive: str | None = None
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Choose the labelled rows of the classes asked for.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `read_manifest` returns it.
    labels : sequence of str, default=None
        Which classes take part; None means all.
    positive : str, default=None
        The positive class of two, checked here because it must be one of those that remain.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n_rows,)
        Rows that take part.
    notes : tuple of str
        How many rows are left out, and why.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If fewer than two classes remain, or a positive class is named among more than two.
    ValueError
        If a label or the positive class is unknown.
    """
    if "label" not in manifest.columns:
        raise ConfigurationError("Nothing has a label. A comparison needs the column 'label'.")
    column = manifest["label"]
    known = column.notna().to_numpy(dtype=bool)
    wanted = known if labels is None else _is_wanted(column, labels)
    reasons = (
        (~known, "for want of a label"),
        (known & ~wanted, "whose class was not asked for"),
    )
    keep = known & wanted
    _check_classes(sorted(column[keep].unique()), positive)
    return keep, tuple(f"Images left out: {mask.sum()}, {why}." for mask, why in reasons if mask.any())


def _is_wanted(column: pd.Series, labels: Sequence[str]) -> NDArray[np.bool_]:
    known = sorted(column.dropna().unique())
    return column.isin(check_unique_names("compare", labels, known, "class")).to_numpy(dtype=bool)


def _check_classes(classes: Sequence[str], positive: str | None) -> None:
    if len(classes) < 2:
        listed = ", ".join(map(repr, classes)) or "none"
        raise ConfigurationError(f"A comparison needs at least two classes. Got {listed}.")
    if positive is None:
        return
    if len(classes) > 2:
        raise ConfigurationError(
            f"A positive class is one of two; these are {len(classes)}. Leave it out, or choose two labels."
        )
    check_choice("compare", "positive", positive, classes)
