import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from leukfeat.kernels.circular import add_directions, direction_statistics
from leukfeat.kernels.statistics import LANES

hues = arrays(np.float64, st.integers(2, 300), elements=st.floats(0, 359.9, allow_subnormal=False))
# Two directions a thousandth of a degree apart are the closest of 8-bit colours.
close_hues = arrays(np.float64, st.integers(2, 300), elements=st.integers(0, 20).map(lambda k: 40 + k / 1000))


def circular_statistics(angles: np.ndarray, *, first: float | None = None, parts: int = 1) -> tuple:
    """Mean, deviation and skewness of directions that are added in parts."""
    sums = np.zeros((4, LANES))
    measured = angles[~np.isnan(angles)]
    first = first if first is not None else measured[0] if len(measured) else np.nan
    n = sum(add_directions(part.copy(), first, sums) for part in np.array_split(angles, parts))
    return direction_statistics(sums, n, first)


def dispersion_of(angles: np.ndarray) -> tuple[float, float]:
    """Mean direction, and 1 less the length of the mean vector without the loss of digits."""
    mean = stats.circmean(np.deg2rad(angles))
    return mean, float(np.mean(2 * np.sin((np.deg2rad(angles) - mean) / 2) ** 2))


@given(st.one_of(hues, close_hues))
@settings(max_examples=100, deadline=None)
def test_mean_deviation_and_skewness_agree_with_scipy(angles) -> None:
    mean, dispersion = dispersion_of(angles)
    if 1e-12 < dispersion < 0.99:
        ours = circular_statistics(angles)
        assert np.exp(1j * np.deg2rad(ours[0])) == pytest.approx(np.exp(1j * mean), abs=1e-10)
        assert ours[1] == pytest.approx(np.rad2deg(np.sqrt(-2 * np.log1p(-dispersion))), rel=1e-8)
        cubed = np.mean(np.sin(2 * (np.deg2rad(angles) - mean)))
        # What the reference itself loses: a mean of numbers of the size of the deviations.
        lost = 1e-15 * np.sqrt(dispersion) / dispersion**1.5 + 1e-15 / dispersion**1.5
        assert ours[2] == pytest.approx(cubed / dispersion**1.5, rel=1e-8, abs=1e-9 + 10 * lost)


def test_deviation_agrees_with_scipy() -> None:
    angles = np.random.default_rng(3).vonmises(1.0, 4.0, 5000)
    mean, deviation, _ = circular_statistics(np.rad2deg(angles) % 360)
    assert mean == pytest.approx(np.rad2deg(stats.circmean(angles)), rel=1e-12)
    assert deviation == pytest.approx(np.rad2deg(stats.circstd(angles)), rel=1e-12)


def test_mean_passes_zero() -> None:
    mean, deviation, skewness = circular_statistics(np.array([350.0, 10.0]))
    assert min(mean, 360 - mean) == pytest.approx(0, abs=1e-12)
    assert deviation == pytest.approx(np.rad2deg(np.sqrt(-2 * np.log(np.cos(np.deg2rad(10))))), rel=1e-12)
    assert skewness == pytest.approx(0, abs=1e-12)


@given(hues)
@settings(max_examples=60, deadline=None)
def test_mean_direction_lies_below_a_full_turn(angles) -> None:
    mean = circular_statistics(angles)[0]
    assert np.isnan(mean) or 0 <= mean < 360


@given(hues, st.floats(0, 360))
@settings(max_examples=30, deadline=None)
def test_turning_all_directions_turns_the_mean_alone(angles, turn) -> None:
    if 1e-12 < dispersion_of(angles)[1] < 0.99:
        before, after = circular_statistics(angles), circular_statistics((angles + turn) % 360)
        assert np.cos(np.deg2rad(after[0] - before[0] - turn)) == pytest.approx(1)
        np.testing.assert_allclose(after[1:], before[1:], rtol=1e-5, atol=1e-6)


@given(hues, st.integers(1, 5), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_parts_and_the_direction_measured_from_do_not_matter(angles, parts, index) -> None:
    if 1e-6 < dispersion_of(angles)[1] < 0.99:
        whole = circular_statistics(angles)
        parted = circular_statistics(angles, first=angles[index % len(angles)], parts=parts)
        assert np.cos(np.deg2rad(whole[0] - parted[0])) == pytest.approx(1, rel=1e-12)
        np.testing.assert_allclose(parted[1:], whole[1:], rtol=1e-7, atol=1e-7)


def test_what_has_no_direction_does_not_count() -> None:
    angles = np.random.default_rng(0).uniform(200, 260, 1000)
    gaps = np.insert(angles, range(0, 1000, 3), np.nan)
    assert circular_statistics(gaps) == pytest.approx(circular_statistics(angles), rel=1e-12)


def test_equal_directions_have_no_spread() -> None:
    mean, deviation, skewness = circular_statistics(np.full(1001, 277.3))
    assert (mean, deviation, skewness) == (277.3, 0.0, 0.0)


@pytest.mark.parametrize("place", [0, 500_000])
def test_one_of_a_million_directions_that_differs_is_seen(place: int) -> None:
    # The smallest difference of two 8-bit hues.
    n, difference = 1_000_000, 60 / (255 * 254)
    angles = np.full(n, 120.0)
    angles[place] += difference
    _, deviation, skewness = circular_statistics(angles)
    assert deviation == pytest.approx(difference * np.sqrt((n - 1) / n**2), rel=1e-6)
    # Of small deviations the third moment is -1 times, and the dispersion half the second.
    assert skewness == pytest.approx(-np.sqrt(n) * 2**1.5, rel=1e-4)


@pytest.mark.parametrize("angles", [[], [0.0, 180.0], [10.0, 130.0, 250.0], [np.nan, np.nan]])
def test_directions_without_a_mean_are_nan(angles: list[float]) -> None:
    assert np.isnan(circular_statistics(np.array(angles))).all()
