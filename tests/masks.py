"""Masks and cells that can be checked by hand, and the rows they give."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from leukfeat.features.family import CellFamily

__all__ = ["blob", "blobs", "cells_of", "disc", "from_drawing", "row", "runs_of", "textured"]

_REGIONS = {".": 0, "c": 128, "n": 255, "#": 1}


def from_drawing(*lines: str) -> NDArray[np.uint8]:
    """'.' outside, '#' inside a mask; 'c' cytoplasm, 'n' nucleus of a region channel."""
    return np.array([[_REGIONS[letter] for letter in line] for line in lines], dtype=np.uint8)


def disc(radius: float, size: int, centre: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    row, column = centre or ((size - 1) / 2, (size - 1) / 2)
    rows, columns = np.mgrid[:size, :size]
    return (np.hypot(rows - row, columns - column) <= radius).astype(np.uint8)


def blob(seed: int, size: int = 40, share: float = 0.4) -> NDArray[np.uint8]:
    """Smooth shapes with lobes, holes and parts that lie apart, some at the border."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 3.0)
    return (noise > np.quantile(noise, 1.0 - share)).astype(np.uint8)


def blobs() -> st.SearchStrategy[NDArray[np.uint8]]:
    return st.builds(blob, st.integers(0, 10_000), st.integers(20, 45), st.sampled_from([0.02, 0.3, 0.6]))


def cells_of(region: NDArray[np.uint8], rgb: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """One image of a square region channel; mid-grey where no colours are given."""
    cells = np.full((1, *region.shape, 4), 100, dtype=np.uint8)
    if rgb is not None:
        cells[0, ..., :3] = rgb
    cells[0, ..., 3] = region
    return cells


def textured(seed: int, size: int = 48) -> NDArray[np.uint8]:
    """One image of coloured noise with a nucleus in a cell, away from the border."""
    generator = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(generator.normal(size=(size, size, 3)), (1.0, 1.0, 0.0))
    rgb = np.clip(128 + 160 * noise, 0, 255).astype(np.uint8)
    region = 128 * disc(size * 0.42, size)
    region[disc(size * 0.3, size, (size * 0.45, size * 0.52)) == 1] = 255
    return cells_of(region, rgb)


def row(family: CellFamily, cells: NDArray[np.uint8]) -> dict[str, float]:
    """The columns of the first image by name, without the family's prefix."""
    names = (name.removeprefix(f"{family.family}_") for name in family.get_feature_names_out())
    return dict(zip(names, family.transform(cells)[0].tolist(), strict=True))


def runs_of(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Row, start, stop of the stretches of pixels that are not 0, row by row."""
    edges = np.diff(np.pad(mask > 0, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return np.stack([rows, starts, np.nonzero(edges == -1)[1]], axis=1).astype(np.int64)
