"""What stands in the table and beside it: shortcuts, embargos, the test split, the nested choice."""

import json
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import METRICS
from leukfeat.features import FeatureTable
from leukfeat.report.statistics import summarize_predictions
from leukfeat.sweep import CORE, NESTED, Candidate, Runner, table_pipeline
from tests.misbehaving import Greedy, Silent, candidate_of
from tests.tables import FOUR, TWO, make_table

BY_NAME = {candidate.name: candidate for candidate in CORE}
RIDGE, LDA = BY_NAME["RidgeClassifier"], BY_NAME["LinearDiscriminantAnalysis"]
FAST = {"candidates": (RIDGE,), "jobs": 1}
SETTINGS = Settings(n_folds=3)
BACKGROUND = [f"background_mean_lab_{channel}" for channel in "lab"]


SILENT = candidate_of(Silent)
BROKEN = Candidate("Broken", "no_such_module:Model")


def row_of(run, model):
    return run.results.leaderboard.set_index("Model").loc[model]


@pytest.mark.parametrize("classes", [TWO, FOUR], ids=["two", "four"])
def test_every_cell_is_a_number_with_an_interval_or_its_reason_is_in_the_notes(write, tmp_path, classes):
    source = write(make_table(classes))
    run = compare(source, tmp_path / "run", SETTINGS, candidates=(RIDGE, SILENT, BROKEN), jobs=1)
    board = run.results.leaderboard.set_index("Model")
    text = (run.folder / "leaderboard.md").read_text().replace("\\", "")  # as Markdown shows it
    titles = {metric.title for metric in METRICS}
    failed = {"Broken", "Background only"}
    assert failed == set(board.index[board["Reason"] != ""])
    assert all(reason in text for reason in board["Reason"])
    for model, row in board.drop(index=list(failed)).iterrows():
        for title in titles & set(board):
            if not np.isfinite(row[[title, f"{title} Low", f"{title} High"]].astype(float)).all():
                told = [note for note in run.results.notes if title in note.split(":")[0].split(" of ")[0]]
                assert any(" of " not in note or model in note for note in told), (model, title)
    for title in titles - set(board):
        assert any(note.startswith("Not in the table: ") and title in note for note in run.results.notes)
    assert np.isnan(board.loc["Silent", "ROC AUC"])
    assert any("ROC AUC" in note and "of Silent: The model has nothing" in note for note in run.results.notes)


