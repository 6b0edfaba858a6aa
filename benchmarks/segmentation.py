"""How well and how fast the segmentation is.

Dice against expert masks and against synthetic truth, and milliseconds per image.

    python benchmarks/segmentation.py [--data DIR] [--n N] [--worst DIR] [--reports DIR]

Real masks: `wbc_masks` in the data folder (datasets 1 and 2 of segmentation_WBC). Image and mask go
through the same frame of 200 pixels; a class is present where it covers half of a frame pixel.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from leukfeat.datasets.synthetic import synthesize
from leukfeat.imaging.framing import frame, square
from leukfeat.imaging.scene import SCENES
from leukfeat.imaging.segmentation import BACKGROUND, CYTOPLASM, NUCLEUS, segment

SIZE = 200
LOW, HIGH = 64, 192
N_SYNTHETIC = 200
REPEATS = 5
TARGETS = {
    "wbc": {"nucleus_median": 0.96, "nucleus_mean": 0.93, "cell_median": 0.90},
    "synthetic": {"nucleus_median": 0.97, "cell_median": 0.97},
}


class Case(NamedTuple):
    """A framed image with its true region."""

    name: str
    rgb: NDArray[np.uint8]
    truth: NDArray[np.uint8]


def frame_mask(mask: NDArray[np.uint8], scene: str) -> NDArray[np.uint8]:
    """Bring a mask of 0, 128 and 255 to the frame: each class where it covers half of a pixel."""
    whole = square(mask, scene)
    region = np.full((SIZE, SIZE), BACKGROUND, dtype=np.uint8)
    for above, value in ((LOW, CYTOPLASM), (HIGH, NUCLEUS)):
        share = cv2.resize((whole > above).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        region[share >= 0.5] = value
    return region


def wbc_cases(folder: Path, n: int | None) -> Iterator[Case]:
    """Yield the images of one folder of `wbc_masks` that have a mask."""
    for path in sorted(folder.glob("*_mask.png"))[:n]:
        image = path.with_name(path.name.replace("_mask", ""))
        rgb = cv2.cvtColor(cv2.imread(str(image), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        yield Case(image.stem, frame(rgb, SIZE, "cell")[0], frame_mask(mask, "cell"))


def synthetic_cases(scene: str, n: int) -> Iterator[Case]:
    """Yield synthetic images of one scene."""
    for image in synthesize(n, scene=scene, seed=0):
        yield Case(image.name, frame(image.rgb, SIZE, scene)[0], frame_mask(image.region, scene))


def dice(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Return twice the common area over the sum of the areas; 1 where both are empty."""
    total = int(found.sum()) + int(true.sum())
    return 2 * int((found & true).sum()) / total if total else 1.0


def milliseconds(cases: list[Case], scene: str) -> float:
    """Return the median over images of the best of a few runs, one thread."""
    best = []
    for case in cases:
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            segment(case.rgb, scene)
            times.append(time.perf_counter() - start)
        best.append(min(times))
    return 1000 * float(np.median(best))


def measure(cases: list[Case], scene: str, worst: Path | None) -> dict[str, Any]:
    """Return Dice and time of one set, and draw the worst where a folder is given."""
    regions = [segment(case.rgb, scene) for case in cases]
    nucleus = np.array([dice(r == NUCLEUS, c.truth == NUCLEUS) for r, c in zip(regions, cases, strict=True)])
    cell = np.array([dice(r > 0, c.truth > 0) for r, c in zip(regions, cases, strict=True)])
    if worst is not None:
        draw_worst(cases, regions, nucleus, worst / "nucleus")
        draw_worst(cases, regions, cell, worst / "cell")
    return {
        "n": len(cases),
        "nucleus_median": float(np.median(nucleus)),
        "nucleus_mean": float(nucleus.mean()),
        "nucleus_5%": float(np.quantile(nucleus, 0.05)),
        "cell_median": float(np.median(cell)),
        "cell_mean": float(cell.mean()),
        "cell_5%": float(np.quantile(cell, 0.05)),
        "ms": milliseconds(cases[:60], scene),
    }


