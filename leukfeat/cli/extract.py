"""`leukfeat extract`: manifest to feature table."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import (
    Device,
    Embedding,
    Families,
    Images,
    Jobs,
    NoCache,
    Root,
    Scene,
    Size,
    split_list,
)
from leukfeat.cli.output import require_writable
from leukfeat.cli.starting import start_workers
from leukfeat.errors import ConfigurationError

__all__ = ["extract_command"]


def extract_command(
    manifest: Images,
    output: Annotated[Path, typer.Option("--output", "-o", help="The feature table to write (.parquet).")],
    root: Root = None,
    families: Families = None,
    embedding: Embedding = None,
    device: Device = "cpu",
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Measure the images of a manifest; failed ones go to errors.parquet beside the table."""
    with running(as_json) as report:
        start_workers(jobs, "leukfeat.measurement")
        from leukfeat.datasets import read_manifest
        from leukfeat.extraction import extract, write_errors
        from leukfeat.features import CellFeatures, ImageFeatures, choose_families
        from leukfeat.imaging import LoadCells
        from leukfeat.report.terminal import show_progress

        errors = _beside(output)
        chosen = choose_families(
            split_list(families, "--families"), split_list(embedding, "--embedding") or (), device=device
        )
        images = ImageFeatures(LoadCells(size, scene), CellFeatures(chosen))
        frame = read_manifest(manifest, root=root, require_labels=False)
        require_writable(output, output.absolute().parent, lambda: images.fit(frame["path"]))
        started = time.perf_counter()
        with show_progress(report.stderr) as progress:
            outcome = extract(
                frame,
                images,
                jobs=jobs,
                cache=not no_cache,
                progress=lambda done, total: progress("extract", done, total),
            )
        seconds = time.perf_counter() - started
        outcome.table.write(output)
        write_errors(outcome.errors, errors)
        summary = {
            "table": str(output),
            "errors": str(errors),
            "images": len(outcome.table.frame),
            "failed": outcome.errors.to_dict("records"),
            "features": len(outcome.table.feature_names),
            "scene": outcome.table.metadata["scene"],
            "notes": list(outcome.notes),
            "seconds": round(seconds, 3),
        }
        report.finish(summary, lambda console: _show(summary, console), failed=len(outcome.errors))


def _beside(table: Path) -> Path:
    """Return where failed images are listed, beside a table that can be one."""
    if table.suffix != ".parquet":
        raise ConfigurationError(f"A feature table is a .parquet file. Got {table}.")
    if table.is_dir():
        raise ConfigurationError(f"{table} is a folder. Name a file to write.")
    errors = table.with_name("errors.parquet")
    if table == errors:
        raise ConfigurationError(f"{table} is where failed images are listed. Name the table otherwise.")
    return errors


def _show(summary: dict[str, Any], console: Console) -> None:
    rate = summary["images"] / summary["seconds"] if summary["seconds"] else float("nan")
    lines = [
        f"{summary['table']}: {summary['images']} images, {summary['features']} features, "
        f"{summary['seconds']:.1f} s ({rate:.0f} images/s)."
    ]
    lines += summary["notes"]
    if summary["failed"]:
        lines.append(f"Images that could not be used: {len(summary['failed'])} ({summary['errors']}).")
        lines += [f"  {item['path']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join(lines), markup=False, highlight=False)
