"""`leukfeat compare`: manifest or feature table to leaderboard."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import (
    Ablation,
    AllowLeaks,
    Device,
    Embargo,
    Embedding,
    Families,
    Folds,
    Jobs,
    Labels,
    MergeLeaks,
    Nested,
    NoCache,
    Positive,
    Protocol,
    Reduce,
    Repeats,
    Root,
    Scene,
    Seed,
    Size,
    Source,
    make_settings,
)
from leukfeat.cli.output import require_writable
from leukfeat.cli.starting import start_workers

if TYPE_CHECKING:
    from leukfeat.comparison import Comparison

__all__ = ["compare_command"]


def compare_command(
    source: Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The run folder; reports/runs/NAME of the source unless given."),
    ] = None,
    labels: Labels = None,
    positive: Positive = None,
    protocol: Protocol = "auto",
    folds: Folds = 5,
    repeats: Repeats = 1,
    embargo: Embargo = 37,
    seed: Seed = 0,
    models: Annotated[
        str,
        typer.Option(
            help="core, wide, NAME or MODULE:OBJECT, separated by commas; see leukfeat models.",
            metavar="MODELS",
        ),
    ] = "core",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take part of the images, at most so many: whole subjects.")
    ] = None,
    nested: Nested = False,
    ablation: Ablation = False,
    merge_leaks: MergeLeaks = False,
    allow_leaks: AllowLeaks = False,
    root: Root = None,
    families: Families = None,
    embedding: Embedding = None,
    reduce: Reduce = None,
    device: Device = "cpu",
    scene: Scene = "auto",
    size: Size = 200,
    jobs: Jobs = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds that one model may take in one fold before it is killed.")
    ] = 3600.0,
    memory: Annotated[
        float | None,
        typer.Option(
            help="GB that all running models may hold; one that needs more is killed. "
            "Four fifths of the machine's unless given."
        ),
    ] = None,
    no_cache: NoCache = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say the verdict and where the report lies, and no more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rank SVC, XGBoost, LDA and the Ridge classifiers, whole subjects kept apart."""
    with running(as_json) as report:
        if quiet:
            logging.getLogger("leukfeat").setLevel(logging.WARNING)
        start_workers(None, "leukfeat.measurement", "leukfeat.sweep", "xgboost")
        from leukfeat.comparison import compare
        from leukfeat.comparison.source import check_source
        from leukfeat.report.run_folder import default_run_folder
        from leukfeat.report.terminal import show_progress
        from leukfeat.sweep import find_candidates

        settings = make_settings(
            labels=labels,
            positive=positive,
            protocol=protocol,
            folds=folds,
            repeats=repeats,
            embargo=embargo,
            seed=seed,
            nested=nested,
            ablation=ablation,
            merge_leaks=merge_leaks,
            allow_leaks=allow_leaks,
            families=families,
            embedding=embedding,
            reduce=reduce,
            device=device,
            scene=scene,
            size=size,
            limit=limit,
        )
        candidates = find_candidates(models)
        folder = default_run_folder(source) if output is None else output
        require_writable(folder, folder.resolve().parent, lambda: check_source(source, settings, root=root))
        with show_progress(Console(stderr=True, quiet=True) if quiet else report.stderr) as progress:
            outcome = compare(
                source,
                folder,
                settings,
                candidates=candidates,
                root=root,
                jobs=jobs,
                cache=not no_cache,
                timeout=timeout,
                memory=memory,
                progress=progress,
                watch=progress.watch,
            )
        report.finish(
            _summary(outcome),
            lambda console: _show(outcome, console, quiet=quiet),
            failed=len(outcome.errors),
            interrupted=outcome.results.interrupted,
        )


def _summary(outcome: "Comparison") -> dict[str, Any]:
    from leukfeat.report.run_folder import describe_results

    described = describe_results(outcome.results)
    return {
        "run": str(outcome.folder),
        **{name: value for name, value in described.items() if name != "rows"},
        "images": outcome.results.n_images,
        "failed": outcome.errors.to_dict("records"),
        "fits": dict(outcome.fits),
        "seconds": dict(outcome.seconds),
        "leaderboard": described["rows"],
    }


def _show(outcome: "Comparison", console: Console, *, quiet: bool) -> None:
    from leukfeat.report.terminal import print_results, print_verdict

    (print_verdict if quiet else print_results)(outcome.results, console)
    for item in outcome.errors.to_dict("records"):
        console.print(f"{item['path']}: {item['reason']}", markup=False, highlight=False)
    page = outcome.folder / "report.html"
    lines = [] if quiet else [_cost(outcome)]
    lines += [f"Report: {page}"] if page.is_file() else []
    console.print("\n".join([*lines, f"Results: {outcome.folder}"]), markup=False, highlight=False)


def _cost(outcome: "Comparison") -> str:
    fitted, found = outcome.fits["fitted"], outcome.fits["found"]
    earlier = f", {found} found finished" if found else ""
    seconds = outcome.seconds["sweep"] + outcome.seconds.get("ablation", 0.0)
    return f"All fits together: {seconds:.1f} s ({fitted} fitted{earlier})."
