"""What is refused, and that nothing of it was run."""

import io
import json
import logging
import pickle
import tracemalloc
import zipfile

import joblib
import numpy as np
import pytest

from leukfeat.errors import ConfigurationError, ModelError
from leukfeat.features.table import configuration_hash
from leukfeat.scoring import Evidence, check_model, load_model, save_model
from leukfeat.scoring.facts import sha256_of, write_facts
from leukfeat.sweep import Candidate
from tests.scoring.conftest import BY_NAME


class Touches:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.fixture
def trap(tmp_path):
    """Return a file that must not be there in the end, and bytes that make it when they are unpickled."""
    touched = tmp_path / "touched"
    return touched, pickle.dumps(Touches(touched))


def change(path, **facts):
    """Write the facts beside a model anew, with what is changed, under a digest that fits."""
    beside = path.with_suffix(".json")
    write_facts({**json.loads(beside.read_text()), **facts}, beside)


def vouch(path, content):
    """Replace a model's file, and say in its facts that this is the one."""
    path.write_bytes(content)
    change(path, files={"joblib": {"sha256": sha256_of(content), "bytes": len(content)}})


def test_the_trap_works(trap):
    touched, content = trap
    pickle.loads(content).close()
    assert touched.exists()


def test_a_file_that_does_not_match_its_facts_is_not_run(saved, trap):
    touched, content = trap
    saved.write_bytes(content)
    with pytest.raises(ModelError, match=r"not the file that .*ridge\.json describes.*Copy both files"):
        load_model(saved, allow_mismatch=True)
    assert not touched.exists()


def test_facts_that_do_not_match_their_digest_are_refused(saved, trap):
    touched, content = trap
    beside = saved.with_suffix(".json")
    facts = json.loads(beside.read_text())
    facts["files"]["joblib"]["sha256"] = sha256_of(content)
    beside.write_text(json.dumps(facts))
    saved.write_bytes(content)
    with pytest.raises(ModelError, match="does not match its own digest"):
        load_model(saved, allow_mismatch=True)
    assert not touched.exists()


@pytest.mark.parametrize(
    ("library", "version", "refused"),
    [
        ("leukfeat", "0.0.1", True),
        ("leukfeat", "0.1.0.dev1", True),
        ("scikit-learn", "1.2.1", True),
        ("numpy", "1.26.4", True),
        ("xgboost", "0.9", True),
        ("joblib", "0.1", False),
        ("python", "3.9.1", False),
    ],
)
def test_models_of_other_versions_are_not_run(saved, trap, library, version, refused):
    touched, content = trap
    vouch(saved, content)
    versions = check_model(saved).facts["versions"]
    change(saved, versions={**versions, library: version})
    if not refused:
        assert check_model(saved).mismatches == ()
        return
    with pytest.raises(ModelError, match=rf"made with {library} {version}; here is .*--allow-mismatch"):
        load_model(saved)
    assert not touched.exists()


def test_another_patch_is_no_other_version(saved):
    versions = check_model(saved).facts["versions"]
    major_minor = ".".join(versions["scikit-learn"].split(".")[:2])
    change(saved, versions={**versions, "scikit-learn": f"{major_minor}.99"})
    assert load_model(saved).name == "ridge"


def test_a_mismatch_may_be_allowed_and_is_said(saved, caplog, table):
    change(saved, versions={**check_model(saved).facts["versions"], "numpy": "1.26.4"})
    with caplog.at_level(logging.WARNING, logger="leukfeat"):
        model = load_model(saved, allow_mismatch=True)
    assert "made with numpy 1.26.4" in caplog.text
    assert len(model.pipeline.predict(list(table.frame["path"])[:2])) == 2


def test_a_file_without_facts_is_not_run(saved, trap):
    touched, content = trap
    saved.write_bytes(content)
    saved.with_suffix(".json").unlink()
    with pytest.raises(ModelError, match=r"ridge\.json is missing.*Get both files"):
        load_model(saved)
    assert not touched.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "model"}', "[" * 100_000, '"\udce9"', "NaN"])
