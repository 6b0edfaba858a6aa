import json
import logging
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest

from leukfeat.comparison import Settings, compare
from leukfeat.datasets import read_manifest
from leukfeat.errors import ConfigurationError, LeukfeatError, ManifestError
from leukfeat.features import FeatureTable
from leukfeat.sweep import CORE, NESTED, Candidate
from tests.misbehaving import Talkative, candidate_of
from tests.tables import FOUR, TWO, make_table

RIDGE = next(candidate for candidate in CORE if candidate.name == "RidgeClassifier")
FAST = {"candidates": (RIDGE,), "jobs": 1}
SETTINGS = Settings(n_folds=3)
TIMES = ["Time Taken", "Transform Time", "Fit Time", "Predict Time", "Predict ms/Image", "Peak Memory"]


@pytest.fixture
def manifest(synthetic_manifest):
    return read_manifest(synthetic_manifest)


@pytest.fixture
def no_extraction(monkeypatch):
    def extract(*args, **kwargs):
        raise AssertionError("extraction must not start")

    monkeypatch.setattr("leukfeat.comparison.source.extract", extract)


def left_alone(folder):
    return not any(path.name.startswith((".run", "run")) for path in folder.iterdir())


def test_manifest_and_its_table_give_the_same_leaderboard(manifest, tmp_path):
    settings = replace(SETTINGS, families=("color", "shape"), size=96, scene="cell")
    stages = set()
    options = {**FAST, "progress": lambda stage, done, total: stages.add((stage, done <= total))}
    from_images = compare(manifest, tmp_path / "run", settings, **options)
    assert stages == {("extract", True), ("sweep", True), ("refit", True)}
    from_table = compare(tmp_path / "run" / "features.parquet", tmp_path / "again", settings, **FAST)
    pd.testing.assert_frame_equal(
        from_images.results.leaderboard.drop(columns=TIMES),
        from_table.results.leaderboard.drop(columns=TIMES),
    )
    paths = list(manifest["path"])
    models = [joblib.load(tmp_path / name / "models/RidgeClassifier.joblib") for name in ("run", "again")]
    np.testing.assert_array_equal(models[0].predict(paths), models[1].predict(paths))


def test_relative_paths_of_a_frame_start_from_root_or_the_working_folder(
    manifest, synthetic_manifest, tmp_path, monkeypatch
):
    settings = replace(SETTINGS, families=("color",), size=64, scene="cell")
    frame = pd.read_csv(synthetic_manifest)
    by_root = compare(frame, tmp_path / "run", settings, root=synthetic_manifest.parent, **FAST)
    monkeypatch.chdir(synthetic_manifest.parent)
    by_folder = compare(frame, tmp_path / "run", settings, **FAST)
    for run in (by_root, by_folder):
        assert list(run.table.frame["path"]) == list(manifest["path"])


