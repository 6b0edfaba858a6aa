import json
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

from leukfeat.errors import ConfigurationError
from leukfeat.evaluation import METRICS
from leukfeat.features import FeatureTable
from leukfeat.report.record import LIBRARIES, machine, versions
from leukfeat.report.run_folder import default_run_folder, new_folder
from leukfeat.report.statistics import summarize_predictions
from leukfeat.sweep import CORE, refit
from tests.tables import FOUR, sweep_data

FIGURES = {
    *("leaderboard", "tests", "roc", "precision_recall", "confusion"),
    *("calibration", "subjects", "costs"),
}


@pytest.fixture(params=["binary_run", "several_run"])
def comparison(request):
    return request.getfixturevalue(request.param)


def refuse_constant(name):
    raise AssertionError(f"JSON has no {name}")


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_constant)


def test_folder_holds_the_promised_files(binary_run):
    found = {path.relative_to(binary_run.folder).as_posix() for path in binary_run.folder.rglob("*")}
    models = {f"models/{item.name}.{suffix}" for item in CORE for suffix in ("joblib", "json", "md")}
    tasks = {name for name in found if name.startswith("tasks/")}
    assert len(tasks) == 3 * (len(CORE) + 3)  # chance and two shortcuts
    figures = {f"figures/{name}.{end}" for name in FIGURES for end in ("png", "svg")}
    thumbnails = {name for name in found if name.startswith("thumbnails/") and name.endswith(".png")}
    assert found - tasks == {
        "tasks",
        "leaderboard.csv",
        "leaderboard.json",
        "leaderboard.md",
        "scores.parquet",
        "subjects.csv",
        "predictions.parquet",
        "features.parquet",
        "errors.parquet",
        "run.json",
        "report.html",
        "models",
        *models,
        "figures",
        *figures,
        "thumbnails",
        "thumbnails/thumbnails.parquet",
        *thumbnails,
    }
    assert 1 <= len(thumbnails) <= 24


def test_a_run_without_images_has_figures_and_says_why_it_has_no_pictures(several_run):
    names = {path.stem for path in (several_run.folder / "figures").iterdir()}
    assert names == FIGURES
    assert not (several_run.folder / "thumbnails").exists()
    said = [note for note in several_run.results.notes if note.startswith("No pictures of cells: ")]
    assert len(said) == 1
    assert "/images/" in said[0]
    assert said[0] in (several_run.folder / "leaderboard.md").read_text(encoding="utf-8")


def test_predictions_of_two_classes_hold_the_positive_score_only(binary_run):
    predictions = pd.read_parquet(binary_run.folder / "predictions.parquet")
    assert list(predictions.columns) == [
        "path",
        "subject",
        "label",
        "model",
        "repeat",
        "fold",
        "predicted",
        "unit",
        "score_lymphocyte",
        "proba_lymphocyte",
        "cut_90",
        "cut_95",
    ]
    assert len(predictions) == 24 * 7
    assert not predictions.duplicated(["model", "repeat", "path"]).any()
    assert predictions.groupby("subject")["fold"].nunique().max() == 1
    assert (predictions["unit"] == predictions["subject"]).all()
    cuts = predictions.groupby(["model", "fold"])[["cut_90", "cut_95"]].nunique()
    assert (cuts == 1).all(axis=None)


def test_predictions_of_several_classes_hold_each_score(several_run):
    predictions = pd.read_parquet(several_run.folder / "predictions.parquet")
    for kind in ("score", "proba"):
        found = [name for name in predictions if name.startswith(f"{kind}_")]
        assert found == [f"{kind}_{name}" for name in FOUR]
    assert not {"cut_90", "cut_95"} & set(predictions)
    assert len(predictions) == 120 * 7
    assert "Broken|\nmodel" not in set(predictions["model"])


