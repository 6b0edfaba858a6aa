"""`leukfeat report`: the page of a run, or of two side by side, without fitting anything."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from leukfeat.cli.console import AsJson, running

__all__ = ["report_command"]


def report_command(
    runs: Annotated[
        list[Path],
        typer.Argument(help="A run folder; or two of the same test images, side by side.", metavar="RUN"),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The page; report.html in the run folder unless given."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the page of a run again from its stored predictions, or compare two runs side by side."""
    with running(as_json) as report:
        from leukfeat.errors import ConfigurationError
        from leukfeat.report.side_by_side import write_side_by_side
        from leukfeat.report.write import write_report

        if len(runs) > 2:
            raise ConfigurationError(f"report takes one run folder or two. Got {len(runs)}.")
        if len(runs) == 1:
            written = write_report(runs[0], output)
        else:
            written = write_side_by_side(runs[0], runs[1], output)
        if open_page:
            webbrowser.open(written.page.resolve().as_uri())
        said = "\n".join([*written.said, f"Report: {written.page}"])
        report.finish(
            {"page": str(written.page), **written.summary},
            lambda console: console.print(said, markup=False, highlight=False),
        )
