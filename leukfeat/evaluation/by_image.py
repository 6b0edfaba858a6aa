"""Single images dealt to folds, identical ones together."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from leukfeat.evaluation.rows import Rows, require_images

__all__ = ["assign_images", "first_of_each"]


def assign_images(rows: Rows, n_folds: int, seed: int) -> NDArray[np.intp]:
    """Give every image the fold that tests it, each class spread evenly.

    The first of a group of identical images is dealt and the others follow it.

    Parameters
    ----------
    rows : Rows
        The images.
    n_folds : int
        Number of folds.
    seed : int
        Of the shuffle, in [0, 2**32 - 1].

    Returns
    -------
    array of intp, shape (n,)
        The fold that tests each image, 0 … n_folds - 1.

    Raises
    ------
    ConfigurationError
        If a class has fewer than `n_folds` different images.
    """
    first = first_of_each(rows)
    dealt = np.unique(first)
    labels = rows.labels[dealt]
    require_images(rows.take(dealt), n_folds, "different images" if len(dealt) < len(rows) else "images")
    fold = np.empty(len(rows), dtype=np.intp)
    stratified = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for number, (_, test) in enumerate(stratified.split(labels, labels)):
        fold[dealt[test]] = number
    return np.asarray(fold[first])


def first_of_each(rows: Rows) -> NDArray[np.intp]:
    """Find the first of the images that are identical to each.

    Parameters
    ----------
    rows : Rows
        The images.

    Returns
    -------
    array of intp, shape (n,)
        Row of the first image of the group; of the image itself where it has no twin.
    """
    first = np.arange(len(rows), dtype=np.intp)
    with_twin = np.flatnonzero(rows.same >= 0)
    _, where, groups = np.unique(rows.same[with_twin], return_index=True, return_inverse=True)
    first[with_twin] = with_twin[where][groups]
    return first
