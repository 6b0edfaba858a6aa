"""What every subcommand shares: output, logging, errors and exit codes."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler

from leukfeat._text import visible
from leukfeat.cli.interrupts import EXIT_INTERRUPTED, is_interrupt
from leukfeat.cli.wording import in_options
from leukfeat.errors import LeukfeatError

__all__ = ["EXIT_FAILED_INPUTS", "EXIT_USAGE", "AsJson", "Report", "running"]

EXIT_FAILED_INPUTS = 1
EXIT_USAGE = 2
_EXIT_UNREAD = 1  # as Python itself ends when nobody reads its output any more

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

    def finish(
        self,
        summary: dict[str, Any],
        show: Callable[[Console], None],
        *,
        failed: int = 0,
        interrupted: bool = False,
    ) -> None:
        """Print the outcome and end with 1 if inputs failed, with 130 if it was interrupted.

        Parameters
        ----------
        summary : dict
            The JSON object.
        show : callable
            Prints the same for people.
        failed : int, default=0
            How many inputs failed.
        interrupted : bool, default=False
            Whether Ctrl-C has ended the work before all was done.
        """
        if self.as_json:
            typer.echo(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        else:
            show(self.stdout)
        if interrupted:
            raise typer.Exit(EXIT_INTERRUPTED)
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
    except KeyboardInterrupt as stopped:
        raise _interrupted(report, str(stopped)) from None
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(_EXIT_UNREAD) from None
    except (LeukfeatError, ValueError, OSError) as error:
        _explain(report, in_options(str(error)))
        raise typer.Exit(EXIT_USAGE) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if is_interrupt(error):
            raise _interrupted(report) from None
        report.stderr.print_exception()
        _explain(
            report,
            f"Unexpected {type(error).__name__}: {error}. This is a defect of leukfeat; please report it.",
        )
        raise typer.Exit(EXIT_USAGE) from None


def _interrupted(report: Report, message: str = "") -> typer.Exit:
    _explain(report, message or "Interrupted.")
    return typer.Exit(EXIT_INTERRUPTED)


def _drop_output() -> None:
    """Let what is still to be flushed at the end go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(report: Report, message: str) -> None:
    typer.echo(f"Error: {visible(message)}", err=True)
    if report.as_json:
        typer.echo(json.dumps({"error": message}, ensure_ascii=False))
