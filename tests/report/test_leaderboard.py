import json

import numpy as np
import pandas as pd
import pytest

from leukfeat.evaluation import METRICS
from leukfeat.report.leaderboard import (
    FIRST,
    LIKE_BEST,
    build_leaderboard,
    format_cell,
    format_score,
    leaderboard_markdown,
    leaderboard_rows,
    shown_metrics,
)
from leukfeat.report.statistics import Statistics, summarize_predictions
from leukfeat.sweep import Candidate, FoldResult
from tests.predicted import run_frame

NOTES = (
    "Random split by image: images of one patient are on both sides; scores are inflated.",
    "Second note.",
)
KINDS = {"Fair": "model", "Good": "model", "Twin": "model", "Area only": "shortcut", "Chance": "chance"}
STRENGTHS = {"Fair": 1.0, "Good": 2.0, "Twin": 2.0, "Area only": 0.5, "Chance": 0.0}


def result(model, fold=0, *, seconds=(1.0, 0.5), n_test=10, reason=""):
    empty = np.empty(0)
    if reason:
        return FoldResult(model, 0, fold, empty, empty, empty, empty, reason=reason)
    timed = dict(zip(("fit_seconds", "predict_seconds"), seconds, strict=True))
    timed |= {"transform_seconds": 0.1, "peak_bytes": (1 + fold) * 10**8}
    return FoldResult(model, 0, fold, np.full(n_test, "a"), empty, empty, empty, **timed)


def candidates(*names, kind="model"):
    return [Candidate(name, "sklearn.svm:SVC", kind=kind) for name in names]


def statistics_of(scores, best=None, like_best=()):
    """Make statistics of models with these balanced accuracies and areas, and 0.25 in all else."""
    rows = []
    for model, (balanced, auc) in scores.items():
        values = dict.fromkeys((metric.key for metric in METRICS), 0.25)
        values |= {"balanced_accuracy": balanced, "roc_auc": auc}
        rows += [
            (model, key, value, value - 0.1, value + 0.1, 0.05 if np.isfinite(value) else np.nan, "")
            for key, value in values.items()
        ]
    names = ["model", "metric", "value", "low", "high", "sd", "reason"]
    nothing = pd.DataFrame()
    pairs = pd.DataFrame({"model": list(scores), "like_best": [name in like_best for name in scores]})
    return Statistics(nothing, pd.DataFrame(rows, columns=names), pairs, nothing, nothing, {}, best, 1.0)


def simple(names, scores=(0.5, 0.5), **options):
    return statistics_of(dict.fromkeys(names, scores), **options)


@pytest.fixture(scope="module", params=[2, 4])
def run(request):
    frame = run_frame(STRENGTHS, n_classes=request.param, kinds=KINDS, n_subjects=40, unscored=("Chance",))
    statistics = summarize_predictions(frame)
    rows = [Candidate(name, "", kind=kind) for name, kind in KINDS.items()]
    results = [result(name, fold) for name in KINDS for fold in range(5)]
    return build_leaderboard(rows, results, statistics), statistics


def test_every_number_is_that_of_the_statistics(run):
    board, statistics = run
    own = board.set_index("Model")
    titles = {metric.key: metric.title for metric in METRICS}
    assert set(statistics.estimates["metric"]) | set(statistics.missing) == set(titles)
    for row in statistics.estimates.to_dict("records"):
        title = titles[row["metric"]]
        columns = [title, f"{title} Low", f"{title} High", f"{title} SD"]
        found = own.loc[row["model"], columns].to_numpy(dtype=float)
        np.testing.assert_array_equal(found, [row["value"], row["low"], row["high"], row["sd"]])


def test_columns_stand_in_the_promised_order(run):
    board, statistics = run
    shown = [metric.title for metric in METRICS if metric.key not in statistics.missing]
    others = [title for title in shown if title not in FIRST]
    spread = [f"{title} {name}" for name in ("Low", "High", "SD") for title in shown]
    assert list(board.columns) == [
        *("Model", "Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score", "Time Taken", "Like Best"),
        *others,
        *spread,
        *("Transform Time", "Fit Time", "Predict Time", "Predict ms/Image", "Peak Memory", "Kind", "Reason"),
    ]
    assert shown_metrics(board) == [*FIRST, *others]


