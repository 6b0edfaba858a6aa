"""The same blocks under several embargos."""

from collections.abc import Sequence
from dataclasses import replace

from leukfeat._validation import check_int
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.splits import Splits, carry_out

__all__ = ["EMBARGOS", "embargo_series"]

EMBARGOS = (0, 37, 80, 120)


def embargo_series(splits: Splits, embargos: Sequence[int] = EMBARGOS) -> dict[int, Splits | str]:
    """Repeat splits by blocks under several embargos, to see how far neighbours help.

    Parameters
    ----------
    splits : Splits
        Folds made by 'blocks', by name, by 'auto' or within 'official'.
    embargos : sequence of int, default=(0, 37, 80, 120)
        Images to leave out on either side of a tested block, at least 0.

    Returns
    -------
    dict of int to Splits or str
        By embargo, in the order given: folds that test the same images as `splits` and train on fewer the
        wider the embargo, or the reason why the images do not allow it.

    Raises
    ------
    TypeError
        If an embargo is not an int.
    ValueError
        If an embargo is negative, or the folds of `splits` are no blocks.

    Examples
    --------
    >>> from leukfeat.evaluation import embargo_series, make_splits
    >>> splits = make_splits(["a"] * 9 + ["b"] * 9, sequence=range(18), n_folds=3, embargo=1)
    >>> series = embargo_series(splits, (0, 2, 3))
    >>> [len(series[embargo].folds[1].train) for embargo in (0, 2)]
    [12, 4]
    >>> series[3].split(". ")[0]
    "With 3 blocks and an embargo of 3 images, no training images are left in some fold for 'a': 9, 'b': 9"
    """
    if splits.plan.how != "blocks":
        raise ValueError(
            f"embargo_series expects folds made by 'blocks'. Got those of {splits.protocol!r}, which have no "
            "embargo. Ask make_splits for protocol='blocks'."
        )
    return {
        value: _with_embargo(splits, value)
        for value in (check_int("embargo_series", "embargos", embargo, low=0) for embargo in embargos)
    }


def _with_embargo(splits: Splits, embargo: int) -> Splits | str:
    plan = splits.plan
    try:
        return carry_out(replace(plan, recipe=replace(plan.recipe, embargo=embargo)))
    except ConfigurationError as error:
        return str(error)
