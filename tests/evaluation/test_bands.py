import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from leukfeat.evaluation import draw_multiplicities
from leukfeat.evaluation.bands import precision_recall_band, roc_band
from tests.predicted import fold_of, make_fold

NONE = np.ones((0, 25), dtype=np.uint16)


def positives(fold, target):
    return fold.truth == (fold.positive if fold.n_classes == 2 else target)


def scores(fold, target):
    return fold.scores if fold.n_classes == 2 else fold.scores[:, target]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_roc_goes_through_the_points_of_scikit_learn(n_classes, ties):
    fold = make_fold(n_classes, ties=ties)
    for target in range(n_classes if n_classes > 2 else 1):
        truth, values = positives(fold, target), scores(fold, target)
        curve = roc_band([fold], NONE, target)
        x, y, _ = roc_curve(truth, values, drop_intermediate=False)
        np.testing.assert_allclose(curve.value, np.interp(curve.x, x, y), atol=1e-12)
        assert auc(curve.x, curve.value) == pytest.approx(roc_auc_score(truth, values), abs=0.005)
        assert np.isnan(curve.low).all()


@pytest.mark.parametrize("ties", [False, True])
def test_precision_is_that_of_the_highest_threshold_which_reaches_a_recall(ties):
    fold = make_fold(2, ties=ties)
    truth = positives(fold, 0)
    precision, recall, _ = precision_recall_curve(truth, fold.scores)
    curve = precision_recall_band([fold], NONE)
    for x, value in zip(curve.x[1:], curve.value[1:], strict=True):
        reached = np.flatnonzero(recall >= x - 1e-12)[-1]  # recall falls
        assert value == pytest.approx(precision[reached])
    assert curve.value[1:].mean() == pytest.approx(average_precision_score(truth, fold.scores), abs=0.01)


def test_value_is_the_mean_over_folds_that_have_both_classes():
    first, second = make_fold(2, seed=1), make_fold(2, seed=2)
    alone = fold_of(np.zeros(5, int), np.random.default_rng(0).normal(size=(5, 2)), np.arange(5))
    parts = [roc_band([fold], NONE).value for fold in (first, second)]
    np.testing.assert_allclose(roc_band([first, alone, second], NONE).value, np.mean(parts, axis=0))
    assert np.isnan(roc_band([alone], NONE).value).all()


def test_band_is_the_quantile_of_curves_of_images_repeated():
    fold = make_fold(2, n=60, n_units=12)
    multiplicities = draw_multiplicities(np.zeros(12, int), n_draws=40, seed=5)
    drawn = []
    for counts in multiplicities:
        rows = np.repeat(np.arange(60), counts[fold.units])
        truth, values = positives(fold, 0)[rows], fold.scores[rows]
        x, y, _ = roc_curve(truth, values, drop_intermediate=False)
        drawn.append(np.interp(np.linspace(0, 1, 201), x, y))
    curve = roc_band([fold], multiplicities)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(curve.low, low, atol=1e-9)
    np.testing.assert_allclose(curve.high, high, atol=1e-9)


def test_widening_spreads_the_band_about_the_curve_and_an_infinite_one_leaves_none():
    fold = make_fold(2)
    multiplicities = draw_multiplicities(np.zeros(25, int), n_draws=50)
    narrow, wide = (roc_band([fold], multiplicities, widening=factor) for factor in (1.0, 2.0))
    twice = np.clip(narrow.value + 2 * (narrow.low - narrow.value), 0, 1)
    np.testing.assert_allclose(wide.low, np.minimum.accumulate(twice[::-1])[::-1], atol=0.02)
    np.testing.assert_array_equal(wide.value, narrow.value)
    assert np.isnan(roc_band([fold], multiplicities, widening=np.inf).high).all()


def test_edges_of_a_widened_band_rise_as_curves_do():
    fold = make_fold(2, n=24, n_units=4)
    multiplicities = draw_multiplicities(np.zeros(4, int), n_draws=60, seed=1)
    band = roc_band([fold], multiplicities, widening=6.0)
    assert (np.diff(band.low) >= 0).all()
    assert (np.diff(band.high) >= 0).all()
    assert (band.low <= band.value).all()
    assert (band.high >= band.value).all()
