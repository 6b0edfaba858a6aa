"""`leukfeat models`: what can be compared, and with which parameters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from leukfeat.cli.console import AsJson, running

if TYPE_CHECKING:
    from leukfeat.sweep import Candidate

__all__ = ["models_command"]

_ROOM_FOR_ALL = 400  # characters: in a pipe no row is broken
_NOTE = (
    "Parameters are what differs from the class' defaults; wide: what replaces them where a table has more "
    "columns than rows to train on. Choose with leukfeat compare --models core|wide|NAME,…|MODULE:OBJECT."
)


def models_command(
    wide: Annotated[
        bool, typer.Option("--wide", help="All that --models wide fits, and what it leaves out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the models that compare fits, their parameters and how they balance classes."""
    with running(as_json) as report:
        summary = _summarize(wide)
        report.finish(summary, lambda console: _show(summary, console))


def _summarize(wide: bool) -> dict[str, Any]:
    from leukfeat.sweep import CORE, LEFT_OUT, WIDE

    summary: dict[str, Any] = {"models": [_describe(candidate) for candidate in (WIDE if wide else CORE)]}
    if wide:
        summary["left_out"] = LEFT_OUT
    return summary


def _describe(candidate: "Candidate") -> dict[str, Any]:
    from leukfeat.sweep.candidates import BALANCES

    return {
        "name": candidate.name,
        "estimator": candidate.estimator,
        "parameters": _plain(candidate.parameters),
        "wide": _plain(candidate.wide),
        "balance": BALANCES[candidate.balance],
    }


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON holds them; what grows with the columns says so."""
    from leukfeat.sweep import PerColumn

    return {
        name: {"per_column": value.each} if isinstance(value, PerColumn) else value
        for name, value in parameters.items()
    }


def _show(summary: dict[str, Any], console: Console) -> None:
    rows = [
        (
            model["name"],
            model["estimator"].replace(":", " "),
            _listed(model["parameters"]),
            _listed(model["wide"]),
            model["balance"],
        )
        for model in summary["models"]
    ]
    header = ("model", "estimator", "parameters", "wide", "balanced by")
    _print(header, rows, console)
    if "left_out" in summary:
        console.print()
        _print(("left out", "why"), list(summary["left_out"].items()), console)
    console.print(f"\n{_NOTE}", markup=False, highlight=False)


def _print(header: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print a table: within its width on a terminal, elsewhere each row on one line."""
    wide = console if console.is_terminal else Console(file=console.file, width=_ROOM_FOR_ALL)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    wide.print(table, highlight=False)


def _listed(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_written(value)}" for name, value in parameters.items())


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return f"{_written(value['per_column'])} per column"
    if isinstance(value, tuple):
        return f"({', '.join(map(_written, value))})"
    return f"{value:g}" if isinstance(value, float) else str(value)
