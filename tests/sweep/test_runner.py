import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight

from leukfeat._isolation import Limits, Outcome
from leukfeat.evaluation import inner_splits, make_splits
from leukfeat.features.table import FeatureTable
from leukfeat.sweep import (
    CORE,
    Candidate,
    CellClassifier,
    Interrupted,
    Runner,
    TaskStore,
    Tuning,
    fit_folds,
    ranking_scores,
    refit,
    shortcuts,
)
from leukfeat.sweep.data import share
from leukfeat.sweep.fitting import Prepare, prepare_fold, training_sets
from leukfeat.sweep.prepared import Prepared
from tests.misbehaving import (
    CannotBeRead,
    Complaining,
    Counted,
    FussyInside,
    Gluttonous,
    Infinite,
    Leaving,
    NotANumber,
    OneProbability,
    PredictsNames,
    PredictsNaN,
    Raising,
    ScoresTooFew,
    SelfKilling,
    Silent,
    Sleeping,
    TooFew,
    TwoScores,
    candidate_of,
)
from tests.tables import FOUR, TWO, make_table, sweep_data

BY_NAME = {candidate.name: candidate for candidate in CORE}
RIDGE = BY_NAME["RidgeClassifier"]
LDA = BY_NAME["LinearDiscriminantAnalysis"]


def splits_of(table: FeatureTable, n_folds=3, protocol="grouped"):
    return make_splits(
        table.frame["label"], subjects=table.frame["subject"], protocol=protocol, n_folds=n_folds
    )


def folds_of(table: FeatureTable, n_folds=3, protocol="grouped"):
    return splits_of(table, n_folds, protocol).folds


def inner_of(table: FeatureTable, n_folds=3):
    splits = splits_of(table, n_folds)
    return [inner_splits(splits, fold.train) for fold in splits.folds]


def run(table, candidates, *, positive=None, n_folds=3, **options):
    return fit_folds(sweep_data(table, positive=positive), candidates, folds_of(table, n_folds), **options)


def run_inside(table, candidates, **options):
    return run(table, candidates, inner=inner_of(table), **options)


def mean_balanced_accuracy(results, table):
    labels = table.frame["label"].to_numpy(dtype=str)
    return np.mean(
        [
            balanced_accuracy_score(labels[fold.test], result.predicted)
            for result, fold in zip(results, folds_of(table), strict=True)
        ]
    )


def messy(classes, **options):
    """A table with a constant column, an all-NaN column and scattered NaN."""
    table = make_table(classes, **options)
    values = table.values.copy()
    values[:, 5], values[:, 6] = 3.3, np.nan
    values[np.random.default_rng(1).random(len(values)) < 0.1, 2] = np.nan
    frame = table.frame.copy()
    frame[list(table.feature_names)] = values
    return FeatureTable(frame, table.feature_names, table.metadata)


@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "four"])
@pytest.mark.parametrize("name", list(BY_NAME))
def test_predictions_and_scores_equal_stock_pipelines(name, classes):
    table = messy(classes, n=160, effect=1.0, weights=np.arange(len(classes)) + 1.0)
    labels = table.frame["label"].to_numpy(dtype=str)
    names = np.unique(labels)
    candidate = BY_NAME[name]
    for result, fold in zip(run(table, [candidate]), folds_of(table), strict=True):
        codes = np.searchsorted(names, labels[fold.train])
        stock = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            VarianceThreshold(),
            StandardScaler(),
            candidate.build(len(names), 0),
        )
        values = table.values.astype(np.float64)
        weights = {}
        if name == "XGBClassifier":
            weights = {"xgbclassifier__sample_weight": compute_sample_weight("balanced", codes)}
        stock.fit(values[fold.train], codes, **weights)
        predicted = names[stock.predict(values[fold.test])]
        assert result.reason == ""
        np.testing.assert_array_equal(result.predicted, predicted)
        np.testing.assert_allclose(result.ranking, _own_scores(stock, values[fold.test]), atol=1e-12)