def draw_worst(
    cases: list[Case], regions: list[NDArray[np.uint8]], scores: NDArray[np.float64], folder: Path
) -> None:
    """Write the worst 5 %, image, truth and ours side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in np.argsort(scores)[: max(1, len(scores) // 20)]:
        case = cases[index]
        panels = [case.rgb, overlay(case.rgb, case.truth), overlay(case.rgb, regions[index])]
        picture = cv2.cvtColor(np.hstack(panels), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{scores[index]:.3f}_{case.name}.png"), picture)


def overlay(rgb: NDArray[np.uint8], region: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw the outlines of cell (green) and nucleus (yellow)."""
    drawn = rgb.copy()
    for above, colour in ((BACKGROUND, (0, 255, 0)), (CYTOPLASM, (255, 255, 0))):
        mask = (region > above).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, colour, 1)
    return drawn


def missed(name: str, row: dict[str, Any]) -> list[str]:
    """Return the targets a row misses."""
    kind = "synthetic" if name.startswith("synthetic") else "wbc"
    return [f"{key} {row[key]:.3f} < {low}" for key, low in TARGETS[kind].items() if row[key] < low]


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return a markdown table."""
    columns = list(next(iter(rows.values())))
    lines = ["| set | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, row in rows.items():
        cells = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values())
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(rows: dict[str, dict[str, Any]], folder: Path) -> None:
    """Write segmentation.json and segmentation.md."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
    }
    content = {"size": SIZE, "targets": TARGETS, "machine": machine, "sets": rows}
    (folder / "segmentation.json").write_text(json.dumps(content, indent=2) + "\n")
    note = "Dice on the frame of 200 pixels; ms: median over images of the best of five runs, one thread."
    versions = ", ".join(f"{key} {value}" for key, value in machine.items())
    text = f"# Segmentation\n\n{table(rows)}\n\n{note} Machine: {versions}.\n"
    (folder / "segmentation.md").write_text(text)


def sources(data: Path, n: int | None) -> dict[str, tuple[str, Callable[[], Iterator[Case]]]]:
    """Return name, scene and maker of every set at hand."""
    found: dict[str, tuple[str, Callable[[], Iterator[Case]]]] = {}
    for folder in sorted((data / "wbc_masks").glob("dataset_*")):
        found[f"wbc {folder.name}"] = ("cell", lambda folder=folder: wbc_cases(folder, n))  # type: ignore[misc]
    for scene in SCENES:
        found[f"synthetic {scene}"] = (scene, lambda scene=scene: synthetic_cases(scene, n or N_SYNTHETIC))  # type: ignore[misc]
    return found


def arguments() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    data = Path(os.environ.get("LEUKFEAT_DATA", root.parent / "shared" / "data"))
    parser = argparse.ArgumentParser(description="Dice and speed of the segmentation.")
    parser.add_argument("--data", type=Path, default=data, help="folder of the real data sets")
    parser.add_argument("--n", type=int, help="images of each set (default: all, and 200 synthetic ones)")
    parser.add_argument("--worst", type=Path, help="folder for pictures of the worst 5 %%")
    parser.add_argument(
        "--reports", type=Path, default=root / "reports" / "benchmarks", help="where to write"
    )
    return parser.parse_args()


def main() -> None:
    """Measure every set, print and write the table."""
    options = arguments()
    cv2.setNumThreads(1)
    rows = {}
    for name, (scene, make) in sources(options.data, options.n).items():
        worst = options.worst / name.replace(" ", "_") if options.worst else None
        rows[name] = measure(list(make()), scene, worst)
    print(table(rows))
    for name, row in rows.items():
        for miss in missed(name, row):
            print(f"missed, {name}: {miss}")
    if not any(name.startswith("wbc") for name in rows):
        print(f"no wbc_masks in {options.data}; --data names the folder")
    report(rows, options.reports)


if __name__ == "__main__":
    main()
