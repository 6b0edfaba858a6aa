"""What embeddings cost, and whether it is the training of the network that makes them good.

    python benchmarks/embeddings.py speed [--backbones NAME,...]
    python benchmarks/embeddings.py scores MANIFEST [--labels a,b] [--backbones NAME,...] [--jobs N]

`speed` times ONNX Runtime alone, then embeddings from cells and from decoded images in memory, in turn and on
one thread, in seconds of the processor; the ratios are those of the fastest repetitions. `scores` compares,
on the same folds, colour alone, all classical families, each embedding, the same network with random weights,
and classical families and embedding together. Results land in reports/benchmarks: embeddings.json and
embeddings_MANIFEST.csv.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnx
import pandas as pd
from numpy.typing import NDArray
from side_by_side.machine import describe_machine

from leukfeat import Settings, compare
from leukfeat._workers import one_thread
from leukfeat.datasets import read_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.datasets.synthetic import write_synthetic
from leukfeat.extraction import extract
from leukfeat.features import DEFAULT_FAMILIES, CellFeatures, FeatureTable, FrozenCNN, ImageFeatures
from leukfeat.features.preprocessing import standardise
from leukfeat.features.sessions import open_session
from leukfeat.features.weights import locate
from leukfeat.imaging import LoadCells

REPORTS = Path(__file__).resolve().parents[1] / "reports" / "benchmarks"
BACKBONES = "squeezenet1_1,mobilenet_v2"
N_IMAGES = 16
SOURCE = 360  # pixels: what a camera's crop of one cell measures
SCORES = ["balanced_accuracy", "roc_auc"]


def main() -> None:
    """Do what was asked for."""
    options = parse()
    options.reports.mkdir(parents=True, exist_ok=True)
    options.run(options)


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    speed = commands.add_parser("speed")
    speed.set_defaults(run=measure_speed)
    speed.add_argument("--repeats", type=int, default=12)
    scores = commands.add_parser("scores")
    scores.set_defaults(run=measure_scores)
    scores.add_argument("manifest", type=Path)
    scores.add_argument("--labels", type=lambda text: tuple(text.split(",")))
    scores.add_argument("--positive")
    scores.add_argument("--jobs", type=int)
    scores.add_argument("--background", default="auto")
    for command in (speed, scores):
        command.add_argument("--backbones", type=lambda text: text.split(","), default=BACKBONES.split(","))
        command.add_argument("--reports", type=Path, default=REPORTS, help="where to write")
    return parser.parse_args()


def measure_speed(options: argparse.Namespace) -> None:
    """Time every network and save the figures."""
    with tempfile.TemporaryDirectory() as folder, one_thread():
        rgb = decoded_images(Path(folder))
        rows = [
            {
                "backbone": backbone,
                "background": background,
                **time_backbone(backbone, background, rgb, options.repeats),
            }
            for backbone in options.backbones
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


def measure_scores(options: argparse.Namespace) -> None:
    """Compare the sets of features and save their leaderboards."""
    settings = Settings(labels=options.labels, positive=options.positive)
    manifest = read_manifest(options.manifest)
    manifest = manifest[select_rows(manifest, settings.labels, settings.positive)[0]].reset_index(drop=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        table = extract(manifest, image_features(options, folder), jobs=options.jobs).table
        boards = [
            scored(name, restrict(table, columns), folder, settings, options.jobs)
            for name, columns in feature_sets(table, options.backbones)
        ]
    target = options.reports / f"embeddings_{options.manifest.stem}.csv"
    pd.concat(boards).to_csv(target, index=False)


def image_features(options: argparse.Namespace, folder: Path) -> ImageFeatures:
    """Measure everything in one pass: families, networks, and networks with random weights."""
    networks = [
        FrozenCNN(name, background=options.background)
        for backbone in options.backbones
        for name in (backbone, randomised(locate(backbone).path, folder / f"random_{backbone}.onnx"))
    ]
    return ImageFeatures(LoadCells(), CellFeatures([*DEFAULT_FAMILIES, *networks]))


def feature_sets(table: FeatureTable, backbones: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the sets that are compared, by name."""
    classical = tuple(name for name in table.feature_names if not name.startswith("emb_"))
    yield "colour", tuple(name for name in classical if name.startswith("color_"))
    yield "classical", classical
    for backbone in backbones:
        trained, random = (
            tuple(
                name
                for name in table.feature_names
                if name.startswith(f"emb_{prefix}{locate(backbone).name}_")
            )
            for prefix in ("", "random_")
        )
        yield f"{backbone}, random weights", random
        yield backbone, trained
        yield f"classical + {backbone}", classical + trained


def restrict(table: FeatureTable, columns: tuple[str, ...]) -> FeatureTable:
    """Keep some columns."""
    others = [name for name in table.feature_names if name not in columns]
    return FeatureTable(table.frame.drop(columns=others), columns, table.metadata)


def scored(
    name: str, table: FeatureTable, folder: Path, settings: Settings, jobs: int | None
) -> pd.DataFrame:
    """Return the leaderboard of one set of features."""
    path = table.write(folder / f"{name}.parquet")
    compare(path, folder / f"run {name}", settings, jobs=jobs)
    board = pd.read_csv(folder / f"run {name}" / "leaderboard.csv")
    board.insert(0, "Features", name)
    print(board.iloc[:, :6].to_string(index=False), flush=True)
    return board


def randomised(source: Path, target: Path, seed: int = 0) -> Path:
    """Write the same network with weights that were never trained: normal, of He's variance; no biases."""
    model = onnx.load(source)
    generator = np.random.default_rng(seed)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    casts = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Cast"}
    for node in model.graph.node:
        for place, name in enumerate(node.input[1:], start=1):
            tensor = tensors.get(casts.get(name, name))
            if tensor is not None and node.op_type in ("Conv", "Gemm", "MatMul", "BatchNormalization"):
                old = onnx.numpy_helper.to_array(tensor)
                new = untrained(node.op_type, place, old.shape, generator).astype(old.dtype)
                tensor.CopyFrom(onnx.numpy_helper.from_array(new, tensor.name))
    onnx.save(model, target)
    return target


def untrained(
    kind: str, place: int, shape: tuple[int, ...], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw weights for one input of a layer."""
    if kind == "BatchNormalization":  # scale, bias, mean, variance
        return np.ones(shape) if place in (1, 4) else np.zeros(shape)
    if place > 1:
        return np.zeros(shape)
    n_inputs = int(np.prod(shape[1:])) if len(shape) > 1 else 1
    return generator.normal(0.0, np.sqrt(2.0 / n_inputs), shape)


if __name__ == "__main__":
    main()
