"""What embeddings add to the models, and whether it is the training of the network that does it.

    python benchmarks/embedding_scores.py MANIFEST NAME [--labels a,b] [--embargo N] [--backbones NAME,...]
                                          [--jobs N] [--work DIR] [--reports DIR]

On the same folds, patients or neighbours apart: colour alone, all classical families, each embedding, the
same network with random weights, and classical families and embedding together. The models are those of
`leukfeat compare` as they come; nothing is calibrated. Writes NAME.csv and NAME.md to
reports/reference/embeddings. Finished fits and random networks lie in --work: the same command goes on there.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import pandas as pd

from leukfeat import Settings
from leukfeat._isolation import Limits
from leukfeat._workers import check_jobs
from leukfeat.comparison.audited import Audited, audited
from leukfeat.comparison.divide import divide_the_rest
from leukfeat.comparison.evaluate import Sweep, interval_of
from leukfeat.datasets import read_manifest
from leukfeat.datasets.selection import select_rows
from leukfeat.extraction import extract
from leukfeat.features import DEFAULT_FAMILIES, CellFeatures, FeatureTable, FrozenCNN, ImageFeatures
from leukfeat.features.weights import locate
from leukfeat.imaging import LoadCells
from leukfeat.report.statistics import summarize_predictions
from leukfeat.sweep import CORE, Runner, TaskStore

REPORTS = Path(__file__).resolve().parents[1] / "reports" / "reference" / "embeddings"
BACKBONES = "squeezenet1_1,mobilenet_v2,resnet50_v2_stage3"
METRICS = {"balanced_accuracy": "Balanced accuracy", "roc_auc": "ROC AUC"}


def main() -> None:
    """Measure the images once, then fit on every set of features, and write after each."""
    options = parse()
    options.reports.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() if options.work is None else nullcontext(options.work) as work:
        seen, settings = measured(options, Path(work))
        splits = divide_the_rest(seen.extraction, settings, seen.same)
        table = seen.extraction.table
        runner = Runner(
            check_jobs("embedding_scores", options.jobs), Limits(), TaskStore(Path(work) / "tasks")
        )
        rows: list[dict[str, object]] = []
        for name, columns in feature_sets(table, options.backbones):
            rows += scored(name, Sweep(restrict(table, columns), splits, settings, runner))
            pd.DataFrame(rows).to_csv(options.reports / f"{options.name}.csv", index=False)
    text = render(pd.DataFrame(rows), [*seen.notes, *splits.notes], options)
    (options.reports / f"{options.name}.md").write_text(text, encoding="utf-8")


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("name", help="of the two files")
    parser.add_argument("--labels", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--positive")
    parser.add_argument("--embargo", type=int, default=Settings.embargo)
    parser.add_argument("--backbones", type=lambda text: text.split(","), default=BACKBONES.split(","))
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--work", type=Path, help="an existing folder (default: a temporary one)")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where to write")
    return parser.parse_args()


def measured(options: argparse.Namespace, work: Path) -> tuple[Audited, Settings]:
    """Measure everything in one pass, families, networks, and networks with random weights; and audit."""
    settings = Settings(labels=options.labels, positive=options.positive, embargo=options.embargo)
    manifest = read_manifest(options.manifest)
    manifest = manifest[select_rows(manifest, settings.labels, settings.positive)[0]].reset_index(drop=True)
    networks = [
        FrozenCNN(name)
        for backbone in options.backbones
        for name in (backbone, randomised(locate(backbone).path, work / f"random_{backbone}.onnx"))
    ]
    images = ImageFeatures(LoadCells(), CellFeatures([*DEFAULT_FAMILIES, *networks]))
    jobs = check_jobs("embedding_scores", options.jobs)
    return audited(extract(manifest, images, jobs=jobs), settings, jobs), settings


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


def scored(name: str, sweep: Sweep) -> list[dict[str, object]]:
    """Return the scores of the models on one set of features, with their intervals."""
    results = sweep.fit(CORE, calibrate=False)
    statistics = summarize_predictions(sweep.predictions(CORE, results))
    rows: list[dict[str, object]] = []
    for candidate in CORE:
        own = [item for item in results if item.model == candidate.name]
        row: dict[str, object] = {
            "features": name,
            "columns": len(sweep.table.feature_names),
            "model": candidate.name,
            "reason": next((item.reason for item in own if item.reason), ""),
            "seconds": round(float(np.mean([item.fit_seconds + item.predict_seconds for item in own])), 2),
        }
        for metric in METRICS:
            figures = zip(
                ("value", "low", "high"), interval_of(statistics, candidate.name, metric), strict=True
            )
            row |= {f"{metric}_{what}": round(figure, 4) for what, figure in figures}
        rows.append(row)
        print(*row.values(), sep="  ", flush=True)
    return rows


def render(rows: pd.DataFrame, notes: list[str], options: argparse.Namespace) -> str:
    """Return the page: a table for each metric."""
    call = f"python benchmarks/embedding_scores.py MANIFEST {options.name}"
    call += f" --labels {','.join(options.labels)}" if options.labels else ""
    call += f" --backbones {','.join(options.backbones)}"
    call += f" --embargo {options.embargo}" if options.embargo != Settings.embargo else ""
    versions = ", ".join(f"{name} {version(name)}" for name in ("leukfeat", "scikit-learn", "xgboost"))
    lines = [
        f"# Classical features and embeddings: {options.name}",
        "",
        f"Written by `{call}`; {versions}.",
        "",
    ]
    lines += [
        "Means over test folds with 95 % intervals. `Colour` is the family of that name alone; a network"
    ]
    lines += ["with random weights has the layers of the trained one, and has never seen a picture.", ""]
    lines += [f"- {note}" for note in notes]
    for metric, title in METRICS.items():
        cell = rows[f"{metric}_value"].map("{:.3f}".format)
        cell += " [" + rows[f"{metric}_low"].map("{:.3f}".format) + ", "
        cell += rows[f"{metric}_high"].map("{:.3f}".format) + "]"
        table = rows.assign(cell=cell).pivot_table(
            index=["features", "columns"], columns="model", values="cell", aggfunc="first", sort=False
        )
        names = [candidate.name for candidate in CORE]
        lines += ["", f"## {title}", "", f"| features | columns | {' | '.join(names)} |"]
        lines.append("|---|---:|" + "---:|" * len(names))
        for (features, columns), cells in table[names].iterrows():
            lines.append(f"| {features} | {columns} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


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


def untrained(kind: str, place: int, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Draw weights for one input of a layer."""
    if kind == "BatchNormalization":  # scale, bias, mean, variance
        return np.ones(shape) if place in (1, 4) else np.zeros(shape)
    if place > 1:
        return np.zeros(shape)
    n_inputs = int(np.prod(shape[1:])) if len(shape) > 1 else 1
    return generator.normal(0.0, np.sqrt(2.0 / n_inputs), shape)


if __name__ == "__main__":
    main()
