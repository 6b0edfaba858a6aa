"""`leukfeat doctor`: what this installation can do."""

from typing import Any

from rich.console import Console

from leukfeat.cli.console import AsJson, running

__all__ = ["doctor_command"]


def doctor_command(as_json: AsJson = False) -> None:
    """Show versions, cores, GPU, weights and cache."""
    with running(as_json) as report:
        summary = _examine()
        report.finish(summary, lambda console: _show(summary, console))


def _examine() -> dict[str, Any]:
    from leukfeat._array import cuda_devices
    from leukfeat.features.cache import default_cache_folder
    from leukfeat.features.sessions import usable_devices
    from leukfeat.features.weights import onnx_files
    from leukfeat.report.record import machine, versions

    cache = default_cache_folder()
    rows = cache / "rows.sqlite"
    return {
        "versions": versions(),
        "machine": machine(),
        "gpu": cuda_devices(),
        "networks": usable_devices(),
        "weights": [str(path) for path in onnx_files()],
        "cache": {"folder": str(cache), "bytes": rows.stat().st_size if rows.is_file() else 0},
    }


def _show(summary: dict[str, Any], console: Console) -> None:
    lines = [f"{name:24}{number}" for name, number in summary["versions"].items()]
    lines += [f"{name:24}{value}" for name, value in summary["machine"].items()]
    lines.append(f"{'gpu':24}{', '.join(summary['gpu']) or 'none that CuPy finds'}")
    lines.append(f"{'networks run on':24}{', '.join(summary['networks']) or 'nothing'}{_more(summary)}")
    absent = "none (leukfeat weights fetch NAME, or set LEUKFEAT_WEIGHTS to their folder)"
    lines.append(f"{'weights':24}{', '.join(summary['weights']) or absent}")
    lines.append(f"{'cache':24}{summary['cache']['folder']} ({summary['cache']['bytes'] / 1e6:.1f} MB)")
    console.print("\n".join(lines), markup=False, highlight=False)


def _more(summary: dict[str, Any]) -> str:
    """Say what would let networks run, or run on a GPU."""
    if not summary["networks"]:
        return " (install leukfeat[cnn])"
    return "" if "cuda" in summary["networks"] else " (on a GPU with onnxruntime-gpu in place of onnxruntime)"
