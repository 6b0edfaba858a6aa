"""The sentences that stand above a table."""

from dataclasses import replace

import pandas as pd
import pytest

from leukfeat.report.statistics import summarize_predictions
from leukfeat.report.verdict import headlines, verdict
from tests.predicted import run_frame

KINDS = {"Good": "model", "Twin": "model", "Area only": "shortcut"}


@pytest.fixture(scope="module")
def statistics():
    return summarize_predictions(run_frame({"Good": 2.0, "Twin": 2.0, "Area only": 0.3}, kinds=KINDS))


@pytest.mark.parametrize(
    ("difference", "low", "high", "said"),
    [
        (
            0.1,
            0.05,
            0.15,
            "is 0.100 [0.050, 0.150] ahead of the best shortcut, Area only, in balanced accuracy",
        ),
        (-0.1, -0.15, 0.05, "is 0.100 [-0.050, 0.150] behind the best shortcut"),
        (0.0, -0.1, 0.2, "is equal, 0.000 [-0.100, 0.200] apart, to the best shortcut"),
        (1e-17, -0.1, 0.2, "is equal, 0.000"),
        (0.1, float("nan"), float("nan"), "is 0.100 ahead of the best shortcut"),
    ],
    ids=["ahead", "behind", "equal", "rounding", "no interval"],
)
def test_the_distance_to_the_best_shortcut(statistics, difference, low, high, said):
    table = statistics.against_shortcuts.assign(difference=difference, low=low, high=high, p=0.5)
    first = verdict(replace(statistics, against_shortcuts=table))[0]
    assert said in first
    assert first.endswith("(p = 0.5).")


def test_models_that_cannot_be_told_from_the_best_are_named(statistics):
    (other,) = {"Good", "Twin"} - {statistics.best}
    marked = replace(statistics, pairs=statistics.pairs.assign(like_best=True))
    assert verdict(marked)[1] == f"Cannot be told from {statistics.best}: {other}."
    alone = replace(statistics, pairs=statistics.pairs.assign(like_best=False))
    assert len(verdict(alone)) == 1


def test_without_a_best_model_there_is_no_verdict(statistics):
    assert verdict(replace(statistics, best=None)) == ()
    nothing = replace(statistics, against_shortcuts=pd.DataFrame(), pairs=statistics.pairs.iloc[:0])
    assert verdict(nothing) == ()


def test_headlines_are_notes_and_what_leaks_or_is_missing_is_first(binary_run):
    results, said = binary_run.results, verdict(binary_run.results.statistics)
    assert headlines(results) == said
    assert set(said) <= set(results.notes)
    leaking = replace(results, leaks=True, notes=("It leaks.", *results.notes))
    assert headlines(leaking) == ("It leaks.", *said)
    stopped = replace(leaking, interrupted=True, notes=("It leaks.", "Interrupted.", *results.notes))
    assert headlines(stopped) == ("It leaks.", "Interrupted.", *said)
