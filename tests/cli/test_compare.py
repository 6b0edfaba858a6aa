import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pandas as pd
import pytest

from tests.networks import write_network
from tests.tables import make_table


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("leukfeat.report.run_folder._write_figures", lambda *args: None)
    monkeypatch.setattr("leukfeat.comparison.run.write_first_report", lambda *args: None)


@pytest.fixture
def table(tmp_path):
    return make_table(n=60).write(tmp_path / "table.parquet")


def test_json_is_the_leaderboard(leukfeat, table, tmp_path):
    done = leukfeat("compare", table, "-o", "run", "--folds", "3", "--jobs", "1", "--json")
    assert done.code == 0
    assert done.json["run"] == "run"
    assert done.json["protocol"] == "grouped"
    assert done.json["positive"] == "lymphocyte"
    assert done.json["images"] == 60
    written = json.loads((tmp_path / "run" / "leaderboard.json").read_text())
    assert done.json["leaderboard"] == written["rows"]
    for name in ("notes", "pairs", "against_shortcuts", "missing", "embargos", "test"):
        assert done.json[name] == written[name]
    assert len(done.json["pairs"]) == 4
    assert "Fits: 24 of 24" in done.stderr


def test_people_see_notes_table_and_folder(leukfeat, table):
    done = leukfeat("compare", table, "--folds", "3", "--jobs", "1", "--protocol", "random")
    lines = done.stdout.splitlines()
    assert done.code == 0
    assert "images of one patient are on both sides" in lines[0]
    assert "best shortcut" in lines[1]
    assert lines.index("Notes:") > next(place for place, line in enumerate(lines) if line.startswith("└"))
    assert any("LinearDiscrimin" in line for line in lines)
    assert lines[-1] == "Results: reports/runs/table"


def test_quiet_leaves_the_verdict_and_where_the_files_lie(leukfeat, table):
    done = leukfeat("compare", table, "--folds", "3", "--jobs", "1", "--models", "svc", "--quiet")
    lines = done.stdout.splitlines()
    assert done.code == 0
    assert lines[0].startswith("SVC: balanced accuracy ")
    assert lines[-1] == "Results: reports/runs/table"
    assert len(lines) == 3
    assert "Fits" not in done.stderr


def test_options_reach_the_comparison(leukfeat, table, tmp_path):
    options = ("--labels", "lymphocyte, blast", "--positive", "blast", "--seed", "5", "--folds", "2")
    done = leukfeat(
        "compare", table, "-o", "run", *options, "--embargo", "1", "--protocol", "blocks", "--json"
    )
    assert done.code == 0
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert settings == {
        "labels": ["lymphocyte", "blast"],
        "positive": "blast",
        "protocol": "blocks",
        "n_folds": 2,
        "n_repeats": 1,
        "embargo": 1,
        "seed": 5,
        "nested": False,
        "merge_leaks": False,
        "allow_leaks": False,
        "families": None,
        "ablation": False,
        "embeddings": [],
        "device": "cpu",
        "n_components": None,
        "scene": "auto",
        "size": 200,
        "limit": None,
    }


def test_networks_and_their_reduction_reach_the_comparison(leukfeat, synthetic_manifest, tmp_path):
    net = str(write_network(tmp_path / "net.onnx", size=64))
    options = ("--families", "none", "--embedding", net, "--reduce", "pca:3", "--size", "64", "--folds", "2")
    done = leukfeat("compare", synthetic_manifest, "-o", "run", *options, "--jobs", "1", "--json")
    assert done.code == 0
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert settings["embeddings"] == [net]
    assert settings["n_components"] == 3
    assert any("reduced to 3 principal components" in note for note in done.json["notes"])


def test_repeats_nested_and_leaks_reach_the_comparison(leukfeat, table, tmp_path):
    options = ("--repeats", "2", "--nested", "--merge-leaks", "--allow-leaks", "--folds", "2")
    done = leukfeat("compare", table, "-o", "run", *options, "--jobs", "1", "--json")
    assert done.code == 0
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    chosen = {name: settings[name] for name in ("n_repeats", "nested", "merge_leaks", "allow_leaks")}
    assert chosen == {"n_repeats": 2, "nested": True, "merge_leaks": True, "allow_leaks": True}
    assert "Best of these (nested)" in {row["Model"] for row in done.json["leaderboard"]}
    assert set(pd.read_parquet(tmp_path / "run" / "predictions.parquet")["repeat"]) == {0, 1}


