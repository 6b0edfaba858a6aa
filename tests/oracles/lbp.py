"""Local binary patterns in whole numbers; scikit-image's are the same but for ties."""

from math import nan

import numpy as np
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from leukfeat.features.lbp import LBPFeatures
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.regions import NUCLEUS, grey

__all__ = ["NEIGHBOURHOODS", "ORACLES", "codes_and_ties", "skimage_codes"]

NEIGHBOURHOODS = ((8, 1), (16, 2))
ORACLE = Oracle("scikit-image but for ties")
# scikit-image rounds positions to five decimals: in this unit they are whole.
UNIT = 10**5


def codes_and_ties(
    image: NDArray[np.uint8], n_points: int, radius: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The riu2 code of each pixel, and where a neighbour between pixels equals it; the margin is left out."""
    levels = image.astype(np.int64)
    neighbours = _neighbours(levels, n_points, radius)
    centre = UNIT**2 * _shifted(levels, np.zeros(2, np.int64), radius)
    bits = neighbours >= centre
    changes = (bits != np.roll(bits, 1, axis=0)).sum(axis=0)
    return np.where(changes <= 2, bits.sum(axis=0), n_points + 1), (neighbours == centre).any(axis=0)


def _neighbours(levels: NDArray[np.int64], n_points: int, radius: int) -> NDArray[np.int64]:
    """Levels at the points of the circle, times the square of the unit: exact."""
    angles = 2 * np.pi * np.arange(n_points) / n_points
    circle = np.stack([-radius * np.sin(angles), radius * np.cos(angles)], axis=1)
    corners, parts = np.divmod(np.rint(UNIT * circle).astype(np.int64), UNIT)
    return np.stack(
        [
            sum(
                _weight(part, step) * _shifted(levels, corner + step, radius)
                for step in np.ndindex(2, 2)
                if _weight(part, step)
            )
            for corner, part in zip(corners, parts, strict=True)
        ]
    )


def _weight(part: NDArray[np.int64], step: tuple[int, ...]) -> int:
    """Of one of the four pixels round a point."""
    return int(np.prod([p if s else UNIT - p for p, s in zip(part, step, strict=True)]))


def _shifted(levels: NDArray[np.int64], step: NDArray[np.int64], radius: int) -> NDArray[np.int64]:
    """The pixels that lie a step from those inside of the margin."""
    height, width = levels.shape[0] - 2 * radius, levels.shape[1] - 2 * radius
    top, left = radius + step
    return levels[top : top + height, left : left + width]


def skimage_codes(image: NDArray[np.uint8], n_points: int, radius: int) -> NDArray[np.int64]:
    """scikit-image's codes of the same pixels."""
    codes = local_binary_pattern(image, n_points, radius, method="uniform").astype(np.int64)
    return codes[radius : codes.shape[0] - radius, radius : codes.shape[1] - radius]


def _shares(image: NDArray[np.uint8], n_points: int, radius: int) -> list[float]:
    if min(image.shape[:2]) <= 2 * radius:
        return [nan] * (n_points + 2)
    nucleus = image[radius:-radius, radius:-radius, 3] == NUCLEUS
    codes = codes_and_ties(grey(image), n_points, radius)[0][nucleus]
    counts = np.bincount(codes, minlength=n_points + 2)
    return (counts / codes.size).tolist() if codes.size else [nan] * (n_points + 2)


def reference(image: NDArray[np.uint8]) -> dict[str, float]:
    shares = [share for neighbourhood in NEIGHBOURHOODS for share in _shares(image, *neighbourhood)]
    return dict(zip(COLUMNS, shares, strict=True))


COLUMNS = {
    f"lbp_riu2_p{n_points}_r{radius}_b{code:02d}": ORACLE
    for n_points, radius in NEIGHBOURHOODS
    for code in range(n_points + 2)
}
ORACLES = FamilyOracles(LBPFeatures(), reference, COLUMNS)
