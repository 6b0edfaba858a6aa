"""`leukfeat data verify` and `data register`: the files of a data set, byte by byte."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leukfeat.cli.console import AsJson, running

if TYPE_CHECKING:
    from leukfeat.audit.verification import Verified

__all__ = ["describe_verified", "register_command", "show_verified", "verify_command"]

_N_SHOWN = 20


def verify_command(
    folder: Annotated[Path, typer.Argument(help="The folder of the data set.", metavar="DIR")],
    dataset: Annotated[
        str, typer.Option(help="c-nmc, or a file that 'data register' wrote.", metavar="NAME")
    ] = "c-nmc",
    subset: Annotated[bool, typer.Option("--subset", help="Accept that files are missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every file against the registry; end with 1 unless all is well."""
    with running(as_json) as report:
        from leukfeat.audit.verification import verify_data
        from leukfeat.datasets import read_registry
        from leukfeat.report.terminal import show_progress

        registry = read_registry(dataset)
        with show_progress(report.stderr) as progress:
            verified = verify_data(folder, registry, partial(progress, "verify"))
        summary = {"folder": str(folder), "dataset": dataset, **describe_verified(verified, subset=subset)}
        report.finish(summary, lambda console: show_verified(summary, console), failed=not summary["good"])


def register_command(
    folder: Annotated[Path, typer.Argument(help="The folder of the data set.", metavar="DIR")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The registry to write (.csv, .csv.gz or .csv.xz).")
    ],
    as_json: AsJson = False,
) -> None:
    """List path, size and SHA-256 of every file, to verify copies by."""
    with running(as_json) as report:
        from leukfeat.datasets import make_registry, write_registry
        from leukfeat.report.terminal import show_progress

        with show_progress(report.stderr) as progress:
            registry = make_registry(folder, partial(progress, "register"), leave_out=output)
        written, n_bytes = write_registry(registry, output), int(registry.files["bytes"].sum())
        summary = {"registry": str(written), "files": len(registry.files), "bytes": n_bytes}
        sentence = f"{written}: {len(registry.files)} files, {n_bytes / 1e6:.1f} MB."
        report.finish(summary, lambda console: console.print(sentence, markup=False, highlight=False))


def describe_verified(verified: "Verified", *, subset: bool) -> dict[str, Any]:
    """Describe a verified data set as JSON.

    Parameters
    ----------
    verified : Verified
        What was found.
    subset : bool
        Whether files may be missing.

    Returns
    -------
    dict
        `good`, `expected` and `verified` numbers of files, `bad` files with their reasons, `missing` ones,
        `counts` and `leaks`.
    """
    check = verified.check
    return {
        "good": check.is_good(subset=subset),
        "subset": subset,
        "expected": check.n_expected,
        "verified": len(check.of("good")),
        "bad": check.bad[["path", "registered", "state", "reason"]].to_dict("records"),
        "missing": list(check.missing),
        "counts": verified.counts,
        "leaks": [
            {"kind": leak.kind, "count": leak.count, "sentence": leak.sentence} for leak in verified.leaks
        ],
    }


def show_verified(summary: dict[str, Any], console: Console) -> None:
    """Print what was verified.

    Parameters
    ----------
    summary : dict
        As `describe_verified` returns it, with `folder` and `dataset`.
    console : rich.console.Console
        Where to print.
    """
    console.print("\n".join(_lines(summary)), markup=False, highlight=False)


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    verdict = "all is well" if summary["good"] else "not as it should be"
    yield (
        f"{summary['folder']}: {summary['verified']} of {summary['expected']} files of {summary['dataset']} "
        f"verified, {verdict}."
    )
    yield from _shown(
        "files that are not as they should be",
        [f"{bad['state']}: {bad['path']}: {bad['reason']}" for bad in summary["bad"]],
    )
    missing = [] if summary["subset"] else summary["missing"]
    if summary["subset"] and summary["missing"]:
        yield f"Files that are not here: {len(summary['missing'])} (accepted, --subset)."
    yield from _shown("files are missing", missing)
    for name, found in summary["counts"].items():
        yield f"{name}: {_listed(found)}"
    yield from (leak["sentence"] for leak in summary["leaks"])


def _shown(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"{len(items)} {title}:"
        yield from (f"  {item}" for item in items[:_N_SHOWN])
    if len(items) > _N_SHOWN:
        yield f"  and {len(items) - _N_SHOWN} more (--json lists them all)"


def _listed(found: Any) -> str:
    return (
        ", ".join(f"{name} {count}" for name, count in found.items())
        if isinstance(found, dict)
        else str(found)
    )