def _own_scores(stock, values):
    """What the stock pipeline itself ranks by: for LDA with several classes, and XGBoost, probabilities."""
    several = len(stock.classes_) > 2
    lda = isinstance(stock[-1], LinearDiscriminantAnalysis)
    if hasattr(stock, "decision_function") and not (several and lda):
        return stock.decision_function(values)
    scores = stock.predict_proba(values)
    return scores if several else scores[:, 1]


@pytest.mark.parametrize("name", ["RidgeClassifier", "SVC", "LinearDiscriminantAnalysis"])
def test_auc_of_several_classes_ranks_by_scores_and_not_by_labels(name):
    table = make_table(FOUR, n=200, effect=1.0)
    labels = table.frame["label"].to_numpy(dtype=str)
    for result, fold in zip(run(table, [BY_NAME[name]]), folds_of(table), strict=True):
        hard = np.mean([roc_auc_score(labels[fold.test] == c, result.predicted == c) for c in FOUR])
        soft = np.mean(
            [roc_auc_score(labels[fold.test] == c, result.ranking[:, i]) for i, c in enumerate(FOUR)]
        )
        assert result.ranking.shape == (len(fold.test), len(FOUR))
        assert soft > hard + 0.02
        assert len(np.unique(result.ranking)) > 4 * len(FOUR)


def fit_classifier(estimator, table):
    return CellClassifier(estimator).fit(table.values, table.frame["label"].to_numpy(dtype=str))


@pytest.mark.parametrize(
    "estimator", [RidgeClassifier(), SVC(), GaussianNB()], ids=lambda e: type(e).__name__
)
def test_first_class_as_positive_turns_the_ranking_round(estimator):
    table = make_table()
    model = fit_classifier(estimator, table)
    last = ranking_scores(model, table.values, TWO, TWO[1])
    first = ranking_scores(model, table.values, TWO, TWO[0])
    truth = table.frame["label"].to_numpy() == TWO[0]
    assert last.shape == first.shape == (120,)
    assert roc_auc_score(truth, first) == pytest.approx(roc_auc_score(~truth, last))
    assert roc_auc_score(truth, first) > 0.7
    np.testing.assert_allclose(first, 1 - last if isinstance(estimator, GaussianNB) else -last)


def test_lda_ranks_several_classes_by_probabilities_and_two_by_decision_values():
    four, two = make_table(FOUR), make_table(TWO)
    model = fit_classifier(LinearDiscriminantAnalysis(), four)
    np.testing.assert_array_equal(
        ranking_scores(model, four.values, FOUR, FOUR[-1]), model.predict_proba(four.values)
    )
    pipeline = make_pipeline(StandardScaler(), model)
    pipeline.fit(four.values, four.frame["label"].to_numpy(dtype=str))
    np.testing.assert_array_equal(
        ranking_scores(pipeline, four.values, FOUR, FOUR[-1]), pipeline.predict_proba(four.values)
    )
    model = fit_classifier(LinearDiscriminantAnalysis(), two)
    np.testing.assert_array_equal(
        ranking_scores(model, two.values, TWO, TWO[1]), model.decision_function(two.values)
    )


def test_a_model_without_scores_predicts_and_has_neither_probabilities_nor_cut_offs():
    table = make_table()
    for result, fold in zip(run_inside(table, [candidate_of(Silent)]), folds_of(table), strict=True):
        assert result.reason == ""
        assert result.predicted.shape == fold.test.shape
        assert result.ranking.size == result.probabilities.size == result.cuts.size == 0
        assert result.inner_score == 0.5


