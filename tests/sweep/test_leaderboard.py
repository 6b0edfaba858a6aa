import numpy as np
import pandas as pd
import pytest

from leukfeat.evaluation import METRICS, make_splits
from leukfeat.sweep import CORE, Candidate, FoldResult, build_leaderboard, fit_folds, scores_table
from tests.tables import FOUR, make_table, sweep_data

COLUMNS = [
    "Model",
    "Accuracy",
    "Balanced Accuracy",
    "ROC AUC",
    "F1 Score",
    "Time Taken",
    "Accuracy SD",
    "Balanced Accuracy SD",
    "ROC AUC SD",
    "F1 Score SD",
    "Precision",
    "Recall",
    "Fit Seconds",
    "Predict ms/Image",
    "Kind",
    "Reason",
]


def result(model, fold=0, balanced=0.5, auc=0.5, *, seconds=(1.0, 0.5), n_test=10, reason=""):
    if reason:
        nothing = np.empty(0)
        return FoldResult(model, 0, fold, nothing, nothing, {}, reason=reason)
    scores = dict.fromkeys((metric.key for metric in METRICS), 0.25)
    scores |= {"balanced_accuracy": balanced, "roc_auc": auc}
    return FoldResult(model, 0, fold, np.full(n_test, "a"), np.zeros(n_test), scores, *seconds)


def candidates(*names):
    return [Candidate(name, "sklearn.svm:SVC") for name in names]


def test_columns_stand_in_the_promised_order():
    board = build_leaderboard(candidates("A"), [result("A", 0), result("A", 1)])
    assert list(board.columns) == COLUMNS


def test_means_are_unweighted_over_folds_and_spreads_have_n_minus_one():
    results = [result("A", 0, 0.6, 0.7, n_test=1), result("A", 1, 0.9, 0.9, n_test=99)]
    row = build_leaderboard(candidates("A"), results).iloc[0]
    assert row["Balanced Accuracy"] == pytest.approx(0.75)
    assert row["Balanced Accuracy SD"] == pytest.approx(np.std([0.6, 0.9], ddof=1))
    assert row["ROC AUC"] == pytest.approx(0.8)
    assert (row["Accuracy"], row["Accuracy SD"]) == (0.25, 0)


def test_times():
    results = [result("A", 0, seconds=(1.0, 0.2), n_test=100), result("A", 1, seconds=(3.0, 0.4), n_test=200)]
    row = build_leaderboard(candidates("A"), results).iloc[0]
    assert row["Time Taken"] == pytest.approx((1.2 + 3.4) / 2)
    assert row["Fit Seconds"] == pytest.approx(2.0)
    assert row["Predict ms/Image"] == pytest.approx(1000 * 0.6 / 300)


def test_rank_by_balanced_accuracy_then_auc_then_name():
    results = [
        result("C", balanced=0.8, auc=0.9),
        result("B", balanced=0.8, auc=0.95),
        result("E", balanced=0.8, auc=0.9),
        result("D", balanced=0.8, auc=0.9),
        result("A", balanced=0.7, auc=0.99),
        result("N", balanced=0.8, auc=np.nan),
    ]
    for names in ("ABCDEN", "NEDCBA", "CAENDB"):
        board = build_leaderboard(candidates(*names), results)
        assert list(board["Model"]) == ["B", "C", "D", "E", "N", "A"]
        assert list(board.index) == list(range(6))


def test_a_candidate_that_failed_in_one_fold_has_no_number_and_stands_last():
    results = [
        result("Good", 0, 0.1),
        result("Good", 1, 0.1),
        result("Bad", 0, 1.0),
        result("Bad", 1, reason="ValueError: no"),
    ]
    board = build_leaderboard(candidates("Bad", "Good"), results)
    assert list(board["Model"]) == ["Good", "Bad"]
    assert list(board["Reason"]) == ["", "fold 1: ValueError: no"]
    assert board.iloc[1][COLUMNS[1:-2]].isna().all()
    assert board.iloc[0][COLUMNS[1:-2]].notna().all()


def test_kind_is_carried():
    rows = [Candidate("A", "sklearn.svm:SVC"), Candidate("B", "sklearn.svm:SVC", kind="shortcut")]
    board = build_leaderboard(rows, [result("A", balanced=0.9), result("B")])
    assert list(board["Kind"]) == ["model", "shortcut"]


def test_scores_table_holds_what_the_leaderboard_averages():
    table = make_table(FOUR, n=120)
    splits = make_splits(table.frame["label"], subjects=table.frame["subject"], n_folds=3)
    results = fit_folds(sweep_data(table), CORE[2:], splits.folds)
    board, scores = build_leaderboard(CORE[2:], results), scores_table(results)
    assert list(scores.columns) == ["model", "repeat", "fold", "metric", "value"]
    keys = [metric.key for metric in METRICS] + ["fit_seconds", "predict_seconds"]
    assert len(scores) == 3 * 3 * len(keys)
    wide = scores.pivot_table(index="model", columns="metric", values="value").loc[board["Model"]]
    spread = scores.pivot_table(index="model", columns="metric", values="value", aggfunc="std")
    spread = spread.loc[board["Model"]]
    for metric in METRICS:
        np.testing.assert_allclose(board[metric.title], wide[metric.key])
        if f"{metric.title} SD" in board:
            np.testing.assert_allclose(board[f"{metric.title} SD"], spread[metric.key])
    np.testing.assert_allclose(board["Time Taken"], wide["fit_seconds"] + wide["predict_seconds"])


def test_scores_table_keeps_good_folds_of_a_failing_candidate_and_its_columns_when_empty():
    scores = scores_table([result("A", 0), result("A", 1, reason="no")])
    assert set(scores["fold"]) == {0}
    empty = scores_table([result("A", reason="no")])
    assert empty.empty
    assert list(empty.columns) == ["model", "repeat", "fold", "metric", "value"]
    assert isinstance(empty, pd.DataFrame)
