import numpy as np
import pytest

from leukfeat.kernels.color_statistics import color_rows, color_statistics, lab_rows, lab_statistics
from tests.oracles.color import channel_statistics
from tests.regions import pixels_in

MEASURES = ("mean", "sd", "skewness")


def stained(seed: int, n: int) -> np.ndarray:
    """Purple pixels of several depths, and some grey ones; shape (4, n), the last channel unread."""
    generator = np.random.default_rng(seed)
    depth = generator.uniform(0.2, 1.0, n)
    rgb = 255 * np.exp(-np.outer([1.1, 1.6, 0.5], depth)) + generator.normal(0, 6, (3, n))
    rgb[:, generator.random(n) < 0.05] = 180
    unread = generator.integers(0, 256, (1, n))
    return np.concatenate([np.clip(rgb, 0, 255), unread]).astype(np.uint8)


@pytest.mark.parametrize("n", [2, 100, 2047, 2048, 2049, 7000])
def test_statistics_agree_with_scikit_image_and_scipy(n: int) -> None:
    pixels = stained(n, n)
    expected = channel_statistics(pixels[:3].T)
    ours = color_statistics(pixels)
    assert len(expected) == len(ours) == 9
    for (channel, values), statistics in zip(expected.items(), ours, strict=True):
        ordered = [values[measure] for measure in MEASURES]
        assert statistics.tolist() == pytest.approx(ordered, rel=1e-9, abs=1e-8), channel


def test_lab_statistics_are_those_among_all() -> None:
    pixels = stained(1, 3000)
    np.testing.assert_array_equal(lab_statistics(pixels), color_statistics(pixels)[3:6])


def test_no_pixels_have_no_statistics() -> None:
    none = np.empty((4, 0), np.uint8)
    assert np.isnan(color_statistics(none)).all()
    assert np.isnan(lab_statistics(none)).all()


def test_hues_count_where_the_first_thousands_of_pixels_are_grey() -> None:
    pixels = np.full((4, 5000), 90, np.uint8)
    pixels[:3, 4000:] = np.array([[200], [10], [10]])
    pixels[:3, 4500:] = np.array([[200], [200], [10]])
    mean, sd, skewness = color_statistics(pixels)[0]
    assert mean == pytest.approx(30, rel=1e-12)
    assert sd == pytest.approx(np.rad2deg(np.sqrt(-2 * np.log(np.cos(np.deg2rad(30))))), rel=1e-12)
    assert skewness == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n", [1, 5000])
def test_one_colour_has_exactly_no_spread(n: int) -> None:
    pixels = np.repeat(np.array([[120], [61], [183], [0]], np.uint8), n, axis=1)
    assert not color_statistics(pixels)[:, 1:].any()


def test_order_of_pixels_matters_to_rounding_alone() -> None:
    pixels = stained(4, 5000)
    turned = np.ascontiguousarray(pixels[:, ::-1])
    np.testing.assert_allclose(color_statistics(turned), color_statistics(pixels), rtol=1e-9, atol=1e-10)


def test_rows_are_those_of_each_image() -> None:
    nuclei, cytoplasm = [stained(k, 1500 * k) for k in (2, 0, 1)], [stained(k, 900 * k) for k in (0, 3, 2)]
    rows = color_rows(pixels_in(*nuclei), pixels_in(*cytoplasm))
    for row, nucleus, rest in zip(rows, nuclei, cytoplasm, strict=True):
        expected = np.concatenate([color_statistics(nucleus), color_statistics(rest)], axis=None)
        np.testing.assert_array_equal(row, expected)
    np.testing.assert_array_equal(lab_rows(pixels_in(*nuclei)), [lab_statistics(pixels) for pixels in nuclei])
