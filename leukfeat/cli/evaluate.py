"""`leukfeat evaluate`: scores held against the truth."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import Positive, Root, Seed
from leukfeat.errors import ConfigurationError

if TYPE_CHECKING:
    from leukfeat.scoring.external import Evaluation

__all__ = ["evaluate_command"]

_SHOWN = 5  # images of a kind that are named


def evaluate_command(
    scores: Annotated[
        Path, typer.Argument(help="What leukfeat score wrote (.parquet, .csv, .jsonl).", metavar="SCORES")
    ],
    truth: Annotated[
        Path, typer.Option("--truth", help="A manifest (CSV or Parquet) with labels.", metavar="MANIFEST")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write the metrics (.csv, .parquet, .json)."),
    ] = None,
    root: Root = None,
    positive: Positive = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Say what a model is worth on new images: metrics with intervals, subjects resampled."""
    with running(as_json) as report:
        from leukfeat.datasets import read_manifest
        from leukfeat.scoring.external import evaluate_scores, read_scores

        write = None if output is None else _writer(output)
        found = evaluate_scores(
            read_scores(scores), read_manifest(truth, root=root), positive=positive, seed=seed
        )
        summary = _summary(found)
        if write is not None:
            write(found, summary)
            summary["output"] = str(output)
        n_failed = len(found.without_truth) + len(found.without_score) + len(found.failed)
        report.finish(summary, lambda console: _show(found, console), failed=n_failed)


def _writer(output: Path) -> Any:
    from leukfeat._tables import write_csv, write_json, write_parquet

    writers = {
        ".csv": lambda found, _: write_csv(found.metrics, output),
        ".parquet": lambda found, _: write_parquet(found.metrics, output),
        ".json": lambda _, summary: write_json(summary, output),
    }
    if output.suffix.lower() not in writers:
        raise ConfigurationError(f"Metrics are written as {', '.join(writers)}. Got {output}.")
    return writers[output.suffix.lower()]


def _summary(found: "Evaluation") -> dict[str, Any]:
    rows = [{key: _plain(value) for key, value in row.items()} for row in found.metrics.to_dict("records")]
    return {
        "images": found.n_images,
        "subjects": found.n_subjects,
        "classes": list(found.classes),
        "positive": found.positive,
        "metrics": rows,
        "without_truth": list(found.without_truth),
        "without_score": list(found.without_score),
        "failed": list(found.failed),
        "repeated": found.n_repeated,
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _show(found: "Evaluation", console: Console) -> None:
    subjects = f" of {found.n_subjects} subjects" if found.n_subjects else ""
    lines = [f"{found.n_images} images{subjects}."]
    if not found.n_subjects:
        lines.append(
            "Subjects are not known: intervals are too narrow if there are several images of a patient."
        )
    table = Table("Metric", "Value", "95 % interval", box=None)
    known = found.metrics[found.metrics["value"].notna()]
    for row in known.to_dict("records"):
        interval = "–" if math.isnan(row["low"]) else f"[{row['low']:.3f}, {row['high']:.3f}]"
        table.add_row(str(row["title"]), f"{row['value']:.3f}", interval)
    console.print("\n".join(lines), markup=False, highlight=False)
    console.print(table, highlight=False)
    said = {
        "Scored, without a label": found.without_truth,
        "With a label, not among the scores": found.without_score,
        "With a label, without a prediction": found.failed,
    }
    rest = [_some(text, paths) for text, paths in said.items() if paths]
    if found.n_repeated:
        rest.append(f"Rows left out, since their image is counted already: {found.n_repeated}.")
    if rest:
        console.print("\n".join(rest), markup=False, highlight=False)


def _some(text: str, paths: tuple[str, ...]) -> str:
    more = [f"  and {len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else []
    return "\n".join([f"{text}: {len(paths)}.", *(f"  {path}" for path in paths[:_SHOWN]), *more])
