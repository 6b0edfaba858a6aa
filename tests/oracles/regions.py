"""Cells, nuclei and luma as the oracles see them: by SciPy and NumPy alone."""

from collections.abc import Callable, Iterable, Sequence
from math import isnan, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = [
    "BACKGROUND",
    "CYTOPLASM",
    "NUCLEUS",
    "Region",
    "cells",
    "grey",
    "median_over_cells",
    "medians",
    "pixels",
    "ratio",
]

BACKGROUND, CYTOPLASM, NUCLEUS = 0, 128, 255


class Region(NamedTuple):
    """One cell in a frame of its own with a border of background: its masks, and luma."""

    cell: NDArray[np.bool_]
    nucleus: NDArray[np.bool_]
    grey: NDArray[np.uint8]


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rec. 601 luma with weights in units of 2**-15, rounded to the nearest level."""
    weights = np.array([9798, 19235, 3735])
    return ((image[..., :3].astype(np.int64) @ weights + 2**14) >> 15).astype(np.uint8)


def pixels(image: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Red, green, blue of the pixels of a region, shape (n, 3)."""
    return image[..., :3][image[..., 3] == level]


def cells(image: NDArray[np.uint8]) -> list[Region]:
    """The 4-connected parts of what is not background."""
    labels, _ = ndimage.label(image[..., 3] > 0)
    boxes = ndimage.find_objects(labels)
    return [_region(image[box], labels[box] == k) for k, box in enumerate(boxes, start=1)]


def _region(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Region:
    nucleus = mask & (image[..., 3] == NUCLEUS)
    return Region(np.pad(mask, 1), np.pad(nucleus, 1), np.pad(grey(image), 1))


def medians(rows: Iterable[dict[str, float]], columns: Sequence[str]) -> dict[str, float]:
    """The median of each column over the rows that hold a number, NaN where none does."""
    held = [row for row in rows if row]
    return {name: _median([row[name] for row in held]) for name in columns}


def _median(values: Iterable[float]) -> float:
    measured = [value for value in values if not isnan(value)]
    return float(np.median(measured)) if measured else nan


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan


def median_over_cells(
    measure: Callable[[Region], dict[str, float]], columns: Sequence[str]
) -> Callable[[NDArray[np.uint8]], dict[str, float]]:
    """Make a reference of a measure of single cells, which gives nothing for a cell that does not count."""
    return lambda image: medians(map(measure, cells(image)), columns)
