"""Intervals: scipy's with one image per unit, of true coverage where images of a subject are alike."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import bootstrap

from leukfeat.evaluation import (
    METRICS,
    FoldPredictions,
    draw_multiplicities,
    estimate,
    find_strata,
    measure_widening,
    score_predictions,
)
from tests.predicted import fold_of, make_fold

BY_KEY = {metric.key: metric for metric in METRICS}
TWO = np.array(["blast", "early"])


def chosen(*keys: str) -> list:
    return [BY_KEY[key] for key in keys]


def one_image_per_unit(n: int = 150, n_classes: int = 2) -> FoldPredictions:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, n_classes, n)
    logits = rng.normal(size=(n, n_classes)) + np.eye(n_classes)[truth]
    return fold_of(truth, logits, np.arange(n))


def test_the_interval_is_scipys_with_one_image_per_unit() -> None:
    """The same generator draws the same images, so that intervals are equal to the last digits."""
    fold = one_image_per_unit()
    multiplicities = draw_multiplicities(np.zeros(150, dtype=int), n_draws=999, seed=7)
    found = estimate([fold], multiplicities, chosen("accuracy", "brier"))
    right = (fold.truth == fold.predicted).astype(float)
    errors = (fold.probabilities - fold.truth) ** 2
    for key, values in (("accuracy", right), ("brier", errors)):
        expected = bootstrap(
            (values,), np.mean, n_resamples=999, method="percentile", rng=np.random.default_rng(7)
        )
        interval = expected.confidence_interval
        assert (found[key].low, found[key].high) == pytest.approx((interval.low, interval.high), abs=1e-12)
        assert np.std(found[key].draws, ddof=1) == pytest.approx(expected.standard_error, abs=1e-12)


def test_the_interval_of_an_area_is_scipys_with_one_image_per_unit() -> None:
    fold = one_image_per_unit(60, 4)
    multiplicities = draw_multiplicities(np.zeros(60, dtype=int), n_draws=99, seed=7)
    names = [0, 1, 2, 3]

    def area(rows: NDArray[np.intp]) -> float:
        return score_predictions(fold.truth[rows], fold.predicted[rows], fold.scores[rows], names)["roc_auc"]

    expected = bootstrap(
        (np.arange(60),),
        area,
        n_resamples=99,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(7),
    )
    found = estimate([fold], multiplicities, chosen("roc_auc"))["roc_auc"]
    assert sorted(found.draws) == pytest.approx(sorted(expected.bootstrap_distribution), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval), abs=1e-12)


def folds_by_unit(
    unit: NDArray[np.intp], fold_of_unit: Sequence[int], seed: int = 0
) -> list[FoldPredictions]:
    rng = np.random.default_rng(seed)
    truth = unit % 2
    logits = rng.normal(size=(len(unit), 2)) + 0.8 * np.eye(2)[truth]
    folds = np.asarray(fold_of_unit)[unit]
    return [
        fold_of(truth[folds == fold], logits[folds == fold], unit[folds == fold], unit[folds == fold])
        for fold in np.unique(folds)
    ]


def test_folds_count_alike_whatever_their_size() -> None:
    unit = np.repeat(np.arange(12), [1, 2, 3, 4, 5, 6, 20, 30, 20, 10, 40, 5])
    folds = folds_by_unit(unit, [0] * 6 + [1] * 6)
    found = estimate(folds, draw_multiplicities([0] * 6 + [1] * 6, n_draws=50), chosen("accuracy"))[
        "accuracy"
    ]
    by_fold = [(fold.truth == fold.predicted).mean() for fold in folds]
    assert found.by_fold == pytest.approx(by_fold)
    assert found.value == pytest.approx(np.mean(by_fold))
    assert found.sd == pytest.approx(np.std(by_fold, ddof=1))
    assert (found.n_folds, found.n_undefined, found.reason) == (2, 0, "")


def test_a_draw_is_scored_as_the_data_are() -> None:
    """The draw in which every unit counts once is the value; one with a unit twice has its images twice."""
    unit = np.repeat(np.arange(8), 5)
    folds = folds_by_unit(unit, [0, 0, 0, 0, 1, 1, 1, 1])
    draws = np.ones((2, 8), dtype=np.uint16)
    draws[1, 0] = 2
    twice = np.concatenate([folds[0].truth == folds[0].predicted, (folds[0].truth == folds[0].predicted)[:5]])
    found = estimate(folds, draws, chosen("accuracy"))["accuracy"]
    assert found.draws[0] == found.value
    assert found.draws[1] == pytest.approx((twice.mean() + found.by_fold[1]) / 2)


def test_folds_that_do_not_define_a_metric_are_left_out_and_counted() -> None:
    unit = np.repeat(np.arange(6), 10)
    folds = folds_by_unit(unit, [0, 0, 0, 1, 2, 2])  # fold 1 has one class
    found = estimate(folds, draw_multiplicities([0, 0, 0, 1, 2, 2], n_draws=200), chosen("roc_auc"))[
        "roc_auc"
    ]
    assert (found.n_folds, found.n_undefined) == (2, 1)
    assert np.isnan(found.by_fold[1])
    assert found.value == pytest.approx((found.by_fold[0] + found.by_fold[2]) / 2)


def test_draws_that_no_fold_defines_are_left_out_and_counted() -> None:
    unit = np.repeat(np.arange(2), 10)
    folds = folds_by_unit(unit, [0, 0])
    multiplicities = np.array([[1, 1], [2, 0], [0, 2], [1, 1]], dtype=np.uint16)
    found = estimate(folds, multiplicities, chosen("roc_auc"))["roc_auc"]
    assert found.n_undefined_draws == 2
    assert found.low == found.high == found.value
    nowhere = estimate(folds, multiplicities[1:3], chosen("roc_auc"))["roc_auc"]
    assert np.isnan([nowhere.low, nowhere.high]).all()


def test_what_is_never_defined_has_a_reason() -> None:
    one_class = fold_of(np.zeros(4, dtype=int), np.eye(4, 2), np.arange(4))
    found = estimate([one_class], np.ones((3, 4), dtype=np.uint16))
    for key in ("roc_auc", "precision", "mcc", "roc_auc_weighted", "subject_accuracy"):
        assert np.isnan(found[key].value)
        assert np.isnan(found[key].draws).all()
        assert found[key].reason.endswith(".")
    assert "classes are absent" in found["roc_auc"].reason


def test_the_noise_of_repeats_does_not_narrow_the_interval() -> None:
    """A second repeat of the same predictions in other folds: the interval of one, not half its variance."""
    rng = np.random.default_rng(0)
    unit = np.repeat(np.arange(40), 10)
    once, again = (folds_by_unit(unit, rng.permutation(40) // 2 % 5) for _ in range(2))
    multiplicities = draw_multiplicities(np.zeros(40, dtype=int), n_draws=500)
    one = estimate(once, multiplicities, chosen("accuracy"))["accuracy"]
    two = estimate([*once, *again], multiplicities, chosen("accuracy"))["accuracy"]
    assert two.draws.std() == pytest.approx(one.draws.std(), rel=0.15)
    assert (two.n_folds, one.n_folds) == (10, 5)


def test_estimates_do_not_depend_on_how_many_draws_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    fold = make_fold(4, ties=True)
    multiplicities = draw_multiplicities(np.zeros(25, dtype=int), n_draws=50)
    whole = estimate([fold], multiplicities)
    monkeypatch.setattr("leukfeat.evaluation.intervals._BLOCK", 1)
    monkeypatch.setattr("leukfeat.evaluation.intervals._FEWEST_DRAWS", 7)
    parts = estimate([fold], multiplicities)
    for key, item in whole.items():
        np.testing.assert_allclose(item.draws, parts[key].draws, atol=1e-12)


def test_the_calibration_error_lies_in_its_interval() -> None:
    """Resampling adds to it: draws as they come would leave the value below them."""
    fold = one_image_per_unit()
    found = estimate([fold], draw_multiplicities(np.zeros(150, dtype=int), n_draws=500))["ece"]
    assert found.low < found.value < found.high
    assert found.draws.mean() > found.value


def test_the_worst_subject_has_no_interval() -> None:
    found = estimate([make_fold(2)], draw_multiplicities(np.zeros(25, dtype=int), n_draws=20))
    worst = found["subject_accuracy_worst"]
    assert 0 <= worst.value < found["subject_accuracy"].value
    assert np.isnan([worst.low, worst.high]).all()
    assert "no interval" in worst.reason


def test_one_unit_per_stratum_gives_a_value_without_interval() -> None:
    strata = find_strata([0, 1], [0, 1], [0, 1], 2)
    unit = np.repeat([0, 1], 10)
    found = estimate(
        folds_by_unit(unit, [0, 1]),
        draw_multiplicities(strata, n_draws=20),
        chosen("accuracy"),
        measure_widening(strata),
    )["accuracy"]
    assert not np.isnan(found.value)
    assert np.isnan(found.low)
    assert "no interval" in found.reason


def test_no_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one fold"):
        estimate([], np.ones((1, 1), dtype=np.uint16))


class Clinic:
    """Subjects of one class each whose images share an offset: 30 subjects, 20 images each, in five folds."""

    metrics = chosen("balanced_accuracy", "roc_auc")

    def __init__(self, n_subjects: int = 30, n_folds: int = 5) -> None:
        self.subject = np.repeat(np.arange(n_subjects), 20)
        self.truth = self.subject % 2
        self.fold = self.subject // 2 % n_folds

    def scores(self, rng: np.random.Generator) -> NDArray[np.float64]:
        offset = rng.normal(size=self.subject.max() + 1)[self.subject]
        return 2.4 * self.truth - 1.2 + offset + rng.normal(size=len(self.subject))

    def folds(self, scores: NDArray[np.float64], units: NDArray[np.intp]) -> list[FoldPredictions]:
        logits = np.column_stack([np.zeros(len(scores)), scores])
        parts = [np.flatnonzero(self.fold == fold) for fold in np.unique(self.fold)]
        return [fold_of(self.truth[rows], logits[rows], units[rows]) for rows in parts]

    def coverage(self, units: NDArray[np.intp], n_sets: int) -> dict[str, float]:
        """Return how often the interval holds the mean score of test folds over very many sets."""
        strata = find_strata(units, self.fold, self.truth, units.max() + 1)
        widening, rng = measure_widening(strata), np.random.default_rng(1)
        found = []
        for seed in range(n_sets):
            draws = draw_multiplicities(strata, n_draws=400, seed=seed)
            found.append(estimate(self.folds(self.scores(rng), units), draws, self.metrics, widening))
        return {
            metric.key: np.mean(
                [item[metric.key].low <= self.truths[metric.key] <= item[metric.key].high for item in found]
            )
            for metric in self.metrics
        }

    @property
    def truths(self) -> dict[str, float]:
        """The expected scores: two normal distributions 2.4 apart, each of variance 2, cut halfway."""
        from scipy.stats import norm

        return {"balanced_accuracy": norm.cdf(1.2 / np.sqrt(2)), "roc_auc": norm.cdf(2.4 / 2)}


@pytest.mark.parametrize("n_folds", [1, 5])
def test_coverage_is_true_where_images_of_a_subject_are_alike(n_folds: int) -> None:
    clinic = Clinic(n_folds=n_folds)
    coverage = clinic.coverage(clinic.subject, n_sets=200)
    assert all(0.90 <= share <= 0.99 for share in coverage.values()), coverage


def test_a_bootstrap_over_images_is_shown_to_fail() -> None:
    clinic = Clinic()
    coverage = clinic.coverage(np.arange(len(clinic.subject)), n_sets=60)
    assert all(share < 0.75 for share in coverage.values()), coverage