def test_facts_that_are_none_are_refused(saved, text):
    saved.with_suffix(".json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"ridge\.json"):
        load_model(saved)


def test_facts_of_another_format_are_refused(saved):
    change(saved, format=2)
    with pytest.raises(ModelError, match="format 2; this version reads 1"):
        load_model(saved)


@pytest.mark.parametrize("name", ["files", "versions", "features", "classes", "id", "threshold", "quality"])
def test_facts_that_lack_an_entry_are_refused(saved, name):
    beside = saved.with_suffix(".json")
    facts = json.loads(beside.read_text())
    for wrong in ({key: value for key, value in facts.items() if key != name}, {**facts, name: 7}):
        write_facts(wrong, beside)
        with pytest.raises(ModelError, match=f"no '{name}'"):
            load_model(saved)
    write_facts({**facts, "features": {"hash": "0"}}, beside)
    with pytest.raises(ModelError, match="no 'columns'"):
        load_model(saved)


def test_what_is_too_large_is_not_read(saved, monkeypatch):
    size = saved.stat().st_size
    assert load_model(saved, max_bytes=size).name == "ridge"
    with pytest.raises(ModelError, match=f"has {size} bytes, more than {size - 1}.*raise max_bytes"):
        load_model(saved, max_bytes=size - 1)
    monkeypatch.setattr("leukfeat.scoring.facts._MOST_BYTES", 10)
    with pytest.raises(ModelError, match=r"ridge\.json has \d+ bytes, more than 10"):
        load_model(saved)


@pytest.mark.parametrize(
    "odd",
    [
        {"training": {"x": 1}},
        {"scores": [{"value": "x"}]},
        {"classes": [1, {}]},
        {"versions": {"": "2"}},
        {"versions": {"numpy": 2}},
        {"files": {"joblib": 1}},
        {"threshold": {"value": [], "how": ""}},
        {"quality": {"focus": [1]}},
        {"by_subject": {}},
        {"domain": {"threshold": 10**400, "quantile": 1, "n_held_out": 1}},
        {"notes": [None]},
        {"estimator": {}},
        {"weights": {"net": None}},
    ],
)
def test_facts_that_hold_what_makes_no_sense_are_refused(saved, odd):
    change(saved, **odd)
    with pytest.raises(ModelError, match=f"has no '{next(iter(odd))}', or none that makes sense"):
        check_model(saved)


@pytest.mark.parametrize("families", [[1], [None], [{}], ["shape"]])
def test_families_that_are_none_are_other_features(saved, families):
    described = {**check_model(saved).facts["features"], "families": families}
    configuration = {key: described[key] for key in ("version", "scene", "size", "families")}
    change(saved, features={**described, "hash": configuration_hash(configuration)})
    assert check_model(saved).mismatches == ("This version makes other features than it was fitted on.",)


def test_evidence_that_could_not_be_read_back_is_not_written(ridge, tmp_path):
    with pytest.raises(ConfigurationError, match="evidence has no 'training'"):
        save_model(ridge, tmp_path / "odd.joblib", Evidence(training={"x": 1}))
    assert not list(tmp_path.iterdir())


def test_no_more_memory_is_reserved_than_the_file_has(saved):
    tracemalloc.start()
    try:
        check_model(saved)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["absent.joblib", "folder.joblib"])
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "folder.joblib").mkdir()
    with pytest.raises(ModelError, match="is no file"):
        load_model(tmp_path / name)


def test_other_names_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"ends in \.joblib or \.skops"):
        load_model(tmp_path / "model.pkl")


def test_other_features_are_refused_before_anything_is_run(saved, trap):
    touched, content = trap
    vouch(saved, content)
    features = check_model(saved).facts["features"]
    change(saved, features={**features, "size": 64})
    with pytest.raises(ModelError, match="hash of its features is not that of their configuration"):
        load_model(saved)
    change(saved, features={**features, "columns": features["columns"] + 1})
    with pytest.raises(ModelError, match="makes other features"):
        load_model(saved)
    assert not touched.exists()


def test_a_pickle_of_something_else_is_refused(saved):
    buffer = io.BytesIO()
    joblib.dump({"not": "a pipeline"}, buffer)
    vouch(saved, buffer.getvalue())
    with pytest.raises(ModelError, match="no pipeline that starts with ImageFeatures"):
        load_model(saved)
    vouch(saved, b"no pickle")
    with pytest.raises(ModelError, match=r"cannot be read here.*Use the versions"):
        load_model(saved)


