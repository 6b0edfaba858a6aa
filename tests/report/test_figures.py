import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import auc, confusion_matrix

from leukfeat.report.figures import draw_confusion, draw_leaderboard, draw_roc, save_figure


def test_leaderboard_shows_means_intervals_and_every_fold(several_run):
    results = several_run.results
    board, scores = results.leaderboard, results.statistics.scores
    figure = draw_leaderboard(board, scores, "a caption")
    title, key = figure.get_suptitle().splitlines()
    assert title == "a caption"
    assert "95 %" in key
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    stars = [" *" if like == "yes" else "" for like in board["Like Best"]]
    assert names == [model + star for model, star in zip(board["Model"], stars, strict=True)][::-1]
    for panel, (key, title) in zip(
        figure.axes, [("balanced_accuracy", "Balanced Accuracy"), ("roc_auc", "ROC AUC")], strict=True
    ):
        assert title in panel.get_xlabel()
        for place, model in enumerate(board["Model"][::-1]):
            folds, interval, mean = panel.lines[3 * place : 3 * place + 3]
            expected = scores[(scores["model"] == model) & (scores["metric"] == key)]["value"]
            row = board[board["Model"] == model]
            np.testing.assert_array_equal(folds.get_xdata(), expected)
            np.testing.assert_array_equal(mean.get_xdata(), row[title])
            bounds = row[[f"{title} Low", f"{title} High"]].to_numpy()[0]
            np.testing.assert_array_equal(interval.get_xdata(), bounds)
            assert set(interval.get_ydata()) == {place}


def test_roc_has_one_curve_per_model_with_the_area_of_the_leaderboard(binary_run):
    results = binary_run.results
    board = results.leaderboard.set_index("Model")
    models = [name for name in board.index if name not in ("Chance", "Background only")]
    panel = draw_roc(results.predictions, models, "lymphocyte", "a caption").axes[0]
    curves = panel.lines[1:]
    assert [curve.get_label() for curve in curves] == models
    assert "lymphocyte" in panel.get_ylabel()
    for curve, model in zip(curves, models, strict=True):
        x, y = curve.get_xdata(), curve.get_ydata()
        assert (np.diff(y) >= 0).all()
        assert auc(x, y) == pytest.approx(board.loc[model, "ROC AUC"], abs=0.01)


def test_confusion_counts_all_test_folds(several_run):
    results = several_run.results
    predictions = results.predictions
    figure = draw_confusion(predictions, results.best, results.classes, "a caption")
    rows = predictions[predictions["model"] == results.best]
    expected = confusion_matrix(rows["label"], rows["predicted"], labels=list(results.classes))
    shown = [int(text.get_text().split("\n")[0]) for text in figure.axes[0].texts]
    np.testing.assert_array_equal(np.reshape(shown, expected.shape), expected)
    np.testing.assert_allclose(
        figure.axes[0].images[0].get_array(), expected / expected.sum(axis=1, keepdims=True)
    )
    assert figure.axes[0].get_xlabel() == "Predicted"


def test_confusion_of_a_class_never_predicted():
    predictions = pd.DataFrame({"model": "m", "label": ["a", "b"], "predicted": ["a", "a"]})
    figure = draw_confusion(predictions, "m", ["a", "b", "c"], "")
    counts = [int(text.get_text().split("\n")[0]) for text in figure.axes[0].texts]
    assert counts == [1, 0, 0, 1, 0, 0, 0, 0, 0]


def test_save_figure_writes_png_and_leaves_nothing_else(tmp_path):
    save_figure(Figure(figsize=(2, 1)), tmp_path / "deep" / "a.png")
    assert (tmp_path / "deep" / "a.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.png"]
