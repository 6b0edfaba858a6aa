"""What lies on a frame: white cells, and the red cells and platelets around them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leukfeat.datasets.synthetic.anatomy import WhiteCell, draw_traits, draw_white_cell, round_outline
from leukfeat.datasets.synthetic.drawing import (
    CYTOPLASM,
    measure,
    stain_platelet,
    stain_red_cell,
    stain_white_cell,
    true_region,
)

__all__ = ["SCENES", "Scene", "compose"]

_RED_RADIUS = 23.0
_PLATELET_RADIUS = 5.5

Place = tuple[float, float]


class Scene(NamedTuple):
    """What a kind of image holds.

    Parameters
    ----------
    size : int
        Default side of the frame, in pixels.
    magnification : float
        Pixels per unit of length of `TRAITS` in a frame of 240 pixels.
    white : tuple of float
        Standard light in R, G, B, relative to the sensor's full scale.
    haemoglobin : float
        Concentration in red cells.
    n_white, n_red, n_platelets : tuple of int
        Least and largest number of white cells, of places tried for red cells, and of platelets.
    masked : bool, default=False
        Whether all but the white cell is black.
    """

    size: int
    magnification: float
    white: tuple[float, float, float]
    haemoglobin: float
    n_white: tuple[int, int]
    n_red: tuple[int, int]
    n_platelets: tuple[int, int]
    masked: bool = False


SCENES: dict[str, Scene] = {
    "masked": Scene(240, 1.25, (0.60, 0.40, 0.45), 0.0, (1, 1), (0, 0), (0, 0), masked=True),
    "cell": Scene(240, 1.0, (0.96, 0.90, 0.83), 0.34, (1, 1), (14, 60), (0, 2)),
    "field": Scene(300, 0.43, (0.93, 0.94, 0.96), 0.23, (3, 12), (60, 240), (0, 6)),
}


def compose(
    rng: np.random.Generator, scene: Scene, size: int, shift: float, offsets: dict[str, float]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Lay out a frame and stain it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    scene : Scene
        What the frame holds.
    size : int
        Side of the frame, in pixels.
    shift : float
        Where the class stands: plus or minus half the class effect.
    offsets : dict of str to float
        What the subject adds to each trait.

    Returns
    -------
    stains : numpy.ndarray of float32, shape (3, size, size)
        Concentrations of azure, eosin and haemoglobin.
    region : numpy.ndarray of uint8, shape (size, size)
        0 background, 128 cytoplasm, 255 nucleus; touching cells are parted by a line of background.
    """
    unit = scene.magnification * size / 240
    whites = _draw_white_cells(rng, scene, size, shift, offsets)
    stains = np.zeros((3, size, size), np.float32)
    if scene.masked:  # so that the cut edge shows cytoplasm, not the light beside the cell
        stains[:] = np.array(CYTOPLASM, np.float32)[:, None, None]
    taken = [(white.cell.y, white.cell.x, white.cell.radius) for white in whites]
    for y, x, radius in _scatter(rng, scene.n_red, _RED_RADIUS * unit, size, taken, overlap=0.2):
        outline = round_outline(rng, (y, x), radius, 0.06, roundness=2.5)
        stain_red_cell(stains, outline, scene.haemoglobin, pallor=rng.uniform(0.15, 0.75))
    for y, x, radius in _scatter(rng, scene.n_platelets, _PLATELET_RADIUS * unit, size, taken, overlap=-1.0):
        stain_platelet(rng, stains, round_outline(rng, (y, x), radius, 0.15))
    measured = measure(whites, size, unit)
    for cell in measured:
        stain_white_cell(rng, stains, cell, unit)
    return stains, true_region(measured, size)


def _draw_white_cells(
    rng: np.random.Generator, scene: Scene, size: int, shift: float, offsets: dict[str, float]
) -> list[WhiteCell]:
    unit = scene.magnification * size / 240
    count = int(rng.integers(scene.n_white[0], scene.n_white[1], endpoint=True))
    traits = draw_traits(rng, count, shift, offsets)
    if count == 1:
        places: dict[int, Place] = {0: _near_centre(rng, size, unit)}
    else:
        places = _place_white_cells(rng, [float(np.exp(t["log_radius"])) * unit for t in traits], size)
    return [draw_white_cell(rng, traits[k], place, unit) for k, place in places.items()]


def _near_centre(rng: np.random.Generator, size: int, unit: float) -> Place:
    y, x = (size - 1) / 2 + rng.uniform(-4, 4, 2) * unit
    return float(y), float(x)


def _place_white_cells(rng: np.random.Generator, radii: list[float], size: int) -> dict[int, Place]:
    """Find places for cells, many of them touching an earlier one; a cell without room is left out."""
    places: dict[int, Place] = {}
    for k in range(len(radii)):
        for _ in range(25):
            touching = bool(places) and rng.uniform() < 0.4
            place = _beside(rng, places, radii, k) if touching else _anywhere(rng, size)
            if _has_room(place, places, radii, k, size, gap=0.85 if touching else 1.12):
                places[k] = place
                break
    return places


def _anywhere(rng: np.random.Generator, size: int) -> Place:
    y, x = rng.uniform(0, size - 1, 2)
    return float(y), float(x)


def _beside(rng: np.random.Generator, places: dict[int, Place], radii: list[float], k: int) -> Place:
    other = list(places)[int(rng.integers(len(places)))]
    angle, apart = rng.uniform(0, 2 * np.pi), rng.uniform(0.86, 0.97) * (radii[k] + radii[other])
    return places[other][0] + float(apart * np.sin(angle)), places[other][1] + float(apart * np.cos(angle))


def _has_room(
    place: Place, places: dict[int, Place], radii: list[float], k: int, size: int, gap: float
) -> bool:
    if min(place) < 0 or max(place) > size - 1:
        return False
    return all(
        np.hypot(place[0] - other[0], place[1] - other[1]) > gap * (radii[k] + radii[j])
        for j, other in places.items()
    )


def _scatter(
    rng: np.random.Generator,
    counts: tuple[int, int],
    radius: float,
    size: int,
    taken: list[tuple[float, float, float]],
    overlap: float,
) -> list[tuple[float, float, float]]:
    """Throw darts: (row, column, radius) of discs reaching less than `overlap` of their width into others."""
    tries = int(rng.integers(counts[0], counts[1], endpoint=True))
    darts = np.column_stack(
        [
            rng.uniform(-radius, size + radius, (tries, 2)),
            radius * np.exp(0.09 * rng.standard_normal(tries).clip(-2.5, 2.5)),
        ]
    )
    placed = np.empty((len(taken) + tries, 3))
    placed[: len(taken)] = taken
    n = len(taken)
    for dart in darts:
        others = placed[:n]
        apart = np.hypot(others[:, 0] - dart[0], others[:, 1] - dart[1])
        if (apart > others[:, 2] + dart[2] * (1 - 2 * overlap)).all():
            placed[n] = dart
            n += 1
    return [(float(y), float(x), float(r)) for y, x, r in placed[len(taken) : n]]
