"""Draw docs/images/cells.png: synthetic cells of each scene and class, and the regions found in them."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image

from leukfeat.datasets.synthetic import synthesize
from leukfeat.imaging import LoadCells

SCENES = {"masked": "one cell on black", "cell": "one cell among red cells", "field": "many cells"}
CLASSES = ("lymphocyte", "blast")
REGIONS = {"cell": ("#00b8d9", 0), "nucleus": ("#ffd400", 128)}  # outline of all that is above
N_PER_CLASS = 3
N_COLOURS = 96


def draw_tile(axes: Axes, scene: str, rgb: NDArray[np.uint8]) -> None:
    """Show one image as the program frames it, and its regions."""
    cell, _ = LoadCells(size=300, scene=scene).cell(rgb)
    axes.imshow(cell[..., :3], interpolation="antialiased")
    for colour, level in REGIONS.values():
        axes.contour(cell[..., 3] > level, levels=[0.5], colors=colour, linewidths=1.1)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def draw_class(rows: Sequence[Sequence[Axes]], label: str) -> None:
    """Fill the columns of one class: one row of tiles per scene."""
    for row, scene in zip(rows, SCENES, strict=True):
        images = (
            image for image in synthesize(24, n_subjects=6, scene=scene, seed=3) if image.label == label
        )
        for axes, image in zip(row, images, strict=False):
            draw_tile(axes, scene, image.rgb)
    rows[0][len(rows[0]) // 2].set_title(label, fontsize=11)


def draw() -> Figure:
    """Lay out one row per scene, the classes side by side with a gap between them."""
    figure = plt.figure(figsize=(9.6, 5.2), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    widths = [1.0] * N_PER_CLASS + [0.06] + [1.0] * N_PER_CLASS
    grid = figure.add_gridspec(len(SCENES), len(widths), width_ratios=widths)
    for label, start in zip(CLASSES, (0, N_PER_CLASS + 1), strict=True):
        columns = range(start, start + N_PER_CLASS)
        rows = [[figure.add_subplot(grid[i, j]) for j in columns] for i in range(len(SCENES))]
        draw_class(rows, label)
        if start == 0:
            for row, (scene, words) in zip(rows, SCENES.items(), strict=True):
                row[0].set_ylabel(f"{scene}\n{words}", fontsize=9, labelpad=8)
    handles = [Line2D([], [], color=colour, label=name) for name, (colour, _) in REGIONS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)
    return figure


def main() -> None:
    """Write the picture with few colours, so that it stays small."""
    buffer = BytesIO()
    draw().savefig(buffer, dpi=110)
    target = Path(__file__).with_name("images") / "cells.png"
    target.parent.mkdir(exist_ok=True)
    picture = Image.open(buffer).convert("RGB")
    picture.quantize(N_COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    main()
