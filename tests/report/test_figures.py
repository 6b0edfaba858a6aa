import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.metrics import auc, confusion_matrix

from leukfeat.report.figures import (
    FigureData,
    list_drawings,
    save_figure,
    save_png_and_svg,
    svg_text,
    write_figures,
)
from leukfeat.report.figures.ablation import draw_ablation
from leukfeat.report.figures.by_subject import draw_subjects, subject_scores
from leukfeat.report.figures.calibration import draw_calibration
from leukfeat.report.figures.confusion import draw_confusion
from leukfeat.report.figures.costs import draw_costs
from leukfeat.report.figures.curves import draw_precision_recall, draw_roc
from leukfeat.report.figures.leaderboard import draw_leaderboard
from leukfeat.report.figures.pairs import draw_pairs
from leukfeat.report.figures.style import describe, new_figure, styled
from leukfeat.report.predictions import Predictions
from leukfeat.report.statistics import summarize_predictions
from tests.predicted import run_frame

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ("$x^{$", "_under", "<script>alert('x')</script>" + "long " * 60)
ABLATION = pd.DataFrame(
    {
        "family": ["shape", "lbp", "color"],
        "model": "SVC",
        "metric": "balanced_accuracy",
        "value": [0.9, np.nan, 0.95],
        "low": [0.8, np.nan, 0.9],
        "high": [0.95, np.nan, 0.99],
        "difference": [0.05, np.nan, -0.01],
        "difference_low": [0.01, np.nan, -0.02],
        "difference_high": [0.1, np.nan, 0.02],
    }
)


def data_of(results, **more):
    return FigureData(
        results.leaderboard, Predictions.read(results.predictions), results.statistics, results.leaks, **more
    )


@pytest.fixture(scope="module")
def binary(binary_run):
    return data_of(binary_run.results, seconds={"extract": 120.0, "sweep": 3.25})


@pytest.fixture(scope="module")
def several(several_run):
    return data_of(several_run.results, ablation=ABLATION)


@pytest.fixture(scope="module")
def hostile():
    """Return a run whose classes, models, subjects and reasons try to break what shows them."""
    frame = run_frame(dict.fromkeys(HOSTILE, 1.0) | {"\x00\u202eName": 0.5}, n_classes=3, n_subjects=15)
    names = dict(zip(["blast", "early", "pre"], HOSTILE, strict=True))
    attrs = {**frame.attrs, "classes": sorted(HOSTILE)}
    columns = {f"{part}_{old}": f"{part}_{new}" for part in ("score", "proba") for old, new in names.items()}
    frame = frame.rename(columns=columns).assign(
        label=frame["label"].map(names),
        predicted=frame["predicted"].map(names),
        subject=[f"{HOSTILE[2]}$_{name}" for name in frame["subject"]],
    )
    frame.attrs = attrs
    statistics = summarize_predictions(frame)
    board = pd.DataFrame(
        {
            "Model": list(attrs["kinds"]),
            "Balanced Accuracy": [0.9, 0.8, 0.7, np.nan],
            "ROC AUC": 0.9,
            "Kind": "model",
            "Like Best": "yes",
            "Reason": ["", "", "", HOSTILE[2]],
            "Fit Time": 1.0,
            "Transform Time": 0.1,
            "Predict Time": 0.1,
            "Peak Memory": 100.0,
        }
    )
    ablation = ABLATION.assign(family=list(HOSTILE), model=HOSTILE[0])
    return FigureData(board, Predictions.read(frame), statistics, True, {HOSTILE[0]: 1.0}, ablation)


@pytest.fixture(scope="module", params=["binary", "several", "hostile"])
def drawn(request):
    """Return the run and every figure of it, by name."""
    data = request.getfixturevalue(request.param)
    return data, {drawing.name: (drawing, drawing.draw(data)) for drawing in list_drawings(data)}


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_caption_counts_images_and_patients_and_names_the_protocol(binary):
    assert binary.caption == "n = 24 images of 6 patients; split: grouped; 3 test folds"
    assert "LEAKS" in replace(binary, leaks=True).caption


def test_every_figure_says_what_n_is_and_how_images_were_split(drawn):
    data, figures = drawn
    for name, (_, figure) in figures.items():
        title = " ".join(figure.get_suptitle().split())
        assert f"n = {data.predictions.frame['path'].nunique()} images" in title, name
        assert "split: grouped" in title


def test_letters_are_at_least_8_points_and_nothing_leaves_the_figure(drawn):
    for name, (_, figure) in drawn[1].items():
        assert 85 <= figure.get_figwidth() * 25.4 <= 170.1
        figure.draw_without_rendering()
        box, size = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0, *(size - box.max)) > -0.03, name
        assert all(text.get_fontsize() >= 8 for text in figure.findobj(Text))