def test_chance_is_given_one_column_and_predicts_as_if_it_had_seen_all(tmp_path):
    table = make_table()
    chance = next(item for item in shortcuts("cell") if item.kind == "chance")
    assert share(sweep_data(table), tmp_path).values(chance).shape == (len(table.frame), 1)
    whole = run_inside(table, [replace(chance, kind="model")])
    for one, other in zip(run_inside(table, [chance]), whole, strict=True):
        np.testing.assert_array_equal(one.predicted, other.predicted)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (candidate_of(Raising), "RuntimeError: first line"),
        (candidate_of(NotANumber), "the model returned NaN or infinite scores for 40 of 40 images"),
        (candidate_of(PredictsNaN), "the model returned NaN, or what is no class, for 40 of 40 images"),
        (
            candidate_of(PredictsNames),
            "the model returned 'blast'; .* numbers of classes, 0 to 1, and",
        ),
        (candidate_of(Infinite), "the model returned NaN or infinite scores for 40 of 40 images"),
        (candidate_of(TooFew), "the model predicted 39 classes for 40 images"),
        (
            candidate_of(ScoresTooFew),
            r"decision_function returned .* \(39,\).* must be \(40,\)",
        ),
        (candidate_of(TwoScores), r"decision_function returned an array of shape \(40, 2\)"),
        (candidate_of(OneProbability), r"predict_proba returned .* \(40, 1\).* must be \(40, 2\)"),
        (Candidate("x", "no_such_module:Model"), "ModuleNotFoundError: No module named 'no_such_module'"),
        (Candidate("x", "sklearn.svm:NoSuchModel"), "AttributeError: .*NoSuchModel"),
        (
            Candidate("x", "sklearn.svm:SVC", columns=("absent",)),
            "^not available: the table has no column 'absent'",
        ),
        (Candidate("x", "sklearn.svm:SVC", {"C": -1.0}), "InvalidParameterError: The 'C' parameter of SVC"),
    ],
    ids=[
        "raises",
        "nan",
        "nan predicted",
        "names predicted",
        "infinite",
        "too few predicted",
        "too few scores",
        "two scores",
        "one probability",
        "module",
        "class",
        "column",
        "parameter",
    ],
)
def test_a_failing_candidate_keeps_its_reason_and_leaves_the_others_alone(candidate, reason):
    table = make_table()
    alone = run_inside(table, [RIDGE])
    mixed = run_inside(table, [candidate, RIDGE])
    failed, fine = mixed[:3], mixed[3:]
    for result in failed:
        assert result.model == candidate.name
        empty = (result.predicted, result.ranking, result.probabilities, result.cuts)
        assert all(values.size == 0 for values in empty)
        assert np.isnan(result.fit_seconds)
        assert np.isnan(result.inner_score)
        assert re.search(reason, result.reason), result.reason
        assert "\n" not in result.reason
    for one, other in zip(alone, fine, strict=True):
        assert_same(one, other)


