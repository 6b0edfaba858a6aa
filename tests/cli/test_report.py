"""`leukfeat report`: one page, two runs side by side, and what is refused."""

import json

import pytest

from tests.pages import read_page
from tests.predicted import run_frame
from tests.saved_runs import KINDS, STRENGTHS, write_run


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch):
    monkeypatch.setattr("leukfeat.report.write.draw_inline", lambda *args: ({}, {}))


@pytest.fixture
def run_folder(tmp_path):
    return write_run(tmp_path / "first", run_frame(STRENGTHS, kinds=KINDS))


def test_people_see_the_verdict_and_where_the_page_lies(leukfeat, run_folder):
    done = leukfeat("report", run_folder)
    lines = done.stdout.splitlines()
    assert done.code == 0
    assert "is the best of 4 models: balanced accuracy" in lines[0]
    assert lines[1].startswith("Patients were kept apart")
    assert lines[-1] == f"Report: {run_folder / 'report.html'}"
    assert read_page(run_folder / "report.html").one("section", id="leaderboard")


def test_json_is_the_summary(leukfeat, run_folder, tmp_path):
    done = leukfeat("report", run_folder, "--json", "-o", tmp_path / "other.html")
    assert done.code == 0
    assert done.json["page"] == str(tmp_path / "other.html")
    assert not (run_folder / "report.html").exists()
    assert {row["model"] for row in done.json["leaderboard"]} == {*STRENGTHS, "Broken"}


def test_the_page_is_opened_on_request(leukfeat, run_folder, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert leukfeat("report", run_folder).code == 0
    assert opened == []
    assert leukfeat("report", run_folder, "--open").code == 0
    assert opened == [(run_folder / "report.html").resolve().as_uri()]


def test_nothing_of_the_run_is_changed(leukfeat, run_folder):
    before = {path.name: path.read_bytes() for path in run_folder.iterdir()}
    assert leukfeat("report", run_folder).code == 0
    after = {path.name: path.read_bytes() for path in run_folder.iterdir()}
    assert set(after) - set(before) == {"report.html"}
    assert {name: after[name] for name in before} == before


def test_two_runs_stand_side_by_side(leukfeat, run_folder, tmp_path):
    second = write_run(tmp_path / "second", run_frame({**STRENGTHS, "Fair": 3.0}, kinds=KINDS))
    done = leukfeat("report", run_folder, second)
    assert done.code == 0
    assert done.stdout.splitlines()[-1] == f"Report: {second / 'report_first.html'}"
    assert read_page(second / "report_first.html").one("table", data_metric="balanced_accuracy")


def test_runs_on_other_images_are_refused(leukfeat, run_folder, tmp_path):
    other = write_run(tmp_path / "other", run_frame(STRENGTHS, n_subjects=18, kinds=KINDS))
    done = leukfeat("report", run_folder, other)
    assert done.code == 2
    assert "on the same test images" in done.stderr
    assert not (other / "report_first.html").exists()


def test_what_is_no_run_is_refused(leukfeat, tmp_path):
    done = leukfeat("report", tmp_path, "--json")
    assert done.code == 2
    assert "is not a run folder" in json.loads(done.stdout)["error"]


def test_three_runs_are_too_many(leukfeat, run_folder):
    done = leukfeat("report", run_folder, run_folder, run_folder)
    assert done.code == 2
    assert "one run folder or two" in done.stderr
