"""`leukfeat leak-check`: the same models under a random and under an honest split."""

from pathlib import Path
from typing import Annotated

import typer

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import (
    Device,
    Embargo,
    Embedding,
    Families,
    Folds,
    Jobs,
    Labels,
    MergeLeaks,
    NoCache,
    Positive,
    Reduce,
    Root,
    Scene,
    Seed,
    Size,
    Source,
    make_settings,
)
from leukfeat.cli.output import require_writable
from leukfeat.cli.starting import start_workers

__all__ = ["leak_check_command"]


def leak_check_command(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for leak_check.csv, .json and .md.")
    ] = None,
    labels: Labels = None,
    positive: Positive = None,
    protocol: Annotated[
        str, typer.Option(help="The honest one: auto, official, grouped or blocks.", metavar="PROTOCOL")
    ] = "auto",
    folds: Folds = 5,
    embargo: Embargo = 37,
    seed: Seed = 0,
    merge_leaks: MergeLeaks = False,
    root: Root = None,
    families: Families = None,
    embedding: Embedding = None,
    reduce: Reduce = None,
    device: Device = "cpu",
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Measure by how much a random split inflates the scores, with intervals."""
    with running(as_json) as report:
        start_workers(None, "leukfeat.measurement", "leukfeat.sweep", "xgboost")
        from leukfeat.comparison import leak_check
        from leukfeat.comparison.leak_check import check_protocol, describe_leak_check, write_leak_check
        from leukfeat.comparison.source import check_source
        from leukfeat.report.terminal import print_leak_check, show_progress

        settings = make_settings(
            labels=labels,
            positive=positive,
            protocol=protocol,
            folds=folds,
            embargo=embargo,
            seed=seed,
            merge_leaks=merge_leaks,
            families=families,
            embedding=embedding,
            reduce=reduce,
            device=device,
            scene=scene,
            size=size,
        )
        check_protocol(settings)
        if output is not None:
            require_writable(output, output, lambda: check_source(source, settings, root=root))
        with show_progress(report.stderr) as progress:
            outcome = leak_check(
                source,
                settings,
                root=root,
                jobs=jobs,
                cache=not no_cache,
                progress=progress,
                watch=progress.watch,
            )
        if output is not None:
            write_leak_check(outcome, output)
        report.finish(
            describe_leak_check(outcome),
            lambda console: print_leak_check(
                outcome.table, outcome.protocol, outcome.notes, console, leaks=outcome.leaks
            ),
        )