def assert_same(one, other):
    assert (one.model, one.fold, one.reason) == (other.model, other.fold, other.reason)
    for name in ("predicted", "ranking", "probabilities", "cuts", "inner_score"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_warnings_are_recorded_and_not_raised():
    results = run(make_table(), [candidate_of(Complaining), RIDGE])
    assert [result.warnings for result in results[:3]] == [("UserWarning: not converged",)] * 3
    assert all(result.reason == "" for result in results)
    assert all(result.warnings == () for result in results[3:])


def test_columns_of_a_candidate_are_all_it_sees():
    table = make_table(n=200)
    area = shortcuts("cell")[1]
    shuffled = table.frame.copy()
    others = list(table.feature_names[1:])
    shuffled[others] = np.random.default_rng(0).permutation(shuffled[others].to_numpy())
    results = run(table, [area])
    again = run(FeatureTable(shuffled, table.feature_names, table.metadata), [area])
    for one, other in zip(results, again, strict=True):
        np.testing.assert_array_equal(one.predicted, other.predicted)
    assert mean_balanced_accuracy(results, table) > 0.65


@pytest.mark.parametrize("candidate", CORE, ids=lambda candidate: candidate.name)
def test_models_see_no_column_that_is_set_aside(candidate):
    """Set aside is the class itself: who sees it needs nothing else."""
    table = make_table(n=90, effect=0.0)
    folds = folds_of(table)
    label = {"image_width": table.frame["label"] == "blast"}
    blind = fit_folds(sweep_data(table), [candidate], folds, inner_of(table))
    beside = fit_folds(sweep_data(table, aside=label), [candidate], folds, inner_of(table))
    for one, other in zip(blind, beside, strict=True):
        assert_same(one, other)
    assert mean_balanced_accuracy(beside, table) < 0.7


def test_a_shortcut_sees_the_columns_set_aside_that_it_names():
    table = make_table(n=90, effect=0.0)
    data = sweep_data(table, aside={"image_width": table.frame["label"] == "blast"})
    (of_format,) = [row for row in shortcuts("cell", ("image_width",)) if row.name == "Format only"]
    assert mean_balanced_accuracy(fit_folds(data, [of_format], folds_of(table)), table) == 1.0


def test_what_is_kept_sees_no_column_that_is_set_aside():
    table = make_table()
    data = sweep_data(table, aside={"image_width": table.frame["label"] == "blast"})
    (fitted,) = refit(data, [RIDGE])
    assert fitted.pipeline.n_features_in_ == len(table.feature_names)


def test_table_of_constants_leaves_chance_alone_without_numbers_too():
    table = make_table()
    frame = table.frame.copy()
    frame[list(table.feature_names)] = np.float32(0.1)
    results = run(FeatureTable(frame, table.feature_names, table.metadata), [*CORE, *shortcuts("cell")[:2]])
    assert all("variance" in result.reason for result in results)


def test_chance_is_chance():
    table = make_table(n=200, weights=(0.7, 0.3))
    for result in run_inside(table, [shortcuts("cell")[0]]):
        assert set(result.predicted) == {"blast"}
        assert len(set(result.ranking)) == 1
        assert len(set(result.probabilities)) == 1
        assert result.probabilities[0] == pytest.approx(0.3, abs=0.05)


def test_no_fold_sees_its_test_rows():
    """Test rows of one fold, poisoned, change that fold's test scores but no other fold's training."""
    table = make_table()
    fold = folds_of(table)[0]
    frame = table.frame.copy()
    values = table.values.copy()
    values[fold.test] += 1000
    frame[list(table.feature_names)] = values
    data = sweep_data(FeatureTable(frame, table.feature_names, table.metadata))
    clean = fit_folds(sweep_data(table), [RIDGE], [fold])[0]
    poisoned = fit_folds(data, [RIDGE], [fold])[0]
    stock = make_pipeline(StandardScaler(), RIDGE.build(2, 0))
    labels = table.frame["label"].to_numpy(dtype=str)
    stock.fit(table.values[fold.train].astype(float), labels[fold.train])
    np.testing.assert_allclose(poisoned.ranking, stock.decision_function(values[fold.test].astype(float)))
    np.testing.assert_allclose(clean.ranking, stock.decision_function(table.values[fold.test].astype(float)))


def test_seconds_are_measured_and_progress_is_told():
    told = []
    results = run(make_table(), [RIDGE, LDA], progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(1, 7)]
    assert all(result.fit_seconds > 0 and result.predict_seconds > 0 for result in results)
    assert [(result.model, result.fold) for result in results] == [
        (candidate.name, fold) for candidate in (RIDGE, LDA) for fold in range(3)
    ]


def test_two_workers_and_the_same_seed_give_the_same_results():
    table = make_table(FOUR, n=100)
    small = replace(BY_NAME["XGBClassifier"], parameters={"n_estimators": 5})
    others = [candidate for candidate in CORE if candidate.name != small.name]
    candidates = [small, *others, *shortcuts("cell"), Candidate("x", "no_such_module:Model")]
    one, two = run_inside(table, candidates), run_inside(table, candidates, jobs=2)
    for first, second in zip(one, two, strict=True):
        assert_same(first, second)


def test_inner_folds_change_neither_predictions_nor_scores():
    table = make_table(FOUR, n=100)
    candidates = [candidate for candidate in CORE if candidate.name != "XGBClassifier"]
    for one, other in zip(run(table, candidates), run_inside(table, candidates), strict=True):
        np.testing.assert_array_equal(one.predicted, other.predicted)
        np.testing.assert_array_equal(one.ranking, other.ranking)
        assert one.probabilities.size == one.cuts.size == 0
        assert np.isnan(one.inner_score)
        assert other.probabilities.shape == other.ranking.shape
        assert other.cuts.size == 0  # several classes have no positive one


def test_a_fold_that_cannot_be_divided_has_no_probabilities_and_stands():
    table = make_table()
    divided = [None, *inner_of(table)[1:]]
    first, *others = run(table, [RIDGE], inner=divided)
    assert first.reason == ""
    assert first.ranking.size > 0
    assert first.probabilities.size == first.cuts.size == 0
    assert all(result.probabilities.size and result.cuts.shape == (2,) for result in others)


def test_a_model_that_fails_inside_keeps_its_scores_and_says_so():
    for result in run_inside(make_table(), [candidate_of(FussyInside)]):
        assert result.reason == ""
        assert result.ranking.size > 0
        assert result.probabilities.size == result.cuts.size == 0
        assert np.isnan(result.inner_score)
        assert result.warnings == ("UserWarning: no calibrated probabilities: RuntimeError: too few rows",)


def test_nothing_to_fit_gives_no_result():
    table = make_table()
    assert run(table, []) == []
    assert refit(sweep_data(table), []) == []


def test_refit_fits_on_all_rows_and_keeps_the_reason_of_a_failure():
    table = make_table()
    labels = table.frame["label"].to_numpy(dtype=str)
    good, bad = refit(sweep_data(table), [RIDGE, candidate_of(Raising)])
    stock = make_pipeline(StandardScaler(), RIDGE.build(2, 0)).fit(table.values.astype(float), labels)
    assert (good.model, good.reason) == ("RidgeClassifier", "")
    np.testing.assert_array_equal(
        good.pipeline.predict(table.values), stock.predict(table.values.astype(float))
    )
    assert bad.pipeline is None
    assert bad.reason == "RuntimeError: first line"


def test_a_model_that_cannot_be_read_again_is_not_kept():
    good, bad = refit(sweep_data(make_table()), [RIDGE, candidate_of(CannotBeRead)])
    assert (good.reason, bad.pipeline, bad.reason) == ("", None, "RuntimeError: not again")


def test_a_preparation_that_was_stopped_half_way_starts_anew(tmp_path):
    table = make_table()
    shared = share(sweep_data(table), tmp_path)
    rows = training_sets(folds_of(table)[0], None)
    task = Prepare(shared, rows, tmp_path / "fold-0")
    (tmp_path / "fold-0" / "0").mkdir(parents=True)
    (tmp_path / "fold-0" / "0" / "train.npy").write_bytes(b"half")
    prepare_fold(task)
    assert len(Prepared.read(tmp_path / "fold-0" / "0").train) == len(rows[0][0])


@pytest.mark.parametrize(
    ("outcome", "is_kept"),
    [
        (Outcome(reason="RuntimeError: no", cause="raised", seconds=0.1), True),
        (Outcome(reason="ValueError: nothing varies", cause="raised"), False),
        (Outcome(reason="OSError: [Errno 28] No space left on device", cause="raised", seconds=0.1), False),
        (Outcome(reason="died (signal 7, SIGBUS)", cause="died", seconds=0.1), False),
    ],
    ids=["raised", "not prepared", "full disk", "full disk met in memory"],
)
def test_what_the_machine_does_is_no_finding_about_a_model(tmp_path, monkeypatch, outcome, is_kept):
    table = make_table()
    data, folds = sweep_data(table), folds_of(table)[:1]

    def run_nothing(tasks, **_):
        yield from ((task, outcome) for task in tasks if isinstance(task.name, int))

    with monkeypatch.context() as patch:
        patch.setattr("leukfeat.sweep.runner.run_tasks", run_nothing)
        (failed,) = Runner(1, store=TaskStore(tmp_path / "tasks")).fit_folds(data, [RIDGE], folds)
    assert failed.reason == outcome.reason
    runner = Runner(1, store=TaskStore(tmp_path / "tasks"))
    runner.fit_folds(data, [RIDGE], folds)
    assert (runner.n_found, runner.n_fitted) == (int(is_kept), int(not is_kept))


def test_refit_of_a_candidate_with_columns_takes_the_whole_table():
    table = make_table()
    (fitted,) = refit(
        sweep_data(table), [Candidate("x", "sklearn.svm:SVC", columns=table.feature_names[2:4])]
    )
    labels = table.frame["label"].to_numpy(dtype=str)
    some = table.values[:, 2:4].astype(float)
    stock = make_pipeline(StandardScaler(), SVC(random_state=0)).fit(some, labels)
    np.testing.assert_array_equal(fitted.pipeline.predict(table.values), stock.predict(some))


def test_one_vs_one_votes_do_not_rank_classes():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], 20)
    X = rng.normal(size=(60, 4)) + 3 * (labels == "c")[:, None]
    model = CellClassifier(SVC(decision_function_shape="ovo")).fit(X, labels)
    assert model.decision_function(X).shape == (60, 3)
    assert ranking_scores(model, X, ("a", "b", "c"), "c") is None


