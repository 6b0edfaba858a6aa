import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from leukfeat.sweep import CORE, Candidate, CellClassifier, table_pipeline
from leukfeat.sweep.steps import as_float64
from tests.tables import make_table

RIDGE = Candidate("RidgeClassifier", "sklearn.linear_model:RidgeClassifier", balance="class_weight")


def fitted(values, labels, candidate=RIDGE):
    return table_pipeline(candidate, n_classes=2, seed=0).fit(values, labels)


def test_as_float64_keeps_values_and_widens():
    values = np.array([[0.1, np.nan]], dtype=np.float32)
    wide = as_float64(values)
    assert wide.dtype == np.float64
    np.testing.assert_array_equal(wide, values.astype(np.float64))


def test_pipeline_ends_in_the_classifier_and_can_be_cloned():
    pipeline = table_pipeline(CORE[0], n_classes=2, seed=3)
    assert isinstance(pipeline[-1], CellClassifier)
    assert pipeline[-1].estimator.random_state == 3
    assert clone(pipeline).get_params(deep=False).keys() == pipeline.get_params(deep=False).keys()


def test_only_candidates_without_class_weights_weigh_samples():
    weighs = {
        candidate.name: table_pipeline(candidate, n_classes=2, seed=0)[-1].weigh_samples for candidate in CORE
    }
    assert [name for name, does in weighs.items() if does] == ["XGBClassifier"]


def test_missing_values_become_the_training_median():
    values = np.array([[1.0, 0], [2.0, 1], [9.0, 0], [np.nan, 1]], dtype=np.float32)
    pipeline = fitted(values, ["a", "b", "a", "b"])
    np.testing.assert_array_equal(pipeline["impute"].statistics_, [2.0, 0.5])


def test_constant_and_empty_columns_are_dropped():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 5)).astype(np.float32)
    values[:, 1], values[:, 3] = 0.1, np.nan
    pipeline = fitted(values, np.array(["a", "b"] * 10))
    np.testing.assert_array_equal(pipeline["constant"].get_support(), [True, False, True, False, True])
    test = values.copy()
    test[:, 3] = 5.0  # measured in the test rows only
    np.testing.assert_array_equal(pipeline.predict(test), pipeline.predict(values))


def test_columns_are_standardised_on_the_training_side():
    table = make_table()
    pipeline = fitted(table.values, table.frame["label"])
    steps = pipeline[:-1]
    scaled = steps.transform(table.values)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-9)


def test_poisoned_test_rows_change_no_fitted_statistic():
    table = make_table()
    values, labels = table.values.copy(), table.frame["label"].to_numpy()
    train, test = np.arange(0, len(values), 2), np.arange(1, len(values), 2)
    clean = fitted(values[train], labels[train])
    values[test] = 1e6
    values[test[0]] = np.nan
    poisoned = fitted(values[train], labels[train])
    poisoned.predict(values[test])
    np.testing.assert_array_equal(poisoned["impute"].statistics_, clean["impute"].statistics_)
    np.testing.assert_array_equal(poisoned["scale"].mean_, clean["scale"].mean_)
    np.testing.assert_array_equal(poisoned["scale"].scale_, clean["scale"].scale_)
    np.testing.assert_array_equal(poisoned["model"].estimator_.coef_, clean["model"].estimator_.coef_)


def test_a_table_of_constants_is_refused():
    values = np.ones((10, 3), dtype=np.float32)
    with pytest.raises(ValueError, match="variance"):
        fitted(values, ["a", "b"] * 5)


def test_one_row_at_a_time_gives_the_same_predictions():
    table = make_table()
    pipeline = fitted(table.values, table.frame["label"])
    alone = np.concatenate([pipeline.predict(row[None]) for row in table.values])
    np.testing.assert_array_equal(alone, pipeline.predict(table.values))


def test_selection_on_noise_is_honest_inside_the_fold_and_not_outside():
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(120, 2000)), np.repeat(["a", "b"], 60)
    pipeline = table_pipeline(Candidate("SVC", "sklearn.svm:SVC"), n_classes=2, seed=0)
    inside = Pipeline([*pipeline.steps[:-1], ("select", SelectKBest(f_classif, k=20)), pipeline.steps[-1]])
    honest = cross_val_score(inside, values, labels, cv=5, scoring="balanced_accuracy").mean()
    chosen = SelectKBest(f_classif, k=20).fit_transform(values, labels)
    leaking = cross_val_score(make_pipeline(SVC()), chosen, labels, cv=5, scoring="balanced_accuracy").mean()
    assert abs(honest - 0.5) < 0.12
    assert leaking > 0.8
