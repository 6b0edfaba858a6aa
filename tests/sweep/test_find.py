"""From what somebody asks for to candidates: names, sets, modules and files, and what is wrong with them."""

import pickle
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from leukfeat.errors import ConfigurationError
from leukfeat.sweep import CORE, LEFT_OUT, WIDE, Candidate, find_candidates, table_pipeline
from tests.tables import make_table

MODEL = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from leukfeat.sweep import Candidate


class Majority(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = sorted(set(y))
        self.most_ = max(self.classes_, key=list(y).count)
        return self

    def predict(self, X):
        return [self.most_] * len(X)


def make():
    return make_pipeline(StandardScaler(), SVC(C=2.0))


def number():
    return 3


def fails():
    raise RuntimeError("not today")


class NoClone:
    def fit(self, X, y):
        return self

    def predict(self, X):
        return X


made = LogisticRegression(C=0.5)
own = Candidate("Mine", "MODULE:Majority", {}, "none")
regressor = Ridge()
"""


@pytest.fixture
def model_file(tmp_path, request):
    name = f"model_{abs(hash(request.node.name))}"
    path = tmp_path / f"{name}.py"
    path.write_text(MODEL.replace("MODULE", name))
    yield path
    sys.modules.pop(name, None)


def names(text):
    return [candidate.name for candidate in find_candidates(text)]


def test_sets_and_names_in_any_case_each_once():
    assert find_candidates("core") == CORE
    assert find_candidates("WIDE") == WIDE
    assert find_candidates("core,wide") == WIDE
    assert names("ridgeclassifier, SVC,,svc") == ["RidgeClassifier", "SVC"]
    assert names("mlpclassifier,core")[0] == "MLPClassifier"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names separated by commas. Got ''"),
        ("SCV", "Unknown model 'SCV'. Did you mean SVC"),
        ("LogisticRegresion", "Did you mean LogisticRegression"),
        ("corr", "Did you mean core"),
        ("zzzzzz", "Unknown model 'zzzzzz'. `leukfeat models --wide` lists them"),
        ("categoricalNB", f"CategoricalNB is not among the models: {LEFT_OUT['CategoricalNB']}"),
        (":make", "MODULE:OBJECT. Got ':make'"),
        ("no_such_module:make", "There is no module 'no_such_module' .*path of a .py file"),
        ("sklearn.no_such_part:make", "There is no module 'sklearn.no_such_part'"),
        ("no/such/file.py:make", "There is no file .*no/such/file.py"),
        ("sklearn.svm:NoSuchClass", "sklearn.svm has no object 'NoSuchClass'"),
        ("sklearn.linear_model:Ridge", "is no classifier: it gives Ridge"),
        ("sklearn.ensemble:StackingClassifier", "cannot be made into a classifier: TypeError"),
        ("math:pi", "cannot be made into a classifier"),
        ("svc,sklearn.svm:SVC", "Two models would be called 'SVC'"),
    ],
)
def test_what_cannot_be_found_is_explained(text, message):
    with pytest.raises(ConfigurationError, match=message):
        find_candidates(text)


def test_a_class_of_a_module_is_named_after_itself():
    (candidate,) = find_candidates("sklearn.ensemble:GradientBoostingClassifier")
    assert candidate == Candidate("GradientBoostingClassifier", "sklearn.ensemble:GradientBoostingClassifier")
    assert type(candidate.build(2, seed=5)) is GradientBoostingClassifier
    assert candidate.build(2, seed=5).random_state == 5
    assert candidate.source_file() is None


@pytest.mark.parametrize(
    ("name", "label"), [("Majority", "Majority"), ("make", ".make"), ("made", ".made"), ("own", "Mine")]
)
def test_a_file_may_hold_class_function_estimator_or_candidate(model_file, name, label):
    (candidate,) = find_candidates(f"{model_file}:{name}")
    expected = f"{model_file.stem}{label}" if label.startswith(".") else label
    assert candidate.name == expected
    assert candidate.source_file() == model_file
    table = make_table()
    labels = table.frame["label"].to_numpy(dtype=str)
    pipeline = table_pipeline(candidate, n_classes=2, seed=0).fit(table.values, labels)
    assert set(pipeline.predict(table.values)) <= set(labels)


def test_what_comes_of_a_file_travels_by_name_and_is_read_anew_elsewhere(model_file):
    (candidate,) = find_candidates(f"{model_file}:own")
    travelled = pickle.loads(pickle.dumps(candidate))
    del sys.modules[model_file.stem]  # as in another process
    fitted = travelled.build(2, seed=0).fit([[0.0], [1.0]], [1, 1])
    assert pickle.loads(pickle.dumps(fitted)).predict([[3.0]]) == [1]


def test_an_estimator_keeps_its_parameters_and_a_pipeline_gets_the_seed(model_file):
    made, piped = find_candidates(f"{model_file}:made,{model_file}:make")
    first, second = made.build(2, seed=3), made.build(2, seed=3)
    assert isinstance(first, LogisticRegression)
    assert first is not second
    assert (first.C, first.random_state) == (0.5, 3)
    pipeline = piped.build(2, seed=4)
    assert isinstance(pipeline, Pipeline)
    assert pipeline[-1].random_state == 4


def test_a_state_that_is_set_is_kept():
    candidate = Candidate("x", "sklearn.linear_model:LogisticRegression", {"random_state": 11})
    assert candidate.build(2, seed=3).random_state == 11


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("number", "is no classifier: it gives int|cannot be made into a classifier"),
        ("fails", "cannot be made into a classifier: RuntimeError: not today"),
        ("NoClone", "cannot be made into a classifier|is no classifier"),
        ("regressor", "is no classifier: it gives Ridge"),
        ("nothing", "has no object 'nothing'"),
    ],
)
def test_objects_of_a_file_that_are_no_classifiers_are_refused(model_file, name, message):
    with pytest.raises(ConfigurationError, match=message):
        find_candidates(f"{model_file}:{name}")


def test_a_parameter_that_only_a_file_defines_is_refused(model_file):
    with model_file.open("a") as file:
        file.write(
            "\n\nfrom leukfeat.sweep import Candidate\n"
            "class Part(ClassifierMixin, BaseEstimator):\n    def fit(self, X, y): return self\n"
            'bag = Candidate("Bag", "sklearn.ensemble:BaggingClassifier", {"estimator": Part()})\n'
        )
    with pytest.raises(ConfigurationError, match=r"A parameter of Bag holds what only .* defines"):
        find_candidates(f"{model_file}:bag")


def test_an_estimator_that_predicts_once_it_is_fitted_is_a_classifier(model_file):
    with model_file.open("a") as file:
        file.write(
            "\n\nfrom sklearn.ensemble import StackingClassifier\n"
            "from sklearn.linear_model import RidgeClassifier\n"
            'stack = StackingClassifier([("ridge", RidgeClassifier())])\n'
        )
    (found,) = find_candidates(f"{model_file}:stack")
    assert found.name.endswith("stack")


def test_what_a_file_lacks_is_named(tmp_path):
    path = tmp_path / "needy_model.py"
    path.write_text("import no_such_module\n")
    with pytest.raises(ConfigurationError, match=r"needy_model\.py imports 'no_such_module', which is not"):
        find_candidates(f"{path}:make")


def test_a_file_that_raises_is_refused_and_not_kept(tmp_path):
    (tmp_path / "broken_model.py").write_text("1 / 0\n")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="cannot be imported: ZeroDivisionError: division"):
            find_candidates(f"{tmp_path / 'broken_model.py'}:make")
    assert "broken_model" not in sys.modules


def test_a_file_may_not_take_the_name_of_another_module(tmp_path):
    for name in ("json", "numpy"):
        path = tmp_path / f"{name}.py"
        path.write_text("def make(): ...\n")
        with pytest.raises(ConfigurationError, match=rf"Another module is called '{name}'. Rename the file"):
            find_candidates(f"{path}:make")


def test_a_relative_path_is_remembered_as_an_absolute_one(model_file, monkeypatch):
    monkeypatch.chdir(model_file.parent)
    (candidate,) = find_candidates(f"{model_file.name}:Majority")
    assert candidate.estimator == f"{model_file}:Majority"


class Local(ClassifierMixin, BaseEstimator):
    """A classifier of an importable module."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_the_source_of_an_imported_class_is_the_file_that_defines_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "imported_from_here", sys.modules[__name__])
    (candidate,) = find_candidates("imported_from_here:Local")
    assert str(candidate.source_file()) == __file__
