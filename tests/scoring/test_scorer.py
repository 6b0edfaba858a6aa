"""Batch scoring: every way to the same answers, one row for each image, and what is unlike is said."""

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest

from leukfeat.errors import ConfigurationError
from leukfeat.features import CellFamily, FeatureSpec
from leukfeat.features.images import _length_powers
from leukfeat.imaging import LoadCells
from leukfeat.measurement import measure_files
from leukfeat.scoring import Scorer
from leukfeat.sweep import CORE, ranking_scores
from tests.scoring.light_model import make_model

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")


class Fragile(CellFamily):
    """A family that fails, hangs or ends its process at images that a file of their folder names."""

    family = "fragile"

    def __init__(self, how="raise", below=0.0):
        self.how, self.below = how, below

    def specs(self):
        return (FeatureSpec("fragile_grey", "fragile", "1", 0, "Mean grey."),)

    def measure(self, views):
        means = views.grey.mean(axis=(1, 2))
        if (means < self.below).any():
            if self.how == "raise":
                raise ZeroDivisionError("nothing to divide by")
            if self.how == "hang":
                time.sleep(60)
            os.abort()
        return means[:, None].astype(np.float64)


def score(model, X, **options):
    options = {"jobs": 1, "cache": False, **options}
    return pd.concat(Scorer(model, **options).score(X), ignore_index=True)


