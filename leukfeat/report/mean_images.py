"""The mean image of each class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat.errors import ImageError
from leukfeat.imaging import LoadCells

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MeanImage", "draw_mean_images", "mean_images"]

_MOST = 200
_COLUMNS = 4


@dataclass(frozen=True, eq=False)
class MeanImage:
    """What the images of a class have in common.

    Attributes
    ----------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        Their mean, rounded.
    nucleus : numpy.ndarray of float64, shape (size, size)
        Share of the images in which a pixel belongs to a nucleus.
    n_images : int
        Number of images.
    """

    rgb: NDArray[np.uint8]
    nucleus: NDArray[np.float64]
    n_images: int


def mean_images(
    manifest: pd.DataFrame, load: LoadCells, *, n_per_class: int = _MOST, seed: int = 0
) -> dict[str, MeanImage]:
    """Average images of each class.

    Parameters
    ----------
    manifest : pandas.DataFrame
        With `path` and `label`.
    load : LoadCells
        How files become cells, its scene settled.
    n_per_class : int, default=200
        How many images of each class, at most, chosen at random.
    seed : int, default=0
        Of the choice.

    Returns
    -------
    dict of str to MeanImage
        By class, sorted; a class without a readable image is absent.
    """
    means = {}
    for label, group in manifest.groupby("label", sort=True):
        total = np.zeros((load.size, load.size, 4), dtype=np.int64)
        count = 0
        for path in group["path"].sample(min(n_per_class, len(group)), random_state=seed):
            try:
                cell, _ = load.cell(load.decode(load.read(path), path))
            except ImageError:
                continue
            total[..., :3] += cell[..., :3]
            total[..., 3] += cell[..., 3] == 255
            count += 1
        if count:
            rgb = ((2 * total[..., :3] + count) // (2 * count)).astype(np.uint8)
            means[str(label)] = MeanImage(rgb, total[..., 3] / count, count)
    return means


def draw_mean_images(means: dict[str, MeanImage]) -> "Figure":
    """Draw mean images, and below each how often a pixel belongs to a nucleus.

    Parameters
    ----------
    means : dict of str to MeanImage
        By class.

    Returns
    -------
    matplotlib.figure.Figure
        At most four classes in a row.
    """
    from matplotlib.figure import Figure

    columns = min(len(means), _COLUMNS)
    rows = -(-len(means) // columns)
    figure = Figure(figsize=(2.3 * columns, 4.7 * rows), layout="constrained")
    panels = figure.subplots(2 * rows, columns, squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    for place, (label, mean) in enumerate(means.items()):
        row, column = divmod(place, columns)
        panels[2 * row, column].imshow(mean.rgb)
        panels[2 * row, column].set_title(f"{label} ({mean.n_images})", fontsize=9)
        panels[2 * row + 1, column].imshow(mean.nucleus, cmap="magma", vmin=0, vmax=1)
    return figure
