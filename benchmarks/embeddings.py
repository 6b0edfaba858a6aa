"""What embeddings cost.

    python benchmarks/embeddings.py [--backbones NAME,...] [--repeats N] [--reports DIR]

Times ONNX Runtime alone, then embeddings from cells and from decoded images in memory, in turn and on one
thread, in seconds of the processor; the ratios are those of the fastest repetitions. Writes embeddings.json
to reports/benchmarks. A network whose weights are not on this machine is named, and left out.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from side_by_side.machine import describe_machine

from leukfeat._workers import one_thread
from leukfeat.datasets import read_manifest
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.errors import LeukfeatError
from leukfeat.features import CellFeatures, FrozenCNN, ImageFeatures
from leukfeat.features.preprocessing import standardise
from leukfeat.features.sessions import open_session
from leukfeat.features.weights import locate
from leukfeat.imaging import LoadCells

REPORTS = Path(__file__).resolve().parents[1] / "reports" / "benchmarks"
BACKBONES = "squeezenet1_1,mobilenet_v2"
N_IMAGES = 16
SOURCE = 360  # pixels: what a camera's crop of one cell measures


def main() -> None:
    """Time every network and save the figures."""
    options = parse()
    here = [backbone for backbone in options.backbones if is_here(backbone)]
    if here:
        options.reports.mkdir(parents=True, exist_ok=True)
        measure_speed(here, options)


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backbones", type=lambda text: text.split(","), default=BACKBONES.split(","))
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where to write")
    return parser.parse_args()


def is_here(backbone: str) -> bool:
    """Return whether its weights are on this machine; else say how to get them."""
    try:
        locate(backbone)
    except LeukfeatError as missing:
        print(missing)
        return False
    return True


def measure_speed(backbones: list[str], options: argparse.Namespace) -> None:
    """Time every network and save the figures."""
    with tempfile.TemporaryDirectory() as folder, one_thread():
        rgb = decoded_images(Path(folder))
        rows = [
            {
                "backbone": backbone,
                "background": background,
                **time_backbone(backbone, background, rgb, options.repeats),
            }
            for backbone in backbones
            for background in ("keep", "mean")
        ]
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    result = {"machine": describe_machine(), "milliseconds": rows}
    (options.reports / "embeddings.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def decoded_images(folder: Path) -> list[NDArray[np.uint8]]:
    """Draw cells of the size that cameras give."""
    frame = read_manifest(write_synthetic(folder / "cells", N_IMAGES, n_subjects=4, size=SOURCE))
    return [np.ascontiguousarray(cv2.imread(path)[..., ::-1]) for path in frame["path"]]


def time_backbone(
    backbone: str, background: str, rgb: list[NDArray[np.uint8]], repeats: int
) -> dict[str, float]:
    """Return milliseconds per image of the bare session, of cells, of images, and their ratios."""
    family = FrozenCNN(backbone, background=background)
    images = ImageFeatures(LoadCells(200, "cell"), CellFeatures([family])).fit([])
    cells = np.stack([images.load_.cell(image, family.frame_size)[0] for image in rgb])
    ways: dict[str, Callable[[], object]] = {
        **{f"bare_{n}": partial(bare_session(backbone, cells, n)) for n in (1, 4, 16)},
        "cells": lambda: family.transform(cells),
        "images": lambda: images.measure_frames([images.frame(image) for image in rgb]),
    }
    times = interleave(ways, repeats)
    bare = min(value for name, value in times.items() if name.startswith("bare"))
    return {**times, "cells_ratio": times["cells"] / bare, "images_ratio": times["images"] / bare}


def bare_session(backbone: str, cells: NDArray[np.uint8], n: int) -> Callable[[], object]:
    """Return what ONNX Runtime does alone, on inputs made beforehand, n at a time."""
    weights = locate(backbone)
    session = open_session(weights, "penultimate", "cpu")
    inputs = standardise(cells, weights.preprocessing, session.layout, session.dtype)
    name = session.runtime.get_inputs()[0].name
    parts = [inputs[start : start + n] for start in range(0, len(inputs), n)]
    return lambda: [session.runtime.run(None, {name: part}) for part in parts]


def interleave(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the fastest of several repetitions of each way, in turn, in milliseconds per image."""
    fastest = dict.fromkeys(ways, np.inf)
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.thread_time()
            way()
            if turn:  # the first warms up
                fastest[name] = min(fastest[name], 1000 * (time.thread_time() - start) / N_IMAGES)
    return fastest


if __name__ == "__main__":
    main()
