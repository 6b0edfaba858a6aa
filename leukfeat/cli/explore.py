"""`leukfeat explore`: a data set looked at before anything is fitted."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import Images, Jobs, NoCache, Root, Scene, Size
from leukfeat.cli.starting import start_workers

__all__ = ["explore_command"]


def explore_command(
    manifest: Images,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder for explore.html and its pictures.")
    ],
    root: Root = None,
    scene: Scene = "auto",
    size: Size = 200,
    seed: Annotated[int, typer.Option(help="Of the samples that are shown.")] = 0,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Count, measure and draw the images of a manifest: one page, PNGs and JSON."""
    with running(as_json) as report:
        start_workers(jobs, "leukfeat.measurement")
        from leukfeat.datasets import read_manifest
        from leukfeat.imaging import LoadCells
        from leukfeat.report.exploration import explore_images
        from leukfeat.report.run_folder import default_run_folder
        from leukfeat.report.terminal import show_progress

        frame = read_manifest(manifest, root=root, require_labels=False)
        with show_progress(report.stderr) as progress:
            outcome = explore_images(
                frame,
                output,
                LoadCells(size, scene),
                title=default_run_folder(manifest).name,
                seed=seed,
                jobs=jobs,
                cache=not no_cache,
                progress=progress,
            )
        summary = {"page": str(outcome.page), **outcome.summary}
        report.finish(summary, lambda console: _show(summary, console), failed=len(outcome.errors))


def _show(summary: dict[str, Any], console: Console) -> None:
    classes = ", ".join(f"{row['label']} {row['images']}" for row in summary["classes"])
    lines = [f"{summary['page']}: {summary['images']} images ({classes}), scene {summary['scene']}."]
    if summary["failed"]:
        lines.append(f"Images that could not be used: {len(summary['failed'])}.")
        lines += [f"  {item['path']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join(lines), markup=False, highlight=False)