def test_the_leaderboard_follows_from_the_file_of_predictions_alone(comparison):
    """By the public function, without fitting, exactly: values, intervals, and who is like the best."""
    board = comparison.results.leaderboard.set_index("Model")
    statistics = summarize_predictions(comparison.folder / "predictions.parquet")
    titles = {metric.key: metric.title for metric in METRICS if metric.key not in statistics.missing}
    found = statistics.estimates.assign(title=statistics.estimates["metric"].map(titles))
    assert set(found["model"]) == set(board.index)
    for suffix, column in (("", "value"), (" Low", "low"), (" High", "high"), (" SD", "sd")):
        wide = found.pivot(index="model", columns="title", values=column).loc[board.index]
        expected = board[[f"{title}{suffix}" for title in wide]].to_numpy(dtype=float)
        np.testing.assert_array_equal(wide.to_numpy(dtype=float), expected)
    assert statistics.best == board.index[0]
    assert set(board.index[board["Like Best"] == "yes"]) == set(
        statistics.pairs.loc[statistics.pairs["like_best"], "model"]
    )


def test_every_cell_is_a_number_with_an_interval_or_has_a_reason(comparison):
    results = comparison.results
    table, board = results.statistics.estimates, results.leaderboard.set_index("Model")
    assert set(table["metric"]) | set(results.statistics.missing) == {metric.key for metric in METRICS}
    assert all(results.statistics.missing.values())
    titles = {metric.key: metric.title for metric in METRICS}
    for row in table.to_dict("records"):
        title = titles[row["metric"]]
        cells = board.loc[row["model"], [title, f"{title} Low", f"{title} High"]].to_numpy(dtype=float)
        said = board.loc[row["model"], "Reason"] or any(
            note == f"{title}: {row['reason']}" for note in results.notes
        )
        assert np.isfinite(cells).all() or (row["reason"] and said), (row["model"], title)
    for reason in set(results.statistics.missing.values()):
        assert any(reason in note for note in results.notes)


def fold_scores(fold, classes, positive):
    """Compute all scores of one test fold by scikit-learn."""
    truth, predicted = fold["label"], fold["predicted"]
    average = {"average": "macro"} if positive is None else {"pos_label": positive}
    names = list(classes) if positive is None else [positive]
    scores, probabilities = (fold[[f"{kind}_{name}" for name in names]] for kind in ("score", "proba"))
    if positive is None:
        auc = np.mean([roc_auc_score(truth == name, fold[f"score_{name}"]) for name in classes])
        likely = probabilities
    else:
        auc = roc_auc_score(truth == positive, scores.iloc[:, 0])
        order = [1 - probabilities.iloc[:, 0], probabilities.iloc[:, 0]]
        likely = np.column_stack(order if positive == max(classes) else order[::-1])
    return {
        "Accuracy": accuracy_score(truth, predicted),
        "Balanced Accuracy": balanced_accuracy_score(truth, predicted),
        "ROC AUC": auc,
        "F1 Score": f1_score(truth, predicted, average="weighted"),
        "F1 Macro": f1_score(truth, predicted, average="macro"),
        "Precision": precision_score(truth, predicted, zero_division=0, **average),
        "Recall": recall_score(truth, predicted, **average),
        "MCC": matthews_corrcoef(truth, predicted),
        "Log Loss": log_loss(truth, likely, labels=sorted(classes)),
    }


def test_leaderboard_can_be_recomputed_by_scikit_learn(comparison):
    board = pd.read_csv(comparison.folder / "leaderboard.csv").set_index("Model")
    predictions = pd.read_parquet(comparison.folder / "predictions.parquet")
    classes, positive = comparison.results.classes, comparison.results.positive
    for model, rows in predictions.groupby("model"):
        folds = pd.DataFrame(
            [fold_scores(fold, classes, positive) for _, fold in rows.groupby(["repeat", "fold"])]
        )
        for title in folds:
            assert board.loc[model, title] == pytest.approx(folds[title].mean()), (model, title)
        assert board.loc[model, "ROC AUC SD"] == pytest.approx(folds["ROC AUC"].std())


def test_sensitivity_is_that_of_cut_offs_chosen_on_the_training_side(binary_run):
    board = binary_run.results.leaderboard.set_index("Model")
    predictions = pd.read_parquet(binary_run.folder / "predictions.parquet")
    positives = predictions[predictions["label"] == "lymphocyte"]
    for cut, title in (("cut_90", "0.90"), ("cut_95", "0.95")):
        found = positives["score_lymphocyte"] >= positives[cut]
        means = found.groupby([positives["model"], positives["fold"]]).mean().groupby("model").mean()
        for model, value in means.items():
            assert board.loc[model, f"Sensitivity at Specificity {title}"] == pytest.approx(value)


