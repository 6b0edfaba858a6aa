"""Chains are closed: entry i - 1 of entry 0 is the last."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukfeat.kernels.boundary import largest_lobe, trace_boundary
from leukfeat.kernels.fourier_descriptors import HARMONICS, fourier_coefficients, mean_squared_radius
from tests.masks import blobs, disc, from_drawing, runs_of

ORDERS = np.array(HARMONICS)


def chain_of(mask: np.ndarray) -> np.ndarray:
    return trace_boundary(largest_lobe(runs_of(mask)))


def chains() -> st.SearchStrategy[np.ndarray]:
    return blobs().map(chain_of).filter(lambda chain: len(chain) > 1)


def resampled(chain: np.ndarray, n: int) -> np.ndarray:
    """Points at equal distances along the polygon, as complex numbers."""
    closed = np.append(chain, chain[:1], axis=0) @ [1, 1j]
    lengths = np.concatenate([[0], np.abs(np.diff(closed)).cumsum()])
    return np.interp(np.arange(n) / n * lengths[-1], lengths, closed)


def relative_sizes(mask: np.ndarray) -> dict[int, float]:
    sizes = np.abs(fourier_coefficients(chain_of(mask)))
    return dict(zip(HARMONICS, sizes / sizes[HARMONICS.index(1)], strict=True))


@given(chains())
@settings(max_examples=30, deadline=None)
def test_coefficients_are_those_of_a_fine_sampling(chain) -> None:
    n = 2**14
    expected = np.fft.fft(resampled(chain, n)) / n
    np.testing.assert_allclose(fourier_coefficients(chain), expected[ORDERS], rtol=0, atol=1e-5)


@given(chains())
@settings(max_examples=30, deadline=None)
def test_mean_squared_radius_is_that_of_a_fine_sampling(chain) -> None:
    assert mean_squared_radius(chain) == pytest.approx(resampled(chain, 2**14).var(), rel=1e-4)


def test_a_long_chain_gives_what_the_sum_with_exact_phases_gives() -> None:
    chain = chain_of(disc(700, 1500, (760, 720)))
    edges = (np.append(chain, chain[:1], axis=0) @ [1, 1j])[1:] - chain @ [1, 1j]
    arc = np.concatenate([[0], np.abs(edges).cumsum()])
    phases = np.exp(-2j * np.pi * ORDERS[:, np.newaxis] * arc / arc[-1])
    sums = (edges / np.abs(edges) * np.diff(phases, axis=1)).sum(axis=1)
    expected = arc[-1] / (2 * np.pi * ORDERS) ** 2 * sums
    np.testing.assert_allclose(fourier_coefficients(chain), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("side", [2, 3, 20])
def test_a_square_has_every_fourth_harmonic(side: int) -> None:
    # One side of a square of side a is the line from corner to corner; four of them differ by powers of i.
    sizes = relative_sizes(np.ones((side, side), np.uint8))
    expected = {order: 1 / order**2 if order % 4 == 1 else 0 for order in HARMONICS}
    assert sizes == pytest.approx(expected, abs=1e-12)
    assert expected[-3] == 1 / 9
    assert expected[5] == 1 / 25


@pytest.mark.parametrize("drawing", [("##",), ("#######",), ("#..", ".#.", "..#")])
def test_a_line_there_and_back_has_odd_harmonics_of_both_signs(drawing: tuple[str, ...]) -> None:
    sizes = relative_sizes(from_drawing(*drawing))
    expected = {order: 1 / order**2 if order % 2 else 0 for order in HARMONICS}
    assert sizes == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("radius", [15, 40, 90])
def test_a_disc_has_the_fundamental_harmonic_alone(radius: int) -> None:
    chain = chain_of(disc(radius, 200))
    sizes = np.abs(fourier_coefficients(chain))
    assert sizes[HARMONICS.index(1)] == pytest.approx(radius, rel=0.03)
    assert np.delete(sizes, HARMONICS.index(1)).max() < 0.02 * radius
    assert mean_squared_radius(chain) == pytest.approx(radius**2, rel=0.06)


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.1])
def test_an_ellipse_is_two_circles_against_each_other(angle: float) -> None:
    a, b = 60.0, 30.0
    rows, columns = np.mgrid[:160, :160] - 79.5
    u = columns * np.cos(angle) + rows * np.sin(angle)
    v = rows * np.cos(angle) - columns * np.sin(angle)
    sizes = relative_sizes(((u / a) ** 2 + (v / b) ** 2 <= 1).astype(np.uint8))
    # Not (a - b) / (a + b), which belongs to the ellipse's own parameter: here it is the arc length.
    turns = 2 * np.pi * np.arange(20_000) / 20_000
    fine = a * np.cos(turns) + 1j * b * np.sin(turns)
    arc = np.concatenate([[0], np.abs(np.diff(np.append(fine, fine[0]))).cumsum()])
    even = np.interp(np.arange(4096) / 4096 * arc[-1], arc, np.append(fine, fine[0]))
    spectrum = np.abs(np.fft.fft(even))
    expected = {order: spectrum[order] / spectrum[1] for order in HARMONICS}
    assert sizes == pytest.approx(expected, abs=0.025)
    assert sizes[-1] > 0.25


@given(chains(), st.integers(0, 1000), st.integers(-50, 50), st.integers(-50, 50))
@settings(max_examples=40, deadline=None)
def test_sizes_depend_on_neither_start_nor_place_nor_direction_of_view(chain, start, dx, dy) -> None:
    sizes = np.abs(fourier_coefficients(chain))
    moved = np.roll(chain, start, axis=0) + np.array([dx, dy])
    mirrored = moved[::-1] * np.array([-1, 1])
    turned = moved[:, ::-1] * np.array([1, -1])
    for same in (moved, mirrored, turned):
        np.testing.assert_allclose(np.abs(fourier_coefficients(same)), sizes, rtol=0, atol=1e-11)
        assert mean_squared_radius(same) == pytest.approx(mean_squared_radius(chain), rel=1e-11)


@given(chains())
@settings(max_examples=40, deadline=None)
def test_harmonics_hold_no_more_than_the_whole(chain) -> None:
    held = (np.abs(fourier_coefficients(chain)) ** 2).sum()
    assert held <= mean_squared_radius(chain) * (1 + 1e-12)