def test_captions_say_what_was_resampled_and_when_there_is_no_interval(binary):
    assert binary.say_interval("Line") == "Line at 95 % (bootstrap over patients)"
    by_image = run_frame({"m": 1.0}).assign(subject=None)
    by_image["unit"] = by_image["path"]
    data = FigureData(pd.DataFrame(), Predictions.read(by_image), summarize_predictions(by_image))
    assert data.resampled == "images"
    few = replace(data, statistics=replace(data.statistics, widening=np.inf))
    assert few.say_interval("Line") == "No interval: the test folds have too few images"


def test_leaderboard_shows_means_intervals_every_fold_and_why_a_row_failed(several):
    figure = draw_leaderboard(several)
    board, scores = several.leaderboard, several.statistics.scores
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    stars = [" *" if like == "yes" else "" for like in board["Like Best"]]
    assert names == [describe(model) + star for model, star in zip(board["Model"], stars, strict=True)]
    for panel, (key, title) in zip(
        figure.axes, [("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC")], strict=True
    ):
        assert panel.get_xlabel() == title
        sound = board[board["Reason"] == ""]
        for number, (place, row) in enumerate(sound.iterrows()):
            folds, interval, mean = panel.lines[3 * number : 3 * number + 3]
            expected = scores[(scores["model"] == row["Model"]) & (scores["metric"] == key)]["value"]
            np.testing.assert_array_equal(folds.get_xdata(), expected)
            np.testing.assert_allclose(mean.get_xdata(), row[title])
            np.testing.assert_allclose(interval.get_xdata(), [row[f"{title} Low"], row[f"{title} High"]])
            assert set(interval.get_ydata()) == {place}
    assert any(text.startswith("failed: fold 0: ") for text in texts(figure))


def test_roc_has_one_curve_per_row_with_the_area_of_the_leaderboard(binary):
    board = binary.leaderboard.set_index("Model")
    figure = draw_roc(binary)
    panel, (legend,) = figure.axes[0], figure.legends
    curves, names = panel.lines[1:], [text.get_text() for text in legend.get_texts()]
    assert len(curves) == len(names) == min(6, len(binary.models))
    for curve, name, model in zip(curves, names, binary.models, strict=False):
        area = board.loc[model, "ROC AUC"]
        assert name.startswith(f"{model}: {area:.3f} [")
        assert auc(curve.get_xdata(), curve.get_ydata()) == pytest.approx(area, abs=0.01)
    assert len(panel.collections) == 1  # the band of the best


def test_each_of_several_classes_has_a_panel_with_its_band(several):
    for draw in (draw_roc, draw_precision_recall):
        panels = [panel for panel in draw(several).axes if panel.get_visible()]
        assert len(panels) == 4
        for panel, name in zip(panels, several.classes, strict=True):
            assert panel.get_title("left").startswith(f"{name} (n = 30): ")
            assert len(panel.collections) == 1


def test_confusion_counts_all_test_folds_of_the_best(several):
    frame = several.predictions.frame
    rows = frame[frame["model"] == several.best]
    panel = draw_confusion(several).axes[0]
    expected = confusion_matrix(rows["label"], rows["predicted"], labels=list(several.classes))
    shown = [int(text.get_text().split("\n")[0]) for text in panel.texts]
    np.testing.assert_array_equal(np.reshape(shown, expected.shape), expected)
    shares = expected / expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(panel.images[0].get_array(), shares)


def test_calibration_shows_how_many_predictions_there_are(several):
    panel, below = draw_calibration(several).axes
    assert sum(bar.get_height() for bar in below.patches) == 120
    assert "predicted class" in below.get_xlabel()
    assert panel.get_ylabel() == "Share of images where it is true"


def test_subjects_are_dots_worst_first_and_the_worst_have_names():
    data = _strange_run()
    table = subject_scores(data)
    assert list(table["accuracy"]) == sorted(table["accuracy"])
    frame = data.predictions.frame
    own = frame[(frame["model"] == data.best) & (frame["subject"] == table["subject"][0])]
    assert table["accuracy"][0] == (own["label"] == own["predicted"]).mean()
    panel = draw_subjects(data).axes[0]
    drawn = np.concatenate([part.get_offsets() for part in panel.collections])
    np.testing.assert_allclose(drawn[np.argsort(drawn[:, 0])][:, 1], table["accuracy"])
    named = [text.get_text() for text in panel.texts]
    assert len(named) == 6
    assert named[0].startswith(f"{table['subject'][0]}: ")


def _strange_run():
    frame = run_frame({"m": 0.7, "n": 0.2}, n_subjects=40)
    board = pd.DataFrame({"Model": ["m", "n"], "Kind": "model", "Balanced Accuracy": 0.5})
    return FigureData(board, Predictions.read(frame), summarize_predictions(frame))


