"""`leukfeat weights`: the networks whose activations can be features."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running

if TYPE_CHECKING:
    from leukfeat.features.weights_table import WeightsFile

__all__ = ["weights_app"]

weights_app = typer.Typer(help="Weights of networks: list, fetch, verify, path.", no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(help="Names from leukfeat weights list.", metavar="NAME...")]


@weights_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Show the networks that are known, and where their weights lie on this machine."""
    with running(as_json) as report:
        from leukfeat.features.weights import list_files, verify_files, weights_folders

        summary = {
            "folders": [str(folder) for folder in weights_folders()],
            "weights": [_describe(entry, path) for entry, path in list_files()],
            "others": [item["path"] for item in verify_files() if item["state"] != "known"],
        }
        report.finish(summary, lambda console: _show_list(summary, console))


@weights_app.command("fetch")
def fetch_command(names: Names, as_json: AsJson = False) -> None:
    """Download weights; their SHA-256 is checked, and what is there already stays."""
    with running(as_json) as report:
        from leukfeat.errors import WeightsError
        from leukfeat.features.download import check_names, fetch
        from leukfeat.report.terminal import show_progress

        check_names(names)
        fetched, failed = [], []
        with show_progress(report.stderr) as progress:
            for name in names:
                try:
                    path = fetch(name, partial(_in_megabytes, progress, f"{name} (MB)"))
                    fetched.append({"name": name, "path": str(path)})
                except WeightsError as error:
                    failed.append({"name": name, "reason": str(error)})
        summary = {"fetched": fetched, "failed": failed}
        report.finish(summary, lambda console: _show_fetched(summary, console), failed=len(failed))


@weights_app.command("verify")
def verify_command(as_json: AsJson = False) -> None:
    """Check the SHA-256 of the weights on this machine: which files are known, which damaged."""
    with running(as_json) as report:
        from leukfeat.features.weights import verify_files

        summary = {"files": verify_files()}
        damaged = [item for item in summary["files"] if item["state"] == "damaged"]
        report.finish(summary, lambda console: _show_verified(summary, console), failed=len(damaged))


@weights_app.command("path")
def path_command(
    backbone: Annotated[str, typer.Argument(help="A name, a file or a SHA-256.", metavar="NAME")],
    as_json: AsJson = False,
) -> None:
    """Print where the weights of a network lie."""
    with running(as_json) as report:
        from leukfeat.features.weights import locate

        weights = locate(backbone)
        summary = {"name": weights.name, "path": str(weights.path), "sha256": weights.sha256}
        report.finish(summary, lambda console: console.print(summary["path"], markup=False, highlight=False))


def _in_megabytes(progress: Callable[[str, int, int], None], stage: str, done: int, total: int) -> None:
    progress(stage, done // 1_000_000, total // 1_000_000)


def _describe(entry: "WeightsFile", path: Path | None) -> dict[str, Any]:
    return {
        "name": entry.name,
        "file": entry.file,
        "sha256": entry.sha256,
        "bytes": entry.n_bytes,
        "width": entry.width,
        "size": entry.preprocessing.size,
        "licence": entry.licence,
        "url": entry.url or None,
        "path": None if path is None else str(path),
    }


def _show_list(summary: dict[str, Any], console: Console) -> None:
    lines = [f"{'name':20}{'MB':>8}{'width':>7}{'px':>5}  where"]
    here = {item["name"] for item in summary["weights"] if item["path"]}
    for item in summary["weights"]:
        if item["name"] in here and not item["path"]:
            continue
        absent = "to fetch" if item["url"] else "cannot be fetched"
        lines.append(
            f"{item['name']:20}{item['bytes'] / 1e6:8.1f}{item['width']:7}{item['size']:5}"
            f"  {item['path'] or absent}"
        )
    lines += [f"{Path(path).stem:40}  {path} (not in the table)" for path in summary["others"]]
    console.print("\n".join(lines), markup=False, highlight=False)


def _show_fetched(summary: dict[str, Any], console: Console) -> None:
    lines = [f"{item['name']}: {item['path']}" for item in summary["fetched"]]
    lines += [f"{item['name']}: {item['reason']}" for item in summary["failed"]]
    console.print("\n".join(lines), markup=False, highlight=False)


def _show_verified(summary: dict[str, Any], console: Console) -> None:
    lines = [f"{item['state']:8}  {item['name'] or '-':20}{item['path']}" for item in summary["files"]]
    console.print("\n".join(lines or ["No weights on this machine."]), markup=False, highlight=False)
