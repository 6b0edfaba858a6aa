"""Every metric under every weighting: equal to scikit-learn on images written out as often as they count."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from leukfeat.evaluation import METRICS, FoldPredictions, Metric
from leukfeat.evaluation.metric import has
from leukfeat.evaluation.weighted import weigh
from tests.predicted import fold_of, make_fold


@dataclass(frozen=True)
class Expanded:
    """A draw written out: one row per image and time that it was drawn."""

    truth: NDArray[np.intp]
    predicted: NDArray[np.intp]
    scores: NDArray[np.float64]
    proba: NDArray[np.float64]
    subjects: NDArray[np.intp]
    n_classes: int

    @property
    def present(self) -> list[int]:
        return sorted(set(self.truth.tolist()))

    @property
    def binary(self) -> bool:
        return self.n_classes == 2


def expand(fold: FoldPredictions, multiplicities: NDArray[np.integer]) -> Expanded:
    times = multiplicities[fold.units]
    rows = np.repeat(np.arange(len(fold)), times)
    copy = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    subjects = fold.units if fold.subjects is None else fold.subjects
    return Expanded(
        fold.truth[rows],
        fold.predicted[rows],
        fold.scores[rows],
        fold.probabilities[rows],
        subjects[rows] * 10_000 + copy,  # a subject drawn twice is two
        fold.n_classes,
    )


def ranked(draw: Expanded, score: Callable[..., float]) -> dict[int, float]:
    """Score the positive class, or each class with images on both sides against the rest."""
    if draw.binary:
        return {1: score(draw.truth == 1, draw.scores)}
    return {code: score(draw.truth == code, draw.scores[:, code]) for code in draw.present}


def averaged(draw: Expanded, score: Callable[..., float], average: str = "macro") -> float:
    """Call a scikit-learn metric of the positive class of two, or of the mean over the classes present."""
    if draw.binary and average == "macro":
        return score(draw.truth, draw.predicted, pos_label=1, zero_division=0)
    return score(draw.truth, draw.predicted, labels=draw.present, average="macro", zero_division=0)


def ece(draw: Expanded) -> float:
    """Written out bin by bin, after the papers."""
    claimed = draw.proba if draw.binary else draw.proba.max(axis=1)
    right = draw.truth == (1 if draw.binary else draw.proba.argmax(axis=1))
    total = 0.0
    for low, high in zip(np.linspace(0, 1, 16)[:-1], np.linspace(0, 1, 16)[1:], strict=True):
        inside = (claimed > low) & (claimed <= high) | ((low == 0) & (claimed == 0))
        if inside.any():
            total += inside.mean() * abs(claimed[inside].mean() - right[inside].mean())
    return total


def subject_accuracies(draw: Expanded) -> list[float]:
    right = draw.truth == draw.predicted
    return [right[draw.subjects == subject].mean() for subject in np.unique(draw.subjects)]


def subject_roc_auc(draw: Expanded) -> float:
    subjects = np.unique(draw.subjects)
    truth = np.array([draw.truth[draw.subjects == subject][0] for subject in subjects])
    scores = np.array([draw.scores[draw.subjects == subject].mean(axis=0) for subject in subjects])
    of_subjects = Expanded(truth, truth, scores, draw.proba, subjects, draw.n_classes)
    return float(np.mean(list(ranked(of_subjects, sk.roc_auc_score).values())))


def prevalence(draw: Expanded) -> float:
    shares = np.bincount(draw.truth, minlength=draw.n_classes) / len(draw.truth)
    return float(shares[1] if draw.binary else shares[shares > 0].mean())


def weighted_auc(draw: Expanded) -> float:
    areas = ranked(draw, sk.roc_auc_score)
    return float(np.average(list(areas.values()), weights=[(draw.truth == code).sum() for code in areas]))


def full_proba(draw: Expanded) -> NDArray[np.float64]:
    return np.column_stack([1 - draw.proba, draw.proba]) if draw.binary else draw.proba


def brier(draw: Expanded) -> float:
    if draw.binary:
        return float(sk.brier_score_loss(draw.truth, draw.proba))
    labels = list(range(draw.n_classes))
    return float(sk.brier_score_loss(draw.truth, draw.proba, labels=labels))


def sensitivity(draw: Expanded, cut: float) -> float:
    return float(sk.recall_score(draw.truth == 1, draw.scores >= cut))


ORACLES: dict[str, Callable[[Expanded], float]] = {
    "accuracy": lambda draw: sk.accuracy_score(draw.truth, draw.predicted),
    "balanced_accuracy": lambda draw: averaged(draw, sk.recall_score, "balanced"),
    "f1_weighted": lambda draw: sk.f1_score(
        draw.truth, draw.predicted, average="weighted", labels=draw.present, zero_division=0
    ),
    "f1_macro": lambda draw: averaged(draw, sk.f1_score, "present"),
    "f1_positive": lambda draw: averaged(draw, sk.f1_score),
    "precision": lambda draw: averaged(draw, sk.precision_score),
    "recall": lambda draw: averaged(draw, sk.recall_score),
    "mcc": lambda draw: sk.matthews_corrcoef(draw.truth, draw.predicted),
    "roc_auc": lambda draw: np.mean(list(ranked(draw, sk.roc_auc_score).values())),
    "roc_auc_weighted": weighted_auc,
    "pr_auc": lambda draw: np.mean(list(ranked(draw, sk.average_precision_score).values())),
    "prevalence": prevalence,
    "sensitivity_at_specificity_90": lambda draw: sensitivity(draw, 0.6),
    "sensitivity_at_specificity_95": lambda draw: sensitivity(draw, 1.0),
    "log_loss": lambda draw: sk.log_loss(draw.truth, full_proba(draw), labels=list(range(draw.n_classes))),
    "brier": brier,
    "ece": ece,
    "subject_accuracy": lambda draw: np.mean(subject_accuracies(draw)),
    "subject_accuracy_worst": lambda draw: min(subject_accuracies(draw)),
    "subject_roc_auc": subject_roc_auc,
}
MULTICLASS = [metric for metric in METRICS if "two_classes" not in metric.needs]
BINARY = [metric for metric in METRICS if "several_classes" not in metric.needs]


def check(fold: FoldPredictions, metric: Metric, seed: int) -> None:
    """Compare some draws that keep every class with the oracle."""
    rng = np.random.default_rng(seed)
    multiplicities = rng.poisson(1, (4, fold.units.max() + 1))
    multiplicities[:, : 2 * fold.n_classes] += 1  # two units of each class
    multiplicities[0] = 1
    values = metric.function(weigh(fold, multiplicities))
    assert values.shape == (4,)
    for value, draw in zip(values, multiplicities, strict=True):
        assert value == pytest.approx(ORACLES[metric.key](expand(fold, draw)), abs=1e-12)


def test_every_metric_has_an_oracle() -> None:
    assert list(ORACLES) == [metric.key for metric in METRICS]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("metric", BINARY, ids=lambda metric: metric.key)
def test_two_classes(metric: Metric, seed: int, ties: bool) -> None:
    check(make_fold(2, ties=ties, seed=seed), metric, seed)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("metric", MULTICLASS, ids=lambda metric: metric.key)
def test_several_classes(metric: Metric, seed: int, ties: bool) -> None:
    check(make_fold(4, ties=ties, seed=seed), metric, seed)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_units_may_be_images(n_classes: int) -> None:
    fold = make_fold(n_classes, n=60, n_units=60, ties=True)
    for metric in BINARY if n_classes == 2 else MULTICLASS:
        check(fold, metric, 5)


def test_a_unit_may_hold_several_subjects_of_several_classes() -> None:
    rng = np.random.default_rng(0)
    subjects = np.sort(np.concatenate([np.arange(12), rng.integers(0, 12, 100)]))
    fold = fold_of(subjects % 2, rng.normal(size=(112, 2)), subjects // 3, subjects)
    for metric in BINARY:
        check(fold, metric, 1)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_areas_of_any_few_images(data: st.DataObject) -> None:
    """Ties, empty classes, units that are not drawn: the areas are scikit-learn's or undefined."""
    n = data.draw(st.integers(2, 12))
    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    levels = data.draw(st.lists(st.integers(-2, 2), min_size=n, max_size=n))
    units = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    draw = np.array([data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))])
    fold = fold_of(truth, np.column_stack([np.zeros(n), levels]), units)
    values = {metric.key: metric.function(weigh(fold, draw))[0] for metric in METRICS if has(fold, metric)}
    expanded = expand(fold, draw[0])
    if len(expanded.present) == 2:
        assert values["roc_auc"] == pytest.approx(sk.roc_auc_score(expanded.truth, expanded.scores))
    else:
        assert np.isnan(values["roc_auc"])
    if 1 in expanded.present:
        expected = sk.average_precision_score(expanded.truth, expanded.scores)
        assert values["pr_auc"] == pytest.approx(expected)
    else:
        assert np.isnan(values["pr_auc"])
        assert all(np.isnan(values[key]) for key in ("precision", "recall", "f1_positive"))


def test_a_draw_without_images_has_no_value() -> None:
    for fold in (make_fold(2), make_fold(4)):
        nobody = weigh(fold, np.zeros((2, 25), dtype=np.uint16))
        for metric in METRICS:
            if has(fold, metric):
                assert np.isnan(metric.function(nobody)).all(), metric.key


def test_subjects_of_equal_scores_are_tied_whatever_their_number_of_images() -> None:
    subjects = np.repeat(np.arange(8), [1, 2, 3, 5, 7, 11, 13, 19])
    logits = np.column_stack([np.full(61, 0.1), np.full(61, 0.8)])
    fold = fold_of(subjects % 2, logits, subjects, subjects)
    metric = next(metric for metric in METRICS if metric.key == "subject_roc_auc")
    assert metric.function(weigh(fold, np.ones((1, 8), dtype=np.uint16)))[0] == 0.5
