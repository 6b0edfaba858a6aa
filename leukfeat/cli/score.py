"""`leukfeat score`: images in bulk through a kept model."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, Report, running
from leukfeat.cli.options import Jobs, NoCache, Root
from leukfeat.cli.output import require_writable
from leukfeat.cli.starting import start_workers
from leukfeat.errors import ConfigurationError

if TYPE_CHECKING:
    from leukfeat.scoring import Scored, Scorer

__all__ = ["score_command"]


def score_command(
    model: Annotated[Path, typer.Argument(help="A kept model (.joblib or .skops).", metavar="MODEL")],
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Images, folders, manifests (.csv, .parquet), or - for paths on standard input.",
            metavar="(IMAGE|DIR|MANIFEST|-)...",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Scores: .parquet, .csv or .jsonl; CSV on stdout unless given."),
    ] = None,
    root: Root = None,
    jobs: Jobs = None,
    device: Annotated[
        str | None, typer.Option(help="Where networks run: cpu, cuda or auto; as for training unless given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run of the same images was.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="No prediction for images unlike those of the training.")
    ] = False,
    chunk: Annotated[int, typer.Option(help="Images that are classified and written together.")] = 256,
    timeout: Annotated[float, typer.Option(help="Seconds that an image which hangs may cost.")] = 60.0,
    no_cache: NoCache = False,
    allow_mismatch: Annotated[
        bool, typer.Option("--allow-mismatch", help="Take a model of other versions, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score images with a kept model: class, probabilities, quality, distance to the training images."""
    with running(as_json) as report:
        if output is None and (as_json or resume or force):
            raise ConfigurationError("--json, --resume and --force need a file to write: name it with -o.")
        start_workers(jobs, "leukfeat.measurement")
        from leukfeat.scoring.inputs import gather_inputs
        from leukfeat.scoring.loading import load_model
        from leukfeat.scoring.scorer import Scorer

        scorer = Scorer(
            load_model(model, allow_mismatch=allow_mismatch),
            jobs=jobs,
            device=device,
            strict=strict,
            cache=not no_cache,
            timeout=timeout,
            chunk=chunk,
        )
        paths = gather_inputs(inputs, root=root)
        if output is None:
            _print_scores(scorer, paths, report)
        else:
            require_writable(output, output.absolute().parent, lambda: None)
            _write_scores(scorer, paths, output, report, resume=resume, force=force)


def _print_scores(scorer: "Scorer", paths: Sequence[str], report: Report) -> None:
    """Write CSV on stdout as it comes."""
    from leukfeat.report.progress import show_progress

    n_done = n_failed = 0
    with show_progress(report.stderr) as progress:
        for frame in scorer.score(paths):
            frame.to_csv(sys.stdout, index=False, header=n_done == 0, lineterminator="\n")
            sys.stdout.flush()
            n_done += len(frame)
            n_failed += int((frame["reason"] != "").sum())
            progress("score", n_done, len(paths))
    if n_failed:
        report.stderr.print(
            f"{n_failed} of {n_done} images have no prediction; the column 'reason' says why."
        )
    report.finish({}, lambda _: None, failed=n_failed)


def _write_scores(
    scorer: "Scorer", paths: Sequence[str], output: Path, report: Report, *, resume: bool, force: bool
) -> None:
    from leukfeat.report.progress import show_progress
    from leukfeat.scoring.batch import score_to_file

    started = time.perf_counter()
    try:
        with show_progress(report.stderr) as progress:
            done = score_to_file(
                scorer,
                paths,
                output,
                resume=resume,
                force=force,
                progress=lambda n, total: progress("score", n, total),
            )
    except OSError as error:
        kept = f"{output}.parts keeps what was scored: --resume goes on."
        raise ConfigurationError(f"{output} cannot be written: {error.strerror or error}. {kept}") from error
    summary = {**_summary(done), "model": scorer.table.model}
    summary["seconds"] = round(time.perf_counter() - started, 3)
    report.finish(summary, lambda console: _show(summary, console), failed=done.failed)


def _summary(done: "Scored") -> dict[str, Any]:
    names = ("images", "found", "predicted", "failed", "flagged", "outside")
    return {"scores": str(done.path), **{name: getattr(done, name) for name in names}}


def _show(summary: dict[str, Any], console: Console) -> None:
    n_new = summary["images"] - summary["found"]
    rate = f", {n_new / summary['seconds']:.0f} images/s" if summary["seconds"] else ""
    found = f" ({summary['found']} of them found)" if summary["found"] else ""
    lines = [f"{summary['scores']}: {summary['images']} images{found}, {summary['seconds']:.1f} s{rate}."]
    lines += [f"  {name}: {count}" for name, count in summary["predicted"].items()]
    said = {
        "failed": "Without a prediction (the column 'reason' says why)",
        "flagged": "Of unusual quality",
        "outside": "Far from the training images",
    }
    lines += [f"{text}: {summary[key]}." for key, text in said.items() if summary[key]]
    console.print("\n".join(lines), markup=False, highlight=False)
