"""What a white cell of a class and a subject measures, and the outlines it is drawn with."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "TRAITS",
    "Box",
    "Outline",
    "WhiteCell",
    "depth_inside",
    "draw_traits",
    "draw_white_cell",
    "ripple",
]

#: Share of the variance between cells that is common to the cells of a frame.
_SHARED = 0.5
_N_ANGLES = 1024
_HARMONICS = np.arange(2, 8)


class Trait(NamedTuple):
    """How one property of a white cell is distributed.

    Parameters
    ----------
    middle : float
        Mean over both classes.
    difference : float
        Mean of blasts minus mean of lymphocytes at class effect 1.
    spread : float
        Standard deviation between cells of one subject and class.
    between : float
        Half width of the uniform offset between subjects at subject effect 1.
    low, high : float
        Values are clipped to this range.
    """

    middle: float
    difference: float
    spread: float
    between: float
    low: float
    high: float


#: Lengths are in pixels of a frame of 240 pixels that holds one cell and its neighbours.
TRAITS: dict[str, Trait] = {
    "log_radius": Trait(np.log(40.0), 0.18, 0.11, 0.06, np.log(26.0), np.log(62.0)),
    "nucleus_fraction": Trait(0.72, 0.10, 0.07, 0.03, 0.42, 0.88),
    "clumping": Trait(0.5, -0.35, 0.22, 0.15, 0.0, 1.0),
    "nucleoli": Trait(0.8, 1.9, 0.9, 0.0, 0.0, 4.0),
    "irregularity": Trait(0.16, 0.18, 0.09, 0.0, 0.0, 0.5),
}


class Box(NamedTuple):
    """Rows and columns of a frame, as slices."""

    rows: slice
    columns: slice


class Outline(NamedTuple):
    """A star-shaped outline.

    Parameters
    ----------
    y, x : float
        Centre, in pixels; the centre of the first pixel is (0, 0).
    radius : float
        Radius of the disc of equal area, in pixels.
    reach : numpy.ndarray of float32, shape (1024,)
        Distance from centre to outline, in pixels, over equally spaced angles from -π to π.
    """

    y: float
    x: float
    radius: float
    reach: NDArray[np.float32]


@dataclass(frozen=True)
class WhiteCell:
    """One white cell, ready to be drawn.

    Parameters
    ----------
    cell, nucleus : Outline
        Its outlines.
    clumping : float
        Share of coarse, clumped chromatin, in [0, 1]; the rest is fine.
    nucleoli : numpy.ndarray of float64, shape (n_nucleoli, 3)
        Row, column and radius of each nucleolus, in pixels.
    """

    cell: Outline
    nucleus: Outline
    clumping: float
    nucleoli: NDArray[np.float64]


def draw_traits(
    rng: np.random.Generator, count: int, shift: float, offsets: dict[str, float]
) -> list[dict[str, float]]:
    """Draw the properties of the white cells of one frame.

    Cells of a frame resemble each other: they share part of the deviation from their subject's mean.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness; as many numbers are drawn for either class.
    count : int
        Number of cells.
    shift : float
        Where their class stands: plus or minus half the class effect.
    offsets : dict of str to float
        What their subject adds to each trait.

    Returns
    -------
    list of dict of str to float
        Per cell, one value per name in `TRAITS`.
    """
    names = list(TRAITS)
    middle, difference, spread, _, low, high = np.array(list(TRAITS.values())).T
    mean = middle + difference * shift + [offsets[name] for name in names]
    shared, own = rng.standard_normal(len(names)), rng.standard_normal((count, len(names)))
    deviations = np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * own
    values = (mean + spread * deviations).clip(low, high)
    return [dict(zip(names, map(float, row), strict=True)) for row in values]


def draw_white_cell(
    rng: np.random.Generator, traits: dict[str, float], centre: tuple[float, float], unit: float
) -> WhiteCell:
    """Draw the outlines and nucleoli of a white cell.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    traits : dict of str to float
        Its properties, from `draw_traits`.
    centre : tuple of float
        Row and column of its centre, in pixels.
    unit : float
        Pixels per unit of length of `TRAITS`.

    Returns
    -------
    WhiteCell
        The cell.
    """
    radius = float(np.exp(traits["log_radius"])) * unit
    nucleus_radius = radius * float(np.sqrt(traits["nucleus_fraction"]))
    cell_shape = ripple(rng, 0.07)
    nucleus_shape = np.sqrt(cell_shape) * ripple(rng, 0.05) * _cleft(rng, traits["irregularity"])
    angle, share = rng.uniform(-np.pi, np.pi), rng.uniform(0.2, 0.9)
    away = share * (radius - nucleus_radius)
    nucleus_centre = centre[0] + away * np.sin(angle), centre[1] + away * np.cos(angle)
    nucleus = _outline(nucleus_centre, nucleus_radius, nucleus_shape)
    nucleoli = _draw_nucleoli(rng, nucleus, round(traits["nucleoli"]))
    return WhiteCell(_outline(centre, radius, cell_shape), nucleus, traits["clumping"], nucleoli)


def ripple(rng: np.random.Generator, strength: float, roundness: float = 1.5) -> NDArray[np.float64]:
    """Draw a relative radius over all angles: 1 plus harmonics that fall off with their order.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    strength : float
        Standard deviation of the second harmonic (an ellipse), relative to the radius.
    roundness : float, default=1.5
        How fast higher harmonics fall off: the power of their order.

    Returns
    -------
    numpy.ndarray of float64, shape (1024,)
        Relative radii.
    """
    amplitudes = rng.standard_normal(_HARMONICS.size).clip(-2, 2) * strength * (2.0 / _HARMONICS) ** roundness
    phases = rng.uniform(0, 2 * np.pi, _HARMONICS.size)
    waves = np.cos(np.outer(_HARMONICS, _angles()) + phases[:, None])
    return np.asarray(1 + (amplitudes[:, None] * waves).sum(axis=0))


def depth_inside(outline: Outline, shape: tuple[int, int]) -> tuple[Box, NDArray[np.float32]]:
    """Measure how deep each pixel lies inside an outline.

    Parameters
    ----------
    outline : Outline
        The outline.
    shape : tuple of int
        Rows and columns of the frame.

    Returns
    -------
    box : Box
        The part of the frame within two pixels of the outline; empty if it lies outside the frame.
    depth : numpy.ndarray of float32, shape of the box
        Distance along the ray from the centre to the outline, in pixels: positive inside, negative outside.
    """
    half = float(outline.reach.max()) + 2.0
    top, left = max(0, int(outline.y - half)), max(0, int(outline.x - half))
    bottom = max(top, min(shape[0], int(outline.y + half) + 2))
    right = max(left, min(shape[1], int(outline.x + half) + 2))
    y = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(outline.y)
    x = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(outline.x)
    turn = np.arctan2(y, x) * np.float32(_N_ANGLES / (2 * np.pi)) + np.float32(_N_ANGLES / 2)
    reach = outline.reach[turn.astype(np.int32) % _N_ANGLES]
    return Box(slice(top, bottom), slice(left, right)), reach - np.sqrt(y * y + x * x)


def round_outline(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    strength: float,
    roundness: float = 1.5,
) -> Outline:
    """Draw an outline without a nucleus, for red cells and platelets.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    centre : tuple of float
        Row and column, in pixels.
    radius : float
        Radius of the disc of equal area, in pixels.
    strength, roundness : float
        As in `ripple`.

    Returns
    -------
    Outline
        The outline.
    """
    return _outline(centre, radius, ripple(rng, strength, roundness))


def _angles() -> NDArray[np.float64]:
    return np.asarray(np.linspace(-np.pi, np.pi, _N_ANGLES, endpoint=False))


def _outline(centre: tuple[float, float], radius: float, shape: NDArray[np.float64]) -> Outline:
    relative = shape / np.sqrt(np.mean(shape * shape))
    return Outline(float(centre[0]), float(centre[1]), radius, (radius * relative).astype(np.float32))


def _cleft(rng: np.random.Generator, depth: float) -> NDArray[np.float64]:
    """Draw the indentation of a nucleus: a smooth dip of relative `depth` at a random angle."""
    where, width = rng.uniform(-np.pi, np.pi), rng.uniform(0.25, 0.5)
    apart = np.abs(_angles() - where)
    apart = np.minimum(apart, 2 * np.pi - apart)
    return np.asarray(1 - depth * np.exp(-0.5 * (apart / width) ** 2))


def _draw_nucleoli(rng: np.random.Generator, nucleus: Outline, count: int) -> NDArray[np.float64]:
    """Draw four nucleoli, whatever the class, and keep the first `count`."""
    angle = rng.uniform(0, 2 * np.pi, 4)
    away = 0.65 * nucleus.radius * np.sqrt(rng.uniform(0, 1, 4))
    radius = nucleus.radius * rng.uniform(0.11, 0.17, 4)
    rows, columns = nucleus.y + away * np.sin(angle), nucleus.x + away * np.cos(angle)
    return np.stack([rows, columns, radius], axis=1)[:count]