BAD = {
    Sleeping: "timeout after 6 s",
    Gluttonous: "out of memory: more than 2 GB",
    Raising: "RuntimeError: first line",
    PredictsNaN: "the model returned NaN, or what is no class, for 60 of 60 images",
    SelfKilling: "died (signal 9, SIGKILL)",
    Leaving: "died (exit code 7)",
}


def test_bad_models_have_their_reasons_and_change_no_other_row():
    table = make_table()
    data, folds = sweep_data(table), folds_of(table, 2)
    runner = Runner(2, Limits(6.0, 2 * 10**9))
    good = [RIDGE, LDA, shortcuts("cell")[0]]
    mixed = [good[0], *map(candidate_of, BAD), *good[1:]]
    alone, results = fit_folds(data, good, folds), runner.fit_folds(data, mixed, folds)
    reasons = {item.model: item.reason for item in results if item.reason}
    assert reasons == {model.__name__: reason for model, reason in BAD.items()}
    for one, other in zip(alone, [item for item in results if not item.reason], strict=True):
        assert_same(one, other)


def test_time_and_memory_are_told_apart():
    table = make_table(n=400, n_features=40)
    results = run(table, [RIDGE, BY_NAME["SVC"], shortcuts("cell")[1]])
    assert all(item.transform_seconds > 0 for item in results)
    assert all(5e7 < item.peak_bytes < 2e9 for item in results)
    of_fold = {item.fold: item.transform_seconds for item in results[:3]}
    for item in results[3:6]:  # what is shared is charged to each
        assert item.transform_seconds == of_fold[item.fold]


