import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from leukfeat.sweep import CORE, CellClassifier
from tests.tables import FOUR, TWO, make_table

WEIGHTS = {2: (0.8, 0.2), 4: (0.4, 0.3, 0.2, 0.1)}


@parametrize_with_checks(
    [
        CellClassifier(RidgeClassifier()),
        CellClassifier(LinearDiscriminantAnalysis()),
        CellClassifier(LogisticRegression(), weigh_samples=True),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(params=[TWO, FOUR], ids=["two", "four"])
def table(request):
    return make_table(
        request.param, n=200, n_subjects=len(request.param), weights=WEIGHTS[len(request.param)]
    )


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_every_core_model_speaks_string_labels(candidate, table):
    labels = table.frame["label"].to_numpy(dtype=str)
    codes = LabelEncoder().fit_transform(labels)
    classes = np.unique(labels)
    weighs = candidate.balance == "sample_weight"
    model = CellClassifier(candidate.build(len(classes), 0), weigh_samples=weighs).fit(table.values, labels)
    weight = {"sample_weight": compute_sample_weight("balanced", codes)} if weighs else {}
    stock = candidate.build(len(classes), 0).fit(table.values.astype(float), codes, **weight)

    np.testing.assert_array_equal(model.classes_, classes)
    predicted = model.predict(table.values)
    assert predicted.dtype.kind == "U"
    np.testing.assert_array_equal(predicted, classes[stock.predict(table.values.astype(float))])
    assert set(predicted) == set(classes)


@pytest.mark.parametrize("method", ["decision_function", "predict_proba"])
@pytest.mark.parametrize(
    "estimator",
    [SVC(), LinearDiscriminantAnalysis(), XGBClassifier(n_estimators=3, n_jobs=1)],
    ids=lambda e: type(e).__name__,
)
def test_scores_are_the_models_own(method, estimator, table):
    labels = table.frame["label"].to_numpy(dtype=str)
    model = CellClassifier(estimator).fit(table.values, labels)
    stock = clone(estimator).fit(table.values.astype(float), LabelEncoder().fit_transform(labels))
    assert hasattr(model, method) == hasattr(stock, method)
    assert hasattr(CellClassifier(estimator), method) == hasattr(stock, method)
    if hasattr(stock, method):
        values = table.values.astype(float)
        np.testing.assert_array_equal(getattr(model, method)(values), getattr(stock, method)(values))


def test_predict_is_the_models_own_and_not_the_best_score():
    class Contrarian(LogisticRegression):
        def predict(self, X):
            return 1 - super().predict(X)

    table = make_table()
    model = CellClassifier(Contrarian()).fit(table.values, table.frame["label"])
    proba = model.predict_proba(table.values)
    np.testing.assert_array_equal(model.predict(table.values), model.classes_[1 - proba.argmax(axis=1)])


def test_weigh_samples_equals_balanced_sample_weights_and_changes_the_fit():
    table = make_table(FOUR, n=200, effect=0.8, weights=WEIGHTS[4])
    labels = table.frame["label"].to_numpy(dtype=str)
    codes = LabelEncoder().fit_transform(labels)
    estimator = XGBClassifier(n_estimators=10, max_depth=3, n_jobs=1)
    stock = clone(estimator).fit(table.values, codes, sample_weight=compute_sample_weight("balanced", codes))
    weighed = CellClassifier(estimator, weigh_samples=True).fit(table.values, labels)
    plain = CellClassifier(estimator).fit(table.values, labels)
    np.testing.assert_array_equal(weighed.predict_proba(table.values), stock.predict_proba(table.values))
    assert not np.allclose(plain.predict_proba(table.values), stock.predict_proba(table.values))


def test_given_estimator_stays_unfitted():
    table = make_table()
    inner = SVC()
    model = CellClassifier(inner).fit(table.values, table.frame["label"])
    assert not hasattr(inner, "support_")
    assert model.estimator is inner
    assert model.estimator_ is not inner


def test_methods_that_the_model_lacks_are_absent():
    assert not hasattr(CellClassifier(GaussianNB()), "decision_function")
    assert hasattr(CellClassifier(GaussianNB()), "predict_proba")
    assert not hasattr(CellClassifier(SVC()), "predict_proba")
    assert hasattr(CellClassifier(SVC()), "decision_function")


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"at least two classes\. Got one class: .*blast"):
        CellClassifier(SVC()).fit([[0.0], [1.0]], ["blast", "blast"])


def test_unfitted_raises():
    with pytest.raises(NotFittedError):
        CellClassifier(SVC()).predict([[0.0]])


def test_column_names_are_remembered_and_checked():
    frame = pd.DataFrame({"a": [0.0, 1.0, 0.1, 0.9], "b": [1.0, 0.0, 1.0, 0.0]})
    model = CellClassifier(RidgeClassifier()).fit(frame, ["x", "y", "x", "y"])
    np.testing.assert_array_equal(model.feature_names_in_, ["a", "b"])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["b", "a"]])


def test_pickle_keeps_predictions():
    table = make_table(FOUR)
    model = CellClassifier(SVC()).fit(table.values, table.frame["label"])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(table.values), model.predict(table.values))


def test_can_be_calibrated_by_scikit_learn():
    table = make_table()
    model = CalibratedClassifierCV(CellClassifier(SVC()), ensemble=False, cv=3)
    model.fit(table.values, table.frame["label"])
    proba = model.predict_proba(table.values)
    assert proba.shape == (120, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
