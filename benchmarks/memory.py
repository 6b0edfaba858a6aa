"""Peak memory of every process of `leukfeat extract`, for few and for many images.

python benchmarks/memory.py [--small 500] [--large 5000] [--jobs 2]

Synthetic cells are written once and hard-linked as often as needed. Each process' peak is the kernel's own
figure (VmHWM), read while it runs; Linux only. The result lands in reports/benchmarks/memory.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from leukfeat.datasets import read_manifest
from leukfeat.datasets.synthetic import write_synthetic

N_DRAWN = 250


def main() -> int:
    """Measure both sizes and print their ratio by process; return 1 above 10 % of difference."""
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn = read_manifest(write_synthetic(folder / "drawn", N_DRAWN, n_subjects=10))
        peaks = {
            n: measure(link(drawn, folder / str(n), n), folder / f"{n}.parquet", options.jobs)
            for n in (options.small, options.large)
        }
    small, large = peaks[options.small], peaks[options.large]
    ratios = {role: large[role] / small[role] for role in small}
    for role, ratio in ratios.items():
        print(f"{role:10} {small[role]:7.1f} MB, {large[role]:7.1f} MB, ratio {ratio:.3f}")
    save({"images": [options.small, options.large], "peak_mb": [small, large], "ratio": ratios})
    return 0 if max(ratios.values()) <= 1.1 else 1


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=500)
    parser.add_argument("--large", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def link(drawn: pd.DataFrame, folder: Path, n: int) -> Path:
    """Write a manifest of `n` hard links to the drawn images."""
    folder.mkdir()
    paths = []
    for index in range(n):
        paths.append(folder / f"{index:06d}.png")
        os.link(drawn["path"].iloc[index % len(drawn)], paths[-1])
    manifest = folder / "manifest.csv"
    pd.DataFrame({"path": [path.name for path in paths]}).to_csv(manifest, index=False)
    return manifest


def measure(manifest: Path, table: Path, jobs: int) -> dict[str, float]:
    """Run one extraction and return the peak of the main process and of the largest worker, in MB."""
    command = [sys.executable, "-m", "leukfeat", "extract", str(manifest), "-o", str(table)]
    with subprocess.Popen(
        [*command, "--no-cache", "--jobs", str(jobs), "--json"], stdout=subprocess.DEVNULL
    ) as run:
        peaks: dict[int, float] = {}
        while run.poll() is None:
            for pid in (run.pid, *descendants(run.pid)):
                peaks[pid] = max(peaks.get(pid, 0.0), peak_mb(pid))
            time.sleep(0.02)
    if run.returncode:
        raise SystemExit(f"extract ended with {run.returncode}")
    others = sorted((peak for pid, peak in peaks.items() if pid != run.pid), reverse=True)
    return {"main": peaks[run.pid], **{f"worker {i + 1}": peak for i, peak in enumerate(others[:jobs])}}


def descendants(pid: int) -> list[int]:
    """List the processes below one."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    children = [int(child) for child in text.split()]
    return [*children, *(below for child in children for below in descendants(child))]


def peak_mb(pid: int) -> float:
    """Return the peak resident memory of a process; 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = [line for line in lines if line.startswith("VmHWM")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def save(result: dict[str, object]) -> None:
    """Write the figures."""
    target = Path("reports/benchmarks/memory.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
