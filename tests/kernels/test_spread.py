import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukfeat.kernels.spread import measured_spread

VALUES = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))


@given(arrays(np.float64, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=VALUES))
@settings(max_examples=60, deadline=None)
def test_spread_is_that_of_numpy_without_nan(rows) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns without a value
        expected = [np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)]
        greatest = np.where(np.isnan(rows), -np.inf, rows).max(axis=0, initial=-np.inf)
    expected.append(np.where(np.isinf(greatest), np.nan, greatest))
    np.testing.assert_allclose(measured_spread(rows), np.transpose(expected), rtol=1e-9, atol=1e-6)


def test_equal_values_have_no_deviation() -> None:
    assert measured_spread(np.full((7, 1), 0.1)).tolist() == [[0.1, 0.0, 0.1]]
