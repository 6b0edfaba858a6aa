"""What every subcommand shares: output, logging, errors and exit codes."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler

from leukfeat.errors import LeukfeatError

__all__ = ["EXIT_FAILED_INPUTS", "EXIT_USAGE", "AsJson", "Report", "running"]

EXIT_FAILED_INPUTS = 1
EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130

AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


class Report:
    """What a subcommand has to say at its end.

    Parameters
    ----------
    as_json : bool
        Whether stdout carries one JSON object and nothing else.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.stdout = Console(soft_wrap=True)
        self.stderr = Console(stderr=True)

    def finish(self, summary: dict[str, Any], show: Callable[[Console], None], *, failed: int = 0) -> None:
        """Print the outcome and end with 1 if inputs failed.

        Parameters
        ----------
        summary : dict
            The JSON object.
        show : callable
            Prints the same for people.
        failed : int, default=0
            How many inputs failed.
        """
        if self.as_json:
            typer.echo(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        else:
            show(self.stdout)
        if failed:
            raise typer.Exit(EXIT_FAILED_INPUTS)


@contextmanager
def running(as_json: bool) -> Iterator[Report]:
    """Turn what goes wrong inside the block into one clear line and an exit code.

    Parameters
    ----------
    as_json : bool
        Whether stdout carries one JSON object and nothing else.

    Yields
    ------
    Report
        For the outcome.
    """
    report = Report(as_json)
    handler = RichHandler(
        console=report.stderr, show_time=False, show_path=False, show_level=False, markup=False
    )
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler], force=True)
    logging.getLogger("leukfeat").setLevel(logging.INFO)
    try:
        yield report
    except KeyboardInterrupt:
        _explain(report, "Interrupted.")
        raise typer.Exit(_EXIT_INTERRUPTED) from None
    except (LeukfeatError, ValueError, OSError) as error:
        _explain(report, str(error))
        raise typer.Exit(EXIT_USAGE) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        report.stderr.print_exception()
        _explain(
            report,
            f"Unexpected {type(error).__name__}: {error}. This is a defect of leukfeat; please report it.",
        )
        raise typer.Exit(EXIT_USAGE) from None


def _explain(report: Report, message: str) -> None:
    typer.echo(f"Error: {message}", err=True)
    if report.as_json:
        typer.echo(json.dumps({"error": message}, ensure_ascii=False))
