import joblib
import numpy as np
import pytest

from leukfeat.errors import ImageError
from leukfeat.features.configuration import rebuild_images
from leukfeat.scoring import image_pipeline, save_pipeline
from leukfeat.sweep import CORE, Candidate, refit, shortcuts
from tests.tables import sweep_data

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")


@pytest.fixture(scope="module")
def table(synthetic_table):
    from leukfeat.features import FeatureTable

    return FeatureTable.read(synthetic_table)


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


def test_save_round_trip(table, tmp_path):
    model, _ = joined(table, RIDGE)
    target = tmp_path / "models" / "ridge.joblib"
    assert save_pipeline(model, target) == target
    paths = list(table.frame["path"])
    np.testing.assert_array_equal(joblib.load(target).predict(paths), model.predict(paths))
    assert [path.name for path in target.parent.iterdir()] == ["ridge.joblib"]


def test_a_failed_save_leaves_the_earlier_file(table, tmp_path):
    target = tmp_path / "ridge.joblib"
    target.write_text("earlier")
    with pytest.raises(Exception, match="pickle"):
        save_pipeline(lambda: None, target)
    assert target.read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["ridge.joblib"]
