import json

import numpy as np
import pytest

from leukfeat.errors import ConfigurationError, ModelError, WeightsError
from leukfeat.features import CellFeatures, FrozenCNN, ImageFeatures
from leukfeat.features.registry import FAMILIES
from leukfeat.imaging import LoadCells
from leukfeat.scoring import convert_model, image_pipeline, load_model, save_model
from leukfeat.scoring.trusted import TRUSTED
from leukfeat.sweep import CORE, WIDE, Candidate, table_pipeline

skops = pytest.importorskip("skops.io")
HIST = next(item for item in WIDE if item.name == "HistGradientBoostingClassifier")
FOREST = Candidate("Forest", "sklearn.ensemble:RandomForestClassifier", {"n_estimators": 3})


@pytest.mark.parametrize("several", [False, True], ids=["two", "several"])
@pytest.mark.parametrize("candidate", [*CORE, HIST, FOREST], ids=lambda candidate: candidate.name)
def test_answers_are_the_same_in_both_formats(fit, table, tmp_path, candidate, several):
    pipeline = fit(candidate, several=several)
    source = save_model(pipeline, tmp_path / "model.joblib")
    converted = convert_model(source, tmp_path / "model.skops").pipeline
    back = convert_model(tmp_path / "model.skops", tmp_path / "back.joblib").pipeline
    for other in (converted, back):
        assert list(other[1:].predict(table.values)) == list(pipeline[1:].predict(table.values))
        expected = pipeline[1:].predict_proba(table.values)
        np.testing.assert_allclose(other[1:].predict_proba(table.values), expected, rtol=0, atol=1e-9)
        distances = other[-1].domain_.distance(table.values)
        np.testing.assert_array_equal(distances, pipeline[-1].domain_.distance(table.values))


def test_both_files_share_facts_and_id(saved):
    before = load_model(saved)
    after = convert_model(saved, saved.with_suffix(".skops"))
    assert after.id == before.id == load_model(saved).id
    facts = json.loads(saved.with_suffix(".json").read_text())
    assert sorted(facts["files"]) == ["joblib", "skops"]
    elsewhere = convert_model(saved, saved.parent / "other" / "copy.skops")
    assert list(elsewhere.facts["files"]) == ["skops"]
    assert elsewhere.facts["scores"] == list(before.facts["scores"])


def test_nothing_is_replaced_unasked(saved, fit):
    target = saved.with_suffix(".skops")
    convert_model(saved, target)
    with pytest.raises(ConfigurationError, match=r"ridge\.skops exists.*--overwrite"):
        convert_model(saved, target)
    convert_model(saved, target, overwrite=True)
    other = save_model(fit(several=True), saved.with_name("other.joblib"))
    target.unlink()
    with pytest.raises(ConfigurationError, match=r"ridge\.json is of another model"):
        convert_model(other, target)


def test_nothing_is_written_that_answers_otherwise(saved, monkeypatch):
    def load(content, trusted):
        pipeline = loads(content, trusted)
        pipeline[-1].calibration_.offsets[0] += 1e-7
        return pipeline

    loads = skops.loads
    monkeypatch.setattr(skops, "loads", load)
    with pytest.raises(ModelError, match="answers otherwise"):
        convert_model(saved, saved.with_suffix(".skops"))
    assert not saved.with_suffix(".skops").exists()
    assert list(load_model(saved).facts["files"]) == ["joblib"]


def test_every_family_and_limit_is_trusted():
    images = ImageFeatures(LoadCells(96, "cell"), CellFeatures(tuple(FAMILIES))).fit([])
    others = set(skops.get_untrusted_types(data=skops.dumps(images))) - set(TRUSTED)
    assert others == set()


def test_networks_are_kept_in_both_formats(fit, synthetic_paths, tmp_path):
    pytest.importorskip("onnxruntime")
    from tests.networks import write_network

    network = FrozenCNN(write_network(tmp_path / "Means-1.onnx", size=64))
    images = ImageFeatures(LoadCells(96, "cell"), CellFeatures([network])).fit([])
    X, labels = images.transform(synthetic_paths[:8]), ["a", "b"] * 4
    pipeline = image_pipeline(images, table_pipeline(CORE[3], n_classes=2, seed=0).fit(X, labels))
    source = save_model(pipeline, tmp_path / "model.joblib")
    assert list(load_model(source).facts["weights"]) == [str(tmp_path / "Means-1.onnx")]
    converted = convert_model(source, tmp_path / "model.skops").pipeline
    expected = pipeline.decision_function(synthetic_paths[:8])
    np.testing.assert_allclose(converted.decision_function(synthetic_paths[:8]), expected, atol=1e-6)
    (tmp_path / "Means-1.onnx").unlink()
    for path in (source, tmp_path / "model.skops"):
        with pytest.raises(WeightsError, match=r"Means-1\.onnx"):
            load_model(path)


def test_a_class_of_somebody_else_is_not_converted(fit, tmp_path):
    pipeline = fit(Candidate("Silent", "tests.misbehaving:Silent"))
    source = save_model(pipeline, tmp_path / "model.joblib")
    with pytest.raises(ModelError, match=r"not trusted: tests\.misbehaving\.Silent"):
        convert_model(source, tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()