@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "four"])
def test_a_model_that_chooses_does_so_on_inner_folds(classes):
    table = make_table(classes, n=160, effect=0.6)
    labels = table.frame["label"].to_numpy(dtype=str)
    splits = splits_of(table)
    candidate = BY_NAME["RidgeClassifierCV"]
    inner = inner_of(table)
    tuning = [Tuning.of(splits, division, 0) for division in inner]
    results = fit_folds(sweep_data(table), [candidate], splits.folds, inner, tuning)
    for result, fold, division in zip(results, splits.folds, inner, strict=True):
        stock = make_pipeline(
            StandardScaler(), candidate.build(len(classes), 0).set_params(cv=division.positions)
        )
        stock.fit(table.values[fold.train].astype(float), labels[fold.train])
        np.testing.assert_allclose(
            result.ranking, stock.decision_function(table.values[fold.test].astype(float)), rtol=1e-8
        )
        assert result.probabilities.shape == result.ranking.shape


def test_inner_training_sides_are_divided_anew():
    table = make_table(n=160)
    splits = splits_of(table)
    inner = inner_splits(splits, splits.folds[0].train)
    tuning = Tuning.of(splits, inner, 0)
    assert len(tuning.inner) == len(inner.pairs) == 3
    subjects = table.frame["subject"].to_numpy()
    for (fit, _), positions in zip(inner.pairs, tuning.inner, strict=True):
        for near, held_out in positions:
            assert not set(subjects[fit[near]]) & set(subjects[fit[held_out]])
    assert tuning.of_set(0) is tuning.whole
    assert tuning.of_set(2) is tuning.inner[1]
    assert Tuning(None).of_set(3) is None


def counted(folder, name="Counted", **parameters):
    folder.mkdir(exist_ok=True)
    return replace(candidate_of(Counted, folder=str(folder), **parameters), name=name)


def n_files(folder):
    return len(list(folder.iterdir()))


