"""The page as text: its numbers are the summary's, and what a run holds stands in it as text."""

import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from leukfeat._tables import write_parquet
from leukfeat.report.layout import render_template
from leukfeat.report.page import render
from leukfeat.report.summary import summarise
from leukfeat.report.write import write_first_report, write_report
from tests.pages import read_page
from tests.predicted import run_frame
from tests.saved_runs import HOSTILE, KINDS, STRENGTHS, hostile_frame, write_run

MEASURED = ("time", "transform", "fit", "predict", "per_image", "memory")


def add_extras(folder):
    """Add an ablation and pictures of cells, one of them no picture."""
    rows = [("shape", 0.7, 0.1), ("color", 0.85, -0.05)]
    table = pd.DataFrame(
        [
            ("Good", "balanced_accuracy", name, value, value - 0.1, value + 0.1, gap, gap - 0.02, gap + 0.02)
            for name, value, gap in rows
        ],
        columns=[
            *("model", "metric", "family", "value", "low", "high"),
            *("difference", "difference_low", "difference_high"),
        ],
    )
    write_parquet(table, folder / "ablation.parquet")
    pictures = folder / "thumbnails"
    pictures.mkdir()
    for number in range(3):
        cv2.imwrite(str(pictures / f"{number:02d}.png"), np.full((250, 200, 3), 80 * number, np.uint8))
    (pictures / "03.png").write_text("no picture")
    cells = pd.DataFrame(
        {
            "file": [f"{number:02d}.png" for number in range(4)],
            "path": [f"/images/<i>{number}.png" for number in range(4)],
            "subject": ["s1", None, "s2", "s3"],
            "label": "blast",
            "predicted": ["early", "early", "blast", "blast"],
            "model": "Good",
            "kind": ["most wrong", "most wrong", "least certain", "least certain"],
            "confidence": [0.99, np.nan, 0.51, 0.5],
        }
    )
    write_parquet(cells, pictures / "thumbnails.parquet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    frame = run_frame(STRENGTHS, n_subjects=40, kinds=KINDS)
    folder = write_run(tmp_path_factory.mktemp("runs") / "drawn", frame)
    add_extras(folder)
    return folder


@pytest.fixture(scope="module")
def written(folder):
    return write_report(folder)


@pytest.fixture(scope="module")
def page(written):
    return read_page(written.page)


def test_every_number_of_the_leaderboard_is_the_summarys(written, page):
    board = page.one("table", id="board")
    keys = [head.attributes.get("data-key") for head in board.one("thead").all("th")]
    rows = board.one("tbody").all("tr")
    assert len(rows) == len(written.summary["leaderboard"])
    n_numbers = 0
    for element, row in zip(rows, written.summary["leaderboard"], strict=True):
        cells = [child for child in element.children if child.tag in ("th", "td")]
        assert cells[0].text.strip() == row["model"]
        for key, cell in zip(keys, cells, strict=True):
            if key in MEASURED:
                expected = {"data-v": row["measured"][key]}
            elif key:
                score = row["scores"][key]
                expected = {"data-v": score["value"], "data-low": score["low"], "data-high": score["high"]}
            else:
                continue
            found = {name: float(text) if (text := cell.attributes[name]) else None for name in expected}
            assert found == expected
            value = expected["data-v"]
            shown = "–" if value is None else f"{value:.0f}" if key == "memory" else f"{value:.3f}"
            assert cell.text.strip().startswith(shown)
            n_numbers += value is not None
    assert n_numbers > 100


def test_the_other_tables_are_the_summarys(written, page):
    summary = written.summary
    for item in summary["confusions"]:
        table = next(
            table for table in page.all("table") if table.attributes.get("data-model") == item["model"]
        )
        counts = [int(cell.attributes["data-v"]) for cell in table.all("td")]
        assert counts == [count for row in item["counts"] for count in row]
    tests = page.one("section", id="tests")
    pairs = tests.all("tbody")[1].all("tr")
    assert len(pairs) == len(summary["tests"]) == 6
    for element, pair in zip(pairs, summary["tests"], strict=True):
        first, second, *numbers = element.all("td")
        assert (first.text, second.text) == (pair["first"], pair["second"])
        found = [float(cell.attributes["data-v"]) for cell in numbers]
        assert found == [pair[name] for name in ("difference", "low", "high", "p", "p_holm")]
    patients = page.one("section", id="subjects").one("tbody").all("tr")
    assert [float(row.all("td")[3].attributes["data-v"]) for row in patients] == [
        item["accuracy"] for item in summary["subjects"]
    ]
    value = float(page.one("section", id="verdict").one("b").attributes["data-v"])
    assert value == summary["verdict"]["value"]


def test_the_matrix_is_antisymmetric_and_shades_what_is_sure(written, page):
    matrix = next(table for table in page.all("table") if table.attributes.get("class") == "matrix")
    names = [head.text for head in matrix.one("thead").all("th")]
    pairs = {(pair["first"], pair["second"]): pair for pair in written.summary["tests"]}
    for first, row in zip(names, matrix.one("tbody").all("tr"), strict=True):
        for second, cell in zip(names, row.all("td"), strict=True):
            if first == second:
                continue
            sign, pair = (1, pairs[first, second]) if (first, second) in pairs else (-1, pairs[second, first])
            assert ("sure" in cell.attributes.get("class", "")) == (pair["p_holm"] < 0.05)
            text = cell.text.replace(" significant", "").replace("−", "-")
            assert float(text) == pytest.approx(sign * pair["difference"], abs=5e-4)


def test_sections_stand_in_their_order(page):
    found = [section.attributes["id"] for section in page.all("section")]
    assert found == [
        *("verdict", "warnings", "leaderboard", "tests", "curves", "confusion", "calibration", "subjects"),
        *("families", "cells", "time", "data", "environment"),
    ]
    assert [link.attributes["href"] for link in page.one("nav").all("a")] == [f"#{name}" for name in found]


def test_every_figure_has_a_size_and_an_alternative_text(page):
    figures = page.all("figure")
    pictures = [picture for figure in figures for picture in figure.all("img")]
    drawings = [figure.all("svg")[0] for figure in figures if figure.all("svg")]
    assert len(pictures) == 3  # the fourth is no picture
    assert len(drawings) >= 4
    assert len(pictures) + len(drawings) == len(figures)
    for picture in pictures:
        assert picture.attributes["alt"]
        assert (picture.attributes["width"], picture.attributes["height"]) == ("160", "200")
    for drawing in drawings:
        assert drawing.attributes["role"] == "img"
        assert drawing.attributes["aria-label"]
        assert float(drawing.attributes["width"]) > 100
        assert float(drawing.attributes["height"]) > 100
    ids = re.findall(r'\sid="([^"]+)"', render_of(page))
    assert len(ids) == len(set(ids))


def render_of(page):
    """Write the attributes of all elements again: enough to look for what is there twice."""
    parts = [f' {name}="{value}"' for name, value in page.attributes.items()]
    return "".join([*parts, *(render_of(child) for child in page.children)])


def test_cells_and_families_are_shown(page):
    cells = page.one("section", id="cells")
    assert [head.text for head in cells.all("h3")] == ["Most wrong", "Least certain"]
    assert "early" in cells.all("figcaption")[0].text
    families = page.one("section", id="families").one("tbody").all("tr")
    assert [row.all("td")[0].text for row in families] == ["shape", "color"]


def test_nothing_is_fetched(written, page):
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    found = [pair for pair in _attributes(page) if pair[0] in ("src", "href", "xlink:href", "srcset", "data")]
    assert len(found) > 20
    assert all(address.startswith(("#", "data:")) for _, address in found)
    fetched = re.findall(r"url\(([^)]*)\)|@import", written.page.read_text(encoding="utf-8"))
    assert all(address.startswith("#") for address in fetched)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    frame = hostile_frame()
    reason = f"fold 0: ValueError: {HOSTILE['script']} {HOSTILE['right to left']}"
    target = tmp_path_factory.mktemp("runs") / "hostile"
    folder = write_run(target, frame, reason=reason, notes=[*HOSTILE.values()])
    errors = pd.DataFrame({"path": list(HOSTILE.values()), "reason": list(HOSTILE.values())})
    write_parquet(errors, folder / "errors.parquet")
    return write_report(folder)


def test_hostile_names_stand_as_text(hostile):
    page = read_page(hostile.page)
    text = page.text
    for name in HOSTILE.values():
        assert name.replace("\u202e", "\ufffd") in text
    assert len(page.all("script")) == 1
    assert not page.all("b", onmouseover="alert(1)")
    assert not any(key.startswith("on") for key, _ in _attributes(page))
    classes = [head.text for head in page.one("section", id="confusion").all("table")[0].all("th")]
    assert {name.replace("\u202e", "\ufffd") for name in HOSTILE.values()} <= set(classes)
    assert "49" not in [cell.text for cell in page.all("td")]  # a template of a name is not filled in


def _attributes(element):
    yield from element.attributes.items()
    for child in element.children:
        yield from _attributes(child)


def test_an_old_run_is_shown_and_says_what_is_missing(folder, tmp_path):
    for name in ("run.json", "predictions.parquet"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    written = write_report(tmp_path, tmp_path / "page.html")
    assert written.page == tmp_path / "page.html"
    text = read_page(written.page).text
    assert "The run does not say how long its models took." in text
    assert "leukfeat compare --ablation" in text
    assert any("thumbnails" in line for line in written.said)


def test_pictures_that_are_gone_are_said_to_be(folder, tmp_path):
    run = write_run(tmp_path / "run", run_frame(STRENGTHS, kinds=KINDS))
    (run / "thumbnails").mkdir()
    (run / "thumbnails" / "thumbnails.parquet").write_bytes(
        (folder / "thumbnails" / "thumbnails.parquet").read_bytes()
    )
    text = read_page(write_report(run).page).text
    assert "The pictures of cells that the run lists are not in its folder" in text


def test_a_figure_that_cannot_be_drawn_is_said_to_be(folder, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("no <ink>")

    monkeypatch.setattr("leukfeat.report.inline_figures.svg_text", fail)
    text = read_page(write_report(folder, Path(folder) / "other.html").page).text
    assert "It could not be drawn: RuntimeError: no <ink>" in text


def test_a_run_without_one_sound_model_has_a_page(tmp_path):
    frame = run_frame({"Chance": 0.0}, kinds={"Chance": "chance", "Broken": "model"})
    summary = summarise(write_run(tmp_path / "run", frame))
    page = read_page(render(summary))
    assert "No model has a score: 1 were tried." in page.one("section", id="verdict").text


def test_a_large_run_has_a_small_page(tmp_path):
    """Of twenty models, five folds and ten thousand images: under 5 MB."""
    frame = run_frame(
        {f"Model {number:02d}": 0.5 + 0.1 * number for number in range(20)}, n_subjects=500, per_subject=20
    )
    frame.attrs["n_draws"] = 20
    written = write_report(write_run(tmp_path / "large", frame))
    assert written.summary["data"]["images"] == 10_000
    assert 100_000 < written.page.stat().st_size < 5_000_000


def test_a_run_is_not_lost_for_its_page(folder, tmp_path, caplog):
    write_first_report(tmp_path, tmp_path / "run", None)
    assert "The report could not be written: ConfigurationError" in caplog.text
    assert "leukfeat report" in caplog.text
    assert not (tmp_path / "report.html").exists()


def test_invisible_controls_are_seen():
    page = render_template("side_by_side.html", both=_both("a\u202eb\x00\ud800"))
    assert "a\ufffdb\ufffd?" in page


def _both(name):
    side = {"title": name, "folder": "f", "warnings": []}
    return {
        "version": "1",
        "first": side,
        "second": side,
        "sentences": [],
        "metrics": [],
        "settings": [],
        "only": [[], []],
        "data": {"images": 1, "subjects": None},
        "ranked_by": "",
        "models": [],
    }
