"""`leukfeat data`: manifests, their audit, and synthetic cells."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from leukfeat.cli.audit import audit_command
from leukfeat.cli.console import AsJson, running

__all__ = ["data_app"]

data_app = typer.Typer(help="Manifests, their audit, and synthetic cells.", no_args_is_help=True)
data_app.command("audit")(audit_command)


@data_app.command("manifest")
def manifest_command(
    folder: Annotated[Path, typer.Argument(help="A folder with one subfolder per class.", metavar="DIR")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The manifest to write (.csv or .parquet).")],
    as_json: AsJson = False,
) -> None:
    """Make a manifest from class folders."""
    from leukfeat.datasets import manifest_from_folders, write_manifest

    with running(as_json) as report:
        frame = manifest_from_folders(folder)
        summary = {"manifest": str(write_manifest(frame, output)), **_counts(frame)}
        report.finish(
            summary,
            lambda console: console.print(
                f"{_sentence(summary)} {_order(summary)}", markup=False, highlight=False
            ),
        )


@data_app.command("synthesize")
def synthesize_command(
    folder: Annotated[
        Path, typer.Argument(help="Where to write images, regions and manifest.csv.", metavar="DIR")
    ],
    n: Annotated[int, typer.Option("--n", help="Number of images.")] = 600,
    subjects: Annotated[int, typer.Option(help="Number of subjects.")] = 24,
    class_effect: Annotated[float, typer.Option(help="How far the classes lie apart; 0: not at all.")] = 1.0,
    subject_effect: Annotated[
        float, typer.Option(help="How far stain and illumination of subjects lie apart; 0: not at all.")
    ] = 0.5,
    subject_classes: Annotated[
        str, typer.Option(help="Whether a subject has images of one class or both.", metavar="one|both")
    ] = "both",
    scene: Annotated[str, typer.Option(help="masked, cell or field.", metavar="SCENE")] = "cell",
    seed: Annotated[int, typer.Option(help="Same seed, same images.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a set that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw stained cells whose regions, classes and subjects are known."""
    from leukfeat.datasets import read_manifest
    from leukfeat.datasets.synthetic import write_synthetic

    with running(as_json) as report:
        path = write_synthetic(
            folder,
            n,
            n_subjects=subjects,
            class_effect=class_effect,
            subject_effect=subject_effect,
            subject_classes=subject_classes,
            scene=scene,
            seed=seed,
            overwrite=overwrite,
        )
        summary = {"manifest": str(path), **_counts(read_manifest(path))}
        report.finish(
            summary, lambda console: console.print(_sentence(summary), markup=False, highlight=False)
        )


def _counts(frame: pd.DataFrame) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "images": len(frame),
        "classes": {
            str(name): int(count) for name, count in frame["label"].value_counts().sort_index().items()
        },
        "columns": list(frame.columns),
    }
    if "subject" in frame:
        counts["subjects"] = int(frame["subject"].nunique())
    return counts


def _sentence(summary: dict[str, Any]) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in summary["classes"].items())
    subjects = f", {summary['subjects']} subjects" if "subjects" in summary else ""
    return f"{summary['manifest']}: {summary['images']} images{subjects} ({classes})."


def _order(summary: dict[str, Any]) -> str:
    if "sequence" not in summary["columns"]:
        return "No sequence: file names end in no number, or twice in the same."
    return "The sequence is the number in each name; delete the column if that is no order of acquisition."