@pytest.fixture(scope="module")
def mixed(synthetic_paths, tmp_path_factory):
    """Return 24 good images with a broken and a missing one among them."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "broken.png").write_bytes(b"no image")
    paths = [str(path) for path in synthetic_paths]
    return [str(folder / "broken.png"), *paths[:7], str(folder / "missing.png"), *paths[7:]]


@pytest.fixture(scope="module")
def expected(model, mixed):
    return score(model, mixed)


def test_the_answers_are_those_of_the_pipeline(model, mixed, expected):
    good = expected[expected["reason"] == ""]
    paths = list(good["path"])
    assert len(good) == 24
    assert list(good["predicted"]) == list(model.pipeline.predict(paths))
    columns = [f"proba_{name}" for name in model.classes]
    np.testing.assert_allclose(good[columns], model.pipeline.predict_proba(paths), rtol=0, atol=1e-12)
    ranked = ranking_scores(model.pipeline, paths, list(model.classes), model.positive)
    np.testing.assert_allclose(good[f"score_{model.positive}"], ranked, rtol=1e-12)
    assert set(good["model"]) == {model.id}


def test_each_input_is_one_row_in_its_order(mixed, expected):
    assert list(expected["path"]) == mixed
    failed = expected[expected["reason"] != ""]
    assert [Path(path).name for path in failed["path"]] == ["broken.png", "missing.png"]
    assert failed["predicted"].isna().all()
    assert failed.filter(like="proba_").isna().all(axis=None)
    assert failed["in_domain"].isna().all()
    broken = hashlib.sha256(b"no image").hexdigest()
    assert list(failed["sha256"].fillna("")) == [broken, ""]
    good = expected[expected["reason"] == ""]
    digests = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in good["path"]]
    assert list(good["sha256"]) == digests


@pytest.mark.parametrize("chunk", [1, 5, 26, 1000])
def test_chunks_do_not_matter(model, mixed, expected, chunk):
    tables = list(Scorer(model, jobs=1, cache=False, chunk=chunk).score(mixed))
    assert {len(table) for table in tables[:-1]} <= {chunk}
    pd.testing.assert_frame_equal(pd.concat(tables, ignore_index=True), expected, rtol=1e-9, atol=1e-12)


def test_workers_and_the_cache_do_not_matter(model, mixed, expected):
    for _ in range(2):
        found = score(model, mixed, jobs=2, cache=True)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-12)


def test_plain_joblib_says_the_same(model, mixed, expected, tmp_path):
    joblib.dump(model.pipeline, tmp_path / "model.joblib")
    good = expected[expected["reason"] == ""]
    loaded = joblib.load(tmp_path / "model.joblib")
    assert list(loaded.predict(list(good["path"]))) == list(good["predicted"])


def test_cells_are_scored_like_their_files(model, synthetic_paths, expected):
    paths = list(synthetic_paths)
    cells = LoadCells(96, "cell").transform(paths)
    found = score(model, cells)
    good = expected[expected["reason"] == ""].reset_index(drop=True)
    assert set(found["path"]) == {""}
    assert found["sha256"].isna().all()
    columns = ["predicted", "proba_blast", "distance", "quality"]
    pd.testing.assert_frame_equal(found[columns], good[columns])
    with pytest.raises(ValueError, match="cells of 96 pixels"):
        score(model, np.zeros((1, 64, 64, 4), dtype=np.uint8))


def test_a_frame_with_paths_and_the_same_image_twice(model, synthetic_paths):
    twice = pd.DataFrame({"path": [synthetic_paths[0]] * 2})
    found = score(model, twice)
    assert list(found["path"]) == list(twice["path"])
    assert found["proba_blast"].nunique() == 1


def test_nothing_gives_no_table(model):
    assert list(Scorer(model, jobs=1, cache=False).score([])) == []


def test_all_may_fail(model, tmp_path):
    found = score(model, [str(tmp_path / "a.png"), str(tmp_path / "b.png")])
    assert list(found["reason"]) == ["the file does not exist"] * 2
    assert list(found["quality"]) == ["", ""]


def test_several_classes_have_a_score_each(small_table, synthetic_paths):
    labels = np.array(["blast", "lymphocyte", "monocyte"])[np.arange(24) % 3]
    table = replace(small_table, frame=small_table.frame.assign(label=labels))
    model = make_model(table, RIDGE, positive=None)
    found = score(model, list(synthetic_paths))
    assert [name for name in found if name.startswith("score_")] == [f"score_{n}" for n in model.classes]
    decision = model.pipeline.decision_function(list(synthetic_paths))
    np.testing.assert_allclose(found.filter(like="score_"), decision, rtol=1e-9)


def test_the_threshold_adds_a_column_and_changes_no_prediction(small_table, model, mixed, expected):
    strict = make_model(small_table, CORE[2], threshold=1.1)
    found = score(strict, mixed)
    assert list(found["predicted"].fillna("")) == list(expected["predicted"].fillna(""))
    good = found["reason"] == ""
    assert set(found["decided"][good]) == {"blast"}
    assert found["decided"][~good].isna().all()
    assert "decided" not in expected
    lenient = score(make_model(small_table, CORE[2], threshold=0.0), mixed)
    assert set(lenient["decided"][good]) == {"lymphocyte"}


@pytest.fixture(scope="module")
def unlike(synthetic_paths, tmp_path_factory):
    """Return a good image, a blurred one, and one of noise."""
    folder = tmp_path_factory.mktemp("unlike")
    picture = cv2.imread(synthetic_paths[0])
    cv2.imwrite(str(folder / "blurred.png"), cv2.GaussianBlur(picture, (0, 0), 4))
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, dtype=np.uint8)
    cv2.imwrite(str(folder / "noise.png"), noise)
    return [synthetic_paths[0], str(folder / "blurred.png"), str(folder / "noise.png")]


def test_what_is_unlike_the_training_images_is_flagged(model, unlike):
    good, blurred, noise = score(model, unlike).to_dict("records")
    assert good["quality"] == ""
    assert good["in_domain"] is True
    assert "focus low" in blurred["quality"]
    assert "focus high" in noise["quality"] or "cells" in noise["quality"]
    assert all(row["predicted"] in model.classes for row in (good, blurred, noise))
    assert all(row["reason"] == "" for row in (good, blurred, noise))


def test_strict_gives_no_prediction_for_it(model, unlike):
    good, blurred, _ = score(model, unlike, strict=True).to_dict("records")
    assert good["predicted"] in model.classes
    assert blurred["predicted"] is None
    assert np.isnan(blurred["proba_blast"])
    assert np.isnan(blurred["score_lymphocyte"])
    assert blurred["reason"].startswith("unlike the training images: focus low")
    assert blurred["distance"] > 0


def test_far_from_the_training_images(small_table, model, synthetic_paths):
    near = replace_domain(model, threshold=0.0)
    found = score(near, list(synthetic_paths[:3]))
    assert list(found["in_domain"]) == [False] * 3
    assert found["predicted"].notna().all()
    refused = score(near, list(synthetic_paths[:3]), strict=True)
    assert set(refused["reason"]) == {"unlike the training images: far from the training images"}


def test_a_model_that_knows_neither_domain_nor_quality(model, synthetic_paths):
    plain = type(model)(**{**vars(model), "domain": None, "quality": None})
    found = score(plain, list(synthetic_paths[:3]), strict=True)
    assert found["in_domain"].isna().all()
    assert found["distance"].isna().all()
    assert set(found["quality"]) == {""}
    assert found["predicted"].notna().all()


def replace_domain(model, threshold):
    domain = type(model.domain).__new__(type(model.domain))
    vars(domain).update(vars(model.domain), threshold=threshold)
    return type(model)(**{**vars(model), "domain": domain})


def fragile_model(small_table, how, below):
    """Return a model whose first step has a family that brings down dark images."""
    model = make_model(small_table, RIDGE, domain=None)
    images = model.pipeline[0]
    images.families_ = (*images.families_, Fragile(how, below))
    images._length_powers = [*images._length_powers, _length_powers(images.families_[-1])]
    return model


@pytest.mark.parametrize(
    ("how", "jobs", "reason"),
    [
        ("raise", 1, "it cannot be measured (ZeroDivisionError: nothing to divide by)"),
        ("abort", 2, "the process that measured it died (signal 6, SIGABRT)"),
        ("hang", 2, "no result within 8 s"),
    ],
)
def test_an_image_that_brings_down_what_measures_it_costs_itself(
    small_table, synthetic_paths, tmp_path, how, jobs, reason, monkeypatch
):
    black = np.zeros((96, 96, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "black.png"), black)
    paths = [*synthetic_paths[:3], str(tmp_path / "black.png"), *synthetic_paths[3:5]]
    monkeypatch.setattr("leukfeat.scoring.scorer.ask", plain_answers)
    found = score(fragile_model(small_table, how, 40.0), paths, jobs=jobs, timeout=16.0)
    assert list(found["path"]) == paths
    assert [row for row in found["reason"] if row] == [reason]
    assert found["reason"][3] == reason


@pytest.mark.parametrize("step", ["read", "decode"])
def test_an_image_that_brings_down_what_opens_it_costs_itself(model, synthetic_paths, monkeypatch, step):
    load = type(model.pipeline[0].load_)
    work = getattr(load, step)

    def fail(self, *given):
        if synthetic_paths[1] in given:
            raise MemoryError("too little")
        return work(self, *given)

    monkeypatch.setattr(load, step, fail)
    found = score(model, synthetic_paths[:3])
    assert list(found["reason"]) == ["", "it cannot be measured (MemoryError: too little)", ""]
    assert list(found["predicted"].notna()) == [True, False, True]
    with pytest.raises(MemoryError) as raised:
        list(measure_files(model.pipeline[0], synthetic_paths[:3], jobs=1, cache=False, in_process=True))
    assert any(synthetic_paths[1] in note for note in raised.value.__notes__)


def plain_answers(model, X, positive):
    from leukfeat.scoring.answers import ask

    return ask(model, X[:, :-1], positive)


def test_parameters_are_checked(model):
    with pytest.raises(ValueError, match="'jobs' parameter of Scorer"):
        Scorer(model, jobs=0)
    with pytest.raises(ValueError, match="'chunk' parameter of Scorer"):
        Scorer(model, chunk=0)
    with pytest.raises(ValueError, match="'timeout' parameter of Scorer"):
        Scorer(model, timeout=0.0)
    with pytest.raises(ValueError, match="'device' parameter of Scorer"):
        Scorer(model, device="tpu")
    with pytest.raises(TypeError, match="Scorer expects image paths"):
        list(Scorer(model).score("a.png"))


def test_a_device_that_is_not_there(model, synthetic_paths, monkeypatch):
    def absent(device):
        if device == "cuda":
            raise ConfigurationError("no CUDA device")

    monkeypatch.setattr("leukfeat.scoring.scorer.check_device", absent)
    images = model.pipeline[0]
    monkeypatch.setattr(images, "families_", (*images.families_, WithDevice()))
    with pytest.raises(ConfigurationError, match="no CUDA device"):
        Scorer(model, device="cuda")._images()
    moved = Scorer(model, device="auto")._images()
    assert moved.families_[-1].device == "cpu"
    assert images.families_[-1].device == "somewhere"


class WithDevice(Fragile):
    def __init__(self, device="somewhere"):
        super().__init__()
        self.device = device
