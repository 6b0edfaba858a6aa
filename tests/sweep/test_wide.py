import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV

from leukfeat._workers import one_thread
from leukfeat.sweep import CORE, LEFT_OUT, WIDE, Candidate, PerColumn, ranking_scores, table_pipeline
from tests.tables import FOUR, TWO, make_table

OPTIONAL = {"CatBoostClassifier", "ExplainableBoostingClassifier", "LGBMClassifier", "PerpetualBooster"}
ADDED = {"HistGradientBoostingClassifier", "MLPClassifier"}
OTHERS = WIDE[len(CORE) :]


@pytest.mark.filterwarnings("ignore")
def test_every_classifier_of_lazypredict_is_there_or_left_out_with_a_reason():
    from lazypredict.Supervised import CLASSIFIERS

    shipped = {name for name, _ in CLASSIFIERS}
    names = {candidate.name for candidate in WIDE}
    assert names - shipped == ADDED
    assert set(LEFT_OUT) - shipped <= OPTIONAL
    assert shipped <= names | set(LEFT_OUT)
    assert names.isdisjoint(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_wide_begins_with_core_and_names_each_once():
    assert WIDE[: len(CORE)] == CORE
    assert len({candidate.name for candidate in WIDE}) == len(WIDE)


@pytest.mark.parametrize("candidate", OTHERS, ids=lambda candidate: candidate.name)
@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "four"])
def test_every_model_fits_predicts_and_ranks(candidate, classes):
    table = make_table(classes, n=96, effect=3.0)
    labels = table.frame["label"].to_numpy(dtype=str)
    pipeline = table_pipeline(candidate, n_classes=len(classes), seed=0, shape=table.values.shape)
    with one_thread():
        pipeline.fit(table.values, labels)  # a warning would be an error
    assert np.mean(pipeline.predict(table.values) == labels) > 0.5
    scores = ranking_scores(pipeline, table.values, tuple(sorted(classes)), sorted(classes)[-1])
    assert scores is not None
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("candidate", WIDE, ids=lambda candidate: candidate.name)
def test_every_model_runs_one_thread_and_is_seeded(candidate):
    parameters = candidate.build(2, seed=7, shape=(10, 100)).get_params()
    assert parameters.get("n_jobs", 1) in (1, None)
    if candidate.name != "Perceptron":  # whose state is 0 unless told otherwise
        assert parameters.get("random_state", 7) == 7
    if candidate.balance == "class_weight":
        assert parameters["class_weight"] == "balanced"
    assert candidate.balance == "none" or candidate.balance in ("class_weight", "sample_weight", "priors")


def test_the_calibrated_one_is_stock_scikit_learn():
    (candidate,) = (item for item in WIDE if item.name == "CalibratedClassifierCV")
    built = candidate.build(2, seed=0)
    assert type(built) is CalibratedClassifierCV
    assert (built.cv, built.ensemble, built.estimator.random_state) == (3, False, 0)


def test_parameters_follow_the_size_of_the_table():
    candidate = Candidate(
        "x",
        "m:x",
        {"alpha": 1.0, "tol": 0.1},
        wide={"alpha": PerColumn(0.5), "alphas": PerColumn((1.0, 2.0))},
    )
    assert candidate.parameters_for(100, 100) == {"alpha": 1.0, "tol": 0.1}
    assert candidate.parameters_for(100, 200) == {"alpha": 100.0, "tol": 0.1, "alphas": (200.0, 400.0)}


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_core_has_other_parameters_for_wide_tables_and_the_same_for_others(candidate):
    tall = candidate.build(2, seed=0).get_params()
    assert str(candidate.build(2, seed=0, shape=(200, 200)).get_params()) == str(tall)
    wide = candidate.build(2, seed=0, shape=(200, 201)).get_params()
    changed = {name for name in wide if str(wide[name]) != str(tall.get(name))}
    assert changed == set(candidate.wide)
    assert changed


def test_the_pipeline_builds_for_the_shape_it_is_told():
    ridge = next(item for item in CORE if item.name == "RidgeClassifier")
    alphas = [
        table_pipeline(ridge, n_classes=2, seed=0, shape=shape)[-1].estimator.alpha
        for shape in (None, (300, 200), (100, 200))
    ]
    assert alphas == [10.0, 10.0, 600.0]
