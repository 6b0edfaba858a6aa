"""Values as JSON holds them."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["plain", "records"]


def plain(value: Any) -> Any:
    """Return a value as JSON holds it.

    Parameters
    ----------
    value : object
        Numbers and texts, of NumPy, too, and what is made of them.

    Returns
    -------
    object
        Of Python's own types; None for what is missing, and for numbers that are not finite.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    item = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(item, list):
        return plain(item)
    if item is None or item is pd.NA or item is pd.NaT:
        return None
    if isinstance(item, float) and not math.isfinite(item):
        return None
    return item if isinstance(item, bool | int | float | str) else str(item)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON holds them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any.

    Returns
    -------
    list of dict
        One per row; None where there is nothing.
    """
    return [plain({str(key): value for key, value in row.items()}) for row in frame.to_dict("records")]
