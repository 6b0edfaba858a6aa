"""The table of a leak check has the same columns and words wherever it is shown."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.report.inflation import SHOWN, inflation_markdown, inflation_rows

TABLE = pd.DataFrame(
    [
        ("SVC", "balanced_accuracy", 0.9, 0.55, 0.35, 0.25, 0.45, 0.001),
        ("SVC", "roc_auc", 0.9, 0.95, -0.05, np.nan, np.nan, np.nan),
        ("Silent", "roc_auc", *[np.nan] * 6),
    ],
    columns=["model", "metric", "random", "honest", "inflation", "low", "high", "p"],
)
NOTES = ("It leaks.", "Four images.")


def test_columns_are_those_of_the_file():
    assert list(SHOWN) == list(TABLE.columns[: len(SHOWN)])
    assert inflation_rows(TABLE) == [
        ["SVC", "Balanced Accuracy", "0.900", "0.550", "+0.350 [+0.250, +0.450]"],
        ["SVC", "ROC AUC", "0.900", "0.950", "-0.050"],
        ["Silent", "ROC AUC", "–", "–", "–"],
    ]


@pytest.mark.parametrize("leaks", [False, True])
def test_markdown_starts_with_what_leaks(leaks):
    lines = inflation_markdown(TABLE, "grouped", NOTES, leaks=leaks).splitlines()
    assert (lines[0] == NOTES[0]) == leaks
    assert lines[2 * leaks].startswith("inflation = random − honest")
    assert "| model | metric | random | honest | inflation |" in lines
    assert lines[-1] == f"- {NOTES[1]}"
    assert (f"- {NOTES[0]}" in lines) != leaks
