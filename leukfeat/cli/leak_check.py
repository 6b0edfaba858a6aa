"""`leukfeat leak-check`: the same models under a random and under an honest split."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leukfeat._workers import prepare_workers
from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import (
    Embargo,
    Families,
    Folds,
    Jobs,
    MergeLeaks,
    NoCache,
    Root,
    Scene,
    Seed,
    Size,
    split_list,
)

__all__ = ["leak_check_command"]


def leak_check_command(
    source: Annotated[
        Path,
        typer.Argument(help="A manifest (CSV or Parquet), or a table that extract wrote.", metavar="SOURCE"),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for leak_check.csv, .json and .md.")
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Which classes take part, separated by commas.")] = None,
    positive: Annotated[
        str | None, typer.Option(help="The positive class of two; the last in sorted order unless given.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(help="The honest one: auto, official, grouped or blocks.", metavar="PROTOCOL")
    ] = "auto",
    folds: Folds = 5,
    embargo: Embargo = 37,
    seed: Seed = 0,
    merge_leaks: MergeLeaks = False,
    root: Root = None,
    families: Families = None,
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Measure by how much a random split inflates the scores, with intervals."""
    if jobs != 1:
        prepare_workers(("leukfeat.extraction", "leukfeat.sweep"))
    from leukfeat.comparison import Settings, leak_check
    from leukfeat.comparison.leak_check import write_leak_check
    from leukfeat.report.leaderboard import leaderboard_rows
    from leukfeat.report.terminal import print_leak_check, show_progress

    with running(as_json) as report:
        settings = Settings(
            labels=split_list(labels),
            positive=positive,
            protocol=protocol,
            n_folds=folds,
            embargo=embargo,
            seed=seed,
            merge_leaks=merge_leaks,
            families=split_list(families),
            scene=scene,
            size=size,
        )
        with show_progress(report.stderr) as progress:
            outcome = leak_check(
                source, settings, root=root, jobs=jobs, cache=not no_cache, progress=progress
            )
        if output is not None:
            write_leak_check(outcome, output)
        summary: dict[str, Any] = {
            "protocol": outcome.protocol,
            "notes": list(outcome.notes),
            "rows": leaderboard_rows(outcome.table),
        }
        report.finish(
            summary,
            lambda console: print_leak_check(outcome.table, outcome.protocol, outcome.notes, console),
        )
