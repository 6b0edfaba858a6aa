"""Probabilities as scikit-learn calibrates them on given inner folds; cut-offs as small as they may be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import cross_val_predict
from xgboost import XGBClassifier

from leukfeat.evaluation import inner_splits, make_splits
from leukfeat.features import FeatureTable
from leukfeat.sweep import CORE, Candidate, Tuning, fit_folds, ranking_method, ranking_scores, table_pipeline
from leukfeat.sweep.calibration import (
    SPECIFICITIES,
    Calibration,
    calibrated_probabilities,
    cut_offs,
    fit_calibration,
)
from leukfeat.sweep.data import share
from leukfeat.sweep.fitting import FitFold, Prepare, hold_out, prepare_fold
from tests.tables import FOUR, TWO, make_table, sweep_data

BY_NAME = {candidate.name: candidate for candidate in CORE}
NAIVE = Candidate("GaussianNB", "sklearn.naive_bayes:GaussianNB")


class RankingLDA(LinearDiscriminantAnalysis):
    """With probabilities for decision values, which for several classes do not rank one against the rest."""

    def decision_function(self, X):
        return softmax(super().decision_function(X), axis=1)


class DoubleXGB(XGBClassifier):
    """With probabilities in double precision, in which the sigmoid is then fitted, too."""

    def predict_proba(self, X):
        return super().predict_proba(X).astype(np.float64)


def comparable(candidate, several=False):
    """Return the candidate as scikit-learn must have it to calibrate the same scores."""
    if candidate.name == "XGBClassifier":
        return replace(candidate, estimator=f"{__name__}:DoubleXGB")
    if candidate.name == "LinearDiscriminantAnalysis" and several:
        return replace(candidate, estimator=f"{__name__}:RankingLDA")
    return candidate


def divided(table):
    splits = make_splits(table.frame["label"], subjects=table.frame["subject"], n_folds=3)
    return splits.folds, [inner_splits(splits, fold.train) for fold in splits.folds]


def calibrated_by_sklearn(table, candidate, fold, inner):
    labels = table.frame["label"].to_numpy(dtype=str)
    shape = len(fold.train), table.values.shape[1]
    pipeline = table_pipeline(candidate, n_classes=len(np.unique(labels)), seed=0, shape=shape)
    calibrated = CalibratedClassifierCV(pipeline, ensemble=False, cv=inner.positions)
    calibrated.fit(table.values[fold.train], labels[fold.train])
    return calibrated.predict_proba(table.values[fold.test])


@pytest.mark.parametrize("positive", TWO)
@pytest.mark.parametrize("candidate", [*CORE, NAIVE], ids=lambda candidate: candidate.name)
def test_probabilities_of_two_classes_are_those_of_scikit_learn(candidate, positive):
    table = make_table(n=90, effect=1.0, weights=(2, 1))
    folds, inner = divided(table)
    results = fit_folds(sweep_data(table, positive=positive), [candidate], folds, inner)
    for result, fold, division in zip(results, folds, inner, strict=True):
        expected = calibrated_by_sklearn(table, comparable(candidate), fold, division)[:, TWO.index(positive)]
        np.testing.assert_allclose(result.probabilities, expected, atol=1e-5)
        assert 0 < result.probabilities.min() < result.probabilities.max() < 1


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_probabilities_of_several_classes_are_those_of_scikit_learn(candidate):
    table = make_table(FOUR, n=120, effect=1.0, weights=(2, 1, 1, 1))
    folds, inner = divided(table)
    results = fit_folds(sweep_data(table), [candidate], folds, inner)
    stock = comparable(candidate, several=True)
    for result, fold, division in zip(results, folds, inner, strict=True):
        expected = calibrated_by_sklearn(table, stock, fold, division)
        np.testing.assert_allclose(result.probabilities, expected, atol=1e-5)
        np.testing.assert_allclose(result.probabilities.sum(axis=1), 1)


def test_probabilities_of_real_cells_are_those_of_scikit_learn(synthetic_table):
    table = FeatureTable.read(synthetic_table)
    folds, inner = divided(table)
    candidate = BY_NAME["RidgeClassifier"]
    result = fit_folds(sweep_data(table), [candidate], folds[:1], inner[:1])[0]
    expected = calibrated_by_sklearn(table, candidate, folds[0], inner[0])[:, 1]
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-5)


def test_calibration_mends_scores_that_are_too_sure():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 4000)
    scores = 8 * (truth + rng.normal(size=4000))
    half = slice(2000), slice(2000, None)
    found = calibrated_probabilities(scores[half[0]], truth[half[0]], scores[half[1]])
    too_sure = 1 / (1 + np.exp(4 - scores[half[1]]))
    assert log_loss(truth[half[1]], found) < log_loss(truth[half[1]], too_sure) - 0.3
    for low in (0.2, 0.4, 0.6):  # of images called 30 % likely, 30 % are
        said = (found > low) & (found < low + 0.2)
        assert truth[half[1]][said].mean() == pytest.approx(found[said].mean(), abs=0.07)


def test_probabilities_keep_the_order_of_scores():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], 50)
    scores = rng.normal(size=100) + truth
    found = calibrated_probabilities(scores, truth, np.sort(scores))
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("prepared", [False, True], ids=["alone", "prepared"])
@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "four"])
def test_held_out_scores_are_those_of_cross_validation(classes, prepared, tmp_path):
    table = make_table(classes, n=120, effect=1.0)
    (fold, *_), (inner, *_) = divided(table)
    labels = table.frame["label"].to_numpy(dtype=str)
    candidate = BY_NAME["RidgeClassifier"]
    pipeline = table_pipeline(candidate, n_classes=len(classes), seed=0)
    place = tmp_path / "fold" if prepared else None
    task = FitFold(share(sweep_data(table), tmp_path), candidate, fold, inner, Tuning(None), place)
    if prepared:
        prepare_fold(Prepare(task.shared, task.rows, place))
    held = hold_out(task)
    rows = np.concatenate([held_out for _, held_out in inner.pairs])
    places = np.searchsorted(fold.train, rows)
    args = pipeline, table.values[fold.train], labels[fold.train]
    scores = cross_val_predict(*args, cv=inner.positions, method="decision_function")
    np.testing.assert_allclose(held.ranking, scores[places])
    predicted = cross_val_predict(*args, cv=inner.positions)
    assert held.balanced_accuracy == balanced_accuracy_score(labels[fold.train], predicted)
    np.testing.assert_array_equal(np.array(classes)[held.truth], labels[rows])


@pytest.mark.parametrize("positive", TWO)
def test_cut_offs_follow_from_training_images_alone(positive):
    """They hold on the scores that inner folds held out; what the test images are plays no part."""
    table = make_table(n=120, effect=1.0)
    folds, inner = divided(table)
    candidate = BY_NAME["LinearDiscriminantAnalysis"]
    results = fit_folds(sweep_data(table, positive=positive), [candidate], folds, inner)
    labels = table.frame["label"].to_numpy(dtype=str)
    pipeline = table_pipeline(candidate, n_classes=2, seed=0)
    for result, fold, division in zip(results, folds, inner, strict=True):
        train = table.values[fold.train], labels[fold.train]
        scores = cross_val_predict(pipeline, *train, cv=division.positions, method="decision_function")
        negatives = (scores if positive == TWO[1] else -scores)[train[1] != positive]
        for cut, specificity in zip(result.cuts, SPECIFICITIES, strict=True):
            assert np.mean(negatives < cut + 1e-9) >= specificity
            assert np.mean(negatives < cut - 1e-9) < specificity
        assert result.cuts[0] <= result.cuts[1]


SCORES = hnp.arrays(
    np.float64, st.integers(1, 60), elements=st.floats(-5, 5).map(lambda value: round(value, 1))
)


@given(SCORES, SCORES)
def test_a_cut_off_is_the_smallest_that_keeps_the_specificity(negatives, positives):
    scores = np.concatenate([positives, negatives])
    cuts = cut_offs(scores, np.arange(len(scores)) < len(positives))
    candidates = np.nextafter(np.unique(negatives), np.inf)
    for cut, specificity in zip(cuts, SPECIFICITIES, strict=True):
        needed = next(
            value for value in candidates if np.sum(negatives < value) >= specificity * len(negatives) - 1e-9
        )
        assert cut == needed


def test_cut_offs_by_hand():
    negatives = np.arange(20.0)
    scores = np.concatenate([[100.0, -3.0], negatives])
    cuts = cut_offs(scores, scores != np.concatenate([[0.0, 0.0], negatives]))
    np.testing.assert_array_equal(cuts, np.nextafter([17.0, 18.0], np.inf))  # 18 and 19 of 20 are below


@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "several"])
@pytest.mark.parametrize("candidate", [*CORE, NAIVE], ids=lambda candidate: candidate.name)
def test_a_calibrated_model_has_the_probabilities_and_ranks_as_before(candidate, classes):
    table = make_table(classes, n=90, effect=1.0)
    labels = table.frame["label"].to_numpy(dtype=str)
    pipeline = table_pipeline(candidate, n_classes=len(classes), seed=0, shape=table.values.shape)
    pipeline.fit(table.values, labels)
    first = classes[0]  # as the positive class
    scores = ranking_scores(pipeline, table.values, classes, first)
    truth = (labels == first).astype(int) if len(classes) == 2 else np.searchsorted(classes, labels)
    drawn = scores + np.random.default_rng(0).normal(size=scores.shape)
    method = ranking_method(pipeline, len(classes))
    pipeline[-1].calibration_ = fit_calibration(drawn, truth, method, 0)
    expected = calibrated_probabilities(drawn, truth, scores)
    found = pipeline.predict_proba(table.values)
    np.testing.assert_array_equal(found if len(classes) > 2 else found[:, 0], expected)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(ranking_scores(pipeline, table.values, classes, first), scores)
    assert ranking_method(pipeline, len(classes)) == method


def test_where_every_sigmoid_gives_nothing_all_classes_are_equally_probable():
    calibration = Calibration(np.full(3, 1e4), np.zeros(3))
    np.testing.assert_array_equal(calibration.probabilities(np.ones((2, 3))), np.full((2, 3), 1 / 3))
