"""`leukfeat model`: what a kept model is, whether its files are whole, and in which format."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from leukfeat._text import visible
from leukfeat.cli.console import AsJson, running
from leukfeat.cli.options import AllowMismatch, ModelFile
from leukfeat.errors import ConfigurationError, LeukfeatError

__all__ = ["model_app"]

model_app = typer.Typer(help="Models that compare kept: show, verify, convert.", no_args_is_help=True)


@model_app.command("show")
def show_command(
    model: ModelFile,
    card: Annotated[bool, typer.Option("--card", help="The card of the model, as Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is known of a model; its own file is not opened."""
    with running(as_json) as report:
        from leukfeat.scoring import model_card, read_facts

        facts = read_facts(model)
        summary = {**facts, "card": model_card(facts)} if card else facts
        lines = [model_card(facts).rstrip()] if card else [_shown(line) for line in _lines(facts)]
        report.finish(summary, lambda console: _print(lines, console))


@model_app.command("verify")
def verify_command(
    models: Annotated[
        list[Path], typer.Argument(help="Files of models: NAME.joblib or NAME.skops.", metavar="MODEL...")
    ],
    as_json: AsJson = False,
) -> None:
    """Check digests and versions of models; nothing of them is run."""
    with running(as_json) as report:
        states = [_state(model) for model in models]
        failed = [item for item in states if item["state"] != "good"]
        lines = [_shown(f"{item['state']:8}  {item['model']}  {item['reason']}".rstrip()) for item in states]
        report.finish({"models": states}, lambda console: _print(lines, console), failed=len(failed))


@model_app.command("convert")
def convert_command(
    model: ModelFile,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="NAME.skops or NAME.joblib; beside MODEL unless given."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--format", help="skops or joblib; what OUTPUT ends in unless given.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    allow_mismatch: AllowMismatch = False,
    as_json: AsJson = False,
) -> None:
    """Write a model in another format, read it back and compare its answers."""
    with running(as_json) as report:
        from leukfeat.scoring import convert_model
        from leukfeat.scoring.formats import format_of

        target = _beside(model, to) if output is None else output
        name = format_of(target, to).name
        written = convert_model(model, target, overwrite=overwrite, allow_mismatch=allow_mismatch)
        told = written.facts["files"][name]
        summary = {"model": str(target), "id": written.id, **told}
        lines = [f"{target}: {told['bytes']} bytes, the same answers as {model}."]
        report.finish(summary, lambda console: _print(lines, console))


def _beside(model: Path, name: str | None) -> Path:
    if name is None:
        raise ConfigurationError("Name a file to write, --output NAME.skops, or a format: --format skops.")
    return model.with_suffix(f".{name}")


def _state(model: Path) -> dict[str, str]:
    from leukfeat.scoring import check_model

    try:
        mismatches = check_model(model).mismatches
    except (LeukfeatError, ValueError, OSError) as error:  # the others are still looked at
        return {"model": str(model), "state": "refused", "reason": str(error)}
    state = "mismatch" if mismatches else "good"
    return {"model": str(model), "state": state, "reason": " ".join(mismatches)}


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what people want to know first."""
    features, training, threshold = facts["features"], facts["training"], facts["threshold"]
    yield f"{facts['name']} ({facts['id']}), made on {facts['created']} by leukfeat {features['version']}"
    yield f"classes:   {', '.join(facts['classes'])}"
    if facts["positive"] is not None:
        yield f"positive:  {facts['positive']}"
    if threshold is not None:
        yield f"threshold: {_number(threshold['value'])}. {threshold['how']}"
    yield f"features:  {features['columns']}, scene {features['scene']}, {features['size']} pixels"
    if training:
        subjects = training["subjects"]
        of_subjects = "" if subjects is None else f" of {subjects['number']} subjects"
        yield f"fitted on: {training['images']} images{of_subjects}"
    if facts["domain"] is not None:
        yield f"in domain: up to a distance of {_number(facts['domain']['threshold'], 1)}"
    for row in facts["scores"][:4]:
        yield f"{row['title']}: {_number(row['value'])}{_interval(row)}"
    if facts["leaks"]:
        yield "Images of one subject are on both sides: these scores are too high."
    for name, told in facts["files"].items():
        yield f"{name}: {told['bytes']} bytes, SHA-256 {told['sha256']}"


def _interval(row: Mapping[str, Any]) -> str:
    low, high = row["low"], row["high"]
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _shown(line: str) -> str:
    """Return one line that a terminal shows and does not obey, whatever a stranger's file says."""
    return visible(line.replace("\n", " "))


def _print(lines: list[str], console: Console) -> None:
    console.print("\n".join(lines), markup=False, highlight=False)