def test_facts_of_another_model_are_refused(saved, fit):
    several = save_model(fit(several=True), saved.with_name("several.joblib"))
    vouch(saved, several.read_bytes())
    with pytest.raises(ModelError, match="other classes or features"):
        load_model(saved)


def test_a_format_that_the_facts_do_not_speak_of_is_refused(saved):
    saved.with_suffix(".skops").write_bytes(b"something")
    with pytest.raises(ModelError, match=r"does not speak of ridge\.skops"):
        load_model(saved.with_suffix(".skops"))


class TestSkops:
    """Files without a pickle."""

    @pytest.fixture
    def skops(self):
        return pytest.importorskip("skops.io")

    @pytest.fixture
    def strange(self, saved, skops):
        """Return a function that writes an object as the model's skops file, vouched for."""

        def write(content):
            path = saved.with_suffix(".skops")
            path.write_bytes(content if isinstance(content, bytes) else skops.dumps(content))
            told = {"sha256": sha256_of(path.read_bytes()), "bytes": path.stat().st_size}
            change(saved, files={"skops": told})
            return path

        return write

    def test_types_outside_of_the_list_are_named(self, strange, fit):
        pipeline = fit()
        pipeline.steps[-1][1].extra_ = BY_NAME["SVC"]  # a dataclass of ours that no model holds
        with pytest.raises(
            ModelError, match=r"not trusted: leukfeat\.sweep\.candidates\.Candidate\. Nothing"
        ):
            load_model(strange(pipeline))

    def test_functions_outside_of_the_list_are_named(self, strange, ridge):
        import os

        from sklearn.preprocessing import FunctionTransformer

        with pytest.raises(ModelError, match=r"not trusted: \w+\.system"):
            load_model(strange(FunctionTransformer(os.system)))

    def test_a_pipeline_that_is_no_model_is_refused(self, strange, ridge):
        from sklearn.pipeline import Pipeline

        from leukfeat.features import ImageFeatures

        for steps in (ridge.steps[:-1], [("images", ImageFeatures()), ridge.steps[-1]]):
            with pytest.raises(ModelError, match=r"ridge\.skops cannot be read here"):
                load_model(strange(Pipeline(steps)))

    def test_a_forged_tree_is_refused(self, saved, fit, skops):
        pipeline = fit(Candidate("Tree", "sklearn.tree:DecisionTreeClassifier"))
        path = save_model(pipeline, saved.with_name("tree.skops"))
        assert load_model(path).name == "tree"
        pipeline[-1].estimator_.n_features_in_ += 1
        with pytest.raises(ModelError, match=r"tree\.skops: .*damaged or forged"):
            load_model(save_model(pipeline, path))

    def test_what_is_no_archive_is_refused(self, strange):
        with pytest.raises(ModelError, match="no skops file"):
            load_model(strange(b"no archive"))
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w"):
            pass
        with pytest.raises(ModelError, match="cannot be read here"):
            load_model(strange(empty.getvalue()))

    def test_what_is_too_large_unpacked_is_refused(self, strange):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("schema.json", b" " * 10_000_000)
        path = strange(bomb.getvalue())
        with pytest.raises(ModelError, match="10000000 bytes unpacked, more than max_bytes=1000000"):
            load_model(path, max_bytes=1_000_000)

    def test_it_gives_the_same_answers(self, ridge, table, tmp_path):
        pytest.importorskip("skops.io")
        path = save_model(ridge, tmp_path / "ridge.skops")
        paths = list(table.frame["path"])[:4]
        model = load_model(path)
        np.testing.assert_array_equal(model.pipeline.predict_proba(paths), ridge.predict_proba(paths))
        assert model.id == sha256_of(path.read_bytes())[:12]

    def test_without_skops_it_says_what_to_install(self, ridge, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
        with pytest.raises(ConfigurationError, match=r"leukfeat\[skops\]"):
            save_model(ridge, tmp_path / "ridge.skops")
