import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from leukfeat.kernels.discs import Discs
from leukfeat.kernels.runs import connected_runs
from leukfeat.kernels.touching_cells import (
    count_levels_by_cell,
    darker_parts,
    part_cells,
    power_labels,
    share_of_cell,
)
from tests.bits import bits_of, mask_of, masks
from tests.masks import disc, runs_of


def draw(runs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return labels within runs, 0 outside."""
    drawn = np.zeros_like(labels)
    for row, start, stop in runs:
        drawn[row, start:stop] = labels[row, start:stop]
    return drawn


def discs_in(mask: np.ndarray, seed: int, n_discs: int) -> Discs:
    """Return discs at random pixels of a mask."""
    rng = np.random.default_rng(seed)
    centres = rng.permutation(np.argwhere(mask))[:n_discs]
    radii = rng.uniform(2, 9, len(centres)).astype(np.float32)
    return Discs(centres, radii, rng.integers(1, 4, len(centres)), 3)


def powers(mask: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return the power of each disc at each pixel; infinite outside the disc's component."""
    components, _ = ndimage.label(mask)
    rows, columns = np.indices(mask.shape)
    return np.array(
        [
            np.where(
                components == components[row, column],
                (rows - row) ** 2 + (columns - column) ** 2 - float(radius) ** 2,
                np.inf,
            )
            for (row, column), radius in zip(centres, radii, strict=True)
        ]
    )


@given(masks(), st.integers(0, 1000), st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_pixels_go_to_the_smallest_power_within_their_component(mask, seed, n_discs) -> None:
    mask[3, 3] = 1
    discs = discs_in(mask, seed, n_discs)
    runs = runs_of(mask)
    components, _ = connected_runs(runs)
    labels, _ = power_labels(runs, components, discs, len(mask))
    power = powers(mask, discs.centres, discs.radii)
    expected = np.where(np.isfinite(power.min(axis=0)) & (mask == 1), discs.cells[power.argmin(axis=0)], 0)
    np.testing.assert_array_equal(draw(runs, labels), expected)


def test_power_line_of_two_discs_is_their_common_chord() -> None:
    mask = disc(20, 100, (50, 35)) | disc(14, 100, (50, 65))
    runs = runs_of(mask)
    radii = np.array([20, 14], np.float32)
    discs = Discs(np.array([[50, 35], [50, 65]]), radii, np.array([1, 2]), 2)
    labels, owners = power_labels(runs, np.zeros(len(runs), np.int64), discs, 100)
    chord = 35 + (30**2 + 20**2 - 14**2) / (2 * 30)
    assert np.flatnonzero(labels[50] == 2)[0] == math.ceil(chord)
    assert (owners == -1).all()
    share = mask_of(share_of_cell(runs, discs, 50, 70, 100))
    np.testing.assert_array_equal(share, (labels == 2) & (mask == 1))


def separating_lines(labels: np.ndarray) -> np.ndarray:
    """Return the upper or left pixel of every contact of two labels."""
    lines = np.zeros(labels.shape, bool)
    lines[:-1] |= (labels[:-1] != labels[1:]) & (labels[:-1] > 0) & (labels[1:] > 0)
    lines[:, :-1] |= (labels[:, :-1] != labels[:, 1:]) & (labels[:, :-1] > 0) & (labels[:, 1:] > 0)
    return lines


@given(masks(), st.integers(0, 1000), st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_cells_are_parted_by_lines_and_hold_discs(mask, seed, n_discs) -> None:
    mask[3, 3] = 1
    discs = discs_in(mask, seed, n_discs)
    runs, labels = part_cells(bits_of(mask), discs)
    whole, _ = power_labels(runs_of(mask), connected_runs(runs_of(mask))[0], discs, len(mask))
    whole = draw(runs_of(mask), whole)
    whole[separating_lines(whole)] = 0
    pieces, _ = ndimage.label(whole)
    held = np.setdiff1d(pieces[tuple(discs.centres.T)], [0])
    np.testing.assert_array_equal(draw(runs, labels), np.where(np.isin(pieces, held), whole, 0))


@pytest.mark.parametrize("width", [1, 4])
def test_levels_are_counted_and_compared_by_cell(width: int) -> None:
    mask = disc(9, 40, (12, 12)) | disc(8, 40, (25, 28))
    labels = np.where(np.arange(40) < 21, 1, 3).astype(np.int32) * mask
    image = np.random.default_rng(0).integers(0, 256, mask.shape, dtype=np.uint8)
    counts = count_levels_by_cell(image, labels, runs_of(mask), 3, width)
    for cell in range(1, 4):
        expected = np.bincount(image[labels == cell] // width, minlength=256 // width)
        np.testing.assert_array_equal(counts[cell], expected)
    assert not counts[0].any()
    levels = np.array([0, 90, 0, 255])
    dark = darker_parts(image, labels, runs_of(mask), levels)
    np.testing.assert_array_equal(mask_of(dark), (image <= levels[labels]) & (mask == 1))