def test_what_is_in_the_store_is_not_fitted_again(tmp_path):
    table = make_table()
    data, folds, inner = sweep_data(table), folds_of(table), inner_of(table)
    first, second = counted(tmp_path / "first"), counted(tmp_path / "second", "Other", alpha=2.0)
    runners = [Runner(2, store=TaskStore(tmp_path / "tasks")) for _ in range(3)]
    before = runners[0].fit_folds(data, [first], folds, inner)
    again = runners[1].fit_folds(data, [first], folds, inner)
    assert n_files(tmp_path / "first") == 3 * 4  # each fold and its three inner folds
    for one, other in zip(before, again, strict=True):
        assert_same(one, other)
        for name in ("fit_seconds", "predict_seconds", "transform_seconds", "peak_bytes", "method"):
            assert getattr(one, name) == getattr(other, name)
    more = runners[2].fit_folds(data, [second, first, shortcuts("cell")[0]], folds, inner)
    assert (n_files(tmp_path / "first"), n_files(tmp_path / "second")) == (12, 12)
    assert [(runner.n_fitted, runner.n_found) for runner in runners] == [(3, 0), (0, 3), (6, 3)]
    for one, other in zip(before, more[3:6], strict=True):
        assert_same(one, other)
    assert {path.suffix for path in (tmp_path / "tasks").iterdir()} == {".npz"}


def test_a_damaged_task_is_done_anew(tmp_path, caplog):
    table = make_table()
    data, folds = sweep_data(table), folds_of(table)
    candidate = counted(tmp_path / "fits")
    before = Runner(store=TaskStore(tmp_path / "tasks")).fit_folds(data, [candidate], folds)
    damaged = sorted((tmp_path / "tasks").iterdir())
    damaged[0].write_bytes(damaged[0].read_bytes()[:200])
    damaged[1].write_bytes(b"")
    again = Runner(store=TaskStore(tmp_path / "tasks")).fit_folds(data, [candidate], folds)
    assert n_files(tmp_path / "fits") == 3 + 2
    assert caplog.text.count("done anew") == 2
    for one, other in zip(before, again, strict=True):
        assert_same(one, other)


def test_failures_are_kept_and_those_of_limits_tried_again_when_they_are_wider(tmp_path):
    table = make_table()
    data, folds = sweep_data(table), folds_of(table)[:1]
    slow = counted(tmp_path / "slow", "Slow", seconds=1.5)
    raising = candidate_of(Raising)

    def fit(seconds):
        runner = Runner(2, Limits(seconds, 4 * 10**9), TaskStore(tmp_path / "tasks"))
        return [item.reason for item in runner.fit_folds(data, [slow, raising], folds)], runner.n_fitted

    assert fit(1.0) == (["timeout after 1 s", "RuntimeError: first line"], 2)
    assert fit(1.0) == (["timeout after 1 s", "RuntimeError: first line"], 0)
    assert fit(30.0) == (["", "RuntimeError: first line"], 1)
    assert fit(1.0) == (["", "RuntimeError: first line"], 0)


def test_ctrl_c_hands_over_what_is_done(tmp_path):
    table = make_table()
    data, folds = sweep_data(table), folds_of(table)

    def interrupt(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="finished tasks are kept") as caught:
        Runner(store=TaskStore(tmp_path / "tasks")).fit_folds(data, [RIDGE, LDA], folds, progress=interrupt)
    results = caught.value.results
    assert sum(item.reason == "" for item in results) == 4
    assert {item.reason for item in results} == {"", "interrupted"}
    again = Runner(store=TaskStore(tmp_path / "tasks"))
    for one, other in zip(again.fit_folds(data, [RIDGE, LDA], folds), run(table, [RIDGE, LDA]), strict=True):
        assert_same(one, other)
    assert again.n_found == 4


@pytest.mark.parametrize("is_room", [False, True])
def test_without_room_for_all_folds_each_is_removed_behind_its_last_model(tmp_path, monkeypatch, is_room):
    if not is_room:
        monkeypatch.setattr("leukfeat.sweep.plan._DISK_FOR_ALL", 0)
    table = make_table()
    seen = []

    def look(done, total):
        work = next((tmp_path / "tasks").glob("work-*"))
        seen.append(len(list(work.glob("fold-*"))))

    runner = Runner(store=TaskStore(tmp_path / "tasks"))
    runner.fit_folds(sweep_data(table), [RIDGE, LDA], folds_of(table, 4), progress=look)
    assert max(seen) == (4 if is_room else 1)
    assert not list((tmp_path / "tasks").glob("work-*"))