def test_names_of_the_worst_never_lie_on_dots_or_each_other():
    data = _strange_run()
    figure = draw_subjects(data)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    figure.canvas.draw()
    panel = figure.axes[0]
    boxes = [Text.get_window_extent(text) for text in panel.texts]
    dots = panel.transData.transform(np.concatenate([part.get_offsets() for part in panel.collections]))
    for place, box in enumerate(boxes):
        assert not any(box.contains(*dot) for dot in dots)
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_tests_show_every_pair_and_colour_the_significant(several):
    panel = draw_pairs(several).axes[0]
    pairs = several.pairs
    assert len(panel.texts) == len(pairs)
    n_coloured = np.isfinite(np.asarray(panel.images[0].get_array().filled(np.nan))).sum()
    assert n_coloured == (pairs["p_holm"] < 0.05).sum()


def test_ablation_has_the_family_that_is_missed_most_on_top_and_says_what_failed(several):
    panel = draw_ablation(several).axes[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == [
        "without shape",
        "without color",
        "without lbp",
    ]
    assert [text.get_text() for text in panel.texts] == ["0.900", "0.950", "failed"]


def test_costs_are_those_of_stages_and_rows(binary):
    stages, times, memory = draw_costs(binary).axes
    assert [bar.get_width() for bar in stages.patches] == [120.0, 3.25]
    fit = [bar.get_width() for bar in times.containers[1]]
    board = binary.leaderboard[binary.leaderboard["Fit Time"].notna()]
    np.testing.assert_allclose(fit, board["Fit Time"])
    np.testing.assert_allclose([bar.get_width() for bar in memory.patches], board["Peak Memory"])


def test_svg_says_what_it_is_and_ids_of_a_page_never_clash(drawn):
    seen = set()
    for drawing, figure in drawn[1].values():
        text = svg_text(figure, drawing.name, drawing.title, drawing.description)
        assert text.startswith("<svg ")
        root = ET.fromstring(text)  # noqa: S314 - our own
        assert root.find(f"{SVG}title").text == drawing.title
        assert root.find(f"{SVG}desc").text == drawing.description
        assert {"width", "height", "viewBox"} <= set(root.attrib)
        assert root.find(f".//{SVG}script") is None
        assert root.find(f".//{SVG}text") is not None
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        wanted = re.findall(r"url\(#([^)]+)\)", text) + re.findall(r'href="#([^"]+)"', text)
        assert wanted
        assert set(wanted) <= set(ids)


def test_files_are_the_same_each_time(hostile, tmp_path):
    assert write_figures(hostile, tmp_path / "a") == write_figures(hostile, tmp_path / "b") == {}
    expected = {f"{drawing.name}.{end}" for drawing in list_drawings(hostile) for end in ("png", "svg")}
    assert {path.name for path in (tmp_path / "a").iterdir()} == expected
    for name in expected:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_on_a_page_text_takes_the_colour_around_it_and_there_is_no_background(binary):
    figure = draw_roc(binary)
    assert "currentColor" in svg_text(figure, "roc")
    assert "currentColor" not in svg_text(figure, "roc", page=False)
    assert "fill: #ffffff" not in svg_text(figure, "roc").replace(" opacity", "")


def test_hostile_names_show_as_text(hostile):
    text = svg_text(draw_confusion(hostile), "confusion")
    shown = ["".join(element.itertext()) for element in ET.fromstring(text).iter(f"{SVG}text")]  # noqa: S314 - our own
    assert "$x^{$" in shown
    assert "_under" in shown
    assert "<script>alert('x'…" in shown
    assert "<script>" not in text


def test_describe_keeps_a_name_on_one_line_and_shortens_it():
    assert describe("a\n b\tc") == "a b c"
    assert describe("x" * 300) == "x" * 27 + "…"
    assert describe("patient " * 20 + "17", 12, 4) == "patient…t 17"
    assert describe("\ud800\u202e") == "\ufffd\ufffd"


def test_the_style_of_the_user_is_neither_used_nor_changed(binary):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 3, "text.parse_math": True}):
        figure = draw_confusion(binary)
        assert mpl.rcParams["font.size"] == 3
    assert min(text.get_fontsize() for text in figure.findobj(Text)) == 8


def test_a_figure_that_cannot_be_drawn_is_said_and_the_others_are_there(binary, tmp_path, monkeypatch):
    def fail(self):
        raise RuntimeError("no pairs today")

    monkeypatch.setattr(FigureData, "pairs", property(fail))
    assert write_figures(binary, tmp_path) == {"tests": "RuntimeError: no pairs today"}
    assert (tmp_path / "costs.svg").is_file()


def test_save_figure_writes_png_and_leaves_nothing_else(tmp_path):
    save_figure(Figure(figsize=(2, 1)), tmp_path / "deep" / "a.png")
    assert (tmp_path / "deep" / "a.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.png"]


def test_a_letter_that_the_font_lacks_is_no_failure(tmp_path):
    figure = styled(new_figure)(100, 30, "白血病 🩸", "n = 1")
    save_png_and_svg(figure, tmp_path, "letters", "白血病")
    assert "白血病" in (tmp_path / "letters.svg").read_text(encoding="utf-8")
