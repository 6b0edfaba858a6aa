"""`leukfeat data`: data sets, their manifests and their audit, and synthetic cells."""

from pathlib import Path
from typing import Annotated

import typer

from leukfeat.cli.audit import audit_command
from leukfeat.cli.console import AsJson, running
from leukfeat.cli.data_convert import convert_command
from leukfeat.cli.data_fetch import fetch_command
from leukfeat.cli.data_manifest import manifest_command
from leukfeat.cli.data_verify import register_command, verify_command
from leukfeat.cli.manifests import describe_manifest, manifest_sentence

__all__ = ["data_app"]

data_app = typer.Typer(help="Data sets, their manifests and their audit.", no_args_is_help=True)
data_app.command("fetch")(fetch_command)
data_app.command("verify")(verify_command)
data_app.command("register")(register_command)
data_app.command("manifest")(manifest_command)
data_app.command("audit")(audit_command)
data_app.command("convert")(convert_command)


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
        summary = {"manifest": str(path), **describe_manifest(read_manifest(path))}
        report.finish(
            summary, lambda console: console.print(manifest_sentence(summary), markup=False, highlight=False)
        )
