import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import pytest

PIPELINES = Path(__file__).parents[1] / "pipelines"


def run(script, *arguments, cwd):
    return subprocess.run(  # noqa: S603
        [sys.executable, str(PIPELINES / script), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_compare_on_a_manifest(synthetic_manifest, tmp_path):
    done = run("compare.py", synthetic_manifest, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "best shortcut" in lines[0]
    assert "- Whole subjects are kept apart: 6 subjects in 5 folds." in lines
    name = Path(synthetic_manifest).parent.name
    assert lines[-1] == f"Results: reports/runs/{name}"
    folder = tmp_path / "reports" / "runs" / name
    rows = json.loads((folder / "leaderboard.json").read_text())["rows"]
    assert len(rows) == 8
    assert not any(row["Reason"] for row in rows)
    assert len(list((folder / "models").glob("*.joblib"))) == 5
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def images(synthetic_paths, tmp_path_factory):
    """Return a folder of three good images and a broken one."""
    folder = tmp_path_factory.mktemp("images")
    for number, path in enumerate(synthetic_paths[:3]):
        shutil.copy(path, folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def test_score_names_a_broken_file_and_goes_on(binary_run, images, tmp_path):
    model = binary_run.folder / "models" / "SVC.joblib"
    done = run("score.py", model, images, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    rows = {Path(row["path"]).name: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert set(rows) == {"0.png", "1.png", "2.png", "broken.png"}
    assert rows["broken.png"]["predicted"] == ""
    assert rows["broken.png"]["reason"]
    good = [name for name in rows if name != "broken.png"]
    expected = joblib.load(model).predict([str(images / name) for name in good])
    assert [rows[name]["predicted"] for name in good] == list(expected)
    assert all(rows[name]["reason"] == "" for name in good)


def test_score_ends_quietly_when_nobody_reads_on(binary_run, synthetic_paths, tmp_path):
    shutil.copytree(Path(synthetic_paths[0]).parent, tmp_path / "images")
    model = binary_run.folder / "models" / "SVC.joblib"
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, str(PIPELINES / "score.py"), str(model), str(tmp_path / "images")]
    done = subprocess.run(  # noqa: S603
        command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 1


def test_score_without_arguments_explains_itself(tmp_path):
    done = run("score.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "python pipelines/score.py" in done.stderr


def test_explore_prints_counts_and_draws_samples(synthetic_manifest, tmp_path):
    done = run("explore.py", synthetic_manifest, "look", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["label", "images", "share", "subjects"]
    assert lines[1].split() == ["blast", "12", "0.500", "6"]
    assert lines[-1] == f"Samples: {Path('look') / 'samples.png'}"
    assert (tmp_path / "look" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert run("explore.py", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("script", "arguments"),
    [("compare.py", ["absent.csv"]), ("explore.py", ["absent.csv"]), ("score.py", ["absent.joblib", "."])],
)
def test_a_wrong_call_of_a_script_is_one_line(script, arguments, tmp_path):
    done = run(script, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    assert "absent" in done.stderr
