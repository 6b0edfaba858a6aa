"""Scoring against extraction alone: rate, time to the first score, memory of every process.

    python benchmarks/scoring.py [MODEL [MANIFEST]] [--images 2000] [--rounds 3] [--long 0] [--jobs 2]

Both commands measure the same files without a cache, in turn, and the best round of each counts. Without a
manifest synthetic cells are drawn; without a model SVC is fitted on them. `--long N` scores N hard links more
and reports memory early and late; Linux only. The result lands in reports/benchmarks/scoring.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from memory import descendants, link, peak_mb
from side_by_side.machine import describe_machine

from leukfeat import compare
from leukfeat.datasets import read_manifest
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.sweep import CORE

LEAST_RATIO, MOST_SECONDS, MOST_MB = 0.9, 4.0, 700.0


def main() -> int:
    """Measure and print; return 1 where a target is missed."""
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn = images(options, folder)
        if options.model is None:
            options.model = fitted_model(folder)
        manifest = link(drawn, folder / "linked", options.images)
        found: dict[str, Any] = {
            "images": options.images,
            "model": Path(options.model).name,
            **describe_machine(),
        }
        found |= rates(options, manifest, folder)
        found |= first_score(options, manifest)
        if options.long:
            found |= memory(options, link(drawn, folder / "long", options.long), folder)
    print(json.dumps(found, indent=2))
    target = Path(__file__).parents[1] / "reports" / "benchmarks" / "scoring.json"
    target.write_text(json.dumps(found, indent=2) + "\n")
    met = found["ratio"] >= LEAST_RATIO and found["first_score_seconds"] <= MOST_SECONDS
    return 0 if met and max(found.get("late_mb", {"": 0.0}).values()) <= MOST_MB else 1


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?")
    parser.add_argument("manifest", nargs="?")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def images(options: argparse.Namespace, folder: Path) -> pd.DataFrame:
    """Return the images that are measured over and over."""
    manifest = options.manifest or write_synthetic(folder / "drawn", 250, n_subjects=10)
    frame = read_manifest(manifest, require_labels=False)
    if options.manifest is None:
        return frame
    copies = folder / "copies"  # on the disk of the links
    copies.mkdir()
    chosen = frame.iloc[: min(250, len(frame))]
    paths = []
    for number, path in enumerate(chosen["path"]):
        paths.append(copies / f"{number:03d}{Path(path).suffix}")
        paths[-1].write_bytes(Path(path).read_bytes())
    return pd.DataFrame({"path": [str(path) for path in paths]})


def fitted_model(folder: Path) -> Path:
    """Return a model of the cells that were drawn."""
    candidates = [item for item in CORE if item.name == "SVC"]
    compare(folder / "drawn" / "manifest.csv", folder / "run", candidates=candidates)
    return folder / "run" / "models" / "SVC.joblib"


def command(kind: str, *arguments: object, jobs: int) -> list[str]:
    """Return a command line."""
    given = [str(argument) for argument in arguments]
    return [sys.executable, "-m", "leukfeat", kind, *given, "--no-cache", "--jobs", str(jobs)]


def rates(options: argparse.Namespace, manifest: Path, folder: Path) -> dict[str, Any]:
    """Run both commands in turn; return images per second by their own clocks, and the ratio."""
    seconds: dict[str, list[float]] = {"extract": [], "score": []}
    for _ in range(options.rounds):
        for kind, first in (("extract", ()), ("score", (options.model,))):
            more = ("--force",) if kind == "score" else ()
            line = command(kind, *first, manifest, "-o", folder / f"{kind}.parquet", *more, jobs=options.jobs)
            done = subprocess.run([*line, "--json"], capture_output=True, text=True, check=True)
            seconds[kind].append(json.loads(done.stdout)["seconds"])
    best = {kind: options.images / min(values) for kind, values in seconds.items()}
    return {"rounds": seconds, "images_per_second": best, "ratio": best["score"] / best["extract"]}


def first_score(options: argparse.Namespace, manifest: Path) -> dict[str, float]:
    """Return the best time from the start of the command to the first line of scores."""
    waited = []
    for _ in range(options.rounds):
        started = time.perf_counter()
        line = command("score", options.model, manifest, jobs=options.jobs)
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            assert run.stdout is not None
            run.stdout.readline()
            run.stdout.readline()
            waited.append(time.perf_counter() - started)
            run.kill()
    return {"first_score_seconds": min(waited)}


def memory(options: argparse.Namespace, manifest: Path, folder: Path) -> dict[str, Any]:
    """Score many images; return the peak of the main process and the largest worker, early and late."""
    line = command(
        "score", options.model, manifest, "-o", folder / "long.parquet", "--force", jobs=options.jobs
    )
    early: dict[str, float] = {}
    late: dict[str, float] = {}
    with subprocess.Popen([*line, "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        parts = folder / "long.parquet.parts"
        while run.poll() is None:
            peaks = {pid: peak_mb(pid) for pid in (run.pid, *descendants(run.pid))}
            others = [peak for pid, peak in peaks.items() if pid != run.pid]
            late = {
                role: max(late.get(role, 0.0), value)
                for role, value in (("parent", peaks[run.pid]), ("worker", max(others, default=0.0)))
            }
            if not early and parts.is_dir() and len(list(parts.iterdir())) > options.long // 256 // 10:
                early = dict(late)
            time.sleep(0.2)
    return {"long": options.long, "early_mb": early, "late_mb": late, "exit": run.returncode}


if __name__ == "__main__":
    sys.exit(main())
