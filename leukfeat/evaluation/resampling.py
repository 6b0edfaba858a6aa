"""The draws of a bootstrap over subjects: how often each counts in each draw."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from leukfeat._validation import check_int

__all__ = ["draw_multiplicities", "find_strata"]

_BLOCK = 2**22  # numbers drawn at once


def find_strata(units: ArrayLike, folds: ArrayLike, labels: ArrayLike, n_units: int) -> NDArray[np.intp]:
    """Sort units into the strata within which they are resampled.

    Parameters
    ----------
    units : array-like of int, shape (n,)
        Number of each image's unit, 0 … n_units - 1: its subject, a block of neighbours or the image itself.
    folds : array-like of int, shape (n,)
        Test fold of each image, in the first repeat of the cross-validation.
    labels : array-like of int, shape (n,)
        Class of each image.
    n_units : int
        Number of units of the run.

    Returns
    -------
    array of intp, shape (n_units,)
        Number of each unit's stratum, 0 … n_strata - 1.

    Raises
    ------
    ValueError
        If some unit has no image: every unit must be tested in the first repeat.

    Notes
    -----
    A stratum is a test fold, so that draws keep the folds of the run; where every unit has one class, it is a
    class within a test fold, so that they keep its composition. Folds that share units are one stratum, for
    what is drawn as one cannot be drawn by fold: under a random split by image that is all of them.
    """
    numbers, fold_codes, classes = (np.asarray(part, dtype=np.intp) for part in (units, folds, labels))
    absent = n_units - len(np.unique(numbers))
    if absent:
        raise ValueError(f"Every unit must be tested in the first repeat. {absent} of {n_units} are not.")
    pool_of_unit = np.empty(n_units, dtype=np.intp)
    pool_of_unit[numbers] = _pools(numbers, fold_codes)[fold_codes]
    class_of_unit = np.empty(n_units, dtype=np.intp)
    class_of_unit[numbers] = classes
    if (class_of_unit[numbers] != classes).any():
        class_of_unit[:] = 0
    _, strata = np.unique(np.column_stack([pool_of_unit, class_of_unit]), axis=0, return_inverse=True)
    return strata.astype(np.intp)


def draw_multiplicities(strata: ArrayLike, *, n_draws: int = 2000, seed: int = 0) -> NDArray[np.uint16]:
    """Draw units with replacement, as many as a stratum has, and count each.

    Parameters
    ----------
    strata : array-like of int, shape (n_units,)
        Number of each unit's stratum, as `find_strata` returns them.
    n_draws : int, default=2000
        Number of draws, at least 1.
    seed : int, default=0
        Of the draws, in [0, 2**32 - 1].

    Returns
    -------
    array of uint16, shape (n_draws, n_units)
        How often each unit counts in each draw; its transpose is contiguous. Equal for equal arguments.

    Notes
    -----
    One unit has one multiplicity in a draw, in every repeat of the cross-validation and for every model: with
    draws of their own the noise of the repeats would average out and the interval be too narrow, and models
    could not be compared in pairs. Resampling whole clusters keeps what images of one subject have in common
    [1]_. Draws of a stratum of n units have (n - 1)/n of the variance that there is: intervals from few units
    are too narrow unless they are widened; see `leukfeat.evaluation.measure_widening`.

    References
    ----------
    .. [1] Field and Welsh, 2007, :doi:`10.1111/j.1467-9868.2007.00593.x` (bootstrap of clustered data)

    Examples
    --------
    >>> from leukfeat.evaluation import draw_multiplicities
    >>> draw_multiplicities([0, 0, 0, 1, 1], n_draws=2, seed=0).sum(axis=1)
    array([5, 5], dtype=uint64)
    """
    n_draws = check_int("draw_multiplicities", "n_draws", n_draws, low=1)
    rng = np.random.default_rng(check_int("draw_multiplicities", "seed", seed, low=0, high=2**32 - 1))
    stratum_of_unit = np.asarray(strata, dtype=np.intp)
    counts = np.empty((len(stratum_of_unit), n_draws), dtype=np.uint16)
    for stratum in np.unique(stratum_of_unit):
        members = np.flatnonzero(stratum_of_unit == stratum)
        block = max(1, _BLOCK // len(members))
        for start in range(0, n_draws, block):
            drawn = _draw(len(members), min(block, n_draws - start), rng)
            counts[members, start : start + block] = drawn.T
    return counts.T


def _draw(n_units: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Count how often each of n units is drawn in n draws with replacement, shape (n_draws, n_units)."""
    chosen = rng.integers(0, n_units, (n_draws, n_units))
    chosen += n_units * np.arange(n_draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=n_draws * n_units).reshape(n_draws, n_units)


def _pools(units: NDArray[np.intp], folds: NDArray[np.intp]) -> NDArray[np.intp]:
    """Join folds that share units; return the pool of each fold."""
    n_folds = int(folds.max()) + 1
    seen = csr_array((np.ones(len(units)), (folds, units)), shape=(n_folds, int(units.max()) + 1))
    _, pools = connected_components(seen @ seen.T, directed=False)
    return np.asarray(pools, dtype=np.intp)