def test_leaderboard_can_be_recomputed_from_scores(comparison):
    board = pd.read_csv(comparison.folder / "leaderboard.csv").set_index("Model")
    scores = pd.read_parquet(comparison.folder / "scores.parquet")
    assert list(scores.columns) == ["model", "repeat", "fold", "metric", "value"]
    means = scores.groupby(["model", "metric"])["value"].mean()
    titles = {metric.key: metric.title for metric in METRICS}
    for (model, key), value in means.items():
        assert board.loc[model, titles[key]] == pytest.approx(value)


def test_json_holds_the_same_rows_without_nan(comparison):
    summary = read_json(comparison.folder / "leaderboard.json")
    board = pd.read_csv(comparison.folder / "leaderboard.csv", keep_default_na=False, na_values=[""])
    assert [row["Model"] for row in summary["rows"]] == list(board["Model"])
    assert summary["notes"] == list(comparison.results.notes)
    assert summary["classes"] == list(comparison.results.classes)
    assert summary["positive"] == comparison.results.positive
    for row, (_, expected) in zip(summary["rows"], board.iterrows(), strict=True):
        if row["Reason"]:
            assert row["Balanced Accuracy"] is None
        else:
            assert row["Balanced Accuracy"] == pytest.approx(expected["Balanced Accuracy"])
            assert row["Balanced Accuracy Low"] == pytest.approx(expected["Balanced Accuracy Low"])


def test_json_holds_the_tests_between_models_and_against_shortcuts(comparison):
    summary, statistics = (
        read_json(comparison.folder / "leaderboard.json"),
        comparison.results.statistics,
    )
    for name in ("pairs", "against_shortcuts"):
        table = getattr(statistics, name)
        assert len(summary[name]) == len(table) > 0
        assert [set(row) for row in summary[name]] == [set(table.columns)] * len(table)
        assert [row["p"] for row in summary[name]] == table["p"].tolist()
    assert summary["missing"] == statistics.missing
    assert summary["leaks"] is False
    assert summary["embargos"] is None
    assert summary["test"] is None


def test_the_table_of_subjects_is_written(comparison):
    table = pd.read_csv(comparison.folder / "subjects.csv", dtype={"subject": str})
    assert list(table.columns) == ["model", "subject", "n_images", "accuracy"]
    assert set(table["subject"]) == set(comparison.table.frame["subject"])


def test_failing_model_keeps_its_row_last_and_its_reason(several_run):
    board = several_run.results.leaderboard
    assert set(board["Model"].iloc[-2:]) == {"Background only", "Broken|\nmodel"}
    reasons = board.set_index("Model")["Reason"]
    assert reasons["Broken|\nmodel"] == "fold 0: ModuleNotFoundError: No module named 'no_such_module'"
    assert "not available: a table of leukfeat extract does not hold" in reasons["Background only"]
    assert (board["Reason"].iloc[:-2] == "").all()
    assert several_run.results.best == board["Model"].iloc[0]


def test_run_json_says_what_was_done(comparison):
    record = read_json(comparison.folder / "run.json")
    assert record["settings"]["n_folds"] == 3
    assert record["protocol"] == "grouped"
    assert record["images"]["used"] == len(comparison.table.frame)
    assert record["images"]["failed"] == 0
    assert len(record["images"]["hash"]) == 64
    assert record["features"]["columns"] == len(comparison.table.feature_names)
    assert set(record["versions"]) == {"python", *LIBRARIES}
    assert set(record["seconds"]) == {"extract", "audit", "sweep", "refit", "write"}
    assert record["machine"]["cores"] >= 1


def test_features_and_errors_can_be_read_again(binary_run):
    table = FeatureTable.read(binary_run.folder / "features.parquet")
    np.testing.assert_array_equal(table.values, binary_run.table.values)
    assert list(table.frame["path"]) == list(binary_run.table.frame["path"])
    errors = pd.read_parquet(binary_run.folder / "errors.parquet")
    assert list(errors.columns) == ["path", "reason"]
    assert errors.empty


def test_models_load_with_plain_joblib_and_predict_from_paths(binary_run):
    table = binary_run.table
    paths = list(table.frame["path"])
    for fitted in refit(sweep_data(table), CORE):
        model = joblib.load(binary_run.folder / "models" / f"{fitted.model}.joblib")
        np.testing.assert_array_equal(model.predict(paths), fitted.pipeline.predict(table.values))


