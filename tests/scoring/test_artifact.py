import json

import joblib
import numpy as np
import pytest

from leukfeat._version import __version__
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.features.configuration import rebuild_images
from leukfeat.scoring import image_pipeline, load_model, read_facts, save_model
from leukfeat.sweep import CORE, Candidate, refit, shortcuts
from tests.tables import sweep_data

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")


def joined(table, candidate):
    (fitted,) = refit(sweep_data(table), [candidate])
    return image_pipeline(rebuild_images(table), fitted.pipeline), fitted.pipeline


def test_pipeline_starts_at_paths_and_ends_at_classes(table):
    model, on_table = joined(table, RIDGE)
    paths = list(table.frame["path"])
    assert next(iter(model.named_steps)) == "images"
    assert list(model.named_steps)[-1] == "model"
    np.testing.assert_array_equal(model.predict(paths), on_table.predict(table.values))
    np.testing.assert_array_equal(model.decision_function(paths), on_table.decision_function(table.values))
    np.testing.assert_array_equal(model.classes_, ["blast", "lymphocyte"])


@pytest.mark.parametrize("kind", [list, np.array, tuple], ids=["list", "array", "tuple"])
def test_paths_come_in_any_sequence(table, kind):
    model, _ = joined(table, RIDGE)
    paths = list(table.frame["path"])[:3]
    np.testing.assert_array_equal(model.predict(kind(paths)), model.predict(paths))


def test_a_candidate_that_sees_some_columns_predicts_from_paths_too(table):
    _, area, _ = shortcuts("cell")
    model, on_table = joined(table, Candidate("area", area.estimator, columns=area.columns))
    paths = list(table.frame["path"])
    np.testing.assert_array_equal(model.predict(paths), on_table.predict(table.values))


def test_a_bad_file_is_named(table, tmp_path):
    model, _ = joined(table, RIDGE)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    with pytest.raises(ImageError, match=r"broken\.png"):
        model.predict([table.frame["path"][0], str(broken)])


def test_a_saved_model_is_a_plain_pipeline_and_its_facts(saved, ridge, table):
    paths = list(table.frame["path"])
    plain, model = joblib.load(saved), load_model(saved)
    for pipeline in (plain, model.pipeline):
        np.testing.assert_array_equal(pipeline.predict(paths), ridge.predict(paths))
        np.testing.assert_array_equal(pipeline.predict_proba(paths), ridge.predict_proba(paths))
    assert sorted(path.name for path in saved.parent.iterdir()) == ["ridge.joblib", "ridge.json"]


def test_facts_say_what_the_model_is(saved):
    facts = json.loads(saved.with_suffix(".json").read_text())
    assert facts["files"]["joblib"]["bytes"] == saved.stat().st_size
    assert facts["id"] == facts["files"]["joblib"]["sha256"][:12]
    assert facts["classes"] == ["blast", "lymphocyte"]
    assert facts["estimator"]["class"] == "sklearn.linear_model._ridge:RidgeClassifier"
    assert facts["features"]["families"][0]["name"] == "color"
    assert facts["features"]["columns"] > 10
    assert facts["versions"]["leukfeat"] == __version__
    assert {"python", "numpy", "scikit-learn"} <= set(facts["versions"])
    assert "xgboost" not in facts["versions"]
    assert facts["scores"][0]["high"] is None
    assert facts["calibrated"]
    assert facts["created"].endswith("+00:00")


def test_a_model_knows_its_facts(saved, ridge):
    model = load_model(saved)
    assert (model.name, model.classes, model.positive) == ("ridge", ("blast", "lymphocyte"), "blast")
    assert model.id == model.facts["id"]
    assert model.threshold == 0.25
    assert model.quality == {"focus": (1.0, 9.5)}
    assert model.domain.threshold == ridge[-1].domain_.threshold == model.facts["domain"]["threshold"]


def test_what_is_not_known_is_none(ridge, tmp_path):
    model = load_model(save_model(ridge, tmp_path / "bare.joblib"))
    assert model.positive == "lymphocyte"
    assert model.threshold is None
    assert model.quality is None


def test_several_classes_have_no_positive_one(fit, tmp_path):
    model = load_model(save_model(fit(several=True), tmp_path / "several.joblib"))
    assert model.classes == ("blast", "lymphocyte", "monocyte")
    assert model.positive is None


def test_versions_of_the_libraries_that_fit_are_kept(fit, tmp_path):
    path = save_model(fit("XGBClassifier"), tmp_path / "xgb.joblib")
    assert "xgboost" in read_facts(path)["versions"]


@pytest.mark.parametrize(
    ("name", "format_", "message"),
    [
        ("model.pkl", None, r"ends in \.joblib or \.skops"),
        ("model.joblib", "skops", r"ends in \.skops"),
        ("model.joblib", "pickle", r"ends in \.joblib or \.skops"),
    ],
)
def test_other_formats_are_refused(ridge, tmp_path, name, format_, message):
    with pytest.raises(ConfigurationError, match=message):
        save_model(ridge, tmp_path / name, format=format_)
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_from_features_alone_is_refused(ridge, tmp_path):
    with pytest.raises(ConfigurationError, match=r"starts with FunctionTransformer.*image_pipeline"):
        save_model(ridge[1:], tmp_path / "model.joblib")


def test_what_cannot_be_pickled_leaves_the_earlier_file(ridge, saved):
    before = saved.read_bytes()
    broken = image_pipeline(ridge[0], ridge[1:])
    broken.unpicklable = lambda: None
    with pytest.raises(ConfigurationError, match="cannot be written as joblib"):
        save_model(broken, saved)
    assert saved.read_bytes() == before
    assert load_model(saved).threshold == 0.25


def test_a_model_that_is_fitted_again_forgets_what_was_known(ridge, fit, table):
    again = fit()
    again[1:].fit(table.values, table.frame["label"])
    assert not hasattr(again[-1], "calibration_")
    assert not hasattr(again[-1], "domain_")
    assert not hasattr(again, "predict_proba")
    assert hasattr(ridge, "predict_proba")
