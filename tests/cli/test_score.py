import io
import os
import shutil

import pandas as pd
import pytest

OPTIONS = ("--jobs", "1")


@pytest.fixture(scope="module")
def model(binary_run):
    return binary_run.folder / "models" / "SVC.joblib"


@pytest.fixture
def images(synthetic_paths, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        shutil.copy(synthetic_paths[number], folder / f"{number}.png")
    return folder


def test_scores_of_a_folder(leukfeat, model, images, tmp_path):
    done = leukfeat("score", model, images, "-o", "s.parquet", *OPTIONS, "--json")
    assert done.code == 0, done.stderr
    told = done.json
    assert (told["images"], told["failed"], told["found"]) == (3, 0, 0)
    assert sum(told["predicted"].values()) == 3
    table = pd.read_parquet("s.parquet")
    assert list(table["path"]) == ["images/0.png", "images/1.png", "images/2.png"]
    assert set(table["model"]) == {told["model"]}
    again = leukfeat("score", model, images, "-o", "s.parquet", *OPTIONS, "--json")
    assert again.code == 2
    assert "--force" in again.json["error"]
    kept = leukfeat("score", model, images, "-o", "s.parquet", *OPTIONS, "--resume", "--json")
    assert (kept.code, kept.json["found"]) == (0, 3)
    plain = leukfeat("score", model, images, "-o", "s.csv", *OPTIONS)
    assert plain.stdout.startswith("s.csv: 3 images, ")


def test_failed_images_end_with_one(leukfeat, model, images, tmp_path):
    (images / "bad.png").write_bytes(b"")
    done = leukfeat("score", model, images, images / "missing.png", "-o", "s.jsonl", *OPTIONS, "--json")
    assert done.code == 1
    assert (done.json["images"], done.json["failed"]) == (5, 2)
    plain = leukfeat("score", model, images, "-o", "s.csv", *OPTIONS)
    assert plain.code == 1
    assert "Without a prediction (the column 'reason' says why): 1." in plain.stdout


def test_csv_on_stdout(leukfeat, model, images, tmp_path):
    done = leukfeat("score", model, images / "1.png", "images/0.png", "no.png", *OPTIONS, "--chunk", "1")
    assert done.code == 1
    table = pd.read_csv(io.StringIO(done.stdout))
    assert list(table["path"]) == [str(images / "1.png"), "images/0.png", "no.png"]
    assert list(table["reason"].fillna("")) == ["", "", "the file does not exist"]
    assert "1 of 3 images have no prediction" in " ".join(done.stderr.split())


def test_strict_and_a_manifest(leukfeat, model, synthetic_manifest, tmp_path):
    done = leukfeat("score", model, synthetic_manifest, "-o", "s.csv", *OPTIONS, "--strict", "--json")
    assert done.json["images"] == 24
    assert done.json["failed"] <= 2  # a share of the training images lies outside by its definition


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json"], "need a file to write"),
        (["-o", "s.xlsx"], ".parquet, .csv, .jsonl"),
        (["-o", "images"], "images"),
        (["-o", "s.csv", "--chunk", "0"], "--chunk must be an int"),
        (["-o", "s.csv", "--timeout", "0"], "--timeout must be a number"),
        (["-o", "s.csv", "--device", "tpu"], "--device must be one of"),
        (["-o", "s.csv", "--resume", "--force"], "exclude each other"),
    ],
    ids=["json", "suffix", "folder", "chunk", "timeout", "device", "both"],
)
def test_bad_options(leukfeat, model, images, arguments, message):
    done = leukfeat("score", model, "images", *arguments, *OPTIONS)
    assert done.code == 2
    assert message in " ".join(done.stderr.split())


def test_a_model_that_is_none(leukfeat, images, tmp_path):
    (tmp_path / "m.joblib").write_bytes(b"no model")
    for name in ("m.joblib", "absent.joblib", "m.txt"):
        done = leukfeat("score", name, "images", "-o", "s.csv", *OPTIONS, "--json")
        assert done.code == 2
        assert name in done.json["error"]


def test_a_full_disk_says_how_to_go_on(leukfeat, model, images, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("leukfeat.scoring.parts.Parts.write", full)
        done = leukfeat("score", model, "images", "-o", "s.csv", *OPTIONS, "--json")
    assert done.code == 2
    assert "No space left on device" in done.json["error"]
    assert "--resume goes on" in done.json["error"]
    assert leukfeat("score", model, "images", "-o", "s.csv", *OPTIONS, "--resume").code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission_is_told_before_anything_is_scored(leukfeat, model, images, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    done = leukfeat("score", model, "images", "-o", "closed/s.csv", *OPTIONS, "--json")
    assert done.code == 2
    assert "cannot be written" in done.json["error"]


def test_evaluate(leukfeat, model, synthetic_manifest, tmp_path):
    assert leukfeat("score", model, synthetic_manifest, "-o", "s.parquet", *OPTIONS).code == 0
    done = leukfeat("evaluate", "s.parquet", "--truth", synthetic_manifest, "-o", "m.csv", "--json")
    assert done.code == 0
    told = {row["metric"]: row for row in done.json["metrics"]}
    assert told["accuracy"]["low"] <= told["accuracy"]["value"] <= told["accuracy"]["high"]
    assert (done.json["images"], done.json["subjects"]) == (24, 6)
    assert set(pd.read_csv("m.csv")["metric"]) == set(told)
    plain = leukfeat("evaluate", "s.parquet", "--truth", synthetic_manifest)
    assert "24 images of 6 subjects." in plain.stdout
    assert "ROC AUC" in plain.stdout


def test_evaluate_names_what_it_cannot_compare(leukfeat, model, synthetic_manifest, tmp_path):
    table = pd.read_csv(synthetic_manifest)
    root = synthetic_manifest.parent
    table.iloc[:20].to_csv("part.csv", index=False)
    assert leukfeat("score", model, synthetic_manifest, "-o", "s.csv", *OPTIONS).code == 0
    done = leukfeat("evaluate", "s.csv", "--truth", "part.csv", "--root", root)
    assert done.code == 1
    assert "Scored, without a label: 4." in done.stdout
    table.assign(label="other").to_csv("other.csv", index=False)
    wrong = leukfeat("evaluate", "s.csv", "--truth", "other.csv", "--root", root, "--json")
    assert wrong.code == 2
    assert "'other'" in wrong.json["error"]
    assert leukfeat("evaluate", "s.csv", "--truth", "part.csv", "-o", "m.txt").code == 2