def test_same_seed_same_leaderboard_whatever_the_jobs(write, tmp_path):
    source = write(make_table(FOUR, n=80, n_subjects=16))
    small = [replace(item, parameters={"n_estimators": 5}) for item in CORE if item.name == "XGBClassifier"]
    candidates = [*small, *(item for item in CORE if item.name != "XGBClassifier")]
    boards = [
        compare(
            source, tmp_path / f"run{jobs}", SETTINGS, candidates=candidates, jobs=jobs
        ).results.leaderboard
        for jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(boards[0].drop(columns=TIMES), boards[1].drop(columns=TIMES))


def test_another_seed_makes_other_folds(write, tmp_path):
    source = write()
    runs = [compare(source, tmp_path / "run", replace(SETTINGS, seed=seed), **FAST) for seed in (0, 1)]
    tested = [run.results.predictions.groupby("fold")["path"].agg(tuple).tolist() for run in runs]
    assert tested[0] != tested[1]


def test_chance_and_shortcuts_stand_beside_the_models(write, tmp_path):
    board = compare(write(), tmp_path / "run", SETTINGS, **FAST).results.leaderboard
    assert dict(zip(board["Model"], board["Kind"], strict=True)) == {
        "RidgeClassifier": "model",
        "Chance": "chance",
        "Area only": "shortcut",
        "Background only": "shortcut",
    }
    worst = ["Worst Subject Accuracy Low", "Worst Subject Accuracy High"]  # has no interval
    rows = board.drop(columns=["Reason", *worst]).set_index("Model")
    assert rows.loc[["RidgeClassifier", "Chance", "Area only"]].notna().all(axis=None)


def test_random_split_is_said_first_everywhere(write, tmp_path):
    run = compare(write(), tmp_path / "run", replace(SETTINGS, protocol="random"), **FAST)
    first = run.results.notes[0]
    assert "images of one patient are on both sides" in first
    assert (run.folder / "leaderboard.md").read_text().splitlines()[0].strip() == first
    for name in ("leaderboard.json", "run.json"):
        record = json.loads((run.folder / name).read_text())
        assert record["notes"][0] == first
        assert record["protocol"] == "random"
    assert set(pd.read_csv(run.folder / "leaderboard.csv")["Protocol"]) == {"random"}


def test_auto_takes_subjects_then_blocks(write, tmp_path):
    grouped = compare(write(), tmp_path / "run", SETTINGS, **FAST).results
    assert grouped.protocol == "grouped"
    assert grouped.predictions.groupby("subject")["fold"].nunique().max() == 1
    blocks = compare(write(drop=["subject"]), tmp_path / "run", replace(SETTINGS, embargo=3), **FAST).results
    assert blocks.protocol == "blocks"
    assert any("embargo of 3" in note for note in blocks.notes)


def test_auto_without_subject_and_sequence_names_the_way_out(write, tmp_path):
    with pytest.raises(ConfigurationError, match="--protocol random"):
        compare(write(drop=["subject", "sequence"]), tmp_path / "run", SETTINGS, **FAST)
    assert left_alone(tmp_path)


def test_labels_choose_classes_and_the_rest_is_said(write, tmp_path):
    settings = replace(SETTINGS, labels=("monocyte", "blast"))
    results = compare(write(make_table(FOUR)), tmp_path / "run", settings, **FAST).results
    assert results.classes == ("blast", "monocyte")
    assert set(results.predictions["label"]) == {"blast", "monocyte"}
    assert "Images left out: 60, whose class was not asked for." in results.notes
    assert "60 images: blast 30, monocyte 30; scene: cell; 8 features." in results.notes


def test_unknown_label_lists_the_known(write, tmp_path):
    with pytest.raises(ValueError, match=r"Unknown class 'blasts' .* Choose from: 'blast', 'lymphocyte'"):
        compare(write(), tmp_path / "run", Settings(labels=("blasts", "lymphocyte")), **FAST)


@pytest.mark.parametrize("positive", [None, "blast", "lymphocyte"])
def test_positive_class_is_said_and_used(write, tmp_path, positive):
    run = compare(write(), tmp_path / "run", replace(SETTINGS, positive=positive), **FAST)
    expected = positive or "lymphocyte"
    assert run.results.positive == expected
    assert f"Positive class: {expected}." in run.results.notes
    predictions = pd.read_parquet(run.folder / "predictions.parquet").query("model == 'RidgeClassifier'")
    scored = [name for name in predictions if name.startswith("score_")]
    assert scored == [f"score_{expected}"]
    assert [name for name in predictions if name.startswith("proba_")] == [f"proba_{expected}"]
    means = predictions.groupby("label")[scored[0]].mean()
    assert means.idxmax() == expected
    found = predictions[predictions["label"] == expected].groupby("fold")
    recall = found[["predicted"]].agg(lambda chosen: (chosen == expected).mean())["predicted"].mean()
    board = run.results.leaderboard.set_index("Model")
    assert board.loc["RidgeClassifier", "Recall"] == pytest.approx(recall)


def test_positive_turns_no_auc_round(write, tmp_path):
    source = write()
    areas = [
        compare(source, tmp_path / "run", replace(SETTINGS, positive=name), **FAST)
        .results.leaderboard.set_index("Model")
        .loc["RidgeClassifier", "ROC AUC"]
        for name in TWO
    ]
    assert areas[0] == pytest.approx(areas[1])


def test_positive_must_be_one_of_the_two(write, tmp_path):
    with pytest.raises(
        ValueError, match="'positive' parameter of compare must be one of 'blast', 'lymphocyte'"
    ):
        compare(write(), tmp_path / "run", Settings(positive="leukocyte"), **FAST)
    with pytest.raises(ConfigurationError, match="one of two; these are 4"):
        compare(write(make_table(FOUR)), tmp_path / "run", Settings(positive="blast"), **FAST)
    assert left_alone(tmp_path)


def test_several_classes_have_no_positive_one(several_run):
    assert several_run.results.positive is None
    assert not any("Positive class" in note for note in several_run.results.notes)


def test_one_class_is_refused(write, tmp_path):
    with pytest.raises(ConfigurationError, match=r"at least two classes\. Got 'blast'"):
        compare(write(), tmp_path / "run", Settings(labels=("blast",)), **FAST)


def test_rows_without_label_are_left_out_and_said(write, tmp_path):
    table = make_table()
    label = table.frame["label"].where(table.frame.index >= 8, None)
    run = compare(write(table, label=label), tmp_path / "run", SETTINGS, **FAST)
    assert "Images left out: 8, for want of a label." in run.results.notes
    assert run.results.n_images == len(run.table.frame) == 112
    assert run.results.predictions["path"].nunique() == 112


def test_balance_is_said(write, tmp_path):
    weighed = compare(write(), tmp_path / "run", SETTINGS, **FAST).results.notes
    assert "Classes are made to weigh the same: RidgeClassifier by class weights." in weighed
    plain = (Candidate("Plain", "sklearn.svm:SVC"),)
    notes = compare(write(), tmp_path / "run", SETTINGS, candidates=plain, jobs=1).results.notes
    assert not any("weigh" in note for note in notes)


def test_a_class_is_numbers_too(write, tmp_path):
    table = make_table()
    label = np.where(table.frame["label"] == "blast", 1, 0)
    results = compare(write(table, label=label), tmp_path / "run", SETTINGS, **FAST).results
    assert results.classes == ("0", "1")
    assert results.positive == "1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(labels=("blast", "nonsense")), "Unknown class 'nonsense'"),
        (Settings(positive="nonsense"), "'positive' parameter of compare"),
        (Settings(protocol="patient"), "'protocol' parameter of make_splits must be one of"),
        (Settings(n_folds=1), "'n_folds' parameter of make_splits must be an int of at least 2"),
        (Settings(n_folds=7), "7 folds of whole subjects need at least 7 subjects"),
        (Settings(protocol="blocks"), "embargo"),
        (Settings(seed=-1), "'seed' parameter"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_said_before_extraction(manifest, tmp_path, no_extraction, settings, message):
    with pytest.raises(ValueError, match=message):
        compare(manifest, tmp_path / "run", settings, **FAST)
    assert left_alone(tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(n_folds=3, families=("glmc",)), "Unknown family 'glmc'"),
        (Settings(n_folds=3, scene="smear"), "'scene' parameter of LoadCells must be one of"),
        (Settings(n_folds=3, size=0), "'size' parameter of LoadCells"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unknown_families_scenes_and_sizes_are_refused(manifest, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        compare(manifest, tmp_path / "run", settings, **FAST)
    assert left_alone(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("SVC", "SVC"), "Two rows would be called 'SVC'"),
        (("Chance",), "Two rows would be called 'Chance'"),
        (("Format only",), "Two rows would be called 'Format only'"),
        ((NESTED.name,), r"Two rows would be called 'Best of these \(nested\)'"),
        (("../SVC",), "names a file. Got '../SVC'"),
        (("",), "names a file. Got ''"),
    ],
)
def test_names_of_candidates_are_distinct_and_name_files(write, tmp_path, names, message):
    candidates = [Candidate(name, "sklearn.svm:SVC") for name in names]
    with pytest.raises(ConfigurationError, match=message):
        compare(write(), tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)


@pytest.mark.parametrize(("name", "value"), [("families", ("glcm",)), ("scene", "field"), ("size", 96)])
def test_a_table_cannot_follow_settings_of_its_features(write, tmp_path, name, value):
    with pytest.raises(ConfigurationError, match=f"made with '{name}'"):
        compare(write(), tmp_path / "run", replace(SETTINGS, **{name: value}), **FAST)


def test_a_folder_with_something_else_is_refused_before_any_work(manifest, tmp_path, no_extraction):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="something else than a run"):
        compare(manifest, tmp_path / "run", SETTINGS, **FAST)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_an_error_midway_leaves_the_earlier_run(write, tmp_path, monkeypatch):
    source = write()
    compare(source, tmp_path / "run", SETTINGS, **FAST)
    before = (tmp_path / "run" / "leaderboard.csv").read_bytes()

    def fail(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("leukfeat.comparison.run.write_results", fail)
    with pytest.raises(OSError, match="no space left"):
        compare(source, tmp_path / "run", replace(SETTINGS, seed=1), **FAST)
    assert (tmp_path / "run" / "leaderboard.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "table.parquet"]


def test_a_run_can_replace_the_one_whose_table_it_reads(synthetic_table, tmp_path):
    compare(synthetic_table, tmp_path / "run", SETTINGS, **FAST)
    again = compare(tmp_path / "run" / "features.parquet", tmp_path / "run", SETTINGS, **FAST)
    assert (again.folder / "models" / "RidgeClassifier.joblib").is_file()


def test_failed_images_are_named_and_change_nothing_else(manifest, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    extra = pd.DataFrame([{**manifest.iloc[0].to_dict(), "path": str(broken)}])
    absent = extra.assign(path=str(tmp_path / "absent.png"))
    settings = replace(SETTINGS, families=("color",), size=64, scene="cell")
    all_good = compare(manifest, tmp_path / "good", settings, **FAST)
    some_bad = compare(
        pd.concat([extra, manifest, absent], ignore_index=True), tmp_path / "bad", settings, **FAST
    )
    errors = pd.read_parquet(tmp_path / "bad" / "errors.parquet").set_index("path")["reason"]
    assert set(errors.index) == {str(broken), str(tmp_path / "absent.png")}
    assert errors.str.len().min() > 5
    assert "Images that could not be used: 2; errors.parquet says why." in some_bad.results.notes
    pd.testing.assert_frame_equal(
        all_good.results.leaderboard.drop(columns=TIMES), some_bad.results.leaderboard.drop(columns=TIMES)
    )


def test_all_images_missing_is_refused(manifest, tmp_path):
    gone = manifest.assign(path=[str(tmp_path / f"{index}.png") for index in manifest.index])
    with pytest.raises(ConfigurationError, match="Not one of 24 images could be used"):
        compare(gone, tmp_path / "run", replace(SETTINGS, scene="cell"), **FAST)
    assert left_alone(tmp_path)


def test_shortcuts_and_failures_are_never_kept(synthetic_table, tmp_path):
    candidates = (
        RIDGE,
        Candidate("Mine", "sklearn.svm:SVC", kind="shortcut"),
        Candidate("Broken", "no_such_module:Model"),
    )
    run = compare(synthetic_table, tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)
    assert {path.stem for path in (run.folder / "models").iterdir()} == {"RidgeClassifier"}
    record = json.loads((run.folder / "run.json").read_text())
    assert record["models"] == {"RidgeClassifier": "models/RidgeClassifier.joblib"}


def test_how_models_were_solved_is_recorded(write, tmp_path):
    run = compare(write(), tmp_path / "run", SETTINGS, candidates=(RIDGE, CORE[1]), jobs=1)
    methods = json.loads((run.folder / "run.json").read_text())["methods"]
    assert methods["RidgeClassifier"] == ["Cholesky factors of the covariance"]
    assert methods["XGBClassifier"] == ["stock, leaf by leaf"]
    assert methods["Chance"] == ["stock"]


def test_a_limit_that_leaves_too_little_says_that_it_does(write, tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"Got 'blast': 1, .* limit of 4 images leaves: a larger"
    ) as no:
        compare(write(), tmp_path / "run", replace(SETTINGS, limit=4), candidates=(RIDGE,))
    assert "--labels" not in str(no.value)


def test_warnings_of_every_fold_are_kept(write, tmp_path):
    rushed = Candidate("Rushed", "sklearn.linear_model:LogisticRegression", {"max_iter": 1})
    run = compare(write(), tmp_path / "run", SETTINGS, candidates=(rushed,), jobs=1)
    record = json.loads((run.folder / "run.json").read_text())
    assert list(record["warnings"]) == ["Rushed"]
    assert record["warnings"]["Rushed"][0].startswith("ConvergenceWarning")
    board = run.results.leaderboard.set_index("Model")
    assert board.drop(index="Background only")["Reason"].eq("").all()


def test_every_fold_speaks_in_the_warnings(write, tmp_path):
    talkative = candidate_of(Talkative)
    table = make_table(n=100, n_subjects=20)
    run = compare(write(table), tmp_path / "run", SETTINGS, candidates=(talkative, RIDGE), jobs=1)
    sizes = 100 - run.results.predictions.drop_duplicates("path").groupby("fold").size()
    assert sizes.nunique() > 1
    assert list(run.results.warnings) == ["Talkative"]
    assert {f"UserWarning: {size} rows" for size in sizes} <= set(run.results.warnings["Talkative"])
    record = json.loads((run.folder / "run.json").read_text())
    assert record["warnings"] == run.results.warnings


def test_when_every_model_fails_the_run_still_ends(write, tmp_path, draw_figures):
    candidates = (Candidate("Broken", "no_such_module:Model"),)
    run = compare(write(), tmp_path / "run", SETTINGS, candidates=candidates, jobs=1)
    assert run.results.best is None
    assert set(run.results.leaderboard["Model"].iloc[-2:]) == {"Broken", "Background only"}
    assert run.results.test is None
    assert any(note.startswith("Not in the table: ROC AUC Weighted") for note in run.results.notes)
    assert (run.folder / "figures" / "leaderboard.png").is_file()


def test_a_table_of_constants_is_refused_and_leaves_nothing(write, tmp_path):
    table = make_table()
    constants = dict.fromkeys(table.feature_names, np.float32(1))
    with pytest.raises(LeukfeatError, match=r"Not one model could be fitted\. RidgeClassifier: .*variance"):
        compare(write(table, **constants), tmp_path / "run", SETTINGS, **FAST)
    assert left_alone(tmp_path)


def test_constant_and_empty_columns_do_not_change_the_numbers(write, tmp_path):
    table = make_table()
    frame = table.frame.assign(test_constant=np.float32(3), test_empty=np.float32(np.nan))
    names = (*table.feature_names, "test_constant", "test_empty")
    wider = FeatureTable(frame, names, table.metadata)
    boards = [
        compare(write(source), tmp_path / "run", SETTINGS, **FAST).results.leaderboard
        for source in (table, wider)
    ]
    pd.testing.assert_frame_equal(boards[0].drop(columns=TIMES), boards[1].drop(columns=TIMES))


def test_settings_of_numpy_do_not_spoil_the_record(write, tmp_path):
    settings = Settings(n_folds=np.int64(3), seed=np.int64(1))
    run = compare(write(), tmp_path / "run", settings, **FAST)
    assert json.loads((run.folder / "run.json").read_text())["settings"]["seed"] == 1


def test_missing_source_is_refused(tmp_path):
    with pytest.raises(ManifestError, match=r"absent\.csv is not a file"):
        compare(tmp_path / "absent.csv", tmp_path / "run", jobs=1)
    with pytest.raises(ValueError, match="'jobs' parameter of compare"):
        compare(tmp_path / "absent.csv", tmp_path / "run", jobs=0)


def test_nothing_labelled_is_refused(manifest, tmp_path, no_extraction):
    with pytest.raises(ConfigurationError, match="label"):
        compare(manifest.drop(columns="label"), tmp_path / "run", jobs=1)


def test_a_table_that_cannot_be_remade_keeps_no_model_and_says_so(write, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="leukfeat"):
        run = compare(write(), tmp_path / "run", SETTINGS, **FAST)
    assert "No model is kept" in caplog.text
    assert not (run.folder / "models").exists()


def test_hash_of_the_data_follows_files_and_labels_and_not_their_order(write, tmp_path):
    table = make_table()
    hashes = []
    order = np.random.default_rng(0).permutation(len(table.frame))
    other = table.frame["label"].to_numpy()[::-1]
    for changed, columns in ((table, {}), (table.take(order), {}), (table, {"label": other})):
        run = compare(write(changed, **columns), tmp_path / "run", SETTINGS, **FAST)
        hashes.append(json.loads((run.folder / "run.json").read_text())["images"]["hash"])
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("value", ["blast", (1, 2)])
@pytest.mark.parametrize("name", ["labels", "families"])
def test_settings_take_sequences_of_names(name, value):
    with pytest.raises(TypeError, match=name):
        Settings(**{name: value})


def test_images_whose_loss_makes_a_split_impossible_are_named(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest)
    lost = manifest["subject"] == manifest["subject"].iloc[0]
    manifest.loc[lost, "path"] = [str(tmp_path / f"gone{i}.png") for i in range(int(lost.sum()))]
    n_subjects = manifest["subject"].nunique()
    with pytest.raises(ConfigurationError, match=r"could not be used: \d+; the first: .*gone0\.png"):
        compare(manifest, tmp_path / "run", Settings(n_folds=n_subjects, families=("nc",)), jobs=1)
    assert not (tmp_path / "run").exists()


def test_an_unused_fold_column_is_said(synthetic_manifest, tmp_path):
    manifest = read_manifest(synthetic_manifest).assign(fold="0")
    settings = Settings(n_folds=3, families=("nc", "shape"), protocol="grouped")
    run = compare(manifest, tmp_path / "run", settings, candidates=CORE[3:4], jobs=1)
    assert any(note.startswith("The column 'fold' is not used") for note in run.results.notes)


def test_a_model_that_cannot_be_fitted_on_all_images_is_named(synthetic_table, tmp_path):
    candidates = (Candidate("Few", "tests.misbehaving:RefusesMany"), *FAST["candidates"])
    run = compare(synthetic_table, tmp_path / "run", SETTINGS, **{**FAST, "candidates": candidates})
    assert "Not kept: Few, fitted on all images: ValueError: too many rows." in run.results.notes
    assert not (tmp_path / "run" / "models" / "Few.joblib").exists()


@pytest.mark.parametrize("limit", [{"timeout": 0}, {"memory": 0.1}])
def test_limits_in_which_nothing_fits_are_refused(synthetic_table, tmp_path, limit):
    with pytest.raises(ValueError, match=next(iter(limit))):
        compare(synthetic_table, tmp_path / "run", SETTINGS, **FAST, **limit)
    assert left_alone(tmp_path)
