"""How fast a sweep is: leukfeat against lazypredict and against scikit-learn's cross_validate.

    python benchmarks/sweep.py [--quick] [--together] [--tables tall,wide] [--peers NAMES] [--jobs N]
                               [--reports DIR]

Five models with stock parameters on both sides (RidgeClassifierCV with its leave-one-out), on two synthetic
tables with some cells missing: against lazypredict on one split, against cross_validate, on pipelines of the
same steps, over five folds. Every side runs in processes of its own: all models together, then every model
alone. Printed are wall time, processor time, peak memory and how far the scores differ. Writes sweep.json and
sweep.md, unless it is quick; the exit code is 1 when a target is missed.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side.machine import describe_machine, n_cores
from sweeps.plan import PEERS, QUICK, SIZES, TALL, WIDE, Run, runs
from sweeps.report import render
from sweeps.tables import write_table
from sweeps.targets import judge
from sweeps.watch import watch

HERE = Path(__file__).resolve().parent
FIGURES = ("wall_s", "cpu_s", "peak_mb")


def main() -> int:
    """Measure, print and write everything; return 1 when a target is missed."""
    options = arguments()
    sizes = QUICK if options.quick else SIZES
    pairs = []
    for table in options.tables:
        with tempfile.TemporaryDirectory() as name:
            write_table(*sizes[table], Path(name))
            pairs += measure_table(table, Path(name), options)
    result: dict[str, Any] = {
        "machine": describe_machine(),
        "jobs": options.jobs,
        "sizes": {table: sizes[table] for table in options.tables},
        "pairs": pairs,
        "targets": [] if options.quick else judge(pairs),
    }
    text = render(result)
    print(text)
    if options.reports is not None:
        save(result, text, options.reports)
    return 1 if any(target["met"] is False for target in result["targets"]) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tables = {"tall": TALL, "wide": WIDE}
    parser.add_argument("--quick", action="store_true", help="small tables, no targets")
    parser.add_argument("--together", action="store_true", help="no model alone")
    parser.add_argument("--tables", default="tall,wide", help="which tables (default: tall,wide)")
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers (default: both)")
    parser.add_argument("--jobs", type=int, default=n_cores(), help="leukfeat's workers (default: cores)")
    parser.add_argument(
        "--reports", type=Path, help="where to write (default: reports/benchmarks; quick: nowhere)"
    )
    options = parser.parse_args()
    options.tables = [tables[name] for name in options.tables.split(",")]
    if options.reports is None and not options.quick:
        options.reports = HERE.parent / "reports" / "benchmarks"
    return options


def measure_table(table: str, folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the sides in turn and compare each with its peer."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    pairs = []
    for run in runs(table, options.peers.split(","), together=options.together):
        found[run.side, run.models] = measure(run, folder, options.jobs)
        if run.side == "leukfeat":
            pairs.append(compare(run, found[run.peer, run.models], found["leukfeat", run.models]))
    return pairs


def measure(run: Run, folder: Path, jobs: int) -> dict[str, Any]:
    """Run one side in a process of its own."""
    out = folder / "out.json"
    print(f"{run.table}: {run.side}, {run.models}, {run.n_folds} folds", flush=True)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    )
    arguments = [run.side, str(folder), ",".join(run.names), str(run.n_folds), str(jobs), str(out)]
    watched = watch(["-m", "sweeps.side", *arguments], HERE)
    return {**json.loads(out.read_text(encoding="utf-8")), **watched}


def compare(run: Run, theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return figures of both sides, their ratios, and how far the scores of each model differ."""
    n_other, largest = {}, {}
    for name in run.names:
        one, other = theirs["models"][name], ours["models"][name]
        n_other[name] = sum(
            int(np.sum(np.asarray(a) != np.asarray(b)))
            for a, b in zip(one["predicted"], other["predicted"], strict=True)
        )
        largest[name] = max(
            abs(a - b)
            for score in one["scores"]
            for a, b in zip(one["scores"][score], other["scores"][score], strict=True)
        )
    return {
        "table": run.table,
        "peer": run.peer,
        "models": run.models,
        "folds": run.n_folds,
        "theirs": {name: theirs[name] for name in FIGURES},
        "ours": {name: ours[name] for name in FIGURES},
        "ratio": {name: ours[name] / theirs[name] for name in FIGURES},
        "seconds": {name: [side["models"][name]["seconds"] for side in (theirs, ours)] for name in run.names},
        "scores": {name: means(ours["models"][name]["scores"]) for name in run.names},
        "predicted_otherwise": n_other,
        "largest_difference": largest,
    }


def means(scores: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(np.mean(values)) for name, values in scores.items()}


def save(result: dict[str, Any], text: str, folder: Path) -> None:
    """Write sweep.json and sweep.md."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(result, indent=2, ensure_ascii=False)
    (folder / "sweep.json").write_text(content + "\n", encoding="utf-8")
    (folder / "sweep.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
