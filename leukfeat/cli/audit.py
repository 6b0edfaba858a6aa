"""`leukfeat data audit`: what in a manifest is the same, and on several sides."""

from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from leukfeat.cli.console import EXIT_USAGE, AsJson, running
from leukfeat.cli.options import Embargo, Folds, Images, Jobs, NoCache, Protocol, Root, Scene, Size
from leukfeat.cli.starting import start_workers
from leukfeat.cli.wording import in_options

if TYPE_CHECKING:
    from leukfeat.audit import ImageAudit

__all__ = ["audit_command"]


def audit_command(
    manifest: Images,
    protocol: Protocol = "auto",
    folds: Folds = 5,
    embargo: Embargo = 37,
    root: Root = None,
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Find images that are the same, and subjects on several sides; end with 2 if that would stop compare."""
    with running(as_json) as report:
        start_workers(jobs, "leukfeat.measurement")
        from leukfeat.audit import audit_images
        from leukfeat.datasets import read_manifest
        from leukfeat.imaging import LoadCells
        from leukfeat.report.terminal import show_progress

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
        summary = _summary(str(manifest), outcome)
        lines = outcome.audit.lines("stop", "warn", "note")
        failed = len(outcome.errors) if outcome.audit.is_sound else 0
        report.finish(summary, lambda console: _show(summary, lines, console), failed=failed)
        if not outcome.audit.is_sound:
            raise typer.Exit(EXIT_USAGE)


def _summary(manifest: str, outcome: "ImageAudit") -> dict[str, Any]:
    return {
        "manifest": manifest,
        "images": len(outcome.audit.images),
        "failed": outcome.errors.to_dict("records"),
        "scene": outcome.scene,
        **outcome.audit.describe(),
        "protocol": outcome.protocol,
        "split": in_options(outcome.split),
    }


def _show(summary: dict[str, Any], lines: list[str], console: Console) -> None:
    shown = [f"{summary['manifest']}: {summary['images']} images, {_verdict(summary)}.", *lines]
    shown += [f"  {item['path']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join([*shown, *_division(summary)]), markup=False, highlight=False)


def _verdict(summary: dict[str, Any]) -> str:
    if not summary["sound"]:
        return "not sound: compare would stop"
    return "no leak, but compare would stop" if summary["protocol"] is None else "sound"


def _division(summary: dict[str, Any]) -> list[str]:
    """Say how compare would split the images, unless leaks stop it, or that it cannot."""
    if summary["protocol"] is None:
        return [f"compare cannot split these images: {summary['split']}"]
    return [f"compare would split by {summary['protocol']!r}: {summary['split']}"] if summary["sound"] else []
