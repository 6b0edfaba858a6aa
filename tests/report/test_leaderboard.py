import json

import numpy as np
import pandas as pd
import pytest

from leukfeat.report.leaderboard import SHOWN_COLUMNS, format_cell, leaderboard_markdown, leaderboard_rows
from leukfeat.sweep import build_leaderboard
from tests.sweep.test_leaderboard import candidates, result

NOTES = (
    "Random split by image: images of one patient are on both sides; scores are inflated.",
    "Second note.",
)


@pytest.fixture
def board():
    results = [result("SVC", balanced=0.87654, seconds=(1.234, 0.1)), result("a|b\nc", reason="E: x | y")]
    return build_leaderboard(candidates("SVC", "a|b\nc"), results)


def cells(line):
    return [cell.strip() for cell in line.replace("\\|", "<pipe>").strip().strip("|").split("|")]


def test_shown_columns_start_as_lazypredict_shows_them():
    first = ("Model", "Accuracy", "Balanced Accuracy", "ROC AUC", "F1 Score", "Time Taken")
    assert SHOWN_COLUMNS[:6] == first


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("ROC AUC", 0.98765, "0.988"),
        ("Accuracy", np.float64(1), "1.000"),
        ("Time Taken", 12.3456, "12.35"),
        ("Fit Seconds", 0.004, "0.004"),
        ("Predict ms/Image", 0.1234, "0.123"),
        ("ROC AUC", float("nan"), "–"),
        ("Model", "SVC", "SVC"),
    ],
)
def test_format_cell(column, value, text):
    assert format_cell(column, value) == text


def test_markdown_starts_with_the_first_note(board):
    text = leaderboard_markdown(board, NOTES)
    assert text.splitlines()[0].strip() == NOTES[0]
    assert text.splitlines()[1].strip() == NOTES[1]
    assert text.endswith("\n")


def test_markdown_is_one_rectangular_table(board):
    lines = leaderboard_markdown(board, NOTES).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(board)
    assert {len(cells(line)) for line in table} == {len(SHOWN_COLUMNS)}
    assert cells(table[0]) == list(SHOWN_COLUMNS)
    assert cells(table[2])[:3] == ["SVC", "0.250", "0.877"]
    start = lines.index(table[0])
    assert lines[start - 1] == ""  # a table needs an empty line above to be one
    assert lines[start : start + len(table)] == table


def test_markdown_escapes_pipes_and_line_breaks_in_names_and_reasons(board):
    text = leaderboard_markdown(board, NOTES)
    failed = [line for line in text.splitlines() if line.startswith("| a")]
    assert cells(failed[0]) == ["a<pipe>b c"] + ["–"] * (len(SHOWN_COLUMNS) - 1)
    assert "- a\\|b c: fold 0: E: x \\| y" in text.splitlines()


def test_markdown_without_failures_has_no_list_of_them(board):
    assert "Rows without numbers" not in leaderboard_markdown(board[board["Reason"] == ""], NOTES)


def test_rows_are_json_and_have_none_for_what_has_no_number(board):
    rows = leaderboard_rows(board)
    again = json.loads(json.dumps(rows, allow_nan=False))
    assert again == rows
    assert list(rows[0]) == list(board.columns)
    assert rows[0]["Balanced Accuracy"] == pytest.approx(0.87654)
    assert rows[1]["Balanced Accuracy"] is None
    assert rows[1]["Time Taken"] is None
    assert rows[1]["Reason"] == "fold 0: E: x | y"


def test_rows_of_an_empty_board():
    assert leaderboard_rows(pd.DataFrame(columns=list(SHOWN_COLUMNS))) == []
