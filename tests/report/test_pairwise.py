import numpy as np
import pytest

from leukfeat.evaluation import adjust_holm
from leukfeat.report.pairwise import compare_all
from leukfeat.report.statistics import summarize_predictions
from tests.predicted import run_frame

STRENGTHS = {"weak": 0.3, "strong": 2.0, "middle": 1.0, "Chance": 0.0}
KINDS = {"weak": "shortcut", "strong": "model", "middle": "model", "Chance": "chance"}


@pytest.fixture(scope="module")
def predictions():
    return run_frame(STRENGTHS, kinds=KINDS)


def test_pairs_with_the_best_are_those_of_the_statistics(predictions):
    pairs = compare_all(predictions).set_index(["first", "second"])
    statistics = summarize_predictions(predictions)
    assert statistics.best == "strong"
    rival = statistics.pairs.iloc[0]
    shortcut = statistics.against_shortcuts.iloc[0]
    for row, name in ((rival, rival["model"]), (shortcut, shortcut["shortcut"])):
        found = pairs.loc[("strong", name)]
        for column in ("difference", "low", "high", "p"):
            assert found[column] == row[column]


def test_every_pair_stands_once_the_better_first_and_chance_not_at_all(predictions):
    pairs = compare_all(predictions)
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [
        ("strong", "middle"),
        ("strong", "weak"),
        ("middle", "weak"),
    ]
    assert (pairs["difference"] >= 0).all()
    np.testing.assert_array_equal(pairs["p_holm"], adjust_holm(pairs["p"]))


def test_one_row_has_no_pair():
    assert compare_all(run_frame({"alone": 1.0})).empty
