"""What a comparison keeps of a model, and where its numbers come from."""

import json

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from leukfeat.comparison.keeping import decision_threshold, held_out_scores
from leukfeat.scoring import load_model
from leukfeat.sweep import Calibration, ranking_scores

MODELS = ("SVC", "XGBClassifier", "LinearDiscriminantAnalysis", "RidgeClassifier", "RidgeClassifierCV")


@pytest.fixture(scope="module")
def kept(binary_run):
    return {name: load_model(binary_run.folder / "models" / f"{name}.joblib") for name in MODELS}


def test_every_model_has_facts_and_a_card(binary_run):
    found = {path.name for path in (binary_run.folder / "models").iterdir()}
    assert found == {f"{name}.{suffix}" for name in MODELS for suffix in ("joblib", "json", "md")}


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_come_from_scores_that_were_held_out(binary_run, kept, name):
    model, values = kept[name], binary_run.table.values
    own = binary_run.results.predictions.query("model == @name")
    held_out = own["score_lymphocyte"].to_numpy()
    truth = (own["label"] == "lymphocyte").to_numpy().astype(float)
    # Platt's targets are not quite 0 and 1: fitted here by weights, as an independent way to the sigmoid.
    n_positive, n_negative = truth.sum(), (1 - truth).sum()
    target = np.where(truth == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    both = np.concatenate([held_out, held_out])
    sigmoid = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(
        both[:, None], np.repeat([1, 0], len(held_out)), np.concatenate([target, 1 - target])
    )
    table = model.pipeline[1:]
    scores = ranking_scores(table, values, model.classes, "lymphocyte")
    expected = sigmoid.predict_proba(scores[:, None])[:, 1]
    np.testing.assert_allclose(table.predict_proba(values)[:, 1], expected, atol=2e-3)


@pytest.mark.parametrize("name", MODELS)
def test_the_class_is_the_models_own(binary_run, kept, name):
    table, values = kept[name].pipeline[1:], binary_run.table.values
    prepared = table[:-1].transform(values)
    own = np.asarray(table[-1].estimator_.predict(prepared), dtype=int)
    np.testing.assert_array_equal(table.predict(values), np.asarray(kept[name].classes)[own])


def test_a_plain_pickle_answers_the_same(binary_run, kept):
    paths = list(binary_run.table.frame["path"])[:3]
    plain = joblib.load(binary_run.folder / "models" / "SVC.joblib")
    np.testing.assert_array_equal(plain.predict_proba(paths), kept["SVC"].pipeline.predict_proba(paths))


def test_scores_and_data_are_those_of_the_run(binary_run, kept):
    record = json.loads((binary_run.folder / "run.json").read_text())
    board = binary_run.results.leaderboard.set_index("Model")
    for name, model in kept.items():
        facts = model.facts
        scores = {row["title"]: row for row in facts["scores"]}
        assert scores["Balanced Accuracy"]["value"] == board.loc[name, "Balanced Accuracy"]
        assert scores["Balanced Accuracy"]["low"] == board.loc[name, "Balanced Accuracy Low"]
        assert facts["training"]["hash"] == record["images"]["hash"]
        assert facts["training"]["images"] == 24
        assert facts["training"]["subjects"]["number"] == 6
        assert "subject" not in json.dumps(facts["training"]["labels"])
        assert facts["features"]["hash"] == record["features"]["hash"]
        assert facts["by_subject"]["number"] == 6
        worst = binary_run.results.statistics.subjects.query("model == @name")["accuracy"].min()
        assert facts["by_subject"]["lowest"] == worst


def test_names_of_subjects_stay_here(binary_run):
    subjects = set(binary_run.table.frame["subject"].astype(str))
    text = (binary_run.folder / "models" / "SVC.json").read_text()
    assert not any(f'"{name}"' in text for name in subjects)


def test_the_domain_is_that_of_the_training_images(binary_run, kept):
    domain = kept["SVC"].domain
    assert domain.n_images == domain.n_held_out == 24
    assert domain.in_domain(binary_run.table.values).all()
    assert kept["RidgeClassifier"].domain.threshold == domain.threshold


def test_the_threshold_keeps_most_negatives_below_it(binary_run, kept):
    for name, model in kept.items():
        found = held_out_scores(
            binary_run.results.predictions, name, list(model.classes), binary_run.results.positive
        )
        scores, truth = found
        probabilities = model.pipeline[-1].calibration_.probabilities(scores)
        assert (probabilities[truth == 0] < model.threshold).mean() >= 0.95
        assert model.facts["threshold"]["specificity"] >= 0.95


def test_a_threshold_is_as_low_as_it_may_be():
    scores = np.linspace(-2, 2, 100)
    truth = (scores > 0).astype(int)
    truth[:3] = 1
    chosen = decision_threshold(Calibration(np.array([-1.0]), np.array([0.0])), scores, truth)
    negatives = np.sort(expit(scores[truth == 0]))
    assert (negatives < chosen["value"]).mean() >= 0.95
    assert (negatives < np.nextafter(chosen["value"], 0)).mean() < 0.95
    assert chosen["sensitivity"] == pytest.approx((expit(scores[truth == 1]) >= chosen["value"]).mean())


def frame(**columns):
    base = {"model": "m", "repeat": [0, 0, 0, 1], "label": ["a", "b", "b", "a"]}
    return pd.DataFrame({**base, **columns})


def test_held_out_scores_are_of_the_first_repeat():
    scores, truth = held_out_scores(frame(score_b=[1.0, 2.0, 3.0, 4.0]), "m", ["a", "b"], "b")
    assert (scores.tolist(), truth.tolist()) == ([1, 2, 3], [0, 1, 1])
    columns = {f"score_{name}": [1.0, 2.0, 3.0, 4.0] for name in "ab"}
    scores, truth = held_out_scores(frame(**columns), "m", ["a", "b"], None)
    assert (scores.shape, truth.tolist()) == ((3, 2), [0, 1, 1])


def test_models_without_scores_are_not_calibrated():
    assert held_out_scores(frame(score_b=[1.0, np.nan, 3.0, 4.0]), "m", ["a", "b"], "b") is None
    assert held_out_scores(frame(score_b=[1.0] * 4), "other", ["a", "b"], "b") is None
    columns = {f"score_{name}": [1.0] * 4 for name in "abc"}
    assert held_out_scores(frame(**columns), "m", ["a", "b", "c"], None) is None
