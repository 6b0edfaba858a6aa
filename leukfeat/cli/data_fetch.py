"""`leukfeat data fetch`: a data set from the service that hands it out, verified."""

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.data_manifest import show_data_set, summarize_data_set
from leukfeat.cli.data_verify import describe_verified, show_verified
from leukfeat.cli.manifests import describe_manifest

if TYPE_CHECKING:
    from leukfeat.cli.console import Report

__all__ = ["fetch_command"]

_LOG = logging.getLogger(__name__)
_MANIFEST = "manifest.csv"


def fetch_command(
    name: Annotated[str, typer.Argument(help="c-nmc, all-smears, pbc or deepapl.", metavar="NAME")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to put it; data/raw/NAME unless given.")
    ] = None,
    with_cli: Annotated[
        bool, typer.Option("--with-cli", help="Use the kaggle command in place of kagglehub.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Download a data set from Kaggle, verify it and write its manifest."""
    with running(as_json) as report:
        from leukfeat._validation import check_choice
        from leukfeat.datasets import ADAPTERS, fetch, make_manifest, write_manifest

        card = ADAPTERS[check_choice("fetch", "name", name, ADAPTERS)].card
        folder = Path("data") / "raw" / name if output is None else output
        size = f", about {card.n_bytes / 1e9:.1f} GB unpacked" if card.n_bytes else ""
        if card.kaggle is not None:
            _LOG.info(
                "Fetching %s (Kaggle %s%s) into %s. Terms: %s.", name, card.kaggle, size, folder, card.licence
            )
        target = fetch(card, folder, with_cli=with_cli)
        found = make_manifest(target, name)
        written = write_manifest(found.frame, target / _MANIFEST)
        summary = {"manifest": str(written), **describe_manifest(found.frame)}
        summary |= summarize_data_set(found, found.notes)
        summary["verified"] = _verify(name, target, summary, report)
        report.finish(
            summary, lambda console: _show(summary, console), failed=not summary["verified"]["good"]
        )


def _verify(name: str, folder: Path, summary: dict[str, Any], report: "Report") -> dict[str, Any]:
    """Check the files against the registry, or without one the counts against the card."""
    from leukfeat.audit.verification import verify_data
    from leukfeat.datasets import read_registry
    from leukfeat.datasets.registry import SHIPPED
    from leukfeat.report.terminal import show_progress

    if name in SHIPPED:
        with show_progress(report.stderr) as progress:
            verified = verify_data(folder, read_registry(name), partial(progress, "verify"))
        return {"folder": str(folder), "dataset": name, **describe_verified(verified, subset=False)}
    expected = summary["card"]["counts"]
    return {"good": not expected or expected == summary["classes"], "expected": expected}


def _show(summary: dict[str, Any], console: Console) -> None:
    show_data_set(summary, console)
    verified = summary["verified"]
    if "folder" in verified:
        show_verified(verified, console)
    elif not verified["good"]:
        listed = ", ".join(f"{name} {count}" for name, count in verified["expected"].items())
        console.print(f"Other numbers of images than published ({listed}).", markup=False, highlight=False)
