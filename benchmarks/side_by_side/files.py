"""From the bytes of a file to its row, without a cache."""

import argparse
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pandas as pd

from leukfeat import CellFeatures, ImageFeatures, LoadCells, extract
from leukfeat.datasets.synthetic import synthesize
from side_by_side.machine import n_cores

N_DISTINCT = 60
N_STAGED = 120
SETTLED = 0.25  # share of the images after which all workers run
STAGES = ("read", "hash", "decode", "resample", "segment", "features")


class Kind(NamedTuple):
    """A kind of file: where real ones are, what they show, and how synthetic ones are made."""

    name: str
    pattern: str
    scene: str
    shape: tuple[int, int]
    suffix: str


KINDS = (
    Kind("BMP 450×450", "cnmc_sample/**/*.bmp", "masked", (450, 450), ".bmp"),
    Kind("JPEG 360×363", "deepapl/images/*/*.jpg", "cell", (363, 360), ".jpg"),
)


class Run(NamedTuple):
    """One extraction: its duration, and when how many rows were there."""

    seconds: float
    marks: list[tuple[float, int]]


def measure_kind(kind: Kind, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the stages, the end-to-end rate and the gain by workers for one kind of file."""
    drawn, origin = draw(kind, options.data, folder)
    paths = multiply(drawn, options.files, folder / "many")
    images = ImageFeatures(LoadCells(scene=kind.scene), CellFeatures()).fit([str(path) for path in paths])
    once(paths[:32], images, 1)
    rounds = [one_round(paths, images) for _ in range(options.rounds)]
    stages = {stage: median(r["stages"][stage] for r in rounds) for stage in rounds[0]["stages"]}
    workers = {str(jobs): summary([r["runs"][jobs] for r in rounds]) for jobs in worker_counts()}
    return {
        "files": f"{len(paths)} names of {len(drawn)} files, {origin}",
        "stages_ms": stages,
        "sum_ms": sum(stages.values()),
        "sum_per_second": 1000 / sum(stages.values()),
        "workers": workers,
        "gain": {jobs: gain(rounds, int(jobs)) for jobs in workers},
    }


def worker_counts() -> list[int]:
    """Return 1, 2, 4 … up to the number of cores."""
    return [2**k for k in range(n_cores().bit_length()) if 2**k <= n_cores()]


def draw(kind: Kind, data: Path, folder: Path) -> tuple[list[Path], str]:
    """Copy real files of the kind, or write synthetic ones."""
    real = [path for path in spread(sorted(data.glob(kind.pattern))) if size_of(path) == kind.shape]
    source = folder / "source"
    source.mkdir()
    if real:
        copies = [source / f"{k:03d}{kind.suffix}" for k in range(len(real))]
        for copy, path in zip(copies, real, strict=True):
            copy.write_bytes(path.read_bytes())
        return copies, f"real ({kind.pattern.partition('/')[0]})"
    return write_synthetic_files(kind, source), "synthetic"


def spread(paths: list[Path]) -> list[Path]:
    """Return some paths, evenly spread over the list."""
    picks = np.unique(np.linspace(0, len(paths) - 1, min(N_DISTINCT, len(paths))).astype(int))
    return [paths[pick] for pick in picks]


def size_of(path: Path) -> tuple[int, int]:
    """Return height and width of an image."""
    image = cv2.imread(str(path))
    return (0, 0) if image is None else image.shape[:2]


def write_synthetic_files(kind: Kind, folder: Path) -> list[Path]:
    """Write synthetic images of the kind's size and format."""
    paths = []
    height, width = kind.shape
    for image in synthesize(N_DISTINCT, scene=kind.scene, size=max(kind.shape), seed=0):
        paths.append(folder / f"{image.name}{kind.suffix}")
        cv2.imwrite(str(paths[-1]), image.rgb[:height, :width, ::-1])
    return paths


def multiply(drawn: list[Path], n: int, folder: Path) -> list[Path]:
    """Give the files `n` names by hard links."""
    folder.mkdir()
    paths = [folder / f"{k:06d}{drawn[0].suffix}" for k in range(n)]
    for k, path in enumerate(paths):
        os.link(drawn[k % len(drawn)], path)
    return paths


def one_round(paths: list[Path], images: ImageFeatures) -> dict[str, Any]:
    """Time the stages and an extraction with each number of workers, one after the other."""
    stages = stage_times(paths[:N_STAGED], images)
    return {"stages": stages, "runs": {jobs: once(paths, images, jobs) for jobs in worker_counts()}}


def stage_times(paths: list[Path], images: ImageFeatures) -> dict[str, float]:
    """Return milliseconds per image of each stage: file after file, then the features of all."""
    load, features = images.load_, CellFeatures()
    clock, cells = Stopwatch(), []
    for path in paths:
        clock.start()
        data = clock.lap("read", load.read, path)
        clock.lap("hash", lambda data: hashlib.sha256(data).hexdigest(), data)
        rgb = clock.lap("decode", load.decode, data, path)
        framed, _ = clock.lap("resample", load.frame, rgb)
        cells.append(clock.lap("segment", load.segment, framed))
    clock.start()
    clock.lap("features", features.transform, np.stack(cells))
    return {stage: 1000 * clock.seconds[stage] / len(paths) for stage in STAGES}


class Stopwatch:
    """Adds up the time of each stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.last = 0.0

    def start(self) -> None:
        """Begin an image."""
        self.last = time.perf_counter()

    def lap(self, stage: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function and add its time to the stage's."""
        result = function(*arguments)
        now = time.perf_counter()
        self.seconds[stage] += now - self.last
        self.last = now
        return result


def once(paths: list[Path], images: ImageFeatures, jobs: int) -> Run:
    """Extract once, noting when rows arrive."""
    manifest = pd.DataFrame({"path": [str(path) for path in paths]})
    marks: list[tuple[float, int]] = []
    start = time.perf_counter()
    extraction = extract(
        manifest,
        images,
        jobs=jobs,
        cache=False,
        progress=lambda done, _: marks.append((time.perf_counter() - start, done)),
    )
    seconds = time.perf_counter() - start
    assert len(extraction.errors) == 0, extraction.errors
    return Run(seconds, marks)


def summary(runs: list[Run]) -> dict[str, float]:
    """Return rates over all of a run and once all workers run, and the time before that."""
    n = runs[0].marks[-1][1]
    return {
        "per_second": median(n / run.seconds for run in runs),
        "per_second_settled": median(settled_rate(run) for run in runs),
        "start_up_s": median(run.seconds - n / settled_rate(run) for run in runs),
    }


def settled_rate(run: Run) -> float:
    """Return rows per second after the first quarter."""
    settled = next(mark for mark in run.marks if mark[1] >= SETTLED * run.marks[-1][1])
    (start, before), (end, after) = settled, run.marks[-1]
    return (after - before) / (end - start)


def gain(rounds: list[dict[str, Any]], jobs: int) -> float:
    """Return how many times faster than one process, start-up left out: median over rounds."""
    return median(settled_rate(r["runs"][jobs]) / settled_rate(r["runs"][1]) for r in rounds)


def median(figures: Any) -> float:
    return float(np.median(list(figures)))
