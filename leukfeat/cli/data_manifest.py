"""`leukfeat data manifest`: a data set on disk to its manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.manifests import describe_manifest, manifest_sentence
from leukfeat.cli.options import split_list
from leukfeat.errors import ConfigurationError

if TYPE_CHECKING:
    from leukfeat.datasets import DataSet

__all__ = ["manifest_command", "show_data_set", "summarize_data_set"]


def manifest_command(
    source: Annotated[
        Path, typer.Argument(help="The folder of a data set, or a table (CSV, TSV, Parquet).", metavar="DIR")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The manifest to write (.csv or .parquet).")],
    dataset: Annotated[
        str,
        typer.Option(
            help="auto, c-nmc, all-smears, all-idb1, all-idb2, pbc, deepapl, six-class or folders.",
            metavar="NAME",
        ),
    ] = "auto",
    binary: Annotated[
        bool, typer.Option("--binary", help="Map the four-class set to benign and malignant.")
    ] = False,
    split: Annotated[
        str | None,
        typer.Option(
            help="Split into train, val and test, whole subjects where known: 60/20/20.", metavar="SHARES"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the split.")] = 0,
    columns: Annotated[
        str | None,
        typer.Option(
            help="What a table calls a manifest's columns: path=file,label=diagnosis.", metavar="NAMES"
        ),
    ] = None,
    root: Annotated[Path | None, typer.Option(help="What a table's relative paths start from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the manifest of a data set, and say what is wrong with that set."""
    with running(as_json) as report:
        from leukfeat.datasets import make_manifest, split_at_random, write_manifest

        found = make_manifest(source, dataset, binary=binary, columns=_pairs(columns), root=root)
        frame, notes = found.frame, found.notes
        if split is not None:
            base = source if source.is_dir() else root or source.parent
            frame, more = split_at_random(frame, _shares(split), seed=seed, root=base)
            notes = (*notes, *more)
        summary = {"manifest": str(write_manifest(frame, output)), **describe_manifest(frame)}
        summary |= summarize_data_set(found, notes)
        report.finish(summary, lambda console: show_data_set(summary, console))


def summarize_data_set(found: "DataSet", notes: tuple[str, ...]) -> dict[str, Any]:
    """Describe a data set as JSON.

    Parameters
    ----------
    found : DataSet
        What was found.
    notes : tuple of str
        What was done.

    Returns
    -------
    dict
        `dataset`, `reason`, `notes` and `card`.
    """
    card = None if found.card is None else found.card.describe()
    return {"dataset": found.name, "reason": found.reason, "notes": list(notes), "card": card}


def show_data_set(summary: dict[str, Any], console: Console) -> None:
    """Print a manifest's counts, and what must be known of its data set.

    Parameters
    ----------
    summary : dict
        Of the manifest and of the data set.
    console : rich.console.Console
        Where to print.
    """
    lines = [summary["reason"], manifest_sentence(summary), *summary["notes"]]
    card = summary["card"]
    if card is not None and card["name"] != "folders":
        lines += [f"What to know of {card['name']}:", *(f"  - {defect}" for defect in card["defects"])]
    console.print("\n".join(lines), markup=False, highlight=False)


def _pairs(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [part.partition("=") for part in split_list(text, "--columns") or ()]
    if any(not (name and sign and column) for name, sign, column in pairs):
        raise ConfigurationError(f"Pairs like path=file,label=diagnosis are expected. Got {text!r}.")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _shares(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(share) for share in text.split("/"))
    except ValueError:
        raise ConfigurationError(f"Shares like 60/20/20 are expected. Got {text!r}.") from None
