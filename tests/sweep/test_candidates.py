import numpy as np
import pytest
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.svm import SVC
from xgboost import XGBClassifier

from leukfeat.sweep import CORE, NESTED, Candidate, shortcuts
from leukfeat.sweep.candidates import BALANCES

CLASSES = {
    "SVC": SVC,
    "XGBClassifier": XGBClassifier,
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis,
    "RidgeClassifier": RidgeClassifier,
    "RidgeClassifierCV": RidgeClassifierCV,
}


def test_core_names_the_five_models_once_each():
    assert {candidate.name for candidate in CORE} == set(CLASSES)
    assert len(CORE) == len(CLASSES)
    assert all(candidate.kind == "model" and candidate.columns is None for candidate in CORE)


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_build_makes_the_stock_class_with_the_named_parameters(candidate):
    estimator = candidate.build(3, seed=7)
    assert type(estimator) is CLASSES[candidate.name]
    parameters = estimator.get_params()
    assert {name: parameters[name] for name in candidate.parameters} == dict(candidate.parameters)
    if "random_state" in parameters:
        assert parameters["random_state"] == 7


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_build_returns_a_new_estimator_that_can_be_cloned(candidate):
    first, second = candidate.build(2, seed=0), candidate.build(2, seed=0)
    assert first is not second
    assert clone(first).get_params() == first.get_params()


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_every_core_model_makes_classes_weigh_the_same(candidate):
    assert candidate.balance != "none"
    parameters = candidate.build(4, seed=0).get_params()
    if candidate.balance == "class_weight":
        assert parameters["class_weight"] == "balanced"
    if candidate.balance == "priors":
        np.testing.assert_allclose(parameters["priors"], [0.25] * 4)
    if candidate.balance == "sample_weight":
        assert "class_weight" not in parameters


def test_core_models_run_one_thread_each():
    for candidate in CORE:
        assert candidate.build(2, seed=0).get_params().get("n_jobs", 1) in (1, None)


SIZES = ("image_width", "image_format_png")


def test_shortcuts_are_chance_area_background_and_format():
    rows = shortcuts("cell", SIZES)
    assert [row.name for row in rows] == ["Chance", "Area only", "Background only", "Format only"]
    assert [row.kind for row in rows] == ["chance", "shortcut", "shortcut", "shortcut"]
    chance, *others = rows
    assert type(chance.build(2, seed=0)) is DummyClassifier
    assert chance.columns is None
    assert [row.columns for row in others] == [
        ("shape_area_nucleus_px",),
        ("background_mean_lab_l", "background_mean_lab_a", "background_mean_lab_b"),
        SIZES,
    ]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_every_shortcut_is_an_rbf_svc_that_weighs_classes(place):
    built = shortcuts("cell", SIZES)[place].build(2, seed=0)
    assert type(built) is SVC
    assert built.kernel == "rbf"
    assert built.class_weight == "balanced"


def test_format_is_a_shortcut_only_where_it_varies():
    assert [row.name for row in shortcuts("cell")] == ["Chance", "Area only", "Background only"]


@pytest.mark.parametrize(
    ("scene", "column"),
    [
        ("masked", "shape_area_nucleus_px"),
        ("cell", "shape_area_nucleus_px"),
        ("field", "population_area_fraction"),
    ],
)
def test_area_shortcut_follows_the_scene(scene, column):
    assert shortcuts(scene)[1].columns == (column,)


def test_columns_of_shortcuts_are_real_columns():
    from leukfeat.features import FAMILIES, CellFeatures

    names = {spec.name for spec in CellFeatures().specs()}
    assert {shortcuts("cell")[1].columns[0], shortcuts("field")[1].columns[0]} <= names
    assert set(shortcuts("cell")[2].columns) <= set(FAMILIES["background"]().get_feature_names_out())


def test_nested_is_a_kind_and_no_model():
    assert NESTED.kind == "nested"
    assert NESTED.name not in {candidate.name for candidate in CORE}


@pytest.mark.parametrize(("name", "value"), [("balance", "weights"), ("kind", "baseline")])
def test_candidate_refuses_unknown_choices(name, value):
    with pytest.raises(ValueError, match=rf"'{name}' parameter of Candidate must be one of .*{value}"):
        Candidate("x", "sklearn.svm:SVC", **{name: value})


def test_build_raises_for_what_cannot_be_imported_or_made():
    with pytest.raises(ModuleNotFoundError):
        Candidate("x", "no_such_module:SVC").build(2, seed=0)
    with pytest.raises(AttributeError):
        Candidate("x", "sklearn.svm:NoSuchClass").build(2, seed=0)
    with pytest.raises(TypeError):
        Candidate("x", "sklearn.svm:SVC", {"nonsense": 1}).build(2, seed=0)
    with pytest.raises(ValueError, match="class_weight"):
        Candidate("x", "sklearn.neighbors:KNeighborsClassifier", balance="class_weight").build(2, seed=0)


def test_every_balance_has_words():
    assert set(BALANCES) == {"class_weight", "sample_weight", "priors", "none"}
