from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukfeat.kernels.median import median_rows

NAN = np.nan
VALUES = st.one_of(st.just(NAN), st.floats(-1e6, 1e6))


def test_median_skips_what_was_not_measured() -> None:
    rows = np.array([[1.0, NAN, NAN], [3.0, 5.0, NAN], [8.0, 7.0, NAN], [4.0, NAN, NAN]])
    np.testing.assert_array_equal(median_rows(rows, np.array([0, 4])), [[3.5, 6.0, NAN]])


def test_each_image_has_the_median_of_its_own_cells() -> None:
    rows = np.array([[5.0], [7.0], [NAN], [-1.0], [0.1]])
    medians = median_rows(rows, np.array([0, 0, 1, 4, 5, 5]))
    np.testing.assert_array_equal(medians, [[NAN], [5.0], [3.0], [0.1], [NAN]])


@given(arrays(np.float64, st.tuples(st.integers(0, 20), st.integers(1, 4)), elements=VALUES), st.data())
@settings(max_examples=60, deadline=None)
def test_medians_are_those_of_numpy_where_something_was_measured(rows, data) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4))
    bounds = np.array([0, *sorted(cuts), len(rows)])
    before, medians = rows.copy(), median_rows(rows, bounds)
    np.testing.assert_array_equal(rows, before)
    for image, (start, stop) in enumerate(pairwise(bounds)):
        for column, median in zip(rows[start:stop].T, medians[image], strict=True):
            values = column[~np.isnan(column)]
            assert np.isnan(median) if not len(values) else median == pytest.approx(np.median(values))


@pytest.mark.parametrize("n", [2, 63, 64, 65, 500])
def test_medians_of_few_and_many_cells_are_those_of_numpy(n: int) -> None:
    rows = np.random.default_rng(n).normal(size=(n, 3))
    np.testing.assert_array_equal(median_rows(rows, np.array([0, n])), [np.median(rows, axis=0)])
