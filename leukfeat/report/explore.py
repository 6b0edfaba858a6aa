"""Pictures and counts of a data set, before anything is fitted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leukfeat._validation import check_int
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.imaging import LoadCells

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["count_images", "draw_samples", "outline_regions"]

_CELL_COLOR, _NUCLEUS_COLOR = (0, 158, 115), (230, 159, 0)
_LEGEND = " Green: cell, orange: nucleus."


def count_images(manifest: pd.DataFrame) -> pd.DataFrame:
    """Count images and subjects of each class.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `leukfeat.datasets.read_manifest` returns it, with labels.

    Returns
    -------
    pandas.DataFrame
        One row per class, sorted: `label`, `images`, `share` of all images and, where the manifest has them,
        `subjects`.
    """
    groups = manifest.groupby("label", sort=True)
    counts = groups.size().rename("images").to_frame()
    counts["share"] = counts["images"] / counts["images"].sum()
    if "subject" in manifest.columns:
        counts["subjects"] = groups["subject"].nunique()
    return counts.reset_index()


def draw_samples(
    manifest: pd.DataFrame,
    load: LoadCells | None = None,
    *,
    n_per_class: int = 6,
    seed: int = 0,
    regions: bool = True,
) -> "Figure":
    """Draw some cells of each class, with the outlines of cell and nucleus as the program sees them.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As `leukfeat.datasets.read_manifest` returns it, with labels.
    load : LoadCells, default=None
        How files become cells; None takes `LoadCells()`.
    n_per_class : int, default=6
        Cells of each class, in [1, 24].
    seed : int, default=0
        Of the choice.
    regions : bool, default=True
        Whether the outlines are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One row per class; an image that cannot be read leaves its place to the next one.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If not one image can be read.
    """
    from matplotlib.figure import Figure

    check_int("draw_samples", "n_per_class", n_per_class, 1, 24)
    loader = (LoadCells() if load is None else load).fit(manifest)
    rows = {label: _pick(group, loader, n_per_class, seed) for label, group in manifest.groupby("label")}
    if not any(rows.values()):
        raise ConfigurationError(f"Not one of {len(manifest)} images could be read.")
    figure = Figure(figsize=(1.5 * n_per_class + 0.4, 1.6 * len(rows) + 0.3), layout="constrained")
    panels = figure.subplots(len(rows), n_per_class, squeeze=False)
    for axes, (label, cells) in zip(panels, rows.items(), strict=True):
        _draw_row(axes, str(label), [outline_regions(cell) if regions else cell[..., :3] for cell in cells])
    figure.suptitle(f"Scene: {loader.scene_}.{_LEGEND if regions else ''}", fontsize=9)
    return figure


def outline_regions(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture of a cell with the outlines of its regions.

    Parameters
    ----------
    cell : numpy.ndarray of uint8, shape (size, size, 4)
        Red, green, blue and region.

    Returns
    -------
    numpy.ndarray of uint8, shape (size, size, 3)
        Green around cells, orange around nuclei.
    """
    picture = np.ascontiguousarray(cell[..., :3])
    for inside, color in ((cell[..., 3] > 0, _CELL_COLOR), (cell[..., 3] == 255, _NUCLEUS_COLOR)):
        found = cv2.findContours(inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, found[-2], -1, color, 1)
    return picture


def _pick(group: pd.DataFrame, loader: LoadCells, n_cells: int, seed: int) -> list[NDArray[np.uint8]]:
    cells: list[NDArray[np.uint8]] = []
    for path in group["path"].sample(frac=1, random_state=seed):
        if len(cells) == n_cells:
            break
        try:
            cells.append(loader.cell(loader.decode(loader.read(path), path))[0])
        except ImageError:
            continue
    return cells


def _draw_row(axes: Sequence[Any], label: str, pictures: Sequence[NDArray[np.uint8]]) -> None:
    for panel in axes:
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
    for panel, picture in zip(axes, pictures, strict=False):
        panel.imshow(picture)
    axes[0].set_ylabel(label, fontsize=9)
