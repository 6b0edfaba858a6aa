"""`leukfeat compare`: manifest or feature table to leaderboard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

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

if TYPE_CHECKING:
    from leukfeat.comparison import Comparison

__all__ = ["compare_command"]


def compare_command(
    source: Annotated[
        Path,
        typer.Argument(help="A manifest (CSV or Parquet), or a table that extract wrote.", metavar="SOURCE"),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The run folder; reports/runs/NAME of the source unless given."),
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Which classes take part, separated by commas.")] = None,
    positive: Annotated[
        str | None, typer.Option(help="The positive class of two; the last in sorted order unless given.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(help="auto, official, grouped, blocks or random.", metavar="PROTOCOL")
    ] = "auto",
    folds: Folds = 5,
    repeats: Annotated[int, typer.Option(help="How often the cross-validation is repeated.")] = 1,
    embargo: Embargo = 37,
    seed: Seed = 0,
    nested: Annotated[
        bool, typer.Option("--nested", help="Add a row: what choosing the best of these models scores.")
    ] = False,
    merge_leaks: MergeLeaks = False,
    allow_leaks: Annotated[
        bool, typer.Option("--allow-leaks", help="Go on where images leak; every output says so on top.")
    ] = False,
    root: Root = None,
    families: Families = None,
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Rank SVC, XGBoost, LDA and the Ridge classifiers, whole subjects kept apart."""
    if jobs != 1:
        prepare_workers(("leukfeat.extraction", "leukfeat.sweep"))  # it imports while this process does
    from leukfeat.comparison import Settings, compare
    from leukfeat.report.run_folder import default_run_folder
    from leukfeat.report.terminal import show_progress

    with running(as_json) as report:
        settings = Settings(
            labels=split_list(labels),
            positive=positive,
            protocol=protocol,
            n_folds=folds,
            n_repeats=repeats,
            embargo=embargo,
            seed=seed,
            nested=nested,
            merge_leaks=merge_leaks,
            allow_leaks=allow_leaks,
            families=split_list(families),
            scene=scene,
            size=size,
        )
        folder = default_run_folder(source) if output is None else output
        with show_progress(report.stderr) as progress:
            outcome = compare(
                source, folder, settings, root=root, jobs=jobs, cache=not no_cache, progress=progress
            )
        report.finish(_summary(outcome), lambda console: _show(outcome, console), failed=len(outcome.errors))


def _summary(outcome: "Comparison") -> dict[str, Any]:
    from leukfeat.report.run_folder import describe_results

    described = describe_results(outcome.results)
    return {
        "run": str(outcome.folder),
        **{name: value for name, value in described.items() if name != "rows"},
        "images": outcome.results.n_images,
        "failed": outcome.errors.to_dict("records"),
        "leaderboard": described["rows"],
    }


def _show(outcome: "Comparison", console: Console) -> None:
    from leukfeat.report.terminal import print_leaderboard

    print_leaderboard(outcome.results.leaderboard, outcome.results.notes, console)
    for item in outcome.errors.to_dict("records"):
        console.print(f"{item['path']}: {item['reason']}", markup=False, highlight=False)
    console.print(f"Results: {outcome.folder}", markup=False, highlight=False)
