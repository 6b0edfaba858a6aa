"""The choice in each fold: by inner folds of its training side, whatever the tested images are."""

from dataclasses import replace

import numpy as np
import pytest

from leukfeat.evaluation import inner_splits, make_splits
from leukfeat.sweep import NESTED, Candidate, FoldResult, choose_in_each_fold, fit_folds
from tests.tables import make_table, sweep_data

RIVALS = (
    Candidate("Ridge", "sklearn.linear_model:RidgeClassifier", balance="class_weight"),
    Candidate("Neighbours", "sklearn.neighbors:KNeighborsClassifier", {"n_neighbors": 3}),
    Candidate("Tree", "sklearn.tree:DecisionTreeClassifier"),
    Candidate("Other tree", "sklearn.tree:DecisionTreeClassifier", {"max_depth": 2}),
)
SHORTCUT = Candidate("Shortcut", "sklearn.svm:SVC", kind="shortcut")


def result(model, fold=0, inner_score=0.5, *, reason="", seconds=1.0):
    empty = np.empty(0)
    predicted = empty if reason else np.array([f"by {model}"])
    return FoldResult(model, 0, fold, predicted, empty, empty, empty, inner_score, seconds, 0.5, reason)


def models(*names):
    return [Candidate(name, "sklearn.svm:SVC") for name in names]


def chosen(results):
    return [item.predicted[0].removeprefix("by ") for item in results]


def test_each_fold_takes_the_model_with_the_best_inner_score():
    results = [result("A", 0, 0.7), result("A", 1, 0.6), result("B", 0, 0.6), result("B", 1, 0.8)]
    found = choose_in_each_fold(models("A", "B"), results)
    assert chosen(found) == ["A", "B"]
    assert {item.model for item in found} == {NESTED.name}
    assert [item.inner_score for item in found] == [0.7, 0.8]


def test_equal_scores_go_to_the_first_candidate():
    results = [result("A", inner_score=0.7), result("B", inner_score=0.7)]
    assert chosen(choose_in_each_fold(models("A", "B"), results)) == ["A"]


def test_choosing_takes_as_long_as_fitting_all():
    results = [result("A", inner_score=0.7, seconds=1.0), result("B", inner_score=0.6, seconds=5.0)]
    assert choose_in_each_fold(models("A", "B"), results)[0].fit_seconds == 6.0


def test_shortcuts_and_models_that_failed_are_not_chosen():
    results = [
        result("A", inner_score=0.6),
        result("Failed", inner_score=np.nan, reason="E: no"),
        result("Without inner folds", inner_score=np.nan),
        result("Shortcut", inner_score=0.9),
        result("Chance", inner_score=0.9),
    ]
    candidates = [*models("A", "Failed", "Without inner folds"), SHORTCUT]
    assert chosen(choose_in_each_fold(candidates, results)) == ["A"]


def test_a_fold_in_which_no_model_has_inner_folds_leaves_no_row():
    results = [result("A", 0, 0.7), result("A", 1, np.nan)]
    assert choose_in_each_fold(models("A"), results) == []


@pytest.fixture(scope="module")
def fitted():
    """Four rivals in five folds of a task in which now this one is ahead, now that one."""
    table = make_table(n=150, n_subjects=30, effect=0.8, seed=2)
    splits = make_splits(table.frame["label"], subjects=table.frame["subject"], n_folds=5)
    inner = [inner_splits(splits, fold.train) for fold in splits.folds]
    return table, splits.folds, inner


def test_the_nested_row_predicts_what_the_chosen_models_do(fitted):
    table, folds, inner = fitted
    results = fit_folds(sweep_data(table), RIVALS, folds, inner)
    for item in choose_in_each_fold(RIVALS, results):
        rivals = [other for other in results if other.fold == item.fold]
        best, *_ = [other for other in rivals if other.inner_score == item.inner_score]
        assert item.inner_score == max(other.inner_score for other in rivals)
        np.testing.assert_array_equal(item.predicted, best.predicted)
        np.testing.assert_array_equal(item.probabilities, best.probabilities)


def test_the_choice_does_not_see_the_labels_of_tested_images(fitted):
    """In each fold the labels of its tested images are permuted: nothing that it is chosen by may change."""
    table, folds, inner = fitted
    data = sweep_data(table)
    choices = choose_in_each_fold(RIVALS, fit_folds(data, RIVALS, folds, inner))
    rng = np.random.default_rng(0)
    for choice, fold, division in zip(choices, folds, inner, strict=True):
        labels = data.labels.copy()
        labels[fold.test] = rng.permutation(labels[fold.test])
        assert (labels != data.labels).any()
        changed = fit_folds(replace(data, labels=labels), RIVALS, [fold], [division])
        (again,) = choose_in_each_fold(RIVALS, changed)
        assert again.inner_score == choice.inner_score
        np.testing.assert_array_equal(again.predicted, choice.predicted)
        np.testing.assert_array_equal(again.cuts, choice.cuts)
    assert len({choice.inner_score for choice in choices}) > 1
