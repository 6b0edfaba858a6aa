"""The frame of predictions: every model, fold and tested image once, and what its scores need besides."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.evaluation import Fold
from leukfeat.report.tested import N_DRAWS, RANKED_BY, predictions_table
from leukfeat.sweep import FoldResult

IMAGES = pd.DataFrame(
    {
        "path": ["/a.png", "/b.png", "/c.png", "/d.png"],
        "subject": ["p", "q", None, "q"],
        "label": ["blast", "pro", "blast", "pro"],
        "extra": range(4),
    }
)
UNITS = ["p", "q", "/c.png", "q"]
EMPTY = np.empty(0)


def fold_of(number, *test):
    rows = np.arange(4)
    return Fold(0, number, np.setdiff1d(rows, test), np.array(test, dtype=np.intp))


FOLDS = [fold_of(0, 0, 3), fold_of(1, 1, 2)]


def table_of(results, *, classes=("blast", "pro"), positive="pro", images=IMAGES):
    kinds = {item.model: "model" for item in results}
    return predictions_table(
        images,
        UNITS,
        FOLDS,
        results,
        classes=classes,
        positive=positive,
        kinds=kinds,
        protocol="grouped",
        seed=7,
    )


def binary(model, fold, predicted, ranking, probabilities=EMPTY, cuts=EMPTY):
    values = (np.asarray(part, dtype=float) for part in (ranking, probabilities, cuts))
    return FoldResult(model, 0, fold, np.array(predicted), *values)


def test_two_classes_have_columns_of_the_positive_one_alone():
    first = binary("A", 0, ["blast", "pro"], [-1, 2], [0.2, 0.9], [0.5, 0.75])
    table = table_of([first, binary("A", 1, ["pro", "pro"], [3, 4], [0.6, 0.7], [0.25, 0.5])])
    assert table.drop(columns=["subject", "unit"]).to_dict("list") == {
        "path": ["/a.png", "/d.png", "/b.png", "/c.png"],
        "label": ["blast", "pro", "pro", "blast"],
        "model": ["A"] * 4,
        "repeat": [0] * 4,
        "fold": [0, 0, 1, 1],
        "predicted": ["blast", "pro", "pro", "pro"],
        "score_pro": [-1, 2, 3, 4],
        "proba_pro": [0.2, 0.9, 0.6, 0.7],
        "cut_90": [0.5, 0.5, 0.25, 0.25],
        "cut_95": [0.75, 0.75, 0.5, 0.5],
    }
    assert list(table["unit"]) == ["p", "q", "q", "/c.png"]
    assert table["subject"].isna().tolist() == [False, False, False, True]


def test_several_classes_have_columns_of_each():
    scores = np.arange(6.0).reshape(2, 3)
    results = [FoldResult("A", 0, 0, np.array(["blast", "pre"]), scores, scores / 10, EMPTY)]
    table = table_of(results, classes=("blast", "pre", "pro"), positive=None)
    names = [f"{kind}_{name}" for kind in ("score", "proba") for name in ("blast", "pre", "pro")]
    assert list(table.columns)[-6:] == names
    np.testing.assert_array_equal(table[names], np.concatenate([scores, scores / 10], axis=1))


def test_what_a_model_lacks_is_missing():
    table = table_of([binary("A", 0, ["blast", "pro"], [])])
    assert table[["score_pro", "proba_pro", "cut_90", "cut_95"]].isna().all(axis=None)


def test_folds_that_failed_have_no_rows_and_columns_stay_when_none_is_left():
    failed = FoldResult("B", 0, 0, EMPTY, EMPTY, EMPTY, EMPTY, reason="E: no")
    both = table_of([binary("A", 0, ["blast", "pro"], [1, 2]), failed])
    assert set(both["model"]) == {"A"}
    assert both.attrs["kinds"] == {"A": "model", "B": "model"}
    nothing = table_of([failed])
    assert nothing.empty
    assert list(nothing.columns) == list(both.columns)


def test_images_without_subjects_have_an_empty_column():
    table = table_of([binary("A", 0, ["blast", "pro"], [1, 2])], images=IMAGES.drop(columns="subject"))
    assert table["subject"].isna().all()


@pytest.mark.parametrize("positive", ["blast", "pro"])
def test_what_scores_need_besides_is_in_the_attributes(positive):
    table = table_of([binary("A", 0, ["blast", "pro"], [1, 2])], positive=positive)
    assert table.attrs == {
        "classes": ["blast", "pro"],
        "positive": positive,
        "protocol": "grouped",
        "seed": 7,
        "n_draws": N_DRAWS,
        "kinds": {"A": "model"},
        "ranked_by": RANKED_BY,
    }
    assert (N_DRAWS, RANKED_BY) == (2000, "balanced_accuracy")
