"""Scores against the truth: scikit-learn's numbers, and nothing left out unsaid."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score

from leukfeat.errors import ConfigurationError
from leukfeat.scoring import evaluate_scores, read_scores
from tests.scoring.test_batch import score_to_file, scorer


def made(n=120, seed=0, classes=("blast", "lymphocyte")):
    """Return made-up scores of two classes and their truth, six images to a subject."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.5
    score = positive * 1.5 + rng.normal(0, 1, n)
    probability = 1 / (1 + np.exp(-2 * score + 1))
    paths = [f"/d/{number}.png" for number in range(n)]
    scores = pd.DataFrame(
        {
            "path": paths,
            "sha256": [f"{number:064x}" for number in range(n)],
            "predicted": np.where(score > 0.7, classes[1], classes[0]).astype(object),
            f"proba_{classes[0]}": 1 - probability,
            f"proba_{classes[1]}": probability,
            f"score_{classes[1]}": score,
            "reason": "",
        }
    )
    truth = pd.DataFrame(
        {
            "path": paths,
            "label": np.where(positive, classes[1], classes[0]),
            "subject": [f"p{number // 6}" for number in range(n)],
        }
    )
    return scores, truth


def by_key(found):
    return found.metrics.set_index("metric")


def test_the_numbers_are_those_of_scikit_learn():
    scores, truth = made()
    found = evaluate_scores(scores, truth.sample(frac=1, random_state=1), n_draws=200)
    values = by_key(found)["value"]
    y = truth["label"]
    assert values["accuracy"] == pytest.approx((scores["predicted"] == y).mean())
    assert values["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(y, scores["predicted"]))
    assert values["roc_auc"] == pytest.approx(roc_auc_score(y == "lymphocyte", scores["score_lymphocyte"]))
    assert values["brier"] == pytest.approx(brier_score_loss(y == "lymphocyte", scores["proba_lymphocyte"]))
    assert (found.n_images, found.n_subjects, found.positive) == (120, 20, "lymphocyte")
    assert found.without_truth == found.without_score == found.failed == ()
    assert found.n_repeated == 0


def test_the_other_class_may_be_positive():
    scores, truth = made()
    found = by_key(evaluate_scores(scores, truth, positive="blast", n_draws=50))["value"]
    y = truth["label"] == "blast"
    assert found["roc_auc"] == pytest.approx(roc_auc_score(y, -scores["score_lymphocyte"]))
    assert found["recall"] == pytest.approx((scores["predicted"][y] == "blast").mean())


def test_intervals_are_of_subjects():
    scores, truth = made(n=600)
    by_subject = truth.assign(label=np.where(np.arange(600) // 6 % 2, "blast", "lymphocyte"))
    right = np.repeat(np.random.default_rng(0).random(100) < 0.8, 6)
    other = {"blast": "lymphocyte", "lymphocyte": "blast"}
    label = by_subject["label"]
    scores["predicted"] = np.where(right, label, label.map(other)).astype(object)
    wide = by_key(evaluate_scores(scores, by_subject, n_draws=500)).loc["accuracy"]
    narrow = by_key(evaluate_scores(scores, by_subject.drop(columns="subject"), n_draws=500)).loc["accuracy"]
    assert wide["value"] == narrow["value"]
    assert wide["high"] - wide["low"] > 1.7 * (narrow["high"] - narrow["low"])


def test_what_cannot_be_compared_is_named():
    scores, truth = made()
    scores = pd.concat([scores, scores.iloc[:2]], ignore_index=True)
    scores.loc[5, ["predicted", "reason"]] = [None, "truncated"]
    truth = truth.drop(index=[7]).reset_index(drop=True)
    truth.loc[len(truth)] = ["/d/other.png", "blast", "p1"]
    found = evaluate_scores(scores, truth, n_draws=50)
    assert found.without_truth == ("/d/7.png",)
    assert found.without_score == ("/d/other.png",)
    assert found.failed == ("/d/5.png",)
    assert found.n_repeated == 2
    assert found.n_images == 118


def test_images_that_moved_are_found_by_their_digest():
    scores, truth = made()
    moved = truth.assign(sha256=scores["sha256"], path=[f"/elsewhere{path}" for path in truth["path"]])
    assert evaluate_scores(scores, moved, n_draws=50).n_images == 120


def test_copies_of_an_image_count_once():
    scores, truth = made()
    copies = pd.concat([scores.iloc[[3]]] * 5, ignore_index=True)
    copies["path"] = [f"/a/copy{number}.png" for number in range(5)]
    several = pd.concat([copies, scores], ignore_index=True)
    for known in (truth, truth.assign(path=[f"/elsewhere{path}" for path in truth["path"]])):
        found = evaluate_scores(several, known.assign(sha256=scores["sha256"]), n_draws=50)
        assert (found.n_images, found.n_repeated) == (120, 5)
        assert found.without_score == found.without_truth == ()
        assert by_key(found)["value"]["accuracy"] == (scores["predicted"] == truth["label"]).mean()


def test_a_truth_that_names_copies_takes_a_score_for_each():
    scores, truth = made()
    digests = scores["sha256"].mask(scores["sha256"] == scores["sha256"][4], scores["sha256"][3])
    moved = truth.assign(sha256=digests, path=[f"/elsewhere{path}" for path in truth["path"]])
    found = evaluate_scores(scores.assign(sha256=digests), moved, n_draws=50)
    assert (found.n_images, found.n_repeated, found.without_score) == (120, 0, ())


@pytest.mark.parametrize("nothing", ["", None, np.nan])
def test_files_without_a_digest_are_no_copies(nothing):
    scores, truth = made()
    scores.loc[5, ["path", "predicted", "reason"]] = ["/x/5.png", None, "no such file"]
    digests = scores["sha256"].astype(object).mask(np.arange(120) == 5, nothing)
    found = evaluate_scores(scores.assign(sha256=digests), truth.assign(sha256=digests), n_draws=50)
    assert (found.n_images, found.n_repeated, found.failed) == (119, 0, ())
    assert (found.without_truth, found.without_score) == (("/x/5.png",), ("/d/5.png",))


def test_labels_that_the_model_does_not_know_are_refused():
    scores, truth = made()
    truth.loc[3, "label"] = "monocyte"
    with pytest.raises(ConfigurationError, match=r"knows the classes 'blast', 'lymphocyte'.*'monocyte'"):
        evaluate_scores(scores, truth)
    with pytest.raises(ConfigurationError, match="positive class must be one of"):
        evaluate_scores(scores, made()[1], positive="monocyte")


def test_nothing_in_common_is_an_error():
    scores, truth = made()
    with pytest.raises(ConfigurationError, match="Not one of 120 images"):
        evaluate_scores(scores, truth.assign(path=[f"/x{path}" for path in truth["path"]]))


def test_several_classes():
    _, truth = made()
    names = ["a", "b", "c"]
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, 120)
    matrix = np.eye(3)[label] + rng.random((120, 3))
    matrix /= matrix.sum(axis=1, keepdims=True)
    several = pd.DataFrame({"path": truth["path"], "predicted": [names[i] for i in matrix.argmax(1)]})
    for place, name in enumerate(names):
        several[f"proba_{name}"] = several[f"score_{name}"] = matrix[:, place]
    several["reason"] = ""
    truth["label"] = [names[i] for i in label]
    found = evaluate_scores(several, truth, n_draws=50)
    expected = roc_auc_score(label, matrix, multi_class="ovr")
    assert by_key(found)["value"]["roc_auc"] == pytest.approx(expected)
    assert found.positive is None


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_files_of_every_format_are_read(model, synthetic_manifest, tmp_path, suffix):
    from leukfeat.datasets import read_manifest

    truth = read_manifest(synthetic_manifest)
    paths = [*truth["path"], str(tmp_path / "missing.png")]
    score_to_file(scorer(model), paths, tmp_path / f"s.{suffix}")
    found = evaluate_scores(read_scores(tmp_path / f"s.{suffix}"), truth, n_draws=50)
    assert found.n_images == 24
    assert found.without_truth == (str(tmp_path / "missing.png"),)
    assert by_key(found)["value"]["accuracy"] == 1.0


@pytest.mark.parametrize("content", [None, b"", b"a,b\n1,2\n", b"\x89PNG\x00\xff"])
@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "txt"])
def test_what_holds_no_scores_is_refused(tmp_path, content, suffix):
    if content is not None:
        (tmp_path / f"s.{suffix}").write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"s\.{suffix}"):
        read_scores(tmp_path / f"s.{suffix}")