def test_identical_images_of_two_subjects_exit_with_2_and_are_listed(leukfeat, tmp_path):
    table = make_table(n=60)
    digests = table.frame["sha256"].to_numpy(dtype=object)
    digests[1] = digests[0]
    frame = table.frame.assign(sha256=digests)
    replace(table, frame=frame).write(tmp_path / "table.parquet")
    done = leukfeat("compare", "table.parquet", "-o", "run", "--folds", "2", "--jobs", "1")
    assert done.code == 2
    assert done.stdout == ""
    assert "0000.png" in done.stderr
    assert "--merge-leaks" in done.stderr
    assert not (tmp_path / "run").exists()


def test_failed_images_exit_with_1(leukfeat, synthetic_manifest, tmp_path):
    frame = pd.read_csv(synthetic_manifest)
    frame["path"] = [str(synthetic_manifest.parent / name) for name in frame["path"]]
    frame.loc[0, "path"] = str(tmp_path / "absent.png")
    frame.to_csv("m.csv", index=False)
    options = ("--folds", "2", "--families", "color", "--size", "64", "--scene", "cell", "--no-cache")
    done = leukfeat("compare", "m.csv", "-o", "run", *options, "--jobs", "1", "--json")
    assert done.code == 1
    assert [item["path"] for item in done.json["failed"]] == [str(tmp_path / "absent.png")]
    assert done.json["images"] == 23


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels", "blast,nonsense"], "Unknown class 'nonsense' in --labels."),
        (["--labels", "blast"], "at least two classes"),
        (["--reduce", "umap:2"], "reduced by pca:N"),
        (["--embedding", ","], "--embedding expects names separated by commas"),
        (["--labels", ","], "--labels expects names separated by commas"),
        (["--labels", "blast,blast"], "--labels names the class 'blast' more than once."),
        (["--positive", "nonsense"], "--positive must be one of"),
        (["--protocol", "nonsense"], "--protocol must be one of"),
        (["--folds", "1"], "--folds must be an int of at least 2. Got 1."),
        (["--folds", "40"], "40 folds"),
        (["--repeats", "0"], "--repeats must be"),
        (["--embargo", "-1"], "--embargo must be"),
        (["--protocol", "official"], "'official' needs the column"),
        (["--seed", "-1"], "--seed must be"),
        (["--families", "glcm"], "made with 'families'"),
        (["-o", "."], "something else than a run"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_options(leukfeat, table, tmp_path, arguments, message):
    output = [] if "-o" in arguments else ["-o", "run"]
    done = leukfeat("compare", table, *output, *arguments, "--jobs", "1", "--json")
    assert done.code == 2
    assert message in done.json["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["table.parquet"]


def test_repeats_of_blocks_are_refused_in_the_words_of_the_command_line(leukfeat, table):
    done = leukfeat("compare", table, "-o", "run", "--protocol", "blocks", "--embargo", "1", "--repeats", "2")
    assert done.code == 2
    assert "Blocks are the same each time: --repeats 2 would count every image 2 times." in done.stderr
    assert "n_repeats" not in done.stderr


def test_no_subjects_and_no_order_names_the_way_out(leukfeat, synthetic_manifest):
    frame = pd.read_csv(synthetic_manifest).drop(columns=["subject", "sequence"])
    frame.to_csv("m.csv", index=False)
    done = leukfeat("compare", "m.csv", "-o", "run", "--json")
    assert done.code == 2
    assert done.json["error"].startswith("m.csv has no column 'subject' and no column 'sequence'. ")
    assert "--protocol random" in done.json["error"]


def test_a_missing_source_is_one_line(leukfeat):
    done = leukfeat("compare", "absent.csv", "-o", "run")
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr == "Error: absent.csv is not a file. Give a manifest (CSV or Parquet).\n"


def test_json_alone_reaches_stdout_of_the_program(table, tmp_path):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "leukfeat", "compare", str(table), "-o", "run", "--folds", "9999", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert list(json.loads(done.stdout)) == ["error"]
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_leaves_the_earlier_one(tmp_path):
    table = make_table(n=4000, n_features=10, effect=0.1).write(tmp_path / "table.parquet")
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    command = [sys.executable, "-m", "leukfeat", "compare", str(table), "-o", "run", "--jobs", "1"]
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background has the signal ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".run.*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert stdout == ""
    assert "Interrupted." in stderr
    assert "Traceback" not in stderr
    assert (run / "run.json").read_text() == "{}"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == [
        "run",
        "table.parquet",
    ]
