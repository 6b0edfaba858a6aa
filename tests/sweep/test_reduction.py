"""Components of some columns, fitted to training rows alone."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from leukfeat.errors import ConfigurationError
from leukfeat.sweep.reduction import ReduceColumns, embedding_columns, n_components


@parametrize_with_checks([ReduceColumns(2)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_components_are_those_of_scikit_learn_and_the_rest_passes():
    rows = np.random.default_rng(0).normal(size=(60, 9)) * np.arange(1, 10)
    reduced = ReduceColumns(3, columns=(2, 3, 4, 5, 8)).fit(rows[:40])
    out = reduced.transform(rows)
    assert out.shape == (60, 7)
    np.testing.assert_array_equal(out[:, :4], rows[:, [0, 1, 6, 7]])
    part = rows[:, [2, 3, 4, 5, 8]]
    scaler = StandardScaler().fit(part[:40])
    expected = PCA(3, svd_solver="full").fit(scaler.transform(part[:40])).transform(scaler.transform(part))
    np.testing.assert_allclose(out[:, 4:], expected, atol=1e-8)
    assert list(reduced.get_feature_names_out()) == ["x0", "x1", "x6", "x7", "pca_000", "pca_001", "pca_002"]


def test_there_are_no_more_components_than_rows_or_columns():
    rows = np.random.default_rng(0).normal(size=(5, 9))
    assert ReduceColumns(64).fit_transform(rows).shape == (5, 5)
    assert ReduceColumns(64, columns=(1, 2)).fit_transform(rows).shape == (5, 9)


def test_the_option_is_read():
    assert n_components(None) is None
    assert n_components("pca:64") == 64
    for wrong in ("pca", "pca:0", "pca:-1", "umap:2", "pca:x"):
        with pytest.raises(ConfigurationError, match="reduced by pca:N"):
            n_components(wrong)
    assert embedding_columns(["shape_area", "emb_net_0000", "emb_net_0001"]) == (1, 2)
