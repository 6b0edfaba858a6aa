import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from leukfeat.evaluation import draw_multiplicities
from leukfeat.evaluation.reliability import measure_reliability
from tests.predicted import make_fold

ONCE = np.ones((1, 25), dtype=np.uint16)


def test_bins_are_those_of_scikit_learn():
    folds = [make_fold(2, seed=seed) for seed in (0, 1)]
    truth = np.concatenate([fold.truth == fold.positive for fold in folds])
    claimed = np.concatenate([fold.probabilities for fold in folds])
    happened, mean = calibration_curve(truth, claimed, n_bins=10)
    found = measure_reliability(folds, ONCE)
    filled = found.n_predictions > 0
    np.testing.assert_allclose(found.happened[filled], happened)
    np.testing.assert_allclose(found.claimed[filled], mean)
    assert found.n_predictions.sum() == 400


def test_of_several_classes_the_most_probable_one_counts():
    fold = make_fold(4)
    top = fold.probabilities.max(axis=1)
    right = fold.probabilities.argmax(axis=1) == fold.truth
    found = measure_reliability([fold], ONCE, n_bins=1)
    assert found.claimed[0] == pytest.approx(top.mean())
    assert found.happened[0] == pytest.approx(right.mean())


def test_interval_is_the_quantile_of_draws_and_empty_bins_have_none():
    fold = make_fold(4)
    multiplicities = draw_multiplicities(np.zeros(25, int), n_draws=60, seed=2)
    found = measure_reliability([fold], multiplicities)
    right = fold.probabilities.argmax(axis=1) == fold.truth
    place = int(np.argmax(found.n_predictions))
    top = fold.probabilities.max(axis=1)
    inside = (top > found.edges[place]) & (top <= found.edges[place + 1])
    weights = multiplicities[:, fold.units[inside]].astype(float)
    drawn = (weights * right[inside]).sum(axis=1) / weights.sum(axis=1)
    assert (found.low[place], found.high[place]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    assert found.n_predictions[0] == 0
    assert np.isnan(found.happened[0])
    assert np.isnan(found.low[0])
    assert np.isnan(measure_reliability([fold], multiplicities, np.inf).low).all()
