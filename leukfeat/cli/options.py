"""Options that several subcommands share, worded once."""

from pathlib import Path
from typing import Annotated

import typer

from leukfeat.errors import ConfigurationError

__all__ = [
    "Embargo",
    "Families",
    "Folds",
    "Jobs",
    "MergeLeaks",
    "NoCache",
    "Root",
    "Scene",
    "Seed",
    "Size",
    "split_list",
]

Jobs = Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core unless given.")]
Root = Annotated[
    Path | None,
    typer.Option(help="What relative image paths start from; the manifest's folder unless given."),
]
Scene = Annotated[
    str, typer.Option(help="What the images show: auto, masked, cell or field.", metavar="SCENE")
]
Size = Annotated[int, typer.Option(help="Side of the frame in pixels.")]
Families = Annotated[
    str | None, typer.Option(help="Feature families, separated by commas; the default ones unless given.")
]
Folds = Annotated[int, typer.Option(help="Number of folds.")]
Embargo = Annotated[int, typer.Option(help="Images left out beside a test block under blocks.")]
Seed = Annotated[int, typer.Option(help="Of splits, models and bootstrap.")]
MergeLeaks = Annotated[
    bool,
    typer.Option("--merge-leaks", help="Join subjects that share images; keep identical images together."),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither look up feature rows nor keep them.")]


def split_list(value: str | None) -> tuple[str, ...] | None:
    """Split an option's comma-separated value.

    Parameters
    ----------
    value : str or None
        What was given.

    Returns
    -------
    tuple of str or None
        Its parts without spaces around them; None for None.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If it has no part.
    """
    if value is None:
        return None
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if not parts:
        raise ConfigurationError(f"A list of names separated by commas is expected. Got {value!r}.")
    return parts
