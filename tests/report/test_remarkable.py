import numpy as np
import pandas as pd
import pytest

from leukfeat.report.predictions import Predictions
from leukfeat.report.remarkable import choose_cells
from tests.predicted import run_frame


def choose(frame, **options):
    return choose_cells(Predictions.read(frame), "m", **options)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_most_wrong_are_the_surest_errors_and_the_others_the_least_sure(n_classes):
    frame = run_frame({"m": 0.8, "other": 0.1}, n_classes=n_classes)
    names = frame.attrs["classes"]
    own = frame[frame["model"] == "m"].set_index("path")
    if n_classes == 2:
        top = own[f"proba_{names[1]}"].where(own["predicted"] == names[1], 1 - own[f"proba_{names[1]}"])
        margin = 2 * top - 1
    else:
        ordered = np.sort(own[[f"proba_{name}" for name in names]].to_numpy(), axis=1)
        top = pd.Series(ordered[:, -1], own.index)
        margin = pd.Series(ordered[:, -1] - ordered[:, -2], own.index)
    wrong = own["label"] != own["predicted"]
    chosen = choose(frame, n_of_a_kind=7)
    worst, doubtful = (chosen[chosen["kind"] == kind] for kind in ("most wrong", "least certain"))
    assert list(worst["path"]) == list(margin[wrong].sort_values(ascending=False).index[:7])
    rest = margin.drop(index=worst["path"])
    assert list(doubtful["path"]) == list(rest.sort_values().index[:7])
    np.testing.assert_allclose(chosen["confidence"], top[chosen["path"]])
    assert set(chosen["model"]) == {"m"}
    assert list(chosen["subject"]) == list(own.loc[chosen["path"], "subject"])


def test_there_are_48_at_most_and_no_cell_twice_whatever_the_repeats():
    chosen = choose(run_frame({"m": 0.5}, n_repeats=3))
    assert len(chosen) == 48
    assert chosen["path"].is_unique


@pytest.mark.parametrize("n_classes", [2, 4])
def test_without_probabilities_scores_decide(n_classes):
    frame = run_frame({"m": 0.8}, n_classes=n_classes, n_folds=1)
    with_probabilities = choose(frame)
    hidden = frame.assign(**{name: np.nan for name in frame if name.startswith("proba_")})
    hidden.attrs = frame.attrs
    chosen = choose(hidden)
    assert chosen["confidence"].isna().all()
    worst, by_score = (table[table["kind"] == "most wrong"] for table in (with_probabilities, chosen))
    assert worst["path"][0] == by_score["path"][0]
    assert len(set(worst["path"]) & set(by_score["path"])) > 0.6 * len(worst)


def test_without_scores_there_is_nothing_to_choose_by():
    assert choose(run_frame({"m": 0.8}, unscored=("m",))).empty


def test_a_fold_with_one_predicted_class_has_a_boundary_too():
    frame = run_frame({"m": 0.8}, n_folds=2)
    hidden = frame.assign(**{name: np.nan for name in frame if name.startswith("proba_")}, predicted="early")
    hidden.attrs = frame.attrs
    assert len(choose(hidden)) == 48