def test_models_predict_the_same_in_another_process(binary_run):
    code = (
        "import json, sys, joblib\n"
        "model = joblib.load(sys.argv[1])\n"
        "print(json.dumps(model.predict(json.load(sys.stdin)).tolist()))\n"
    )
    paths = list(binary_run.table.frame["path"])[:5]
    model = binary_run.folder / "models" / "LinearDiscriminantAnalysis.joblib"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(model)],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == joblib.load(model).predict(paths).tolist()


def test_models_that_failed_are_not_kept(several_run):
    assert not (several_run.folder / "models").exists()  # the numeric table has no images to start from
    assert read_json(several_run.folder / "run.json")["models"] == {}


def test_new_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "run"
    with new_folder(target) as folder:
        (folder / "run.json").write_text("{}")
        assert not target.exists()
        assert folder != target
    assert [path.name for path in target.iterdir()] == ["run.json"]
    assert [path.name for path in target.parent.iterdir()] == ["run"]


def test_empty_folder_is_taken(tmp_path):
    target = tmp_path / "run"
    target.mkdir()
    with new_folder(target) as folder:
        (folder / "run.json").write_text("{}")
    assert (target / "run.json").is_file()


def test_earlier_run_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "run"
    target.mkdir()
    (target / "run.json").write_text("old")
    (target / "models").mkdir()
    (target / "models" / "old.joblib").write_text("old")
    with new_folder(target) as folder:
        (folder / "run.json").write_text("new")
        assert (target / "run.json").read_text() == "old"
    assert [path.name for path in target.iterdir()] == ["run.json"]
    assert (target / "run.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_link_to_an_earlier_run_is_followed(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    (real / "run.json").write_text("old")
    link.symlink_to(real)
    with new_folder(link) as folder:
        (folder / "run.json").write_text("new")
    assert link.is_symlink()
    assert (real / "run.json").read_text() == "new"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_foreign_content_is_refused_and_untouched(tmp_path, kind):
    target = tmp_path / "thesis"
    if kind == "folder":
        target.mkdir()
        (target / "chapter.tex").write_text("mine")
    else:
        target.write_text("mine")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with (
        pytest.raises(ConfigurationError, match="thesis holds something else than a run"),
        new_folder(target),
    ):
        raise AssertionError("the block must not start")
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_midway_leaves_the_earlier_run_and_nothing_else(tmp_path, error):
    target = tmp_path / "run"
    target.mkdir()
    (target / "run.json").write_text("old")

    def fail():
        with new_folder(target) as folder:
            (folder / "run.json").write_text("new")
            raise error

    with pytest.raises(error):
        fail()
    assert (target / "run.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_two_runs_into_one_folder_do_not_mix(tmp_path):
    target = tmp_path / "run"
    with new_folder(target) as first:
        (first / "run.json").write_text("first")
        with new_folder(target) as second:
            (second / "run.json").write_text("second")
            (second / "models").mkdir()
        assert (target / "run.json").read_text() == "second"
    assert [path.name for path in target.iterdir()] == ["run.json"]
    assert (target / "run.json").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_no_run_wrote_stays(tmp_path):
    target = tmp_path / "run"
    for content in ("old", "new"):
        with new_folder(target) as folder:
            (folder / "run.json").write_text(content)
        (target / "notes.txt").write_text("mine")
    assert sorted(path.name for path in target.iterdir()) == ["notes.txt", "run.json"]
    assert (target / "run.json").read_text() == "new"


def test_a_place_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ConfigurationError, match=r"file cannot be made"),
        new_folder(tmp_path / "file" / "run"),
    ):
        pass


def test_versions_and_machine():
    import sklearn

    assert versions()["scikit-learn"] == sklearn.__version__
    assert set(machine()) == {"system", "processor", "cores"}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("cells/manifest.csv", "cells"),
        ("reports/runs/mine/features.parquet", "features"),
        ("data/deepapl.csv", "deepapl"),
    ],
)
def test_a_run_is_named_after_what_tells_sets_apart(source, name):
    assert default_run_folder(source) == Path("reports/runs") / name