def background_of(table, *, telling):
    """Colours of the background, which tell the classes or do not."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(len(table.frame), 3)) + 5 * telling * (table.frame[["label"]] == "blast").values
    return dict(zip(BACKGROUND, values.T.astype(np.float32), strict=True))


def test_models_do_not_see_the_background_that_the_shortcut_sees(write, tmp_path):
    table = make_table(effect=0.3)
    plain = compare(write(table), tmp_path / "run", SETTINGS, **FAST)
    assert "a table of leukfeat extract does not hold" in row_of(plain, "Background only")["Reason"]
    aside = compare(write(table, **background_of(table, telling=True)), tmp_path / "run", SETTINGS, **FAST)
    assert row_of(aside, "Background only")["Balanced Accuracy"] > 0.97
    assert row_of(aside, "Background only")["Balanced Accuracy Low"] > 0.9
    for title in ("Balanced Accuracy", "ROC AUC Low", "Brier"):
        assert row_of(aside, "RidgeClassifier")[title] == row_of(plain, "RidgeClassifier")[title]
    assert any("8 features" in note for note in aside.results.notes)


def test_the_best_model_is_held_against_the_best_shortcut_by_a_note(write, tmp_path):
    """Ahead or behind, the interval is that of the distance that is named."""
    table = make_table(n=240, effect=1.0)
    for telling, how in ((True, "behind"), (False, "ahead of")):
        source = write(table, **background_of(table, telling=telling))
        run = compare(source, tmp_path / "run", SETTINGS, **FAST)
        row = run.results.statistics.against_shortcuts.iloc[0]
        sign = 1 if how == "ahead of" else -1
        ends = sorted([sign * row["low"], sign * row["high"]])
        distance = sign * row["difference"]
        assert distance > 0
        assert (
            f"RidgeClassifier is {distance:.3f} [{ends[0]:.3f}, {ends[1]:.3f}] {how} the best shortcut, "
            f"{row['shortcut']}, in balanced accuracy (p = {row['p']:.3g})."
        ) in run.results.notes
        assert row["shortcut"] == ("Background only" if telling else "Area only")


def test_a_background_among_the_features_serves_the_shortcut_too(write, tmp_path):
    table = make_table(effect=0.3)
    frame = table.frame.assign(**background_of(table, telling=True))
    wider = FeatureTable(frame, (*table.feature_names, *BACKGROUND), table.metadata)
    run = compare(write(wider), tmp_path / "run", SETTINGS, **FAST)
    assert row_of(run, "Background only")["Balanced Accuracy"] > 0.97
    assert row_of(run, "RidgeClassifier")["Balanced Accuracy"] > 0.97


def test_cells_on_black_have_no_background(write, tmp_path):
    """What little colour there is outside of cut-out cells comes from their rims."""
    table = make_table()
    masked = replace(table, metadata={**table.metadata, "scene": "masked"})
    run = compare(write(masked, **background_of(table, telling=True)), tmp_path / "run", SETTINGS, **FAST)
    reason = row_of(run, "Background only")["Reason"]
    assert reason.endswith("not available: cells on black have no background")


def about(table, *, width=(100, 100), image_format=("png", "png")):
    """Size and format of the files: of the first class, and of the others."""
    first = (table.frame["label"] == table.frame["label"].iloc[0]).to_numpy()
    return {
        "image_width": np.where(first, *width),
        "image_height": 100,
        "image_format": np.where(first, *image_format),
    }


@pytest.mark.parametrize("varying", [{"width": (100, 101)}, {"image_format": ("png", "jpeg")}])
def test_format_is_a_row_where_size_or_format_varies(write, tmp_path, varying):
    table = make_table(effect=0.3)
    run = compare(write(table, **about(table, **varying)), tmp_path / "run", SETTINGS, **FAST)
    assert row_of(run, "Format only")["Balanced Accuracy"] == 1.0
    assert row_of(run, "RidgeClassifier")["Balanced Accuracy"] < 0.8


def test_format_is_no_row_where_neither_varies(write, tmp_path):
    table = make_table()
    run = compare(write(table, **about(table)), tmp_path / "run", SETTINGS, **FAST)
    assert "Format only" not in set(run.results.leaderboard["Model"])


def test_sizes_and_backgrounds_of_images_reach_the_shortcuts(synthetic_manifest, tmp_path):
    settings = replace(SETTINGS, families=("color",), size=64, scene="cell")
    run = compare(read_manifest(synthetic_manifest), tmp_path / "run", settings, **FAST)
    assert {"image_width", "image_height", "image_format", *BACKGROUND} <= set(run.table.manifest)
    assert not set(BACKGROUND) & set(run.table.feature_names)
    assert row_of(run, "Background only")["Reason"] == ""
    assert "Format only" not in set(run.results.leaderboard["Model"])  # all are PNG of one size


def test_the_nested_row_says_what_choosing_scores(write, tmp_path):
    source, candidates = write(make_table(effect=0.8)), (RIDGE, LDA)
    run = compare(source, tmp_path / "run", replace(SETTINGS, nested=True), candidates=candidates, jobs=1)
    nested = row_of(run, NESTED.name)
    assert nested["Kind"] == "nested"
    told = f"{nested['Balanced Accuracy']:.3f} [{nested['Balanced Accuracy Low']:.3f}, "
    assert any(note.startswith(f"Choosing the best of these scores {told}") for note in run.results.notes)
    predictions = run.results.predictions.set_index(["model", "fold", "path"])["predicted"].sort_index()
    for fold in range(3):
        rivals = [predictions[item.name, fold] for item in candidates]
        assert any(predictions[NESTED.name, fold].equals(rival) for rival in rivals)
    assert run.results.best in ("RidgeClassifier", "LinearDiscriminantAnalysis")
    assert NESTED.name not in set(run.results.statistics.pairs["model"])
    plain = compare(source, tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)
    assert NESTED.name not in set(plain.results.leaderboard["Model"])
    assert any("--nested says by how much" in note for note in plain.results.notes)


def test_repeats_test_every_image_once_each(write, tmp_path):
    run = compare(write(), tmp_path / "run", replace(SETTINGS, n_repeats=2), **FAST)
    counts = run.results.predictions.groupby(["model", "repeat"])["path"].agg(["size", "nunique"])
    assert (counts == 120).all(axis=None)
    assert set(counts.index.get_level_values("repeat")) == {0, 1}
    again = summarize_predictions(run.folder / "predictions.parquet")
    pd.testing.assert_frame_equal(again.estimates, run.results.statistics.estimates, check_exact=True)
    with pytest.raises(ConfigurationError, match="Blocks are the same each time"):
        compare(
            write(drop=["subject"]),
            tmp_path / "run",
            Settings(protocol="blocks", embargo=3, n_repeats=2),
            **FAST,
        )


@pytest.mark.parametrize("protocol", ["blocks", "random"])
def test_without_subjects_the_leaderboard_follows_from_the_file_too(write, tmp_path, protocol):
    settings = replace(SETTINGS, protocol=protocol, embargo=3)
    run = compare(write(drop=["subject"]), tmp_path / "run", settings, **FAST)
    written = pd.read_parquet(run.folder / "predictions.parquet")
    assert (
        written["unit"].str.match(r"(blast|lymphocyte):\d+$" if protocol == "blocks" else r".*\.png$").all()
    )
    again = summarize_predictions(run.folder / "predictions.parquet")
    pd.testing.assert_frame_equal(again.estimates, run.results.statistics.estimates, check_exact=True)
    assert "Subject Accuracy" not in run.results.leaderboard
    assert not (run.folder / "subjects.csv").exists()


@pytest.fixture
def in_sequence(write):
    """A table without subjects, long enough for some of the embargos."""
    return write(make_table(n=600, effect=0.8), drop=["subject"])


def test_blocks_show_the_best_model_at_several_embargos(in_sequence, tmp_path):
    run = compare(in_sequence, tmp_path / "run", replace(SETTINGS, embargo=20), **FAST)
    table = run.results.embargos.set_index("embargo")
    assert list(table.index) == [0, 37, 80, 120]
    assert table.loc[[0, 37, 80], ["value", "low", "high"]].notna().all(axis=None)
    assert table.loc[[0, 37, 80], "reason"].eq("").all()
    assert "no training images are left" in table.loc[120, "reason"]
    (note,) = [note for note in run.results.notes if note.startswith("RidgeClassifier by embargo")]
    for embargo in (0, 37, 80):
        value, low, high = table.loc[embargo, ["value", "low", "high"]]
        assert f"{embargo}: {value:.3f} [{low:.3f}, {high:.3f}]" in note
    assert "120:" not in note
    assert any(note.startswith("Embargo 120 is not possible") for note in run.results.notes)
    record = json.loads((run.folder / "leaderboard.json").read_text())
    assert [row["embargo"] for row in record["embargos"]] == [0, 37, 80, 120]
    assert record["embargos"][3]["value"] is None


def test_a_row_of_the_embargos_is_what_a_run_with_that_embargo_scores(in_sequence, tmp_path):
    runs = {
        embargo: compare(in_sequence, tmp_path / "run", replace(SETTINGS, embargo=embargo), **FAST)
        for embargo in (0, 37)
    }
    for run in runs.values():
        table = run.results.embargos.set_index("embargo")
        for embargo, other in runs.items():
            row = row_of(other, "RidgeClassifier")
            expected = row[["Balanced Accuracy", "Balanced Accuracy Low", "Balanced Accuracy High"]]
            assert table.loc[embargo, ["value", "low", "high"]].tolist() == expected.tolist()


def test_an_embargo_at_which_the_model_fails_has_a_reason(in_sequence, tmp_path):
    greedy = candidate_of(Greedy)
    run = compare(in_sequence, tmp_path / "run", replace(SETTINGS, embargo=20), candidates=[greedy], jobs=1)
    table = run.results.embargos.set_index("embargo")
    assert table.loc[[0, 37], "reason"].eq("").all()
    assert table.loc[80, "reason"] == "RuntimeError: too few rows."
    assert np.isnan(table.loc[80, "value"])
    assert "Embargo 80 is not possible: RuntimeError: too few rows." in run.results.notes


@pytest.mark.parametrize("protocol", ["grouped", "random"])
def test_no_embargos_where_there_are_no_blocks(write, tmp_path, protocol):
    run = compare(write(), tmp_path / "run", replace(SETTINGS, protocol=protocol), **FAST)
    assert run.results.embargos is None
    assert not any("embargo" in note for note in run.results.notes)


def with_test_split(table, subjects=("0-0", "0-1", "1-0", "1-1")):
    return np.where(table.frame["subject"].isin(subjects), "test", "train")


@pytest.fixture
def counted(monkeypatch):
    """List what is fitted: the models and their test rows."""
    fits = []
    fit = Runner.fit_folds

    def record(runner, data, candidates, folds, *args, **options):
        fits.extend((item.name, set(fold.test.tolist())) for item in candidates for fold in folds)
        return fit(runner, data, candidates, folds, *args, **options)

    monkeypatch.setattr(Runner, "fit_folds", record)
    return fits


def test_a_test_split_is_scored_once_by_the_best_model_fitted_on_all_else(write, tmp_path, counted):
    table = make_table(effect=1.0)
    split = with_test_split(table)
    run = compare(write(table, split=split), tmp_path / "run", SETTINGS, candidates=(RIDGE, LDA), jobs=1)
    kept, results = split == "test", run.results
    assert results.protocol == "official"
    assert not set(results.predictions["path"]) & set(table.frame["path"][kept])
    assert results.predictions["path"].nunique() == (~kept).sum()
    looks = [(model, rows) for model, rows in counted if rows & set(np.flatnonzero(kept))]
    assert looks == [(results.best, set(np.flatnonzero(kept)))]

    test = results.test
    assert test.model == results.best
    assert list(test.predictions["path"]) == list(table.frame["path"][kept])
    labels = table.frame["label"].to_numpy(dtype=str)
    stock = table_pipeline(BY_NAME[results.best], n_classes=2, seed=0)
    stock.fit(table.values[~kept], labels[~kept])
    np.testing.assert_array_equal(test.predictions["predicted"], stock.predict(table.values[kept]))
    assert test.predictions[["proba_lymphocyte", "cut_90"]].notna().all(axis=None)


def test_the_test_score_is_written_and_follows_from_its_file(write, tmp_path):
    table = make_table(effect=1.0)
    run = compare(write(table, split=with_test_split(table)), tmp_path / "run", SETTINGS, **FAST)
    again = summarize_predictions(run.folder / "test_predictions.parquet").estimates
    pd.testing.assert_frame_equal(again, run.results.test.statistics.estimates, check_exact=True)
    scores = again.set_index("metric")
    told = ", ".join(
        f"{title} {scores.loc[key, 'value']:.3f} "
        f"[{scores.loc[key, 'low']:.3f}, {scores.loc[key, 'high']:.3f}]"
        for key, title in (("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC"))
    )
    assert any(
        note.startswith("Test split, 20 images, scored once by RidgeClassifier") and told in note
        for note in run.results.notes
    )
    record = json.loads((run.folder / "leaderboard.json").read_text())
    assert {row["metric"]: row["value"] for row in record["test"]} == {
        key: None if np.isnan(value) else value for key, value in scores["value"].items()
    }


def test_labels_of_the_test_split_change_the_test_score_alone(synthetic_manifest, tmp_path):
    """Not the leaderboard, not the choice, not the models that are kept."""
    manifest = read_manifest(synthetic_manifest)
    one_of_each = manifest.groupby("label")["subject"].first().tolist()
    manifest["split"] = np.where(manifest["subject"].isin(one_of_each), "test", "train")
    flipped = manifest["label"].map({"blast": "lymphocyte", "lymphocyte": "blast"})
    other = manifest.assign(label=flipped.where(manifest["split"] == "test", manifest["label"]))
    settings = Settings(n_folds=2, families=("color",), size=64, scene="cell")
    runs = [
        compare(frame, tmp_path / name, settings, **FAST)
        for name, frame in (("first", manifest), ("second", other))
    ]
    times = ["Time Taken", "Transform Time", "Fit Time", "Predict Time", "Predict ms/Image", "Peak Memory"]
    boards = [run.results.leaderboard.drop(columns=times) for run in runs]
    pd.testing.assert_frame_equal(*boards, check_exact=True)
    kept = [joblib.load(run.folder / "models/RidgeClassifier.joblib")[-1].estimator_ for run in runs]
    np.testing.assert_array_equal(kept[0].coef_, kept[1].coef_)
    first, second = (run.results.test.statistics.estimates.set_index("metric")["value"] for run in runs)
    assert first["accuracy"] == pytest.approx(1 - second["accuracy"])


def test_saved_models_are_fitted_on_all_but_the_test_split(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest)
    one_of_each = manifest.groupby("label")["subject"].first().tolist()
    manifest["split"] = np.where(manifest["subject"].isin(one_of_each), "test", "train")
    settings = Settings(n_folds=2, families=("color",), size=64, scene="cell")
    run = compare(manifest, tmp_path / "run", settings, **FAST)
    pool = (manifest["split"] != "test").to_numpy()
    shape = int(pool.sum()), run.table.values.shape[1]
    stock = table_pipeline(RIDGE, n_classes=2, seed=0, shape=shape)
    stock.fit(run.table.values[pool], manifest["label"].to_numpy(dtype=str)[pool])
    saved = joblib.load(run.folder / "models/RidgeClassifier.joblib")[-1].estimator_
    np.testing.assert_array_equal(saved.coef_, stock[-1].estimator_.coef_)


def test_a_class_found_in_the_test_split_alone_is_refused(write, tmp_path):
    table = make_table(FOUR)
    split = np.where(table.frame["label"] == "monocyte", "test", "train")
    with pytest.raises(ConfigurationError, match="All images of 'monocyte' are in the test split"):
        compare(write(table, split=split), tmp_path / "run", SETTINGS, **FAST)


def test_a_subject_on_both_sides_of_the_test_split_is_refused_unless_allowed(write, tmp_path):
    table = make_table()
    split = with_test_split(table)
    split[:2] = "train"  # of 0-0 and 0-1, whose other images are kept for the end
    source = write(table, split=split)
    with pytest.raises(ConfigurationError, match="--merge-leaks"):
        compare(source, tmp_path / "run", SETTINGS, **FAST)
    allowed = compare(source, tmp_path / "run", replace(SETTINGS, allow_leaks=True), **FAST)
    assert "leak" in allowed.results.notes[0].lower() or "both sides" in allowed.results.notes[0]
    assert (allowed.folder / "leaderboard.md").read_text().startswith(allowed.results.notes[0])
    merged = compare(source, tmp_path / "run", replace(SETTINGS, merge_leaks=True), **FAST)
    test, trained = merged.results.test.predictions["subject"], merged.results.predictions["subject"]
    assert not set(test) & set(trained)
    assert {*test, *trained} == set(table.frame["subject"])


def test_folds_of_the_manifest_are_tested_in_turn(write, tmp_path):
    table = make_table()
    fold = table.frame["subject"].str[-1].astype(int) % 4
    run = compare(write(table, fold=[f"part {number}" for number in fold]), tmp_path / "run", **FAST)
    assert run.results.protocol == "official"
    found = run.results.predictions.drop_duplicates("path").set_index("path")["fold"]
    np.testing.assert_array_equal(found.loc[table.frame["path"]], fold)


def test_subjects_that_share_images_stop_the_run_and_are_merged_on_request(write, tmp_path):
    """The first ten images of a subject are those of another one, byte for byte."""
    table = make_table(n=240, n_subjects=12)
    digests = table.frame["sha256"].to_numpy(dtype=object)
    of_subject = [np.flatnonzero(table.frame["subject"] == name)[:10] for name in ("0-0", "0-1")]
    digests[of_subject[1]] = digests[of_subject[0]]
    source = write(table, sha256=digests)
    with pytest.raises(ConfigurationError) as caught:
        compare(source, tmp_path / "run", SETTINGS, **FAST)
    assert "0000.png" in str(caught.value)
    assert "--merge-leaks" in str(caught.value)
    assert not (tmp_path / "run").exists()
    merged = compare(source, tmp_path / "run", replace(SETTINGS, merge_leaks=True), **FAST)
    folds = merged.results.predictions.drop_duplicates("path").set_index("path")["fold"]
    both = table.frame["path"][table.frame["subject"].isin(["0-0", "0-1"])]
    assert folds.loc[both].nunique() == 1
    assert not merged.results.leaks
    allowed = compare(source, tmp_path / "run", replace(SETTINGS, allow_leaks=True), **FAST)
    assert "allowed" in allowed.results.notes[0]
