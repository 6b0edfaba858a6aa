"""All subcommands under one name."""

import typer

from leukfeat._version import __version__
from leukfeat.cli.compare import compare_command
from leukfeat.cli.data import data_app
from leukfeat.cli.doctor import doctor_command
from leukfeat.cli.evaluate import evaluate_command
from leukfeat.cli.explore import explore_command
from leukfeat.cli.extract import extract_command
from leukfeat.cli.leak_check import leak_check_command
from leukfeat.cli.model import model_app
from leukfeat.cli.models import models_command
from leukfeat.cli.report import report_command
from leukfeat.cli.score import score_command
from leukfeat.cli.weights import weights_app

__all__ = ["app"]

app = typer.Typer(
    name="leukfeat",
    help="Microscope images of blood cells into features, and an honest comparison of classical models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data_app, name="data")
app.add_typer(model_app, name="model")
app.add_typer(weights_app, name="weights")
app.command("explore")(explore_command)
app.command("extract")(extract_command)
app.command("compare")(compare_command)
app.command("report")(report_command)
app.command("score")(score_command)
app.command("evaluate")(evaluate_command)
app.command("leak-check")(leak_check_command)
app.command("models")(models_command)
app.command("doctor")(doctor_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"leukfeat {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Hold the options that belong to no subcommand."""
