"""Metrics: equal to scikit-learn where it defines them, and defined where it gives up."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

from leukfeat.evaluation import METRICS, Metric, default_positive, encode_predictions, score_predictions
from leukfeat.evaluation.metric import NEEDS, explain_absence

SEEDS = range(10)
TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced Accuracy",
    "f1_weighted": "F1 Score",
    "f1_macro": "F1 Macro",
    "f1_positive": "F1 Positive",
    "precision": "Precision",
    "recall": "Recall",
    "mcc": "MCC",
    "roc_auc": "ROC AUC",
    "roc_auc_weighted": "ROC AUC Weighted",
    "pr_auc": "PR AUC",
    "prevalence": "Prevalence",
    "sensitivity_at_specificity_90": "Sensitivity at Specificity 0.90",
    "sensitivity_at_specificity_95": "Sensitivity at Specificity 0.95",
    "log_loss": "Log Loss",
    "brier": "Brier",
    "ece": "ECE",
    "subject_accuracy": "Subject Accuracy",
    "subject_accuracy_worst": "Worst Subject Accuracy",
    "subject_roc_auc": "Subject ROC AUC",
}
FOUR = ["blast", "early", "pre", "pro"]


def binary_case(seed: int) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.float64]]:
    """Imbalanced labels, noisy predictions and decision values with ties."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(["all", "hem"], 200, p=[0.7, 0.3])
    scores = np.round(rng.normal(size=200) + (truth == "hem"), 1)
    return truth, np.where(scores > 0.4, "hem", "all"), scores