def test_the_best_and_those_like_it_are_marked(run):
    board, statistics = run
    likeness = dict(zip(board["Model"], board["Like Best"], strict=True))
    twin = ({"Good", "Twin"} - {statistics.best}).pop()
    assert likeness == {statistics.best: "best", twin: "yes", "Fair": "", "Area only": "", "Chance": ""}
    assert board["Model"].iloc[0] == statistics.best


def test_kind_is_carried(run):
    board, _ = run
    assert dict(zip(board["Model"], board["Kind"], strict=True)) == KINDS


def test_times():
    results = [result("A", 0, seconds=(1.0, 0.2), n_test=100), result("A", 1, seconds=(3.0, 0.4), n_test=200)]
    row = build_leaderboard(candidates("A"), results, simple("A")).iloc[0]
    assert row["Transform Time"] == pytest.approx(0.1)
    assert row["Time Taken"] == pytest.approx(0.1 + (1.2 + 3.4) / 2)
    assert row["Peak Memory"] == pytest.approx(200)
    assert row["Fit Time"] == pytest.approx(2.0)
    assert row["Predict Time"] == pytest.approx(0.3)
    assert row["Predict ms/Image"] == pytest.approx(1000 * 0.6 / 300)


def test_rank_by_balanced_accuracy_then_auc_then_name():
    scores = {
        "C": (0.8, 0.9),
        "B": (0.8, 0.95),
        "E": (0.8, 0.9),
        "D": (0.8, 0.9),
        "A": (0.7, 0.99),
        "N": (0.8, np.nan),
    }
    results = [result(name) for name in scores]
    for names in ("ABCDEN", "NEDCBA", "CAENDB"):
        board = build_leaderboard(candidates(*names), results, statistics_of(scores))
        assert list(board["Model"]) == ["B", "C", "D", "E", "N", "A"]
        assert list(board.index) == list(range(6))


def test_a_candidate_that_failed_in_one_fold_has_no_number_and_stands_last():
    results = [result("Good", 0), result("Good", 1), result("Bad", 0), result("Bad", 1, reason="E: no")]
    board = build_leaderboard(
        candidates("Bad", "Good"), results, statistics_of({"Good": (0.1, 0.1), "Bad": (1.0, 1.0)})
    )
    assert list(board["Model"]) == ["Good", "Bad"]
    assert list(board["Reason"]) == ["", "fold 1: E: no"]
    numbers = board.drop(columns=["Model", "Kind", "Like Best", "Reason"])
    assert numbers.drop(columns="Peak Memory").iloc[1].isna().all()
    assert numbers.iloc[0].notna().all()


def test_a_row_that_was_not_reached_says_so_unless_it_failed_before():
    stopped = [result("A", 0), result("A", 1, reason="interrupted")]
    broken = [result("B", 0, reason="interrupted"), result("B", 1, reason="E: no")]
    board = build_leaderboard(candidates("A", "B"), [*stopped, *broken], simple("AB"))
    assert dict(zip(board["Model"], board["Reason"], strict=True)) == {
        "A": "interrupted",
        "B": "fold 1: E: no",
    }


@pytest.fixture
def board():
    statistics = statistics_of(
        {"SVC": (0.87654, 0.5), "Twin": (0.86, 0.5), "a|b\nc": (np.nan, np.nan)}, "SVC", ["Twin"]
    )
    results = [result("SVC", seconds=(1.234, 0.1)), result("Twin"), result("a|b\nc", reason="E: x | y")]
    return build_leaderboard(candidates("SVC", "Twin", "a|b\nc"), results, statistics)


def cells(line):
    return [cell.strip() for cell in line.replace("\\|", "<pipe>").strip().strip("|").split("|")]


