"""Options that several subcommands share, worded once, and what is made of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukfeat.errors import ConfigurationError

if TYPE_CHECKING:
    from leukfeat.comparison import Settings

__all__ = [
    "Ablation",
    "AllowLeaks",
    "AllowMismatch",
    "Device",
    "Embargo",
    "Embedding",
    "Families",
    "Folds",
    "Images",
    "Jobs",
    "Labels",
    "MergeLeaks",
    "ModelFile",
    "Nested",
    "NoCache",
    "Positive",
    "Protocol",
    "Reduce",
    "Repeats",
    "Root",
    "Scene",
    "Seed",
    "Size",
    "Source",
    "make_settings",
    "split_list",
]

AllowMismatch = Annotated[
    bool,
    typer.Option("--allow-mismatch", help="Load a model of other versions or features all the same."),
]
ModelFile = Annotated[
    Path, typer.Argument(help="The file of a model: NAME.joblib or NAME.skops.", metavar="MODEL")
]
Images = Annotated[
    Path, typer.Argument(help="A table (CSV or Parquet) with a column 'path'.", metavar="MANIFEST")
]
Source = Annotated[
    Path, typer.Argument(help="A manifest (CSV or Parquet), or a table that extract wrote.", metavar="SOURCE")
]
Labels = Annotated[str | None, typer.Option(help="Which classes take part, separated by commas.")]
Positive = Annotated[
    str | None, typer.Option(help="The positive class of two; the last in sorted order unless given.")
]
Protocol = Annotated[
    str,
    typer.Option(help="How images are split: auto, official, grouped, blocks or random.", metavar="PROTOCOL"),
]
Folds = Annotated[int, typer.Option(help="Number of folds.")]
Repeats = Annotated[int, typer.Option(help="How often the cross-validation is repeated.")]
Embargo = Annotated[int, typer.Option(help="Images left out beside a test block under blocks.")]
Seed = Annotated[int, typer.Option(help="Of splits, models and bootstrap.")]
Nested = Annotated[
    bool, typer.Option("--nested", help="Add a row: what choosing the best of these models scores.")
]
Ablation = Annotated[
    bool, typer.Option("--ablation", help="Fit the best model again without each feature family.")
]
MergeLeaks = Annotated[
    bool,
    typer.Option("--merge-leaks", help="Join subjects that share images; keep identical images together."),
]
AllowLeaks = Annotated[
    bool, typer.Option("--allow-leaks", help="Go on where images leak; every output says so on top.")
]
Root = Annotated[
    Path | None,
    typer.Option(help="What relative image paths start from; the manifest's folder unless given."),
]
Families = Annotated[
    str | None,
    typer.Option(
        help="Feature families, separated by commas; the default ones unless given; none takes none."
    ),
]
Scene = Annotated[
    str, typer.Option(help="What the images show: auto, masked, cell or field.", metavar="SCENE")
]
Size = Annotated[int, typer.Option(help="Side of the frame in pixels.")]
Embedding = Annotated[
    str | None,
    typer.Option(
        help="Networks whose embeddings are features, too: names from leukfeat weights list or ONNX files, "
        "separated by commas.",
        metavar="NAME_OR_FILE[,...]",
    ),
]
Reduce = Annotated[
    str | None,
    typer.Option(
        help="Principal components in the place of the embeddings' columns, found in each fold: pca:64.",
        metavar="pca:N",
    ),
]
Device = Annotated[str, typer.Option(help="Where networks run: cpu or cuda.", metavar="DEVICE")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core unless given.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither look up feature rows nor keep them.")]


def make_settings(
    *,
    labels: str | None,
    families: str | None,
    embedding: str | None,
    reduce: str | None,
    folds: int,
    repeats: int = 1,
    **others: Any,
) -> "Settings":
    """Make the settings of a comparison from options.

    Parameters
    ----------
    labels : str or None
        Classes, separated by commas.
    families : str or None
        Feature families, separated by commas.
    embedding : str or None
        Networks, separated by commas.
    reduce : str or None
        How the columns of networks are reduced: `pca:N`.
    folds : int
        Number of folds.
    repeats : int, default=1
        How often the cross-validation is repeated.
    **others : object
        Options that have the name of their setting.

    Returns
    -------
    Settings
        What a comparison is told.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If a list has no part, or there is no such reduction.
    """
    from leukfeat.comparison import Settings
    from leukfeat.sweep.reduction import n_components

    return Settings(
        labels=split_list(labels, "--labels"),
        families=split_list(families, "--families"),
        embeddings=split_list(embedding, "--embedding") or (),
        n_components=n_components(reduce),
        n_folds=folds,
        n_repeats=repeats,
        **others,
    )


def split_list(value: str | None, option: str = "A list") -> tuple[str, ...] | None:
    """Split an option's comma-separated value.

    Parameters
    ----------
    value : str or None
        What was given.
    option : str, default="A list"
        Its name, for the message.

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
        raise ConfigurationError(f"{option} expects names separated by commas. Got {value!r}.")
    return parts
