import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import OAS

from leukfeat.scoring import domain as module
from leukfeat.scoring import fit_domain


def halves(n):
    places = np.arange(n)
    return [(places[::2], places[1::2]), (places[1::2], places[::2])]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(300, 12)) @ rng.normal(size=(12, 12)) * rng.uniform(1, 1000, 12) + 50
    return mixed.astype(np.float32)


def by_sklearn(train, tested):
    """Return Mahalanobis distances under scikit-learn's shrunk covariance of standardised columns."""
    mean, scale = train.mean(axis=0), train.std(axis=0)
    inverse = np.linalg.inv(OAS().fit((train - mean) / scale).covariance_)
    return [mahalanobis((row - mean) / scale, np.zeros(len(mean)), inverse) for row in tested]


def test_distances_are_those_of_the_oracle_approximating_shrinkage(rows):
    train, tested = rows[:200].astype(float), rows[200:].astype(float)
    found = fit_domain(rows[:200], halves(200)).distance(rows[200:])
    np.testing.assert_allclose(found, by_sklearn(train, tested), rtol=1e-9)


def test_more_columns_than_rows_give_the_same(rows):
    train, tested = rows[:10].astype(float), rows[200:].astype(float)
    found = fit_domain(rows[:10], halves(10)).distance(rows[200:])
    np.testing.assert_allclose(found, by_sklearn(train, tested), rtol=1e-9)


def test_directions_that_are_not_kept_share_their_mean_variance(rows, monkeypatch):
    whole = fit_domain(rows, halves(300))
    monkeypatch.setattr(module, "_FEW_COLUMNS", 4)
    monkeypatch.setattr(module, "_MOST_AXES", 5)
    fewer = fit_domain(rows, halves(300))
    assert fewer.axes.shape == (12, 5)
    np.testing.assert_allclose(fewer.variances, whole.variances[:5])
    assert fewer.rest == pytest.approx(whole.variances[5:].mean())
    wide = fit_domain(rows[:8], halves(8))  # seven variances are not 0
    assert fewer.variances.sum() + 7 * fewer.rest == pytest.approx(12)
    assert wide.variances.sum() + 7 * wide.rest == pytest.approx(12)


def test_rows_spread_over_a_large_table_stand_for_all(rows, monkeypatch):
    monkeypatch.setattr(module, "_MOST_NUMBERS", 1)
    monkeypatch.setattr(module, "_FEWEST_ROWS", 150)
    part = fit_domain(rows, halves(300))
    monkeypatch.undo()
    chosen = np.linspace(0, 299, 150).round().astype(int)
    np.testing.assert_array_equal(part.mean, fit_domain(rows[chosen], halves(150)).mean)
    assert part.n_images == part.n_held_out == 300


def test_the_threshold_is_a_quantile_of_what_was_held_out(rows):
    folds = halves(300)
    held_out = [fit_domain(rows[fit], halves(150)).distance(rows[out]) for fit, out in folds]
    domain = fit_domain(rows, folds, quantile=0.9)
    assert domain.threshold == pytest.approx(np.quantile(np.concatenate(held_out), 0.9))
    assert domain.threshold > np.quantile(domain.distance(rows), 0.9)  # the rows it stands on lie nearer
    assert 0.85 < domain.in_domain(rows).mean() < 1


def test_what_lies_far_away_is_outside(rows):
    domain = fit_domain(rows, halves(300))
    far = rows[:5] + 20 * rows.std(axis=0)
    assert not domain.in_domain(far).any()
    assert not fit_domain(rows[:10], halves(10)).in_domain(far).any()


def test_an_image_of_which_nothing_could_be_measured_is_outside(rows):
    domain = fit_domain(rows, halves(300))
    nothing = np.full((1, 12), np.nan)
    assert domain.distance(nothing) == np.inf
    assert not domain.in_domain(nothing)[0]
    infinite = rows[:1].copy()
    infinite[0, 3] = np.inf
    assert domain.distance(infinite) == np.inf


def test_as_much_as_was_missing_in_training_may_be_missing(rows):
    rows[:50, :3] = np.nan
    domain = fit_domain(rows, halves(300))
    assert domain.most_missing == 3
    filled = rows[60:61].copy()
    filled[0, :3] = np.nanmedian(rows[:, :3], axis=0)
    some = rows[60:61].copy()
    some[0, :3] = np.nan
    np.testing.assert_allclose(domain.distance(some), domain.distance(filled), rtol=1e-5)
    some[0, 3] = np.nan
    assert domain.distance(some) == np.inf


def test_constant_and_empty_columns_change_nothing(rows):
    more = np.column_stack([rows, np.full(300, 7), np.full(300, np.nan)]).astype(np.float32)
    plain, domain = fit_domain(rows, halves(300)), fit_domain(more, halves(300))
    np.testing.assert_allclose(domain.distance(more), plain.distance(rows), rtol=1e-12)


def test_distances_do_not_depend_on_the_batch(rows):
    domain = fit_domain(rows, halves(300))
    one_by_one = np.concatenate([domain.distance(row[None]) for row in rows])
    np.testing.assert_allclose(domain.distance(rows), one_by_one, rtol=1e-12)
    assert domain.distance(rows[:0]).shape == (0,)


def test_a_table_of_constants_has_a_distance(rows):
    domain = fit_domain(np.ones((6, 3), np.float32), halves(6))
    np.testing.assert_array_equal(domain.distance(np.ones((2, 3))), [0, 0])


def test_wrong_shapes_and_folds_are_refused(rows):
    domain = fit_domain(rows, halves(300))
    with pytest.raises(ValueError, match=r"\(n_samples, 12\)\. Got shape \(300, 11\)"):
        domain.distance(rows[:, 1:])
    with pytest.raises(ValueError, match="Got none"):
        fit_domain(rows, [])
    with pytest.raises(ValueError, match="'quantile' parameter of fit_domain"):
        fit_domain(rows, halves(300), quantile=1.5)
