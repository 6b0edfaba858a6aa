"""One colour for each class, the same in every picture."""

import pandas as pd

__all__ = ["class_colors"]

# Of Okabe and Ito: told apart by everyone.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666", "#8C6D31")


def class_colors(labels: pd.Series) -> dict[str, str]:
    """Choose a colour for each class.

    Parameters
    ----------
    labels : pandas.Series
        Class of each image.

    Returns
    -------
    dict of str to str
        Classes in sorted order; after the eighth colours repeat.
    """
    return {str(label): _COLORS[place % len(_COLORS)] for place, label in enumerate(sorted(labels.unique()))}