def multiclass_case(seed: int) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.float64]]:
    """Imbalanced labels of four classes and probabilities."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, 300, p=[0.5, 0.3, 0.15, 0.05])
    logits = rng.normal(size=(300, 4)) + 1.2 * np.eye(4)[codes]
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = np.array(FOUR)
    return names[codes], names[proba.argmax(axis=1)], proba


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("positive", ["all", "hem"])
def test_two_classes_agree_with_scikit_learn(seed: int, positive: str) -> None:
    truth, predicted, scores = binary_case(seed)
    scores = scores if positive == "hem" else -scores
    values = score_predictions(truth, predicted, scores, ["all", "hem"], positive)
    expected = {
        "accuracy": accuracy_score(truth, predicted),
        "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        "roc_auc": roc_auc_score(truth == positive, scores),
        "pr_auc": average_precision_score(truth == positive, scores),
        "prevalence": (truth == positive).mean(),
        "mcc": matthews_corrcoef(truth, predicted),
        "f1_macro": f1_score(truth, predicted, average="macro"),
        "f1_positive": f1_score(truth, predicted, pos_label=positive),
        "f1_weighted": f1_score(truth, predicted, average="weighted"),
        "precision": precision_score(truth, predicted, pos_label=positive),
        "recall": recall_score(truth, predicted, pos_label=positive),
    }
    assert {key: values[key] for key in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_several_classes_agree_with_scikit_learn(seed: int) -> None:
    truth, predicted, proba = multiclass_case(seed)
    values = score_predictions(truth, predicted, proba, FOUR, probabilities=proba)
    expected = {
        "accuracy": accuracy_score(truth, predicted),
        "balanced_accuracy": balanced_accuracy_score(truth, predicted),
        "roc_auc": roc_auc_score(truth, proba, multi_class="ovr", average="macro", labels=FOUR),
        "roc_auc_weighted": roc_auc_score(truth, proba, multi_class="ovr", average="weighted", labels=FOUR),
        "log_loss": log_loss(truth, proba, labels=FOUR),
        "brier": brier_score_loss(truth, proba, labels=FOUR),
        "mcc": matthews_corrcoef(truth, predicted),
        "f1_macro": f1_score(truth, predicted, average="macro"),
        "f1_weighted": f1_score(truth, predicted, average="weighted"),
        "precision": precision_score(truth, predicted, average="macro", zero_division=0),
        "recall": recall_score(truth, predicted, average="macro"),
    }
    assert {key: values[key] for key in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_absent_class_is_left_out_of_every_average(seed: int) -> None:
    """'pro' is not in the fold but is predicted; scikit-learn is given the three classes present."""
    truth, predicted, proba = multiclass_case(seed)
    kept = truth != "pro"
    truth, predicted, proba = truth[kept], predicted[kept], proba[kept]
    assert "pro" in predicted
    present = FOUR[:3]
    values = score_predictions(truth, predicted, proba, FOUR)
    areas = [roc_auc_score(truth == name, proba[:, column]) for column, name in enumerate(present)]
    assert values["roc_auc"] == pytest.approx(np.mean(areas))
    recalls = recall_score(truth, predicted, labels=present, average="macro")
    assert values["balanced_accuracy"] == values["recall"] == pytest.approx(recalls)
    precisions = precision_score(truth, predicted, labels=present, average="macro")
    assert values["precision"] == pytest.approx(precisions)
    assert values["f1_weighted"] == pytest.approx(f1_score(truth, predicted, average="weighted"))


def test_auc_is_from_ranks_of_any_score() -> None:
    truth, predicted, scores = binary_case(0)
    area = score_predictions(truth, predicted, scores, ["all", "hem"])["roc_auc"]
    for moved in (scores - 1e3, np.exp(scores), 5 * scores**3, 1 / (1 + np.exp(-scores))):
        assert score_predictions(truth, predicted, moved, ["all", "hem"])["roc_auc"] == area
    reverse = score_predictions(truth, predicted, -scores, ["all", "hem"])["roc_auc"]
    assert reverse == pytest.approx(1 - area)


@pytest.mark.parametrize("seed", SEEDS)
def test_multiclass_auc_takes_raw_scores_and_looks_at_each_column_alone(seed: int) -> None:
    truth, predicted, proba = multiclass_case(seed)
    area = score_predictions(truth, predicted, proba, FOUR)["roc_auc"]
    shifted = 3 * np.log(proba) + np.array([-50.0, 0.0, 7.0, 1e4])
    assert score_predictions(truth, predicted, shifted, FOUR)["roc_auc"] == pytest.approx(area)


def test_the_columns_of_scores_follow_the_order_of_classes() -> None:
    truth, predicted, proba = multiclass_case(0)
    order = [2, 0, 3, 1]
    reordered = score_predictions(truth, predicted, proba[:, order], [FOUR[column] for column in order])
    assert reordered == pytest.approx(score_predictions(truth, predicted, proba, FOUR), nan_ok=True)


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40))
@settings(max_examples=100, deadline=None)
def test_auc_is_the_share_of_pairs_ranked_right(images: list[tuple[bool, int]]) -> None:
    """By definition: each pair of a positive and a negative counts 1, a tie 1/2."""
    truth = ["b" if positive else "a" for positive, _ in images]
    value = score_predictions(truth, truth, [float(score) for _, score in images], ["a", "b"])["roc_auc"]
    pairs = [(p > n) + (p == n) / 2 for positive, p in images if positive for other, n in images if not other]
    if pairs:
        assert value == pytest.approx(sum(pairs) / len(pairs))
    else:
        assert math.isnan(value)


def test_a_case_done_by_hand() -> None:
    """Six images: 'a' right twice of three, 'b' once of two, 'c' never; 'c' is never predicted."""
    truth, predicted = list("aaabbc"), list("aabbaa")
    scores = np.array([[3, 0, 0], [2, 0, 0], [0, 1, 0], [0, 3, 0], [1, 2, 0], [2, 0, 0]], dtype=float)
    expected = {
        "accuracy": 3 / 6,
        "balanced_accuracy": (2 / 3 + 1 / 2 + 0) / 3,
        "roc_auc": (6 / 9 + 8 / 8 + 2.5 / 5) / 3,
        "f1_weighted": (3 * 4 / 7 + 2 * 2 / 4 + 0) / 6,
        "precision": (2 / 4 + 1 / 2 + 0) / 3,
        "recall": (2 / 3 + 1 / 2 + 0) / 3,
        "f1_macro": (4 / 7 + 2 / 4 + 0) / 3,
        "prevalence": 1 / 3,
    }
    values = score_predictions(truth, predicted, scores, list("abc"))
    assert {key: values[key] for key in expected} == pytest.approx(expected)


def test_a_model_without_scores_has_no_auc() -> None:
    truth, predicted, scores = binary_case(1)
    values = score_predictions(truth, predicted, None, ["all", "hem"])
    with_scores = score_predictions(truth, predicted, scores, ["all", "hem"])
    unranked = {key for key, value in values.items() if math.isnan(value)}
    assert unranked == {"roc_auc", "pr_auc", "log_loss", "brier", "ece"}
    assert all(values[key] == with_scores[key] for key in values.keys() - unranked)


def test_constant_scores_rank_at_chance() -> None:
    truth, predicted, _ = multiclass_case(2)
    assert score_predictions(truth, predicted, np.zeros((300, 4)), FOUR)["roc_auc"] == 0.5


def test_never_predicting_the_positive_class_is_precision_zero() -> None:
    values = score_predictions(["a", "b", "b"], ["a", "a", "a"], [0.0, 0.0, 0.0], ["a", "b"])
    assert values["precision"] == values["recall"] == 0.0
    assert values["f1_weighted"] == pytest.approx(1 / 3 * 0.5)


def test_the_positive_class_is_the_last_in_sorted_order() -> None:
    assert default_positive(["lymphocyte", "blast"]) == "lymphocyte"
    truth, predicted, scores = binary_case(3)
    default = score_predictions(truth, predicted, scores, ["hem", "all"])
    named = score_predictions(truth, predicted, scores, ["all", "hem"], "hem")
    assert default == pytest.approx(named, nan_ok=True)


def test_the_table_of_metrics() -> None:
    assert {metric.key: metric.title for metric in METRICS} == TITLES
    for metric in METRICS:
        assert metric.description.endswith(".")
        assert set(metric.needs) <= set(NEEDS)
    worse = {metric.key for metric in METRICS if metric.greater_is_better is False}
    assert worse == {"log_loss", "brier", "ece"}


def test_a_fold_is_scored_by_what_its_number_of_classes_defines() -> None:
    truth, predicted, scores = binary_case(0)
    others = ("roc_auc_weighted", "sensitivity", "subject")
    expected = [key for key in TITLES if not key.startswith(others)]
    assert list(score_predictions(truth, predicted, scores, ["all", "hem"])) == expected
    truth, predicted, proba = multiclass_case(0)
    others = ("f1_positive", "sensitivity", "subject")
    expected = [key for key in TITLES if not key.startswith(others)]
    assert list(score_predictions(truth, predicted, proba, FOUR)) == expected


def test_an_interval_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="'interval' parameter of Metric"):
        Metric("key", "Title", "Text.", lambda fold: fold.n_images, interval="wide")


def test_calibration_error_by_hand() -> None:
    """Bins end at k/15: 0.2 is in the third, 0.21 and 0.25 in the fourth, 1 in the last."""
    truth, proba = list("ababb"), [0.2, 0.21, 0.25, 1.0, 0.95]
    values = score_predictions(truth, truth, None, ["a", "b"], probabilities=proba)
    gaps = [0.2 - 0, (0.21 + 0.25) - (1 + 0), (1 - 1) + (0.95 - 1)]
    assert values["ece"] == pytest.approx(sum(abs(gap) for gap in gaps) / 5)


def test_calibration_error_of_several_classes_is_of_the_most_probable_one() -> None:
    proba = [[0.5, 0.3, 0.2], [0.1, 0.48, 0.42]]
    values = score_predictions(["a", "c"], ["c", "c"], None, list("abc"), probabilities=proba)
    assert values["ece"] == pytest.approx(abs((0.5 - 1) + (0.48 - 0)) / 2)


def test_a_certain_error_costs_a_finite_log_loss() -> None:
    values = score_predictions(["a", "b"], ["a", "b"], None, ["a", "b"], probabilities=[1.0, 1.0])
    assert values["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps) / 2)
    assert values["brier"] == 0.5


def test_a_constant_prediction_has_no_correlation() -> None:
    assert score_predictions(["a", "b"], ["a", "a"], None, ["a", "b"])["mcc"] == 0
    assert math.isnan(score_predictions(["a", "a"], ["a", "b"], None, ["a", "b"])["mcc"])


def test_what_lacks_is_named() -> None:
    truth, predicted, _ = binary_case(0)
    labels_only = encode_predictions(truth, predicted, None, ["all", "hem"], "hem")
    reasons = {metric.key: explain_absence([labels_only], metric) for metric in METRICS}
    assert [key for key, reason in reasons.items() if not reason] == [
        *("accuracy", "balanced_accuracy", "f1_weighted", "f1_macro", "f1_positive"),
        *("precision", "recall", "mcc", "prevalence"),
    ]
    assert "three classes" in reasons["roc_auc_weighted"]
    assert "ranks images" in reasons["roc_auc"]
    assert "calibrated probabilities" in reasons["ece"]
    assert "subjects" in reasons["subject_accuracy"]


def test_subjects_must_be_known_whole_and_for_their_area_of_one_class() -> None:
    by_key = {metric.key: metric for metric in METRICS}

    def reasons(subjects: list[int], units: list[int]) -> tuple[str, str]:
        fold = encode_predictions(
            list("aabb"), list("aabb"), [0.0, 1.0, 2.0, 3.0], ["a", "b"], "b", subjects=subjects, units=units
        )
        keys = ("subject_accuracy", "subject_roc_auc")
        return tuple(explain_absence([fold], by_key[key]) for key in keys)

    assert reasons([0, 0, 1, 1], [0, 0, 1, 1]) == ("", "")
    assert reasons([0, 0, 1, 1], [0, 0, 0, 0]) == ("", "")
    unknown, classes = NEEDS["subjects"].reason, NEEDS["subjects_of_one_class"].reason
    assert reasons([0, 0, 1, -1], [0, 0, 1, 1]) == (unknown, unknown)
    assert reasons([0, 0, 1, 1], [0, 1, 2, 2]) == (unknown, unknown)
    assert reasons([0, 1, 1, 2], [0, 1, 1, 2]) == ("", classes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scores": [0.1, np.nan, np.inf]}, "The model returned NaN scores for 2 of 3 images"),
        ({"scores": [0.1, 0.2, -np.inf]}, "The model returned infinite scores for 1 of 3 images"),
        ({"scores": [[0.1, 0.9]] * 3}, r"scores of shape \(3,\).* Got shape \(3, 2\)"),
        ({"scores": [0.1, 0.2]}, r"scores of shape \(3,\).* Got shape \(2,\)"),
        ({"classes": ["a", "b", "c"]}, r"scores of shape \(3, 3\).* Got shape \(3,\)"),
        ({"y_true": ["a", "b", "z"]}, "Labels in y_true must be among the classes 'a', 'b'. Got 'z'"),
        ({"y_pred": [0, 1, 1]}, "Labels in y_pred must be among the classes 'a', 'b'. Got 0, 1"),
        ({"y_pred": ["a", "b"]}, "Got 3 true and 2 predicted labels"),
        ({"y_true": [], "y_pred": [], "scores": []}, "Got 0 true and 0 predicted labels"),
        ({"y_true": [["a"], ["b"], ["b"]]}, r"y_true of shape \(n,\). Got shape \(3, 1\)"),
        ({"classes": ["a"]}, "at least two distinct classes. Got 'a'"),
        ({"classes": ["a", "b", "b"]}, "at least two distinct classes"),
        ({"probabilities": [0.1, 0.5, 1.5]}, r"must be in \[0, 1\]. Got 0.1 to 1.5"),
        ({"probabilities": [0.1, 0.5, np.nan]}, "NaN probabilities for 1 of 3 images"),
        (
            {"classes": ["a", "b", "c"], "scores": None, "probabilities": [[0.5, 0.4, 0.2]] * 3},
            "must add up to 1. They miss it by 0.1",
        ),
        ({"positive": "z"}, "positive class must be one of 'a', 'b'. Got 'z'"),
        ({"y_true": list("cde"), "classes": list("abfghijklmno")}, "'m' and 2 more. Got 'c', 'd', 'e'"),
    ],
)
def test_what_cannot_be_scored_is_refused(changes: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {
        "y_true": ["a", "b", "b"],
        "y_pred": ["a", "b", "a"],
        "scores": [0.1, 0.9, 0.4],
        "classes": ["a", "b"],
    }
    with pytest.raises(ValueError, match=message):
        score_predictions(**(arguments | changes))


def test_better_scores_give_better_values() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, 400)
    noise = rng.normal(size=(400, 4))
    names = np.array(FOUR)
    values = []
    for strength in (0, 1, 2, 4):
        scores = noise + strength * np.eye(4)[codes]
        values.append(score_predictions(names[codes], names[scores.argmax(axis=1)], scores, FOUR))
    rising = [metric.key for metric in METRICS if metric.greater_is_better and metric.key in values[0]]
    for key in rising:
        assert all(worse[key] < better[key] for worse, better in pairwise(values))


def test_a_fold_with_one_class_has_no_auc() -> None:
    alone = score_predictions(["a", "a"], ["a", "b"], [0.1, 0.8], ["a", "b"])
    assert alone["accuracy"] == alone["balanced_accuracy"] == 0.5
    assert all(math.isnan(alone[key]) for key in ("roc_auc", "precision", "recall"))
    several = score_predictions(["a", "a"], ["a", "b"], np.eye(3)[:2], ["a", "b", "c"])
    assert math.isnan(several["roc_auc"])
    assert several["precision"] == 1.0
    assert several["recall"] == several["balanced_accuracy"] == 0.5