def table_of(text):
    return [line for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("ROC AUC", 0.98765, "0.988"),
        ("Accuracy", np.float64(1), "1.000"),
        ("Time Taken", 12.3456, "12.35"),
        ("Fit Time", 0.004, "0.004"),
        ("Log Loss", 1.2345, "1.234"),
        ("Predict ms/Image", 0.1234, "0.123"),
        ("ROC AUC", float("nan"), "–"),
        ("Model", "SVC", "SVC"),
    ],
)
def test_format_cell(column, value, text):
    assert format_cell(column, value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"), [(0.9531, 0.9814, "0.970 [0.953, 0.981]"), (np.nan, np.nan, "0.970")]
)
def test_format_score_adds_the_interval_where_there_is_one(low, high, text):
    assert format_score({"MCC": 0.97, "MCC Low": low, "MCC High": high}, "MCC") == text
    assert format_score({"MCC": np.nan, "MCC Low": low, "MCC High": high}, "MCC") == "–"


def test_markdown_starts_with_the_first_note(board):
    text = leaderboard_markdown(board, NOTES, NOTES[:1])
    assert text.splitlines()[0].strip() == NOTES[0]
    assert text.splitlines()[-1] == f"- {NOTES[1]}"
    assert text.endswith("\n")


def test_markdown_is_one_rectangular_table_that_starts_as_lazypredict_shows_it(board):
    lines = leaderboard_markdown(board, NOTES, NOTES[:1]).splitlines()
    table = [line for line in lines if line.startswith("|")]
    head = cells(table[0])
    assert len(table) == 2 + len(board)
    assert {len(cells(line)) for line in table} == {len(head)}
    assert head[:6] == ["Model", "Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score", "Time Taken"]
    assert set(head) == {*shown_metrics(board), "Model", "Time Taken", "Predict ms/Image"}
    assert cells(table[2])[:3] == ["SVC", "0.250 [0.150, 0.350]", "0.877 [0.777, 0.977]"]
    start = lines.index(table[0])
    assert lines[start - 1] == ""  # a table needs an empty line above to be one
    assert lines[start : start + len(table)] == table


def test_markdown_marks_what_cannot_be_told_from_the_best(board):
    text = leaderboard_markdown(board, NOTES, NOTES[:1])
    assert [cells(line)[0] for line in table_of(text)[2:]] == ["SVC", "Twin *", "a<pipe>b c"]
    assert LIKE_BEST.replace("*", "\\*") in text.splitlines()
    alone = leaderboard_markdown(board[board["Like Best"] != "yes"], NOTES)
    assert "cannot be told" not in alone


def test_markdown_shows_hostile_names_as_text(board):
    name, note = "<script>alert(1)</script>", "[a](javascript:alert(1)) and *b*, `c`, d_e"
    text = leaderboard_markdown(board.assign(Model=name), [note])
    assert "<script" not in text
    assert "| &lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "- [a]\\(javascript:alert(1)) and \\*b\\*, \\`c\\`, d\\_e" in text


def test_markdown_escapes_pipes_and_line_breaks_in_names_and_reasons(board):
    text = leaderboard_markdown(board, NOTES, NOTES[:1])
    head, _, *rows = table_of(text)
    assert cells(rows[-1]) == ["a<pipe>b c"] + ["–"] * (len(cells(head)) - 1)
    assert "- a\\|b c: fold 0: E: x \\| y" in text.splitlines()


def test_markdown_without_failures_has_no_list_of_them(board):
    assert "Rows without numbers" not in leaderboard_markdown(board[board["Reason"] == ""], NOTES)


def test_rows_are_json_and_have_none_for_what_has_no_number(board):
    rows = leaderboard_rows(board)
    again = json.loads(json.dumps(rows, allow_nan=False))
    assert again == rows
    assert list(rows[0]) == list(board.columns)
    assert rows[0]["Balanced Accuracy"] == pytest.approx(0.87654)
    assert rows[-1]["Balanced Accuracy"] is None
    assert rows[-1]["Balanced Accuracy Low"] is None
    assert rows[-1]["Time Taken"] is None
    assert rows[-1]["Reason"] == "fold 0: E: x | y"


def test_rows_of_an_empty_board():
    assert leaderboard_rows(pd.DataFrame(columns=["Model", "Accuracy"])) == []
