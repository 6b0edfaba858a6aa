"""Statistics of a run: from its predictions alone, whole, and the same from the file."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from leukfeat._tables import write_parquet
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import (
    METRICS,
    adjust_holm,
    corrected_t,
    draw_multiplicities,
    measure_widening,
    score_predictions,
)
from leukfeat.report.predictions import Predictions
from leukfeat.report.statistics import Statistics, summarize_predictions
from tests.predicted import CLASSES, run_frame

STRENGTHS = {"Area only": 0.5, "Fair": 1.0, "Good": 2.0, "Twin": 2.0, "Chance": 0.0, "Size only": 0.2}
KINDS = {
    "Fair": "model",
    "Good": "model",
    "Twin": "model",
    "Broken": "model",
    "Area only": "shortcut",
    "Size only": "shortcut",
    "Chance": "chance",
}


@pytest.fixture(scope="module", params=[2, 4])
def frame(request) -> pd.DataFrame:
    return run_frame(
        STRENGTHS, n_classes=request.param, n_subjects=40, n_repeats=2, kinds=KINDS, unscored=("Chance",)
    )


@pytest.fixture(scope="module")
def statistics(frame: pd.DataFrame) -> Statistics:
    return summarize_predictions(frame)


def reference(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    """Score each test fold with the public function, row by row of the frame."""
    classes, positive = frame.attrs["classes"], frame.attrs["positive"]
    scored = [positive] if positive else classes
    rows = []
    for _, fold in frame[frame["model"] == model].groupby(["repeat", "fold"]):
        scores, proba = (
            None if fold[f"{kind}_{scored[0]}"].isna().all() else fold[[f"{kind}_{name}" for name in scored]]
            for kind in ("score", "proba")
        )
        rows.append(
            score_predictions(
                fold["label"],
                fold["predicted"],
                scores if scores is None else scores.to_numpy().squeeze(),
                classes,
                positive,
                probabilities=proba if proba is None else proba.to_numpy().squeeze(),
            )
        )
    return pd.DataFrame(rows)


def test_scores_are_those_of_each_fold(frame: pd.DataFrame, statistics: Statistics) -> None:
    assert list(statistics.scores.columns) == ["model", "repeat", "fold", "metric", "value"]
    assert len(statistics.scores) == 6 * 10 * statistics.scores["metric"].nunique()
    for model in STRENGTHS:
        own = statistics.scores[statistics.scores["model"] == model]
        found = own.pivot(index=["repeat", "fold"], columns="metric", values="value")
        expected = reference(frame, model)
        np.testing.assert_allclose(found[expected.columns], expected, atol=1e-12)


def test_every_cell_is_a_number_with_an_interval_or_has_a_reason(statistics: Statistics) -> None:
    table = statistics.estimates
    assert len(table) == 7 * (len(METRICS) - len(statistics.missing))
    numbers = table[["value", "low", "high", "sd"]].notna().all(axis=1)
    assert (numbers == (table["reason"] == "")).all()
    whole = table[numbers & (table["metric"] != "prevalence")]
    assert (whole["low"] <= whole["value"] + 1e-12).all()
    assert (whole["value"] <= whole["high"] + 1e-12).all()
    assert (whole["n_folds"] + whole["n_undefined"] == 10).all()
    assert set(table.loc[~numbers & (table["metric"] == "accuracy"), "model"]) == {"Broken"}


def test_values_are_means_over_folds_and_repeats(statistics: Statistics) -> None:
    means = statistics.scores.groupby(["model", "metric"])["value"].agg(["mean", "std"])
    table = statistics.estimates.set_index(["model", "metric"])
    for key, row in means.iterrows():
        expected = row["mean"], row["std"]
        assert (table.loc[key, "value"], table.loc[key, "sd"]) == pytest.approx(expected, nan_ok=True)


def test_metrics_without_a_column_say_why(statistics: Statistics, frame: pd.DataFrame) -> None:
    several = frame.attrs["positive"] is None
    absent = ["f1_positive", "sensitivity_at_specificity_90", "sensitivity_at_specificity_95"]
    assert list(statistics.missing) == (absent if several else ["roc_auc_weighted"])
    assert not set(statistics.missing) & set(statistics.estimates["metric"])
    assert all(reason.endswith(".") for reason in statistics.missing.values())


def test_a_model_without_scores_and_one_that_failed_have_reasons(statistics: Statistics) -> None:
    table = statistics.estimates.set_index(["model", "metric"])
    assert "ranks images" in table.loc[("Chance", "roc_auc"), "reason"]
    assert "calibrated" in table.loc[("Chance", "brier"), "reason"]
    assert table.loc[("Chance", "accuracy"), "low"] < table.loc[("Chance", "accuracy"), "high"]
    assert set(table.loc["Broken", "reason"]) == {"The model made no predictions."}


def test_models_are_compared_with_the_best(statistics: Statistics) -> None:
    assert statistics.best in ("Good", "Twin")
    pairs = statistics.pairs.set_index("model")
    assert list(pairs.index) == [({"Good", "Twin"} - {statistics.best}).pop(), "Fair"]
    assert set(pairs["best"]) == {statistics.best}
    assert set(pairs["metric"]) == {"balanced_accuracy"}
    assert pairs["like_best"].tolist() == [True, False]
    assert (pairs["difference"] >= 0).all()
    assert pairs.loc["Fair", "low"] > 0
    assert pairs["p_holm"].to_numpy() == pytest.approx(adjust_holm(pairs["p"]))
    scores = statistics.scores[statistics.scores["metric"] == "balanced_accuracy"]
    by_fold = scores.pivot(index=["repeat", "fold"], columns="model", values="value")
    differences = by_fold[statistics.best] - by_fold["Fair"]
    assert pairs.loc["Fair", "difference"] == pytest.approx(differences.mean())
    t, p = corrected_t(differences, 1 / 4)
    assert (pairs.loc["Fair", "t"], pairs.loc["Fair", "t_p"]) == (pytest.approx(t), pytest.approx(p))


def test_the_best_model_is_held_against_the_shortcuts_best_first(statistics: Statistics) -> None:
    table = statistics.against_shortcuts
    assert table["shortcut"].tolist() == ["Area only", "Size only"]
    values = statistics.estimates[statistics.estimates["metric"] == "balanced_accuracy"]
    values = values.set_index("model")["value"]
    expected = values[statistics.best] - values["Area only"]
    assert table["difference"].iloc[0] == pytest.approx(expected)
    assert (table["low"] > 0).all()
    assert (table["p"] < 0.05).all()


def test_subjects_have_an_accuracy_each(frame: pd.DataFrame, statistics: Statistics) -> None:
    table = statistics.subjects
    assert list(table.columns) == ["model", "subject", "n_images", "accuracy"]
    assert len(table) == 6 * 40
    assert (table["n_images"] == 10).all()
    own = frame[(frame["model"] == "Fair") & (frame["subject"] == "s003")]
    row = table[(table["model"] == "Fair") & (table["subject"] == "s003")].iloc[0]
    assert row["accuracy"] == pytest.approx((own["label"] == own["predicted"]).mean())


def test_intervals_are_of_the_run_s_draws(frame: pd.DataFrame, statistics: Statistics) -> None:
    run = Predictions.read(frame)
    strata = run.strata()
    n_classes = len(frame.attrs["classes"])
    assert np.bincount(strata).tolist() == [40 // n_classes // 5] * (5 * n_classes)
    assert statistics.widening == measure_widening(strata)
    draws = draw_multiplicities(strata, n_draws=200, seed=3)
    subject = pd.factorize(frame["subject"], sort=True)[0]
    right = frame.assign(weight=0.0, right=frame["label"] == frame["predicted"])
    right = right[(right["model"] == "Fair")]
    units = subject[right.index]
    values = []
    for draw in draws:
        weighted = right.assign(weight=draw[units], hit=draw[units] * right["right"])
        sums = weighted.groupby(["repeat", "fold"])[["hit", "weight"]].sum()
        values.append((sums["hit"] / sums["weight"]).mean())
    row = statistics.estimates.set_index(["model", "metric"]).loc[("Fair", "accuracy")]
    widened = row["value"] + statistics.widening * (np.array(values) - row["value"])
    expected = np.quantile(widened, [0.025, 0.975])
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.clip(expected, 0, 1)))


def assert_equal(first: Statistics, second: Statistics) -> None:
    for field in fields(Statistics):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other, check_exact=True)
        else:
            assert one == other


def test_the_file_gives_the_same_statistics(frame: pd.DataFrame, statistics: Statistics, tmp_path) -> None:
    path = tmp_path / "predictions.parquet"
    write_parquet(frame, path, frame.attrs)
    assert_equal(summarize_predictions(path), statistics)
    assert_equal(summarize_predictions(str(path)), statistics)


def test_the_order_of_rows_and_of_models_plays_no_part(frame: pd.DataFrame, statistics: Statistics) -> None:
    shuffled = frame.sample(frac=1, random_state=0)
    shuffled.attrs = frame.attrs
    again = summarize_predictions(shuffled)
    key = ["model", "metric"]
    found, expected = (item.estimates.set_index(key).sort_index() for item in (again, statistics))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    assert again.best == statistics.best


def test_the_draws_of_a_model_do_not_depend_on_the_others() -> None:
    strengths = {"Good": 2.0, "Fair": 1.0}
    both = run_frame(strengths)
    alone = both[both["model"] == "Good"]
    alone.attrs = both.attrs | {"kinds": {"Good": "model"}}
    first, second = summarize_predictions(both).estimates, summarize_predictions(alone).estimates
    first = first[first["model"] == "Good"].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, second)


def without_subjects(frame: pd.DataFrame) -> pd.DataFrame:
    changed = frame.assign(subject=None, unit=frame["path"])
    changed.attrs = frame.attrs
    return changed


def test_without_subjects_images_are_resampled() -> None:
    found = summarize_predictions(without_subjects(run_frame({"Good": 2.0, "Fair": 1.0})))
    assert {"subject_accuracy", "subject_accuracy_worst", "subject_roc_auc"} <= set(found.missing)
    assert "not known" in found.missing["subject_accuracy"]
    assert found.subjects.empty
    assert 1 < found.widening < 1.05
    assert (found.estimates["reason"] == "").all()


def test_a_model_that_failed_in_one_fold_has_no_numbers() -> None:
    frame = run_frame({"Good": 2.0, "Fair": 1.0})
    kept = frame[(frame["model"] != "Fair") | (frame["fold"] != 2)]
    kept.attrs = frame.attrs
    found = summarize_predictions(kept)
    own = found.estimates[found.estimates["model"] == "Fair"]
    assert own["value"].isna().all()
    assert set(own["reason"]) == {"The model made no predictions in repeat 0, fold 2."}
    assert found.pairs.empty
    assert found.best == "Good"


def test_one_test_split_has_intervals_and_no_t() -> None:
    frame = run_frame({"Good": 2.0, "Fair": 1.0}, n_folds=1)
    found = summarize_predictions(frame)
    assert found.estimates["low"].notna().sum() > 0
    assert found.estimates["sd"].isna().all()
    assert found.pairs["p"].notna().all()
    assert found.pairs[["t", "t_p"]].isna().all(axis=None)


def test_without_a_model_there_is_nothing_to_compare() -> None:
    kinds = {"Chance": "chance", "Area only": "shortcut", "Broken": "model"}
    found = summarize_predictions(run_frame({"Chance": 0.0, "Area only": 0.5}, kinds=kinds))
    assert found.best is None
    assert found.pairs.empty
    assert found.against_shortcuts.empty
    assert list(found.pairs.columns)[-1] == "like_best"


def test_equal_models_are_ranked_by_name() -> None:
    frame = run_frame({"B": 2.0})
    both = pd.concat([frame, frame.assign(model="A")], ignore_index=True)
    both.attrs = frame.attrs | {"kinds": {"B": "model", "A": "model"}}
    found = summarize_predictions(both)
    assert found.best == "A"
    row = found.pairs.iloc[0]
    assert (row["difference"], row["p"], row["p_holm"], row["t_p"], row["like_best"]) == (0, 1, 1, 1, True)


def spoil(frame: pd.DataFrame, change: str) -> pd.DataFrame:
    first = frame.index == 0
    changes = {
        "cut": {"cut_90": frame["cut_90"].where(~first, 9.0)},
        "image": {"path": frame["path"].where(~first, "/elsewhere.png")},
        "label": {"predicted": frame["predicted"].where(~first, "other")},
        "nan": {"score_early": frame["score_early"].where(~first)},
        "proba": {"proba_early": frame["proba_early"].where(~first, 1.5)},
        "unit": {"unit": frame["unit"].where(~first)},
        "twice": {"path": frame["path"].where(~first, frame["path"].iloc[1])},
        "late": {"unit": frame["unit"].where(frame["repeat"] == 0, "zzz")},
    }
    changed = frame.assign(**changes.get(change, {}))
    changed.attrs = dict(frame.attrs)
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("cut", "Fair, repeat 0, fold 0: cut_90 must be the same"),
        ("image", "tested on the same images"),
        ("label", "Fair, repeat 0, fold 0: Labels in y_pred"),
        ("nan", "Fair, repeat 0, fold 0: The model returned NaN scores for 1 of 20"),
        ("proba", r"Fair, repeat 0, fold 0: Probabilities must be in \[0, 1\]"),
        ("unit", "a unit in every row"),
        ("twice", "once per model"),
        ("late", "tested in the first repeat"),
    ],
)
def test_what_is_no_run_is_refused(change: str, message: str) -> None:
    frame = run_frame({"Good": 2.0, "Fair": 1.0}, n_subjects=10, n_repeats=2)
    frame = frame.sort_values(["model", "repeat", "fold"], kind="stable")
    with pytest.raises(ValueError, match=message):
        summarize_predictions(spoil(frame.reset_index(drop=True), change))


def test_a_file_that_holds_no_predictions_is_named(tmp_path) -> None:
    frame = run_frame({"Good": 2.0})
    table, text = tmp_path / "features.parquet", tmp_path / "predictions.csv"
    write_parquet(frame[["path", "subject", "label"]], table)
    frame.to_csv(text)
    for path, message in (
        (tmp_path / "absent.parquet", "is not a file. Give the predictions.parquet of a run folder."),
        (tmp_path, "is not a file. Give the predictions.parquet of a run folder."),
        (table, ": Predictions lack the columns model, repeat, fold, predicted, unit"),
        (text, "cannot be read as Parquet: "),
    ):
        with pytest.raises(ConfigurationError) as caught:
            summarize_predictions(path)
        assert str(caught.value).startswith(str(path))
        assert message in str(caught.value)


def test_settings_and_columns_are_needed() -> None:
    frame = run_frame({"Good": 2.0})
    lacking = frame.drop(columns=["unit", "cut_95"])
    lacking.attrs = frame.attrs
    with pytest.raises(ConfigurationError, match="lack the columns unit, cut_95"):
        summarize_predictions(lacking)
    bare = frame.copy()
    bare.attrs = {"classes": list(CLASSES[:2])}
    with pytest.raises(ConfigurationError, match="Missing: positive, seed, n_draws, kinds, ranked_by"):
        summarize_predictions(bare)
    frame.attrs["ranked_by"] = "log_loss"
    with pytest.raises(ValueError, match="'ranked_by' parameter of Predictions"):
        summarize_predictions(frame)
    frame.attrs |= {"ranked_by": "accuracy", "kinds": {"Other": "model"}}
    with pytest.raises(ConfigurationError, match=r"Not of \['Good'\]"):
        summarize_predictions(frame)
