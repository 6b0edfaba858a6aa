"""What is decided before images are divided: the protocol, the manifest's sides, what leaks."""

from dataclasses import dataclass, replace

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation.folds import Recipe
from leukfeat.evaluation.leaks import find_leaks
from leukfeat.evaluation.official import Layout, describe_layout, is_divided, read_layout
from leukfeat.evaluation.rows import Rows

__all__ = ["PROTOCOLS", "Plan", "make_plan"]

PROTOCOLS = ("auto", "official", "grouped", "blocks", "random")


@dataclass(frozen=True, eq=False)
class Plan:
    """How images are divided.

    Parameters
    ----------
    rows : Rows
        All images, those of the test split included.
    layout : Layout
        The sides that the manifest puts them on.
    protocol : str
        'official', 'grouped', 'blocks' or 'random'.
    how : str
        What makes the folds: 'manifest', 'grouped', 'blocks' or 'random'.
    recipe : Recipe
        How many folds, and by which seed.
    warnings : tuple of str
        What leaks and was allowed.
    remarks : tuple of str
        What the manifest divides, and what was changed.
    """

    rows: Rows
    layout: Layout
    protocol: str
    how: str
    recipe: Recipe
    warnings: tuple[str, ...]
    remarks: tuple[str, ...]


def make_plan(rows: Rows, protocol: str, recipe: Recipe, *, allow_leaks: bool) -> Plan:
    """Choose the protocol and check the manifest's own division.

    Parameters
    ----------
    rows : Rows
        The images.
    protocol : str
        One of `PROTOCOLS`.
    recipe : Recipe
        What was asked for.
    allow_leaks : bool
        As in `make_splits`.

    Returns
    -------
    Plan
        What to do.

    Raises
    ------
    ConfigurationError
        If the columns do not allow the protocol, something leaks and is not allowed, or
        repeats of one and the same division were asked for.
    """
    official = protocol == "official" or (protocol == "auto" and is_divided(rows))
    layout = read_layout(rows, official=official)
    how = _choose(rows, layout, protocol)
    chosen = "official" if official else how
    recipe, once = _limit_repeats(recipe, how, named=protocol != "auto")
    return Plan(
        rows=rows,
        layout=layout,
        protocol=chosen,
        how=how,
        recipe=recipe,
        warnings=_check_leaks(rows, layout, how, allow_leaks),
        remarks=(*describe_layout(rows, layout), *once),
    )


def _choose(rows: Rows, layout: Layout, protocol: str) -> str:
    """Choose what makes the folds."""
    if layout.kind != "pool":
        return "manifest"
    if protocol not in ("auto", "official"):
        return protocol
    pool = rows.take(layout.pool)
    if pool.n_without_subject < len(pool):
        return "grouped"
    if not pool.n_without_place:
        return "blocks"
    needs = "'subject' (patient) or 'sequence' (order of acquisition)"
    folds = "" if layout.test is None else ", for the manifest has a test split but no folds"
    raise ConfigurationError(
        f"The protocol {protocol!r} needs the column {needs}{folds}. "
        f"Of {len(pool)} rows, {pool.n_without_subject} lack 'subject' and {pool.n_without_place} lack "
        "'sequence'. Fill in one of them, or ask for a split by image, which leaks, with protocol='random' "
        "(on the command line: --protocol random)."
    )


def _check_leaks(rows: Rows, layout: Layout, how: str, allowed: bool) -> tuple[str, ...]:
    leaks = find_leaks(rows, layout, by_subject=how in ("grouped", "manifest"))
    if not leaks.found:
        return ()
    if not allowed and how != "random":
        raise ConfigurationError(leaks.refusal)
    return (leaks.warning,)


def _limit_repeats(recipe: Recipe, how: str, *, named: bool) -> tuple[Recipe, tuple[str, ...]]:
    """Refuse repeats of a division without chance where it was asked for by name, else make it once."""
    if recipe.n_repeats == 1 or how in ("grouped", "random"):
        return recipe, ()
    what = "Blocks" if how == "blocks" else "The manifest's folds"
    reason = f"{what} are the same each time"
    if named:
        raise ConfigurationError(
            f"{reason}: n_repeats={recipe.n_repeats} (on the command line: --repeats {recipe.n_repeats}) "
            f"would count every image {recipe.n_repeats} times. Leave it out, or choose 'grouped' where "
            "subjects are known."
        )
    note = f"{reason}, so that they are used once instead of {recipe.n_repeats} times."
    return replace(recipe, n_repeats=1), (note,)
