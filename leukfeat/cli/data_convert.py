"""`leukfeat data convert`: a compact copy of a data set."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import Images, Jobs, Root, Scene, Size
from leukfeat.cli.starting import start_workers

__all__ = ["convert_command"]


def convert_command(
    manifest: Images,
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder for images and manifest.csv.")],
    root: Root = None,
    scene: Scene = "auto",
    size: Size = 200,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a copy that is there.")] = False,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Frame and segment every image once, and keep the cells as PNG."""
    with running(as_json) as report:
        start_workers(jobs, "leukfeat.audit.conversion")
        from leukfeat.audit.conversion import convert_images
        from leukfeat.datasets import read_manifest
        from leukfeat.imaging import LoadCells
        from leukfeat.report.terminal import show_progress

        frame = read_manifest(manifest, root=root, require_labels=False)
        with show_progress(report.stderr) as progress:
            outcome = convert_images(
                frame,
                output,
                LoadCells(size, scene),
                jobs=jobs,
                overwrite=overwrite,
                progress=partial(progress, "convert"),
            )
        summary = {
            "manifest": str(outcome.manifest),
            "images": outcome.n_images,
            "failed": outcome.errors.to_dict("records"),
            "scene": outcome.scene,
            "size": size,
            "bytes_before": outcome.bytes_before,
            "bytes_after": outcome.bytes_after,
        }
        report.finish(summary, lambda console: _show(summary, console), failed=len(outcome.errors))


def _show(summary: dict[str, Any], console: Console) -> None:
    before, after = summary["bytes_before"] / 1e6, summary["bytes_after"] / 1e6
    lines = [f"{summary['manifest']}: {summary['images']} cells, {after:.1f} MB in place of {before:.1f}."]
    if summary["failed"]:
        lines.append(f"Images that could not be used: {len(summary['failed'])}.")
        lines += [f"  {item['path']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join(lines), markup=False, highlight=False)
