"""`leukfeat data audit`: what in a manifest is the same, and on several sides."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from leukfeat._workers import prepare_workers
from leukfeat.cli.console import EXIT_USAGE, AsJson, running
from leukfeat.cli.options import Jobs, NoCache, Root, Scene, Size

__all__ = ["audit_command"]


def audit_command(
    manifest: Annotated[Path, typer.Argument(help="A table (CSV or Parquet) with a column 'path'.")],
    protocol: Annotated[
        str,
        typer.Option(
            help="How compare is going to split: auto, official, grouped, blocks or random.",
            metavar="PROTOCOL",
        ),
    ] = "auto",
    folds: Annotated[int, typer.Option(help="Number of folds, where there are no subjects.")] = 5,
    embargo: Annotated[int, typer.Option(help="Images left out beside a test block under blocks.")] = 37,
    root: Root = None,
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Find images that are the same, and subjects on several sides; end with 2 if that would stop compare."""
    if jobs != 1:
        prepare_workers(("leukfeat.extraction",))  # it imports while this process does
    from leukfeat.audit import audit_images
    from leukfeat.datasets import read_manifest
    from leukfeat.imaging import LoadCells
    from leukfeat.report.terminal import show_progress

    with running(as_json) as report:
        frame = read_manifest(manifest, root=root, require_labels=False)
        with show_progress(report.stderr) as progress:
            outcome = audit_images(
                frame,
                LoadCells(size, scene),
                protocol=protocol,
                n_folds=folds,
                embargo=embargo,
                jobs=jobs,
                cache=not no_cache,
                progress=progress,
            )
        audit = outcome.audit
        summary = {
            "manifest": str(manifest),
            "images": len(audit.images),
            "failed": outcome.errors.to_dict("records"),
            "scene": outcome.scene,
            **audit.describe(),
        }
        lines = audit.lines("stop", "warn", "note")
        failed = len(outcome.errors) if audit.is_sound else 0
        report.finish(summary, lambda console: _show(summary, lines, console), failed=failed)
        if not audit.is_sound:
            raise typer.Exit(EXIT_USAGE)


def _show(summary: dict[str, Any], lines: list[str], console: Console) -> None:
    verdict = "sound" if summary["sound"] else "not sound: compare would stop"
    shown = [f"{summary['manifest']}: {summary['images']} images, {verdict}.", *lines]
    shown += [f"  {item['path']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join(shown), markup=False, highlight=False)
